/*
 * Fixed slots, after sqlitegraph's native V1 file: 4096 bytes a node, 256 bytes an edge, one region
 * each, so that a record's place is worked out from its id. Generous with space, and every hop of a
 * walk is a page of its own: what a compact layout is compared with. Records:
 * support/slot_format.h; walking: support/slotted_read.c; loading: support/slotted_bulk.c.
 *
 * A single insert of an edge writes its slot, the tails of both nodes, and where the edge does not
 * continue a run the links of up to two earlier edges. Regions grow by doubling; when the node
 * region is full the edges move. Counts reach the header on sync and close.
 */
#include "support/slotted.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#define FIRST_NODES 256 /* capacity of a new file that is filled by single inserts */
#define FIRST_EDGES 1024
#define MOVE_BYTES  (1u << 20) /* of one step when the edge region moves */

static uint64_t slotted_file_bytes(uint64_t nodes_count, uint64_t edges_count)
{
	return saturating_madd(edges_count, EDGE_SLOT_BYTES,
			       saturating_madd(nodes_count, NODE_SLOT_BYTES, HEADER_DATA_OFFSET));
}

void slotted_map(struct slotted_store *store)
{
	struct engine *engine = store->base.engine;

	store->mapped =
		engine->ops->map ? engine->ops->map(engine, 0, engine->ops->size(engine)) : NULL;
}

static int slotted_resize(struct slotted_store *store, uint64_t nodes_capacity,
			  uint64_t edges_capacity)
{
	struct engine *engine = store->base.engine;
	uint64_t size_bytes = slotted_file_bytes(nodes_capacity, edges_capacity);

	store->mapped = NULL;
	int err = size_bytes == UINT64_MAX ? -EFBIG : engine->ops->resize(engine, size_bytes);
	slotted_map(store);
	return err;
}

/* ---- inserting ---- */

static int write_zeros(struct engine *engine, uint64_t from, uint64_t to, unsigned char *chunk)
{
	memset(chunk, 0, MOVE_BYTES);
	while (from < to) {
		size_t part = to - from < MOVE_BYTES ? (size_t)(to - from) : MOVE_BYTES;
		int err = engine->ops->write(engine, from, chunk, part);
		if (err)
			return err;
		from += part;
	}
	return 0;
}

/* Doubles the node region; the edge region moves behind it, last part first since the two overlap.
 */
static int grow_nodes(struct slotted_store *store)
{
	struct engine *engine = store->base.engine;
	uint64_t capacity = store->nodes_capacity ? store->nodes_capacity * 2 : FIRST_NODES;
	uint64_t old_at = store->edges_at;
	uint64_t new_at = slotted_node_at(store, capacity);
	uint64_t left = store->base.edges_count * EDGE_SLOT_BYTES;
	uint64_t old_end = old_at + left;
	unsigned char *chunk = malloc(MOVE_BYTES);

	if (!chunk)
		return -ENOMEM;
	int err = slotted_resize(store, capacity, store->edges_capacity);
	while (!err && left) {
		size_t part = left < MOVE_BYTES ? (size_t)left : MOVE_BYTES;

		left -= part;
		err = engine->ops->read(engine, old_at + left, chunk, part);
		if (!err)
			err = engine->ops->write(engine, new_at + left, chunk, part);
	}
	if (!err) {
		store->nodes_capacity = capacity;
		store->edges_at = new_at;
		store->dirty = true;
		/* New slots must begin as zeros where edges lay. */
		err = write_zeros(engine, old_at, old_end < new_at ? old_end : new_at, chunk);
	}
	free(chunk);
	return err;
}

static int slotted_insert_node(struct store *base)
{
	struct slotted_store *store = (struct slotted_store *)base;
	unsigned char slot[NODE_HEAD_BYTES];
	struct slot_tail tail = {0};
	int err = store->writable ? 0 : -EBADF;

	if (!err && base->nodes_count == store->nodes_capacity)
		err = grow_nodes(store);
	if (err)
		return err;
	size_t used = slot_node_encode(slot, base->nodes_count + 1, &tail);
	err = base->engine->ops->write(base->engine, slotted_node_at(store, base->nodes_count),
				       slot, used);
	if (err)
		return err;
	base->nodes_count++;
	store->dirty = true;
	return 0;
}

