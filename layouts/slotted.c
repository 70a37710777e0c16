/*
 * Fixed slots, after sqlitegraph's native V1 file: 4096 bytes per node and 256 bytes per edge, in
 * one region each, so that a record's place is computed from its id. It uses much space, and every
 * hop of a walk accesses another page: the opposite of a compact layout. Records:
 * support/slot_format.h; walking: support/slotted_read.c; loading: support/slotted_bulk.c.
 *
 * Inserting one edge writes its slot and the tails of both nodes. It also links the new edge from
 * the source's last edge, unless it continues the source's run of consecutive ids, and from the
 * target's last incoming edge. Regions grow by doubling; when the node region is full, the edges
 * move. Counts are written to the header on sync and close.
 */
#include "support/slotted_parse.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#define FIRST_NODES 256 /* capacity of a new file that is filled by single inserts */
#define FIRST_EDGES 1024

static uint64_t slotted_file_bytes(uint64_t nodes_count, uint64_t edges_count)
{
	return header_file_bytes(slotted_data_bytes(nodes_count, edges_count), true);
}

static int slotted_resize(struct slotted_store *store, uint64_t nodes_capacity,
			  uint64_t edges_capacity)
{
	struct engine *engine = store->base.engine;
	uint64_t size_bytes = slotted_data_bytes(nodes_capacity, edges_capacity);

	store->mapped = NULL;
	int err = size_bytes == UINT64_MAX ? -EFBIG : engine->ops->resize(engine, size_bytes);
	slotted_map(store);
	return err;
}

/* ---- inserting ---- */

/* Doubles the node region and moves the edge region up. */
static int grow_nodes(struct slotted_store *store)
{
	uint64_t capacity = store->nodes_capacity ? store->nodes_capacity * 2 : FIRST_NODES;
	uint64_t new_at = slotted_node_at(store, capacity);
	int err = slotted_resize(store, capacity, store->edges_capacity);

	if (!err)
		err = checksums_move_up(&store->checksums, store->edges_at, new_at,
					store->base.edges_count * EDGE_SLOT_BYTES);
	if (!err) {
		store->nodes_capacity = capacity;
		store->edges_at = new_at;
		store->dirty = true;
	}
	return err;
}

static int slotted_insert_node(struct store *base)
{
	struct slotted_store *store = (struct slotted_store *)base;
	unsigned char slot[NODE_SLOT_BYTES];
	struct slot_tail tail = {0};
	int err = store->writable ? slotted_begin(store) : -EBADF;

	if (!err && base->nodes_count == store->nodes_capacity)
		err = grow_nodes(store);
	if (err)
		return err;
	size_t used = slot_node_encode(slot, base->nodes_count + 1, &store->payload, &tail);
	err = checksums_write(&store->checksums, slotted_node_at(store, base->nodes_count), slot,
			      used);
	if (err)
		return err;
	base->nodes_count++;
	store->dirty = true;
	return 0;
}

/* A node's tail and its offset in the file, for an update in place. */
struct placed_tail {
	uint64_t at;
	struct slot_tail tail;
};

static int load_tail(struct slotted_store *store, uint64_t node, struct placed_tail *out)
{
	unsigned char slot[NODE_HEAD_BYTES];
	struct engine *engine = store->base.engine;
	uint64_t at = slotted_node_at(store, node);
	int err = engine->ops->read(engine, at, slot, sizeof(slot));

	*out = (struct placed_tail){0};
	if (!err)
		err = slotted_parse_node(store, node, slot, &out->tail);
	if (err)
		return err;
	out->at = at + slot_tail_at(slot);
	/* The last edges get a link to the new edge, so their ids must be valid. */
	const struct slot_tail *tail = &out->tail;
	uint64_t edges_count = store->base.edges_count;
	if ((tail->out_count && tail->out_last - 1 >= edges_count) ||
	    (tail->in_count && tail->in_last - 1 >= edges_count))
		return why_set(&store->base.why, -EBADMSG,
			       "slotted: node %" PRIu64
			       ": its last edges are outside the edge region",
			       node);
	return 0;
}

