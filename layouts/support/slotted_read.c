/*
 * Walks layout `slotted`. The neighbours of a window of nodes are collected in rounds, so that an
 * engine with depth has many reads in flight and a mapped file has many cache misses in flight. The
 * node slots of the whole window come first. Then each round reads, for every node with edges left,
 * either the rest of its run of consecutive edges or the next linked edge. Here for a mapped file;
 * slotted_window.c does the same for one that is read.
 */
#include "slotted_parse.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

static void announce_nodes(struct slotted_store *store, struct frontier *level, size_t end)
{
	struct engine *engine = store->base.engine;
	size_t count = 0;

	for (; level->announced_nodes < end && count < SLOTTED_WINDOW_MAX;
	     level->announced_nodes++) {
		uint64_t node = level->nodes[level->announced_nodes];
		if (node < store->base.nodes_count)
			store->extents[count++] =
				(struct engine_extent){.offset = slotted_node_at(store, node),
						       .len_bytes = NODE_HEAD_BYTES};
	}
	if (count)
		engine->ops->prefetch(engine, store->extents, count);
}

/* Announces the first edges of nodes whose slots were announced one distance earlier and should be
 * in memory by now. */
static void announce_edges(struct slotted_store *store, struct frontier *level, size_t end)
{
	struct engine *engine = store->base.engine;
	size_t count = 0;

	if (level->announced_edges < level->next)
		level->announced_edges = level->next;
	for (; level->announced_edges < end && count < SLOTTED_WINDOW_MAX;
	     level->announced_edges++) {
		uint64_t node = level->nodes[level->announced_edges];
		struct slot_tail tail;

		if (node >= store->base.nodes_count)
			continue;
		const unsigned char *slot = store->mapped + slotted_node_at(store, node);
		uint64_t tail_at = slot_tail_at(slot);
		if (tail_at + TAIL_BYTES > NODE_HEAD_BYTES)
			continue;
		slot_tail_decode(slot + tail_at, &tail);
		if (tail.out_count == 0 || tail.out_first == 0 ||
		    tail.out_first > store->base.edges_count ||
		    tail.out_run > store->base.edges_count - tail.out_first + 1)
			continue;
		store->extents[count++] =
			(struct engine_extent){.offset = slotted_edge_at(store, tail.out_first),
					       .len_bytes = tail.out_run * EDGE_SLOT_BYTES};
	}
	if (count)
		engine->ops->prefetch(engine, store->extents, count);
}

static void announce(struct slotted_store *store, struct frontier *level, size_t window)
{
	size_t ahead = store->base.engine->prefetch_ahead_count;
	size_t near = level->next + window + ahead, far = near + ahead;

	far = far < level->count ? far : level->count;
	near = near < level->count ? near : level->count;
	while (level->announced_nodes < far)
		announce_nodes(store, level, far);
	while (level->announced_edges < near)
		announce_edges(store, level, near);
}

/*
 * Fills cursors[] for the nodes of the window. Returns the number of nodes that fit, or an error.
 */
static ssize_t open_window(struct slotted_store *store, const uint64_t *nodes,
			   struct neighbors *out, size_t count)
{
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		if (nodes[i] >= store->base.nodes_count)
			return -ERANGE;
		uint64_t at = slotted_node_at(store, nodes[i]);
		__builtin_prefetch(store->mapped + at);
		__builtin_prefetch(store->mapped + at + 64);
	}
	store->base.stats.logical_read_bytes += count * NODE_HEAD_BYTES;
	for (size_t i = 0; i < count; i++) {
		const unsigned char *slot = store->mapped + slotted_node_at(store, nodes[i]);
		struct slot_tail tail;
		int err = slotted_parse_node(store, nodes[i], slot, &tail);

		if (err)
			return err;
		if (i > 0 && used + tail.out_count > SLOTTED_WINDOW_IDS)
			return (ssize_t)i;
		out[i].count = tail.out_count;
		used += tail.out_count;
		store->cursors[i] = slotted_cursor_of(nodes[i], &tail);
		if (tail.out_count)
			__builtin_prefetch(store->mapped + slotted_edge_at(store, tail.out_first));
	}
	return (ssize_t)count;
}

