/* A counting sort of edges: see adjacency.h. Two passes over the stream. */
#include "adjacency.h"

#include <errno.h>
#include <stdlib.h>

#define STREAM_EDGES 1024 /* edges pulled from a stream at once */

/* Counts node n's edges in offsets[n + 2]. After the prefix sum, offsets[n + 1] is the index of
 * node n's next edge. */
static int count_degrees(const struct edge_stream *stream, bool incoming, uint64_t *offsets)
{
	struct edge edges[STREAM_EDGES];
	uint64_t cursor = 0, total = 0;
	size_t count;

	while ((count = stream->next(stream->context, &cursor, edges, STREAM_EDGES)) > 0) {
		for (size_t i = 0; i < count; i++) {
			if (edges[i].from >= stream->nodes_count ||
			    edges[i].to >= stream->nodes_count)
				return -ERANGE;
			offsets[(incoming ? edges[i].to : edges[i].from) + 2]++;
		}
		total += count;
	}
	if (total != stream->edges_count)
		return -EINVAL;
	for (uint64_t n = 2; n < stream->nodes_count + 2; n++)
		offsets[n] += offsets[n - 1];
	return 0;
}

static void place(const struct edge_stream *stream, bool incoming, struct adjacency *out)
{
	struct edge edges[STREAM_EDGES];
	uint64_t cursor = 0, order = 0;
	size_t count;

	while ((count = stream->next(stream->context, &cursor, edges, STREAM_EDGES)) > 0) {
		for (size_t i = 0; i < count; i++, order++) {
			uint64_t node = incoming ? edges[i].to : edges[i].from;
			uint64_t at = out->offsets[node + 1]++;

			out->ids[at] = incoming ? edges[i].from : edges[i].to;
			if (out->orders)
				out->orders[at] = order;
		}
	}
}

int adjacency_build(const struct edge_stream *stream, bool incoming, bool with_orders,
		    struct adjacency *out)
{
	int err = -ENOMEM;

	*out = (struct adjacency){
		.offsets = calloc(stream->nodes_count + 2, sizeof(uint64_t)),
		.ids = malloc((stream->edges_count + 1) * sizeof(uint64_t)),
		.orders = with_orders ? malloc((stream->edges_count + 1) * sizeof(uint64_t)) : NULL,
	};
	if (out->offsets && out->ids && (out->orders || !with_orders))
		err = count_degrees(stream, incoming, out->offsets);
	if (err)
		adjacency_release(out);
	else
		place(stream, incoming, out);
	return err;
}

void adjacency_release(struct adjacency *adjacency)
{
	free(adjacency->offsets);
	free(adjacency->ids);
	free(adjacency->orders);
	*adjacency = (struct adjacency){0};
}