/* A node's tail and the place it is kept at, for a change in place. */
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

	if (!err)
		err = slotted_parse_node(store, node, slot, &out->tail);
	if (err)
		return err;
	out->at = at + slot_tail_at(slot);
	/* The last edges get a link to the new one, so they must be where edges are. */
	const struct slot_tail *tail = &out->tail;
	uint64_t edges_count = store->base.edges_count;
	if ((tail->out_count && tail->out_last - 1 >= edges_count) ||
	    (tail->in_count && tail->in_last - 1 >= edges_count))
		return why_set(&store->base.why, -EBADMSG,
			       "slotted: node %" PRIu64 ": its last edges lie outside the file's",
			       node);
	return 0;
}

static int store_tail(struct slotted_store *store, const struct placed_tail *placed)
{
	unsigned char bytes[TAIL_BYTES];

	slot_tail_encode(bytes, &placed->tail);
	return store->base.engine->ops->write(store->base.engine, placed->at, bytes, sizeof(bytes));
}

static int store_link(struct slotted_store *store, uint64_t edge, unsigned link_at, uint64_t next)
{
	unsigned char bytes[8];

	if (edge == 0)
		return 0;
	slot_put64(bytes, next);
	return store->base.engine->ops->write(
		store->base.engine, slotted_edge_at(store, edge) + link_at, bytes, sizeof(bytes));
}

static int write_edge(struct slotted_store *store, const struct slot_edge *edge)
{
	unsigned char slot[EDGE_SLOT_BYTES] = {0};

	slot_edge_encode(slot, edge);
	return store->base.engine->ops->write(store->base.engine, slotted_edge_at(store, edge->id),
					      slot, sizeof(slot));
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
	free(store->heads);
	free(store->scratch);
	free(store->arena);
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
	store->nodes_at = store->edges_at = HEADER_DATA_OFFSET;
	return store;
}

/* Brings header and length of the file up to date with what was inserted. */
static int slotted_settle(struct slotted_store *store)
{
	struct header *header = &store->header;

	if (!store->dirty)
		return 0;
	/* Room for edges that did not come is given back; room for nodes would move the edges. */
	int err = slotted_resize(store, store->nodes_capacity, store->base.edges_count);
	if (err)
		return err;
	store->edges_capacity = store->base.edges_count;
	header->nodes_count = store->base.nodes_count;
	header->edges_count = store->base.edges_count;
	header->file_bytes = store->base.engine->ops->size(store->base.engine);
	header->fields[SLOTTED_NODES_AT] = store->nodes_at;
	header->fields[SLOTTED_EDGES_AT] = store->edges_at;
	header->fields[SLOTTED_NODES_CAPACITY] = store->nodes_capacity;
	err = header_write(store->base.engine, &layout_slotted, header);
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
	/* The length was compared with the file's, so sizes that add up to it fit into a u64. */
	if (!err &&
	    (header->fields[SLOTTED_NODES_AT] != HEADER_DATA_OFFSET ||
	     header->nodes_count > capacity || edges_at != slotted_file_bytes(capacity, 0) ||
	     header->file_bytes != slotted_file_bytes(capacity, header->edges_count)))
		err = why_set(why, -EBADMSG,
			      "slotted: the header's sizes contradict each other (%" PRIu64
			      " of %" PRIu64 " nodes, %" PRIu64 " edges at %" PRIu64 ", %" PRIu64
			      " bytes)",
			      header->nodes_count, capacity, header->edges_count, edges_at,
			      header->file_bytes);
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
	int err = slotted_settle((struct slotted_store *)base);

	return err ? err : base->engine->ops->sync(base->engine);
}

static int slotted_close(struct store *base)
{
	struct slotted_store *store = (struct slotted_store *)base;
	int err = store->writable ? slotted_settle(store) : 0;

	slotted_free(store);
	return err;
}

const struct layout_ops layout_slotted = {
	.name = "slotted",
	.summary = "4096 B a node, 256 B an edge, at places worked out from the id",
	.version = 1,
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
