/*
 * The loop of a walk, for the functions that are made of it. Each is in a file of its own if it is not measured: more
 * copies of the loop in walk.c have made the measured one slower (8 % for a graph of 1000 nodes, gcc 12). So is the
 * copy for ids of 4 bytes (store->narrow_ids), which is why each caller passes the width as a constant.
 */
#ifndef IOWALK_WALK_LEVELS_H
#define IOWALK_WALK_LEVELS_H

#include <errno.h>
#include <string.h>

#include "walk.h"

/* The position of a walk, kept in registers: the next node of a chain must not wait for a load of
 * the queue. */
struct stand {
	uint64_t end;  /* of the queue */
	uint64_t last; /* the node queued last: the only one of a level of one node */
	uint64_t edges_count;
};

/* Looks at one node's neighbours. */
static inline __attribute__((always_inline)) int visit(struct walk *walk, struct store *store,
						       const struct neighbors *found, uint64_t node,
						       uint32_t next_level, bool narrow_ids,
						       struct stand *stand)
{
	uint32_t *levels = walk->levels;
	const uint64_t *ids = found->ids;
	const uint32_t *ids_narrow = found->ids;

	stand->edges_count += found->count;
	for (size_t k = 0; k < found->count; k++) {
		uint64_t id = narrow_ids ? ids_narrow[k] : ids[k];

		if (__builtin_expect(id >= walk->nodes_count, 0))
			return walk_bad_neighbor(store, node, id);
		if (levels[id] == LEVEL_UNREACHED) {
			levels[id] = next_level;
			walk->queue[stand->end++] = id;
			stand->last = id;
		}
	}
	return 0;
}

static inline __attribute__((always_inline)) int
expand_level(struct walk *walk, struct store *store, struct frontier *level, uint32_t next_level,
	     size_t window, struct latency_sink *sink, bool narrow_ids, struct stand *stand)
{
	while (level->next < level->count) {
		uint64_t began_ns = sink ? clock_now_ns() : 0;
		ssize_t count = store->ops->neighbors_batch(store, level, walk->found, window);
		if (count <= 0)
			return count < 0 ? (int)count : -EIO;
		const uint64_t *nodes = level->nodes + level->next - count;
		for (ssize_t i = 0; i < count; i++) {
			int err = visit(walk, store, &walk->found[i], nodes[i], next_level,
					narrow_ids, stand);
			if (err)
				return err;
		}
		if (sink)
			sink->record(sink, clock_now_ns() - began_ns);
	}
	return 0;
}

/* A level of one node needs no window: neighbors() does the same with less work. */
static inline __attribute__((always_inline)) int expand_one(struct walk *walk, struct store *store,
							    uint32_t next_level, bool narrow_ids,
							    struct stand *stand)
{
	uint64_t node = stand->last;
	struct neighbors found;
	int err = store->ops->neighbors(store, node, &found);

	return err ? err : visit(walk, store, &found, node, next_level, narrow_ids, stand);
}

static inline __attribute__((always_inline)) int
walk_levels(struct walk *walk, struct store *store, uint64_t root, size_t window,
	    struct latency_sink *sink, struct level_sink *levels, bool narrow_ids)
{
	struct stand stand = {.end = 1, .last = root};
	uint64_t head = 0;
	uint32_t depth = 0;

	if (root >= walk->nodes_count || store->nodes_count != walk->nodes_count)
		return -ERANGE;
	walk_announce(store);
	memset(walk->levels, 0xff, walk->nodes_count * sizeof(*walk->levels));
	walk->levels[root] = 0;
	walk->queue[0] = root;
	while (head < stand.end && depth < walk->depth_max) {
		struct frontier level = {.nodes = walk->queue + head, .count = stand.end - head};
		uint64_t edges_before = levels ? stand.edges_count : 0;
		int err;

		head = stand.end;
		depth++;
		if (level.count == 1 && !sink) {
			err = expand_one(walk, store, depth, narrow_ids, &stand);
		} else {
			if (walk->sorted)
				walk_sort_level(walk, walk->queue + head - level.count,
						level.count);
			err = expand_level(walk, store, &level, depth, window, sink, narrow_ids,
					   &stand);
		}
		if (err)
			return err;
		if (levels)
			levels->record(levels, level.count, stand.edges_count - edges_before);
	}
	walk->summary.edges_count = stand.edges_count;
	return 0;
}

#endif