/* One round over the first `active` cursors of a mapped file. */
static int round_mapped(struct slotted_store *store, size_t active)
{
	struct engine *engine = store->base.engine;

	if (active > 1) {
		bool announcing = engine->prefetch_ahead_count && engine->ops->prefetch;

		for (size_t i = 0; i < active; i++) {
			uint64_t at = slotted_edge_at(store, store->cursors[i].edge);
			__builtin_prefetch(store->mapped + at);
			store->extents[i] = (struct engine_extent){
				.offset = at,
				.len_bytes = store->cursors[i].run_left * EDGE_SLOT_BYTES};
		}
		if (announcing)
			engine->ops->prefetch(engine, store->extents, active);
	}
	for (size_t i = 0; i < active; i++) {
		struct slotted_cursor *cursor = &store->cursors[i];
		uint64_t run = cursor->run_left;
		int err = slotted_take_edges(
			store, cursor, store->mapped + slotted_edge_at(store, cursor->edge), run);
		if (err)
			return err;
		store->base.stats.logical_read_bytes += run * EDGE_HEAD_BYTES;
	}
	return 0;
}

ssize_t slotted_neighbors_batch(struct store *base, struct frontier *level, struct neighbors *out,
				size_t out_max)
{
	struct slotted_store *store = (struct slotted_store *)base;
	size_t left = level->count - level->next;
	size_t count = left < out_max ? left : out_max;
	size_t active = 0, used = 0;
	int err = 0;

	if (!store->mapped)
		return pipeline_batch_of_hook(&store->pipeline, base, level, out, out_max);
	if (count > SLOTTED_WINDOW_MAX)
		count = SLOTTED_WINDOW_MAX;
	/* In a level of one node nothing can overlap: an announcement would only cost a call. */
	if (base->engine->prefetch_ahead_count && base->engine->ops->prefetch && level->count > 1)
		announce(store, level, count);
	ssize_t opened = open_window(store, level->nodes + level->next, out, count);
	if (opened < 0)
		return opened;
	count = (size_t)opened;
	err = store->index_rebuild ? slotted_rebuild_index(store, count) : 0;
	if (err)
		return err;
	for (size_t i = 0; i < count; i++)
		used += out[i].count;
	err = buffer_reserve((void **)&store->arena, &store->arena_capacity, used,
			     sizeof(*store->arena));
	if (err)
		return err;
	used = 0;
	for (size_t i = 0; i < count; i++) {
		out[i].ids = store->arena + used;
		used += out[i].count;
		if (out[i].count) {
			store->cursors[active] = store->cursors[i];
			store->cursors[active++].ids = store->arena + (used - out[i].count);
		}
	}
	while (active && !err) {
		err = round_mapped(store, active);
		size_t kept = 0;
		for (size_t i = 0; i < active; i++) {
			if (store->cursors[i].left)
				store->cursors[kept++] = store->cursors[i];
		}
		active = kept;
	}
	if (err)
		return err;
	level->next += count;
	return (ssize_t)count;
}

/* One node of a mapped file, without a window. */
static int neighbors_mapped(struct slotted_store *store, uint64_t node, struct neighbors *out)
{
	struct slot_tail tail;
	int err = slotted_parse_node(store, node, store->mapped + slotted_node_at(store, node),
				     &tail);

	if (!err)
		err = buffer_reserve((void **)&store->arena, &store->arena_capacity, tail.out_count,
				     sizeof(*store->arena));
	if (err)
		return err;
	in_order_query(&store->in_order, store->mapped, store->mapped_bytes, node,
		       slotted_node_at(store, node),
		       tail.out_count ? slotted_edge_at(store, tail.out_first) : 0);
	out->ids = store->arena;
	out->count = tail.out_count;
	store->base.stats.logical_read_bytes += NODE_HEAD_BYTES + tail.out_count * EDGE_HEAD_BYTES;
	struct slotted_cursor cursor = {.edge = tail.out_first,
					.from = node + 1,
					.ids = store->arena,
					.left = tail.out_count,
					.run_left = tail.out_run};
	while (cursor.left && !err)
		err = slotted_take_edges(store, &cursor,
					 store->mapped + slotted_edge_at(store, cursor.edge),
					 cursor.run_left);
	return err;
}

int slotted_neighbors(struct store *base, uint64_t node, struct neighbors *out)
{
	struct slotted_store *store = (struct slotted_store *)base;

	if (store->mapped && node < base->nodes_count && !store->index_rebuild)
		return neighbors_mapped(store, node, out);
	struct frontier level = {.nodes = &node, .count = 1};
	ssize_t count = slotted_neighbors_batch(base, &level, out, 1);
	return count < 0 ? (int)count : 0;
}

