/*
 * Bulk load of layout `slotted`: writes the records that single inserts would give, once and in
 * order. The first pass over the stream computes all lists (48 bytes per node and 16 per edge,
 * freed afterwards). Lists cannot be made in parts: a budget that is too small for them is refused.
 * Then the node region and the edge region are written from front to back.
 */
#include "slotted.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#define STREAM_EDGES 1024       /* edges pulled from a stream at once */
#define CHUNK_BYTES  (1u << 20) /* of one write */

struct links {
	uint64_t next_out, next_in;
};

static int work_out_lists(const struct edge_stream *stream, struct slot_tail *tails,
			  struct links *links)
{
	struct edge edges[STREAM_EDGES];
	uint64_t cursor = 0, id = 0, link;
	size_t count;

	while ((count = stream->next(stream->context, &cursor, edges, STREAM_EDGES)) > 0) {
		for (size_t i = 0; i < count; i++) {
			if (edges[i].from >= stream->nodes_count ||
			    edges[i].to >= stream->nodes_count)
				return -ERANGE;
			if (++id > stream->edges_count)
				return -EINVAL;
			struct slot_tail *from = &tails[edges[i].from];
			struct slot_tail *to = &tails[edges[i].to];
			if (from->out_count == UINT32_MAX || to->in_count == UINT32_MAX)
				return -EOVERFLOW;
			slot_append_out(from, id, &link);
			if (link)
				links[link - 1].next_out = id;
			slot_append_in(to, id, &link);
			if (link)
				links[link - 1].next_in = id;
		}
	}
	return id == stream->edges_count ? 0 : -EINVAL;
}

/*
 * The chunk is reused without clearing, because a later slot is never shorter than an earlier one.
 */
static int write_nodes(struct slotted_store *store, const struct slot_tail *tails,
		       unsigned char *chunk)
{
	const uint64_t per_chunk = CHUNK_BYTES / NODE_SLOT_BYTES;

	for (uint64_t node = 0; node < store->base.nodes_count; node += per_chunk) {
		uint64_t count = store->base.nodes_count - node;

		if (count > per_chunk)
			count = per_chunk;
		for (uint64_t i = 0; i < count; i++)
			slot_node_encode(chunk + i * NODE_SLOT_BYTES, node + i + 1, &store->payload,
					 &tails[node + i]);
		int err = checksums_write(&store->checksums, slotted_node_at(store, node), chunk,
					  count * NODE_SLOT_BYTES);
		if (err)
			return err;
	}
	return 0;
}

static int write_edges(struct slotted_store *store, const struct edge_stream *stream,
		       const struct links *links, unsigned char *chunk)
{
	struct edge edges[STREAM_EDGES]; /* at most as many as a chunk has slots */
	uint64_t cursor = 0, id = 0;
	size_t count;

	_Static_assert(STREAM_EDGES * EDGE_SLOT_BYTES <= CHUNK_BYTES, "a pull fits a chunk");
	memset(chunk, 0, CHUNK_BYTES);
	while ((count = stream->next(stream->context, &cursor, edges, STREAM_EDGES)) > 0) {
		for (size_t i = 0; i < count; i++) {
			struct slot_edge edge = {.id = id + i + 1,
						 .from = edges[i].from + 1,
						 .to = edges[i].to + 1,
						 .next_out = links[id + i].next_out,
						 .next_in = links[id + i].next_in};
			slot_edge_encode(chunk + i * EDGE_SLOT_BYTES, &store->payload, &edge);
		}
		int err = checksums_write(&store->checksums, slotted_edge_at(store, id + 1), chunk,
					  count * EDGE_SLOT_BYTES);
		if (err)
			return err;
		id += count;
	}
	return 0;
}

/* Do the lists fit into the budget? -ENOMEM, with both sizes. */
static int check_budget(struct store *base, const struct edge_stream *stream)
{
	uint64_t need_bytes = saturating_madd(
		stream->nodes_count + 1, sizeof(struct slot_tail),
		saturating_madd(stream->edges_count + 1, sizeof(struct links), CHUNK_BYTES));

	if (!stream->budget || need_bytes <= stream->budget->limit_bytes)
		return 0;
	return why_set(&base->why, -ENOMEM,
		       "%s: building it takes %" PRIu64 " bytes of memory; %" PRIu64 " may be used",
		       base->ops->name, need_bytes, stream->budget->limit_bytes);
}

int slotted_bulk(struct store *base, const struct edge_stream *stream)
{
	struct slotted_store *store = (struct slotted_store *)base;
	struct slot_tail *tails;
	struct links *links;
	unsigned char *chunk;
	int err = -ENOMEM;

	if (!store->writable)
		return -EBADF;
	if (base->nodes_count)
		return -EBUSY;
	int within = check_budget(base, stream);
	if (within)
		return within;
	uint64_t data_bytes = slotted_data_bytes(stream->nodes_count, stream->edges_count);
	uint64_t file_bytes = header_file_bytes(data_bytes, store->header.checksums);
	tails = calloc(stream->nodes_count + 1, sizeof(*tails));
	links = calloc(stream->edges_count + 1, sizeof(*links));
	chunk = calloc(1, CHUNK_BYTES);
	if (!tails || !links || !chunk)
		goto out;
	err = work_out_lists(stream, tails, links);
	if (err)
		goto out;
	store->mapped = NULL;
	err = slotted_begin(store);
	if (!err)
		err = base->engine->ops->resize(base->engine, file_bytes);
	if (err) {
		slotted_map(store);
		goto out;
	}
	base->nodes_count = store->nodes_capacity = stream->nodes_count;
	base->edges_count = store->edges_capacity = stream->edges_count;
	store->edges_at = slotted_node_at(store, store->nodes_capacity);
	store->dirty = true;
	slotted_map(store);
	err = write_nodes(store, tails, chunk);
	if (!err)
		err = write_edges(store, stream, links, chunk);
	(void)checksums_fail(&store->checksums, err);
out:
	free(tails);
	free(links);
	free(chunk);
	return err;
}
