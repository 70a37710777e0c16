/*
 * Room for 64 neighbours per node, after a design note on mapped graphs (omendb): degrees
 * u32[capacity], then from the next page on ids u32[capacity * 64], little-endian. A node's place
 * is computed from its id, and an edge is added in place. A 65th neighbour is refused: -E2BIG, and
 * nothing is written. Ids have 32 bits, so there are at most 2^32 nodes. Only out-edges are stored.
 *
 * The capacity grows by doubling; the ids then move. A node takes two reads: its degree and its
 * ids.
 */
#include "support/sorted_edges.h"
#include "support/bytes.h"
#include "support/checksums.h"
#include "support/fetch.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

extern const struct layout_ops layout_fixed64;

#define DEGREE_MAX  UINT64_C(64)
#define ROW_BYTES   (DEGREE_MAX * sizeof(uint32_t))
#define NODES_MAX   (UINT64_C(1) << 32)
#define FIRST_NODES 256            /* capacity of a new file that is filled by single inserts */
#define CHUNK_ROWS  UINT64_C(4096) /* rows per write of a bulk load: 1 MiB */
#define DEGREES_AT  HEADER_DATA_OFFSET
#define PAGE_BYTES  UINT64_C(4096)

/* Indices into header.fields. */
enum { FIELD_DEGREES_AT, FIELD_EDGES_AT, FIELD_CAPACITY };

struct fixed64_store {
	struct store base;
	struct header header;
	struct checksums checksums;
	struct fetch fetch;
	bool writable, dirty;
	uint64_t edges_at; /* bytes from the file's beginning */
	uint64_t capacity; /* nodes that the regions have room for */
};

static uint64_t edges_at_of(uint64_t capacity)
{
	uint64_t end = saturating_madd(capacity, sizeof(uint32_t), DEGREES_AT + PAGE_BYTES - 1);

	return end / PAGE_BYTES * PAGE_BYTES;
}

static uint64_t data_bytes_of(uint64_t capacity)
{
	return saturating_madd(capacity, ROW_BYTES, edges_at_of(capacity));
}

static uint64_t fixed64_file_bytes(uint64_t nodes_count, uint64_t edges_count)
{
	(void)edges_count;
	return header_file_bytes(data_bytes_of(nodes_count), true);
}

static uint64_t degree_at(uint64_t node)
{
	return DEGREES_AT + node * sizeof(uint32_t);
}

static uint64_t row_at(const struct fixed64_store *store, uint64_t node)
{
	return store->edges_at + node * ROW_BYTES;
}

/* ---- reading ---- */

static int fixed64_head_at(struct store *base, uint64_t node, uint64_t *offset)
{
	(void)base;
	*offset = degree_at(node);
	return 0;
}

static int fixed64_body_at(struct store *base, uint64_t node, uint64_t offset,
			   const unsigned char *head, struct fetch_body *body)
{
	const struct fixed64_store *store = (struct fixed64_store *)base;
	uint64_t degree = le_get32(head);

	if (degree > DEGREE_MAX)
		return why_set(&base->why, -EBADMSG,
			       "fixed64: node %" PRIu64 " (byte %" PRIu64 ") has %" PRIu64
			       " neighbours; the maximum is 64",
			       node, offset, degree);
	*body = (struct fetch_body){row_at(store, node), degree * sizeof(uint32_t), degree};
	return 0;
}

static int fixed64_decode(struct store *base, uint64_t node, const unsigned char *bytes,
			  const struct fetch_body *body, uint64_t *ids)
{
	(void)base;
	(void)node;
	for (uint64_t i = 0; i < body->count; i++)
		ids[i] = le_get32(bytes + i * sizeof(uint32_t));
	return 0;
}

static const struct fetch_ops fixed64_fetch = {
	.head_bytes = sizeof(uint32_t),
	.head_at = fixed64_head_at,
	.body_at = fixed64_body_at,
	.decode = fixed64_decode,
};

static ssize_t fixed64_neighbors_batch(struct store *base, struct frontier *level,
				       struct neighbors *out, size_t out_max)
{
	return fetch_batch(&((struct fixed64_store *)base)->fetch, base, level, out, out_max);
}