/* ---- check ---- */

/* Reads and checks a whole slot: every byte must be what this program would write. */
static int read_edge(struct slotted_store *store, uint64_t id, struct slot_edge *edge)
{
	unsigned char slot[EDGE_SLOT_BYTES], expected[EDGE_SLOT_BYTES] = {0};
	struct engine *engine = store->base.engine;

	if (id == 0 || id > store->base.edges_count)
		return -EBADMSG;
	int err = engine->ops->read(engine, slotted_edge_at(store, id), slot, sizeof(slot));
	if (err)
		return err;
	slot_edge_decode(slot, edge);
	if (edge->id != id)
		return -EBADMSG;
	slot_edge_encode(expected, &store->payload, edge);
	return memcmp(slot, expected, sizeof(slot)) == 0 ? 0 : -EBADMSG;
}

/*
 * Follows one list of a node. Ids must ascend, so no edge appears twice and the list ends. A link
 * that is not followed, in a run or at the end, must be 0.
 */
static int check_list(struct slotted_store *store, uint64_t node, bool outgoing,
		      const struct slot_tail *tail)
{
	uint64_t id = outgoing ? tail->out_first : tail->in_first;
	uint64_t count = outgoing ? tail->out_count : tail->in_count;
	uint64_t run = outgoing ? tail->out_run : 0;
	uint64_t last = 0;

	if (!count && (id || run))
		return slotted_bad_node(store, node, "an empty list has a first edge");
	for (uint64_t k = 0; k < count; k++) {
		struct slot_edge edge = {0};
		int err = id > last ? read_edge(store, id, &edge) : -EBADMSG;
		if (!err && ((outgoing ? edge.from : edge.to) != node + 1 || edge.from == 0 ||
			     edge.to == 0 || edge.from > store->base.nodes_count ||
			     edge.to > store->base.nodes_count))
			err = -EBADMSG;
		uint64_t next = outgoing ? edge.next_out : edge.next_in;
		bool linked = k + 1 >= run && k + 1 < count;
		if (!err && !linked && next)
			err = -EBADMSG;
		if (err == -EBADMSG)
			return why_set(&store->base.why, err,
				       "slotted: node %" PRIu64 ", %s edge %" PRIu64 " of %" PRIu64
				       " (id %" PRIu64 ") is damaged or belongs to another node",
				       node, outgoing ? "outgoing" : "incoming", k, count, id);
		if (err)
			return err;
		last = id;
		id = linked ? next : id + 1;
	}
	if (last != (outgoing ? tail->out_last : tail->in_last))
		return slotted_bad_node(store, node,
					"its list of edges does not end at its last edge");
	return 0;
}

int slotted_check(struct store *base)
{
	struct slotted_store *store = (struct slotted_store *)base;
	uint64_t out_total = 0, in_total = 0;
	int damaged = checksums_check(&store->checksums, &base->why);

	if (damaged)
		return damaged;
	for (uint64_t node = 0; node < base->nodes_count; node++) {
		unsigned char slot[NODE_SLOT_BYTES], expected[NODE_SLOT_BYTES] = {0};
		struct slot_tail tail = {0};
		int err = base->engine->ops->read(base->engine, slotted_node_at(store, node), slot,
						  sizeof(slot));
		if (!err)
			err = slotted_parse_node(store, node, slot, &tail);
		if (!err) {
			slot_node_encode(expected, node + 1, &store->payload, &tail);
			if (memcmp(slot, expected, sizeof(slot)) != 0)
				err = slotted_bad_node(store, node,
						       "its kind, name or data is damaged");
		}
		if (!err)
			err = check_list(store, node, true, &tail);
		if (!err)
			err = check_list(store, node, false, &tail);
		if (err)
			return err;
		out_total += tail.out_count;
		in_total += tail.in_count;
	}
	if (out_total != base->edges_count || in_total != base->edges_count)
		return why_set(&base->why, -EBADMSG,
			       "slotted: %" PRIu64 " outgoing and %" PRIu64
			       " incoming edges in nodes, %" PRIu64 " in the header",
			       out_total, in_total, base->edges_count);
	return 0;
}