static int store_tail(struct slotted_store *store, const struct placed_tail *placed)
{
	unsigned char bytes[TAIL_BYTES];

	slot_tail_encode(bytes, &placed->tail);
	return checksums_write(&store->checksums, placed->at, bytes, sizeof(bytes));
}

static int store_link(struct slotted_store *store, uint64_t edge, unsigned link_at, uint64_t next)
{
	unsigned char bytes[8];

	if (edge == 0)
		return 0;
	be_put64(bytes, next);
	return checksums_write(&store->checksums, slotted_edge_at(store, edge) + link_at, bytes,
			       sizeof(bytes));
}

static int write_edge(struct slotted_store *store, const struct slot_edge *edge)
{
	unsigned char slot[EDGE_SLOT_BYTES] = {0};

	slot_edge_encode(slot, &store->payload, edge);
	return checksums_write(&store->checksums, slotted_edge_at(store, edge->id), slot,
			       sizeof(slot));
}

static int slotted_insert_edge(struct store *base, uint64_t from, uint64_t to)
{
	struct slotted_store *store = (struct slotted_store *)base;
	struct placed_tail source, target;
	struct slot_edge edge = {.id = base->edges_count + 1, .from = from + 1, .to = to + 1};
	uint64_t link_out, link_in;

	if (!store->writable)
		return -EBADF;
	if (from >= base->nodes_count || to >= base->nodes_count)
		return -ERANGE;
	int err = load_tail(store, from, &source);
	if (!err && from != to)
		err = load_tail(store, to, &target);
	if (err)
		return err;
	struct placed_tail *into = from == to ? &source : &target;
	if (source.tail.out_count == UINT32_MAX || into->tail.in_count == UINT32_MAX)
		return -EOVERFLOW;
	err = slotted_begin(store);
	if (err)
		return err;
	if (base->edges_count == store->edges_capacity) {
		uint64_t grown = store->edges_capacity ? store->edges_capacity * 2 : FIRST_EDGES;
		err = slotted_resize(store, store->nodes_capacity, grown);
		if (err)
			return err;
		store->edges_capacity = grown;
		store->dirty = true;
	}
	slot_append_out(&source.tail, edge.id, &link_out);
	slot_append_in(&into->tail, edge.id, &link_in);
	err = write_edge(store, &edge);
	if (!err)
		err = store_link(store, link_out, EDGE_NEXT_OUT_AT, edge.id);
	if (!err)
		err = store_link(store, link_in, EDGE_NEXT_IN_AT, edge.id);
	if (!err)
		err = store_tail(store, &source);
	if (!err && from != to)
		err = store_tail(store, &target);
	if (err)
		return err;
	base->edges_count++;
	store->dirty = true;
	return 0;
}

/* ---- opening and closing ---- */

static void slotted_free(struct slotted_store *store)
{
	pipeline_release(&store->pipeline);
	checksums_release(&store->checksums);
	free(store->arena);
	free(store->index);
	free(store);
}

static struct slotted_store *slotted_new(const struct store_config *config, bool writable)
{
	struct slotted_store *store = calloc(1, sizeof(*store));

	if (!store)
		return NULL;
	store->base.ops = &layout_slotted;
	store->base.engine = config->engine;
	store->writable = writable;
	store->index_rebuild = config->options[CHECKSUM_OPTIONS_COUNT + PAYLOAD_OPTIONS_COUNT] != 0;
	store->nodes_at = store->edges_at = HEADER_DATA_OFFSET;
	store->pipeline = (struct pipeline){.ops = &slotted_window_ops, .context = store};
	return store;
}

/* Updates the header and the length of the file after inserts. */
static int slotted_commit(struct store *base)
{
	struct slotted_store *store = (struct slotted_store *)base;
	struct header *header = &store->header;

	if (!store->dirty)
		return 0;
	/* Unused room for edges is released. Unused room for nodes is kept, because releasing it
	 * would move the edges. */
	uint64_t data_bytes = slotted_data_bytes(store->nodes_capacity, store->base.edges_count);
	store->edges_capacity = store->base.edges_count;
	header->nodes_count = store->base.nodes_count;
	header->edges_count = store->base.edges_count;
	header->fields[SLOTTED_NODES_AT] = store->nodes_at;
	header->fields[SLOTTED_EDGES_AT] = store->edges_at;
	header->fields[SLOTTED_NODES_CAPACITY] = store->nodes_capacity;
	header->fields[SLOTTED_PAYLOAD] = payload_pack(&store->payload);
	store->mapped = NULL;
	int err = checksums_commit(&store->checksums, data_bytes);
	slotted_map(store);
	if (!err)
		store->dirty = false;
	return err;
}