static int fixed64_neighbors(struct store *base, uint64_t node, struct neighbors *out)
{
	return fetch_one(&((struct fixed64_store *)base)->fetch, base, node, out);
}

static int fixed64_check(struct store *base)
{
	struct fixed64_store *store = (struct fixed64_store *)base;
	uint64_t total = 0;
	int err = checksums_check(&store->checksums, &base->why);

	for (uint64_t node = 0; !err && node < base->nodes_count; node++) {
		struct neighbors found;

		err = fixed64_neighbors(base, node, &found);
		for (size_t i = 0; !err && i < found.count; i++) {
			if (neighbor_id(base, &found, i) >= base->nodes_count)
				err = why_set(&base->why, -EBADMSG,
					      "fixed64: node %" PRIu64 " (byte %" PRIu64
					      ") has neighbour %" PRIu64 ", but there are %" PRIu64
					      " nodes",
					      node, row_at(store, node),
					      neighbor_id(base, &found, i), base->nodes_count);
		}
		total += err ? 0 : found.count;
	}
	if (!err && total != base->edges_count)
		err = why_set(&base->why, -EBADMSG,
			      "fixed64: %" PRIu64 " edges at nodes, %" PRIu64 " in the header",
			      total, base->edges_count);
	return err;
}

/* ---- writing ---- */

static void remap(struct fixed64_store *store)
{
	fetch_map(&store->fetch, store->base.engine);
	store->fetch.data_bytes = data_bytes_of(store->capacity);
}

static int begin(struct fixed64_store *store)
{
	if (!store->writable)
		return -EBADF;
	pipeline_drain(&store->fetch.pipeline);
	if (store->checksums.begun)
		return 0;
	int err = checksums_begin(&store->checksums);
	remap(store);
	return err;
}

static int grow(struct fixed64_store *store)
{
	struct engine *engine = store->base.engine;
	uint64_t capacity = store->capacity ? store->capacity * 2 : FIRST_NODES;
	uint64_t new_at = edges_at_of(capacity);
	int err = engine->ops->resize(engine, data_bytes_of(capacity));

	if (!err)
		err = checksums_move_up(&store->checksums, store->edges_at, new_at,
					store->base.nodes_count * ROW_BYTES);
	if (!err) {
		store->capacity = capacity;
		store->edges_at = new_at;
	}
	remap(store);
	return err;
}

static int fixed64_insert_node(struct store *base)
{
	struct fixed64_store *store = (struct fixed64_store *)base;
	int err = begin(store);

	if (!err && base->nodes_count == NODES_MAX)
		err = why_set(&base->why, -E2BIG, "fixed64: ids have 32 bits: at most 2^32 nodes");
	if (!err && base->nodes_count == store->capacity)
		err = grow(store);
	if (err)
		return err;
	base->nodes_count++; /* its degree and ids are already zero */
	store->dirty = true;
	return 0;
}

static int too_many(struct store *base, uint64_t node, uint64_t degree)
{
	return why_set(&base->why, -E2BIG,
		       "fixed64: node %" PRIu64 " would have %" PRIu64
		       " neighbours; there is room for 64",
		       node, degree);
}

static int fixed64_insert_edge(struct store *base, uint64_t from, uint64_t to)
{
	struct fixed64_store *store = (struct fixed64_store *)base;
	struct engine *engine = base->engine;
	unsigned char bytes[sizeof(uint32_t)];
	struct fetch_body body = {0};

	if (!store->writable)
		return -EBADF;
	if (from >= base->nodes_count || to >= base->nodes_count)
		return -ERANGE;
	int err = engine->ops->read(engine, degree_at(from), bytes, sizeof(bytes));
	if (!err)
		err = fixed64_body_at(base, from, degree_at(from), bytes, &body);
	if (!err && body.count == DEGREE_MAX)
		err = too_many(base, from, DEGREE_MAX + 1);
	if (!err)
		err = begin(store);
	if (err)
		return err;
	uint32_t id = htole32((uint32_t)to), degree = htole32((uint32_t)body.count + 1);
	err = checksums_write(&store->checksums, body.offset + body.len_bytes, &id, sizeof(id));
	if (!err)
		err = checksums_write(&store->checksums, degree_at(from), &degree, sizeof(degree));
	if (err)
		return err;
	base->edges_count++;
	store->dirty = true;
	return 0;
}

