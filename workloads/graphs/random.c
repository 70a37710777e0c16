/*
 * random: degree × N directed edges, each from a random node to another random node: the G(n,M)
 * model of Erdős and Rényi (1959), but with parallel edges. There are no self-loops, and no edges
 * if N is 1. Out-degrees are Poisson-distributed; at the default degree of 2 a walk reaches about
 * four nodes of five in O(log N) levels.
 *
 * Edge i is computed from numbers 2i and 2i + 1 of the seed, so that a stream can continue from any
 * cursor and needs no memory. One node in e^degree has no out-edges, and a walk from there would
 * end at once. Unless a root is given, walks therefore start at the node with the most out-edges
 * (the lowest id of several). Finding it takes a pass over the edges at open, with 1 byte per
 * node (with 4, and another pass, if a node has 255 or more).
 */
#include "../graph.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../support/generator.h"
#include "../support/mix.h"

extern const struct graph_ops graph_random;

struct random_graph {
	struct graph base; /* first member: the graph pointer is cast to this */
	uint64_t key;
};

/* UINT64_MAX on overflow: open() refuses it. */
static uint64_t random_edges_count(const struct graph_params *params)
{
	uint64_t degree = params->degree ? params->degree : GRAPH_DEFAULT_DEGREE;
	uint64_t count;

	if (params->nodes_count <= 1)
		return 0;
	return __builtin_mul_overflow(params->nodes_count, degree, &count) ? UINT64_MAX : count;
}

static size_t random_next(void *context, uint64_t *cursor, struct edge *edges, size_t max)
{
	const struct random_graph *random = context;
	uint64_t key = random->key, nodes_count = random->base.stream.nodes_count;
	uint64_t first = *cursor;
	size_t count = generator_take(random->base.stream.edges_count, cursor, max);

	for (size_t i = 0; i < count; i++) {
		uint64_t draw = 2 * (first + i);
		uint64_t from = mix_reduce(mix_at(key, draw), nodes_count);
		uint64_t to = mix_reduce(mix_at(key, draw + 1), nodes_count - 1);

		/* `to` is drawn from the other nodes: ids from `from` on move up by one. */
		edges[i] = (struct edge){.from = from, .to = to + (to >= from)};
	}
	return count;
}

/*
 * Counts the out-edges of each node, up to 255: a byte for each, so that most counts are in the
 * processor's cache. Returns the largest count.
 */
static unsigned count_edges(const struct edge_stream *stream, uint8_t *counts)
{
	struct edge edges[512]; /* 8 KiB: fits into the first-level cache */
	unsigned largest = 0;
	uint64_t cursor = 0;
	size_t count;

	while ((count = stream->next(stream->context, &cursor, edges, 512)) > 0) {
		for (size_t i = 0; i < count; i++)
			__builtin_prefetch(&counts[edges[i].from], 1);
		for (size_t i = 0; i < count; i++) {
			uint8_t *counted = &counts[edges[i].from];

			*counted = (uint8_t)(*counted + (*counted != 255));
			largest = *counted > largest ? *counted : largest;
		}
	}
	return largest;
}

/* The same in counts of 4 bytes, which stop at UINT32_MAX, which no graph that fits reaches. Returns the lowest node
 * with the most. */
static int busiest_of_many(const struct edge_stream *stream, uint64_t *node)
{
	struct edge edges[512];
	uint64_t cursor = 0, best = 0;
	uint32_t *counts = calloc(stream->nodes_count, sizeof(*counts));
	size_t count;

	if (!counts)
		return -ENOMEM;
	while ((count = stream->next(stream->context, &cursor, edges, 512)) > 0) {
		for (size_t i = 0; i < count; i++)
			counts[edges[i].from] += counts[edges[i].from] != UINT32_MAX;
	}
	for (uint64_t i = 1; i < stream->nodes_count; i++) {
		if (counts[i] > counts[best])
			best = i;
	}
	free(counts);
	*node = best;
	return 0;
}

/* The node with the most out-edges. */
static int busiest_node(const struct edge_stream *stream, uint64_t *node)
{
	uint8_t *counts = calloc(stream->nodes_count, sizeof(*counts));
	const uint8_t *best;

	if (!counts)
		return -ENOMEM;
	unsigned largest = count_edges(stream, counts);
	best = memchr(counts, (int)largest, stream->nodes_count);
	*node = (uint64_t)(best - counts);
	free(counts);
	return largest < 255 ? 0 : busiest_of_many(stream, node);
}

static int random_open(const struct graph_params *params, struct graph **out, struct why *why)
{
	uint64_t edges_count = random_edges_count(params);
	struct random_graph *random;
	int err = generator_check(params, why);

	if (err)
		return err;
	if (edges_count == UINT64_MAX)
		return why_set(why, -EINVAL,
			       "random: %" PRIu64 " nodes of degree %" PRIu64
			       " have more edges than can be counted",
			       params->nodes_count, params->degree);
	random = calloc(1, sizeof(*random));
	if (!random)
		return why_set(why, -ENOMEM, "random: out of memory");
	random->key = mix_key(params->seed, MIX_EDGES);
	generator_init(&random->base, &graph_random, params, edges_count, 0, random_next);
	if (!params->has_root)
		err = busiest_node(&random->base.stream, &random->base.root);
	if (err) {
		free(random);
		return why_set(why, err,
			       "random: out of memory for the edge counts of %" PRIu64 " nodes",
			       params->nodes_count);
	}
	*out = &random->base;
	return 0;
}

static void random_close(struct graph *graph)
{
	free(graph);
}

const struct graph_ops graph_random = {
	.name = "random",
	.summary = "degree x nodes edges between random nodes: few levels, wide frontiers",
	.capabilities = GRAPH_USES_DEGREE | GRAPH_USES_SEED,
	.version = 1,
	.edges_count = random_edges_count,
	.open = random_open,
	.close = random_close,
};