static int slotted_create(const struct store_config *config, struct store **out, struct why *why)
{
	struct slotted_store *store = slotted_new(config, true);

	(void)why;
	if (!store)
		return -ENOMEM;
	store->dirty = true;
	store->header.checksums = config->options[OPTION_CHECKSUMS];
	store->payload = payload_from_options(config->options + CHECKSUM_OPTIONS_COUNT);
	checksums_init(&store->checksums, config->engine, &layout_slotted, &store->header);
	*out = &store->base;
	return 0;
}

static int slotted_open(const struct store_config *config, struct store **out, struct why *why)
{
	struct slotted_store *store = slotted_new(config, config->writable);

	if (!store)
		return -ENOMEM;
	struct header *header = &store->header;
	int err = header_read(config->engine, &layout_slotted, header, why);
	uint64_t capacity = header->fields[SLOTTED_NODES_CAPACITY];
	uint64_t edges_at = header->fields[SLOTTED_EDGES_AT];
	/* The length was checked against the file's, so sums equal to it fit into a u64. */
	if (!err &&
	    (header->fields[SLOTTED_NODES_AT] != HEADER_DATA_OFFSET ||
	     header->nodes_count > capacity || edges_at != slotted_data_bytes(capacity, 0) ||
	     header->data_bytes != slotted_data_bytes(capacity, header->edges_count) ||
	     payload_unpack(header->fields[SLOTTED_PAYLOAD], SLOT_NODE_DATA_MAX, SLOT_EDGE_DATA_MAX,
			    &store->payload)))
		err = why_set(why, -EBADMSG,
			      "slotted: the header's sizes contradict each other (%" PRIu64
			      " of %" PRIu64 " nodes, %" PRIu64 " edges at %" PRIu64 ", %" PRIu64
			      " bytes)",
			      header->nodes_count, capacity, header->edges_count, edges_at,
			      header->data_bytes);
	checksums_init(&store->checksums, config->engine, &layout_slotted, header);
	if (!err)
		err = checksums_verify_open(&store->checksums, config->options, why);
	if (err) {
		slotted_free(store);
		return err;
	}
	store->base.nodes_count = header->nodes_count;
	store->base.edges_count = store->edges_capacity = header->edges_count;
	store->nodes_capacity = capacity;
	store->edges_at = edges_at;
	slotted_map(store);
	*out = &store->base;
	return 0;
}

static int slotted_sync(struct store *base)
{
	return checksums_sync(&((struct slotted_store *)base)->checksums, base, slotted_commit);
}

static int slotted_close(struct store *base)
{
	struct slotted_store *store = (struct slotted_store *)base;
	int err = store->writable ? slotted_commit(base) : 0;

	slotted_free(store);
	return err;
}

static const struct option_spec slotted_options[] = {
	CHECKSUM_OPTIONS,
	PAYLOAD_OPTIONS(SLOT_NODE_DATA_MAX, SLOT_EDGE_DATA_MAX),
	{.name = "index_rebuild",
	 .type = OPTION_BOOL,
	 .help = "scan all nodes at each step of a walk, like the original: O(N^2)"},
};

const struct layout_ops layout_slotted = {
	.name = "slotted",
	.summary = "4096 B per node, 256 B per edge, at places computed from the id",
	.version = 2,
	.options_count = sizeof(slotted_options) / sizeof(slotted_options[0]),
	.options = slotted_options,
	.file_bytes = slotted_file_bytes,
	.create = slotted_create,
	.open = slotted_open,
	.insert_node = slotted_insert_node,
	.insert_edge = slotted_insert_edge,
	.bulk = slotted_bulk,
	.neighbors = slotted_neighbors,
	.neighbors_batch = slotted_neighbors_batch,
	.check = slotted_check,
	.sync = slotted_sync,
	.close = slotted_close,
};