/* -E2BIG if a node has more edges than there is room for. */
static int check_degrees(struct fixed64_store *store, struct sorted_edges *sorted,
			 uint64_t nodes_count)
{
	struct sorted_list list;
	int err = 0;

	for (uint64_t node = 0; !err && node < nodes_count; node++) {
		err = sorted_edges_node(sorted, node, &list);
		if (!err && list.count > DEGREE_MAX)
			err = too_many(&store->base, node, list.count);
	}
	sorted_edges_rewind(sorted);
	return err;
}

static int write_degrees(struct fixed64_store *store, struct sorted_edges *sorted,
			 uint64_t nodes_count, uint32_t *chunk)
{
	struct sorted_list list;
	const uint64_t per_chunk = CHUNK_ROWS * DEGREE_MAX;
	int err = 0;

	for (uint64_t node = 0; !err && node < nodes_count; node += per_chunk) {
		uint64_t count = nodes_count - node < per_chunk ? nodes_count - node : per_chunk;

		for (uint64_t i = 0; !err && i < count; i++) {
			err = sorted_edges_node(sorted, node + i, &list);
			chunk[i] = err ? 0 : htole32((uint32_t)list.count);
		}
		err = err ? err
			  : checksums_write(&store->checksums, degree_at(node), chunk,
					    count * sizeof(*chunk));
	}
	sorted_edges_rewind(sorted);
	return err;
}

static int write_rows(struct fixed64_store *store, struct sorted_edges *sorted,
		      uint64_t nodes_count, uint32_t *chunk)
{
	struct sorted_list list;
	int err = 0;

	for (uint64_t node = 0; !err && node < nodes_count; node += CHUNK_ROWS) {
		uint64_t count = nodes_count - node < CHUNK_ROWS ? nodes_count - node : CHUNK_ROWS;

		memset(chunk, 0, (size_t)(count * ROW_BYTES));
		for (uint64_t i = 0; !err && i < count; i++) {
			err = sorted_edges_node(sorted, node + i, &list);
			for (uint64_t k = 0; !err && k < list.count; k++)
				chunk[i * DEGREE_MAX + k] = htole32((uint32_t)list.ids[k]);
		}
		err = err ? err
			  : checksums_write(&store->checksums, row_at(store, node), chunk,
					    count * ROW_BYTES);
	}
	return err;
}

static int fixed64_bulk(struct store *base, const struct edge_stream *stream)
{
	struct fixed64_store *store = (struct fixed64_store *)base;
	struct engine *engine = base->engine;
	uint64_t nodes = stream->nodes_count, data_bytes = data_bytes_of(nodes);
	struct sorted_edges *sorted;
	uint32_t *chunk;

	if (!store->writable)
		return -EBADF;
	if (base->nodes_count)
		return -EBUSY;
	if (nodes > NODES_MAX)
		return why_set(&base->why, -E2BIG, "fixed64: ids have 32 bits: at most 2^32 nodes");
	int err = sorted_edges_open(stream, false, false, 1, &sorted);
	if (err)
		return err;
	err = check_degrees(store, sorted, nodes);
	chunk = malloc((size_t)((nodes < CHUNK_ROWS ? nodes + 1 : CHUNK_ROWS) * ROW_BYTES));
	if (!err)
		err = chunk ? begin(store) : -ENOMEM;
	if (!err)
		err = engine->ops->resize(engine,
					  header_file_bytes(data_bytes, store->header.checksums));
	if (!err) {
		store->capacity = nodes;
		store->edges_at = edges_at_of(nodes);
		store->dirty = true;
		err = write_degrees(store, sorted, nodes, chunk);
		if (!err)
			err = write_rows(store, sorted, nodes, chunk);
		(void)checksums_fail(&store->checksums, err);
	}
	if (!err) {
		base->nodes_count = nodes;
		base->edges_count = stream->edges_count;
	}
	remap(store);
	free(chunk);
	sorted_edges_close(sorted);
	return err;
}

/* ---- opening and closing ---- */

static void fixed64_free(struct fixed64_store *store)
{
	checksums_release(&store->checksums);
	fetch_release(&store->fetch);
	free(store);
}

