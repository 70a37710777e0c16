/*
 * Builds the file of layout `csr` from edges sorted by their source, and collects single inserts
 * until the next build.
 */
#include "csr.h"
#include "sorted_edges.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The sum of csr_direction_hash() over the edges of a part. */
static uint64_t sum_directions(const struct sorted_part *part)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < part->nodes_count; i++) {
		for (uint64_t k = part->offsets[i]; k < part->offsets[i + 1]; k++)
			sum += csr_direction_hash(part->first_node + i, part->ids[k]);
	}
	return sum;
}

/* Writes the offsets and the targets of all nodes, part by part, and sums csr_direction_hash() of all edges. The file has
 * the size for them. */
static int write_out(struct csr_store *store, struct sorted_edges *sorted,
		     const struct csr_lists *out, unsigned id_bytes, uint64_t *directions)
{
	struct sorted_part part;
	uint64_t written_count = 0; /* targets */
	const uint64_t first = 0;
	int err = checksums_write(&store->checksums, out->offsets_at, &first, sizeof(first));
	int more;

	while (!err && (more = sorted_edges_next(sorted, &part)) != 0) {
		if (more < 0)
			return more;
		uint64_t count = part.offsets[part.nodes_count];

		*directions += sum_directions(&part);
		if (id_bytes == 4)
			csr_narrow_ids(part.ids, count);
		err = checksums_write(&store->checksums, out->ids_at + written_count * id_bytes,
				      part.ids, count * id_bytes);
		for (uint64_t i = 1; i <= part.nodes_count; i++)
			part.offsets[i] += written_count;
		written_count += count;
		if (!err)
			err = checksums_write(
				&store->checksums, csr_offset_at(out, part.first_node + 1),
				part.offsets + 1, part.nodes_count * sizeof(uint64_t));
	}
	return err;
}

/* ---- the whole file ---- */

static int build_out(struct csr_store *store, const struct edge_stream *stream,
		     const struct csr_lists *out, unsigned id_bytes, uint64_t *directions)
{
	struct engine *engine = store->base.engine;
	uint64_t bytes = header_file_bytes(csr_lists_end(out, id_bytes), store->header.checksums);
	struct sorted_edges *sorted;
	int err = sorted_edges_open(stream, false, false, 1, &sorted);

	if (err)
		return err;
	csr_unmap(store);
	store->checksums.failed = 0; /* everything is written again */
	err = checksums_begin(&store->checksums);
	if (!err)
		err = engine->ops->resize(engine, bytes);
	if (!err)
		err = write_out(store, sorted, out, id_bytes, directions);
	sorted_edges_close(sorted);
	return err;
}

static int csr_build(struct csr_store *store, const struct edge_stream *stream)
{
	struct header *header = &store->header;
	uint64_t nodes = stream->nodes_count, edges = stream->edges_count, directions = 0;
	struct csr_lists out = csr_lists_at(CSR_OFFSETS_AT, nodes, edges), in = {0};
	unsigned id_bytes = csr_id_bytes(nodes);
	int err = build_out(store, stream, &out, id_bytes, &directions);

	if (!err && store->wants_in_edges && directions != 0)
		err = csr_build_in_edges(store, stream, &out, id_bytes, &in);
	if (err)
		return err;
	const uint64_t old_nodes = header->nodes_count, old_edges = header->edges_count;
	header->nodes_count = nodes;
	header->edges_count = edges;
	header->fields[CSR_FIELD_OFFSETS_AT] = out.offsets_at;
	header->fields[CSR_FIELD_TARGETS_AT] = out.ids_at;
	header->fields[CSR_FIELD_ID_BYTES] = id_bytes;
	header->fields[CSR_FIELD_BOTH_WAYS] = directions == 0;
	header->fields[CSR_FIELD_IN_OFFSETS_AT] = in.offsets_at;
	err = checksums_commit(&store->checksums,
			       csr_lists_end(in.offsets_at ? &in : &out, id_bytes));
	if (err) { /* the store is as before, so that it is built again from what it was built from */
		header->nodes_count = old_nodes;
		header->edges_count = old_edges;
		return err;
	}
	csr_set_lists(store, &out, &in, id_bytes);
	store->base.both_ways = directions == 0;
	store->base.nodes_count = nodes;
	store->base.edges_count = edges;
	csr_map(store);
	return 0;
}

/* ---- inserts ---- */

static size_t gathered_next(void *context, uint64_t *cursor, struct edge *edges, size_t max)
{
	const struct csr_store *store = context;
	size_t left = store->gathered_count - (size_t)*cursor;
	size_t count = left < max ? left : max;

	if (count)
		memcpy(edges, store->gathered + *cursor, count * sizeof(*edges));
	*cursor += count;
	return count;
}

int csr_build_pending(struct csr_store *store)
{
	struct edge_stream stream = {
		.next = gathered_next,
		.context = store,
		.nodes_count = store->base.nodes_count,
		.edges_count = store->gathered_count,
	};

	if (!store->pending)
		return 0;
	int err = csr_build(store, &stream);
	if (!err)
		store->pending = false;
	return err;
}

static int gather_edge(struct csr_store *store, uint64_t from, uint64_t to)
{
	if (store->gathered_count == store->gathered_capacity) {
		size_t capacity = store->gathered_capacity ? store->gathered_capacity * 2 : 1024;
		struct edge *grown = realloc(store->gathered, capacity * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		store->gathered = grown;
		store->gathered_capacity = capacity;
	}
	store->gathered[store->gathered_count++] = (struct edge){from, to};
	return 0;
}

/* Before the first insert: collects the edges of the file, node by node. */
static int gather_existing(struct csr_store *store)
{
	if (!store->writable)
		return -EBADF;
	if (store->gathered_count || !store->header.edges_count)
		return 0;
	for (uint64_t node = 0; node < store->header.nodes_count; node++) {
		struct neighbors found;
		int err = store->base.ops->neighbors(&store->base, node, &found);
		for (size_t i = 0; !err && i < found.count; i++)
			err = gather_edge(store, node, neighbor_id(&store->base, &found, i));
		if (err) {
			store->gathered_count = 0;
			return err;
		}
	}
	return 0;
}

int csr_insert_node(struct store *base)
{
	struct csr_store *store = (struct csr_store *)base;
	int err = store->pending ? 0 : gather_existing(store);

	if (err)
		return err;
	base->nodes_count++;
	base->narrow_ids = csr_id_bytes(base->nodes_count) == 4; /* as the next build writes them */
	base->in_edges = false;                                  /* until then */
	store->pending = true;
	return 0;
}

int csr_insert_edge(struct store *base, uint64_t from, uint64_t to)
{
	struct csr_store *store = (struct csr_store *)base;
	int err = store->pending ? 0 : gather_existing(store);

	if (err)
		return err;
	if (from >= base->nodes_count || to >= base->nodes_count)
		return -ERANGE;
	err = gather_edge(store, from, to);
	if (err)
		return err;
	base->edges_count++;
	base->both_ways = base->in_edges = false; /* until the file is built */
	store->pending = true;
	return 0;
}

int csr_bulk(struct store *base, const struct edge_stream *stream)
{
	struct csr_store *store = (struct csr_store *)base;

	if (!store->writable)
		return -EBADF;
	if (base->nodes_count)
		return -EBUSY;
	int err = csr_build(store, stream);
	if (!err)
		store->pending = false;
	return err;
}
