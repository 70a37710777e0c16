/*
 * Builds the file of layout `csr` from edges sorted by their source, and collects single inserts
 * until the next build.
 */
#include "adjacency.h"
#include "bytes.h"
#include "csr.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void csr_map(struct csr_store *store)
{
	struct engine *engine = store->base.engine;
	uint64_t size_bytes = engine->ops->size(engine);

	store->offsets = NULL;
	store->targets = NULL;
	if (!engine->ops->map)
		return;
	const char *bytes = engine->ops->map(engine, 0, size_bytes);
	if (!bytes)
		return;
	store->offsets = (const uint64_t *)(const void *)(bytes + CSR_OFFSETS_AT);
	store->targets = (const unsigned char *)bytes + store->targets_at;
}

static uint64_t pair_hash(uint64_t a, uint64_t b)
{
	uint64_t x = a * UINT64_C(0x9E3779B97F4A7C15) + (b << 32 | b >> 32);

	x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
	return x ^ x >> 31;
}

uint64_t csr_direction_hash(uint64_t from, uint64_t to)
{
	return pair_hash(from, to) - pair_hash(to, from);
}

static bool is_both_ways(const struct adjacency *sorted, uint64_t nodes_count)
{
	uint64_t sum = 0;

	for (uint64_t node = 0; node < nodes_count; node++) {
		for (uint64_t i = sorted->offsets[node]; i < sorted->offsets[node + 1]; i++)
			sum += csr_direction_hash(node, sorted->ids[i]);
	}
	return sum == 0;
}

/* Makes u32 of u64, in place. */
static void narrow_ids(uint64_t *ids, uint64_t count)
{
	unsigned char *bytes = (unsigned char *)ids;

	for (uint64_t i = 0; i < count; i++)
		le_put32(bytes + 4 * i, (uint32_t)ids[i]);
}

static int csr_build(struct csr_store *store, const struct edge_stream *stream)
{
	struct engine *engine = store->base.engine;
	struct header *header = &store->header;
	struct adjacency sorted;
	uint64_t nodes = stream->nodes_count, edges = stream->edges_count;
	uint64_t targets_at = csr_offset_at(nodes + 1);
	unsigned id_bytes = csr_id_bytes(nodes);
	uint64_t data_bytes = csr_data_bytes(nodes, edges, id_bytes);
	int err = adjacency_build(stream, false, false, &sorted);

	if (err)
		return err;
	store->offsets = NULL;
	store->targets = NULL;
	bool both_ways = is_both_ways(&sorted, nodes);
	if (id_bytes == 4)
		narrow_ids(sorted.ids, edges);
	err = checksums_begin(&store->checksums);
	if (!err)
		err = engine->ops->resize(engine, header_file_bytes(data_bytes, header->checksums));
	if (!err)
		err = checksums_write(&store->checksums, CSR_OFFSETS_AT, sorted.offsets,
				      (nodes + 1) * sizeof(uint64_t));
	if (!err)
		err = checksums_write(&store->checksums, targets_at, sorted.ids, edges * id_bytes);
	adjacency_release(&sorted);
	if (err)
		return err;
	store->targets_at = targets_at;
	store->id_bytes = id_bytes;
	store->base.narrow_ids = id_bytes == 4;
	store->base.both_ways = both_ways;
	store->base.nodes_count = header->nodes_count = nodes;
	store->base.edges_count = header->edges_count = edges;
	header->fields[CSR_FIELD_OFFSETS_AT] = CSR_OFFSETS_AT;
	header->fields[CSR_FIELD_TARGETS_AT] = targets_at;
	header->fields[CSR_FIELD_ID_BYTES] = id_bytes;
	header->fields[CSR_FIELD_BOTH_WAYS] = both_ways;
	err = checksums_commit(&store->checksums, data_bytes);
	if (!err)
		csr_map(store);
	return err;
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
	base->both_ways = false; /* until the file is built */
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