static struct fixed64_store *fixed64_new(const struct store_config *config, bool writable)
{
	struct fixed64_store *store = calloc(1, sizeof(*store));

	if (!store)
		return NULL;
	store->base.ops = &layout_fixed64;
	store->base.engine = config->engine;
	store->writable = writable;
	store->edges_at = edges_at_of(0);
	if (fetch_init(&store->fetch, &fixed64_fetch)) {
		fixed64_free(store);
		return NULL;
	}
	return store;
}

static int fixed64_commit(struct store *base)
{
	struct fixed64_store *store = (struct fixed64_store *)base;
	struct header *header = &store->header;

	if (!store->dirty)
		return 0;
	header->nodes_count = store->base.nodes_count;
	header->edges_count = store->base.edges_count;
	header->fields[FIELD_DEGREES_AT] = DEGREES_AT;
	header->fields[FIELD_EDGES_AT] = store->edges_at;
	header->fields[FIELD_CAPACITY] = store->capacity;
	int err = checksums_commit(&store->checksums, data_bytes_of(store->capacity));
	remap(store);
	store->dirty = err != 0;
	return err;
}

static int fixed64_create(const struct store_config *config, struct store **out, struct why *why)
{
	struct fixed64_store *store = fixed64_new(config, true);

	(void)why;
	if (!store)
		return -ENOMEM;
	store->dirty = true; /* a graph without nodes is valid: close writes it */
	store->header.checksums = config->options[OPTION_CHECKSUMS];
	checksums_init(&store->checksums, config->engine, &layout_fixed64, &store->header);
	*out = &store->base;
	return 0;
}

static int fixed64_open(const struct store_config *config, struct store **out, struct why *why)
{
	struct fixed64_store *store = fixed64_new(config, config->writable);

	if (!store)
		return -ENOMEM;
	struct header *header = &store->header;
	int err = header_read(config->engine, &layout_fixed64, header, why);
	uint64_t capacity = header->fields[FIELD_CAPACITY];
	if (!err && (header->fields[FIELD_DEGREES_AT] != DEGREES_AT ||
		     header->fields[FIELD_EDGES_AT] != edges_at_of(capacity) ||
		     header->data_bytes != data_bytes_of(capacity) ||
		     header->nodes_count > capacity || header->nodes_count > NODES_MAX ||
		     header->edges_count > header->nodes_count * DEGREE_MAX))
		err = why_set(why, -EBADMSG,
			      "fixed64: the header's sizes contradict each other (%" PRIu64
			      " of %" PRIu64 " nodes, %" PRIu64 " edges, %" PRIu64 " bytes)",
			      header->nodes_count, capacity, header->edges_count,
			      header->data_bytes);
	checksums_init(&store->checksums, config->engine, &layout_fixed64, header);
	if (!err)
		err = checksums_verify_open(&store->checksums, config->options, why);
	if (err) {
		fixed64_free(store);
		return err;
	}
	store->base.nodes_count = header->nodes_count;
	store->base.edges_count = header->edges_count;
	store->capacity = capacity;
	store->edges_at = header->fields[FIELD_EDGES_AT];
	remap(store);
	*out = &store->base;
	return 0;
}

static int fixed64_sync(struct store *base)
{
	return checksums_sync(&((struct fixed64_store *)base)->checksums, base, fixed64_commit);
}

static int fixed64_close(struct store *base)
{
	struct fixed64_store *store = (struct fixed64_store *)base;
	int err = store->writable ? fixed64_commit(base) : 0;

	fixed64_free(store);
	return err;
}

const struct layout_ops layout_fixed64 = {
	.name = "fixed64",
	.summary = "room for 64 neighbours of 4 B per node; a 65th is refused",
	.version = 1,
	.degree_max = DEGREE_MAX,
	.options_count = CHECKSUM_OPTIONS_COUNT,
	.options = checksum_options,
	.file_bytes = fixed64_file_bytes,
	.create = fixed64_create,
	.open = fixed64_open,
	.insert_node = fixed64_insert_node,
	.insert_edge = fixed64_insert_edge,
	.bulk = fixed64_bulk,
	.neighbors = fixed64_neighbors,
	.neighbors_batch = fixed64_neighbors_batch,
	.check = fixed64_check,
	.sync = fixed64_sync,
	.close = fixed64_close,
};
