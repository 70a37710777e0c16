/*
 * Long: one loop, which is inlined as a whole.
 *
 * The loop over the narrow levels of a walk, for the functions that are made of it. Each is in a file of its own if it
 * is not measured: more copies of the loop in one file have made the measured one slower (8 % for a graph of
 * 1000 nodes, gcc 12). So is the copy for ids of 4 bytes (store->narrow_ids): callers pass the width as a constant.
 */
#ifndef IOWALK_WALK_LEVELS_H
#define IOWALK_WALK_LEVELS_H

#include <errno.h>
#include <string.h>

#include "wide_level.h"

#define WALK_QUEUE_FULL 1 /* of visit(): nothing was done */

/*
 * The position of a walk, kept in registers: the next node of a chain must not wait for a load of
 * the queue. The arrays are here as well, because a store to a byte of levels may change any member of struct walk as
 * far as the compiler knows.
 */
struct stand {
	uint64_t end;  /* of the queue */
	uint64_t last; /* the node queued last: the only one of a level of one node */
	uint64_t edges_count;
	uint8_t *levels;
	uint64_t *queue;
	uint64_t nodes_count, queue_limit;
};

/* Looks at one node's neighbours. */
static inline __attribute__((always_inline)) int visit(struct store *store,
						       const struct neighbors *found, uint64_t node,
						       uint8_t next_level, bool narrow_ids,
						       struct stand *stand)
{
	const uint64_t *ids64 = found->ids;
	const uint32_t *ids32 = found->ids;
	size_t count = found->count;

	if (__builtin_expect(stand->end + count > stand->queue_limit, 0))
		return WALK_QUEUE_FULL;
	stand->edges_count += count;
	for (size_t k = 0; k < count; k++) {
		uint64_t id = narrow_ids ? ids32[k] : ids64[k];

		if (__builtin_expect(id >= stand->nodes_count, 0))
			return walk_bad_neighbor(store, node, id);
		if (stand->levels[id] == WALK_LEVEL_UNREACHED) {
			stand->levels[id] = next_level;
			stand->queue[stand->end++] = id;
			stand->last = id;
		}
	}
	return 0;
}

/* WALK_QUEUE_FULL: for the last *left nodes before level->next nothing was done. */
static inline __attribute__((always_inline)) int
expand_level(struct walk *walk, struct store *store, struct frontier *level, uint8_t next_level,
	     size_t window, struct latency_sink *sink, bool narrow_ids, struct stand *stand,
	     size_t *found_at, size_t *left)
{
	while (level->next < level->count) {
		uint64_t began_ns = sink ? clock_now_ns() : 0;
		ssize_t count = store->ops->neighbors_batch(store, level, walk->found, window);
		if (count <= 0)
			return count < 0 ? (int)count : -EIO;
		const uint64_t *nodes = level->nodes + level->next - count;
		for (ssize_t i = 0; i < count; i++) {
			int err = visit(store, &walk->found[i], nodes[i], next_level, narrow_ids,
					stand);
			*found_at = (size_t)i;
			*left = (size_t)(count - i);
			if (err) {
				walk->began_ns = began_ns;
				return err;
			}
		}
		if (sink)
			sink->record(sink, clock_now_ns() - began_ns);
	}
	return 0;
}

/* A level of one node needs no window: neighbors() does the same with less work. WALK_QUEUE_FULL: nothing was done. */
static inline __attribute__((always_inline)) int expand_one(struct walk *walk, struct store *store,
							    uint8_t next_level, bool narrow_ids,
							    struct stand *stand)
{
	uint64_t node = stand->last;
	struct neighbors found;
	int err = store->ops->neighbors(store, node, &found);

	if (!err)
		err = visit(store, &found, node, next_level, narrow_ids, stand);
	if (__builtin_expect(err == WALK_QUEUE_FULL, 0)) {
		walk->found[0] = found;
		walk->queue[0] = node;
	}
	return err;
}

/* The nodes queue[head .. end) are on a level that does not fit into their bytes. */
static inline __attribute__((always_inline)) int
note_deep(struct walk *walk, const struct stand *stand, uint64_t head, uint32_t depth)
{
	int err = walk->deep ? 0 : walk_reserve_deep(walk, depth);
	uint32_t *deep = walk->deep;

	if (!err && stand->end - head == 1) { /* a chain, where each instruction counts */
		deep[stand->last] = depth;
		return 0;
	}
	for (uint64_t i = head; !err && i < stand->end; i++)
		deep[stand->queue[i]] = depth;
	return err;
}

/*
 * A level of several nodes: of the nodes queue[*head .. end). On return the next narrow level is there. *depth, and
 * the position that it stands for, advance by one level, or by more if wide levels came.
 */
static inline __attribute__((always_inline)) int
walk_several(struct walk *walk, struct store *store, size_t window, struct latency_sink *sink,
	     struct level_sink *levels, bool narrow_ids, uint64_t *head, uint32_t *depth,
	     struct stand *stand)
{
	uint64_t edges_before = stand->edges_count;
	size_t found_at = 0, left = 0;
	int err;

	if (__builtin_expect(*head > stand->queue_limit / 2, 0)) {
		memmove(stand->queue, stand->queue + *head,
			(stand->end - *head) * sizeof(*stand->queue));
		stand->end -= *head;
		*head = 0;
	}
	struct frontier level = {.nodes = stand->queue + *head, .count = stand->end - *head};
	if (level.count > walk->wide_min) {
		walk->position = (struct walk_position){*head, stand->end, edges_before, 0, *depth};
		err = wide_walk(walk, store, window, sink, levels);
	} else {
		if (walk->order == WALK_ORDER_SORTED)
			walk_sort_level(stand->queue + *head, level.count);
		err = expand_level(walk, store, &level, walk_level_byte(*depth + 1), window, sink,
				   narrow_ids, stand, &found_at, &left);
		if (__builtin_expect(err != WALK_QUEUE_FULL, 1)) {
			*head += level.count;
			*depth += 1;
			if (levels && !err)
				levels->record(levels, level.count,
					       stand->edges_count - edges_before);
			return err;
		}
		walk->position =
			(struct walk_position){*head + level.count, stand->end, stand->edges_count,
					       stand->edges_count - edges_before, *depth};
		err = wide_take_over(walk, store, &level, walk->found + found_at, left, window,
				     sink, levels);
	}
	*head = walk->position.head;
	*depth = walk->position.depth;
	stand->end = walk->position.end;
	stand->edges_count = walk->position.edges_count;
	return err;
}

/* A level of one node whose neighbours, walk->found[0], do not fit into the queue. */
static inline int walk_hub(struct walk *walk, struct store *store, size_t window,
			   struct level_sink *levels, uint32_t *depth, struct stand *stand)
{
	struct frontier level = {.nodes = walk->queue, .count = 1, .next = 1};

	walk->position = (struct walk_position){0, 0, stand->edges_count, 0, *depth};
	int err = wide_take_over(walk, store, &level, walk->found, 1, window, NULL, levels);
	*depth = walk->position.depth;
	stand->end = walk->position.end;
	stand->last = walk->queue[0];
	stand->edges_count = walk->position.edges_count;
	return err;
}

static inline __attribute__((always_inline)) int
walk_levels(struct walk *walk, struct store *store, uint64_t root, size_t window,
	    struct latency_sink *sink, struct level_sink *levels, bool narrow_ids)
{
	struct stand stand = {.end = 1,
			      .last = root,
			      .levels = walk->levels,
			      .queue = walk->queue,
			      .nodes_count = walk->nodes_count,
			      .queue_limit = walk->queue_limit};
	uint64_t head = 0;
	uint32_t depth = 0;

	if (root >= walk->nodes_count || store->nodes_count != walk->nodes_count)
		return -ERANGE;
	walk_announce(store);
	memset(walk->levels, WALK_LEVEL_UNREACHED, walk->nodes_count);
	walk->levels[root] = 0;
	walk->queue[0] = root;
	while (head < stand.end && depth < walk->depth_max) {
		uint64_t edges_before = stand.edges_count;
		int err;

		if (stand.end - head > 1 || sink) {
			err = walk_several(walk, store, window, sink, levels, narrow_ids, &head,
					   &depth, &stand);
			stand.last = walk->queue[head];
		} else {
			head = stand.end = 0; /* its node is in stand.last */
			err = expand_one(walk, store, walk_level_byte(depth + 1), narrow_ids,
					 &stand);
			if (__builtin_expect(err == WALK_QUEUE_FULL, 0)) {
				err = walk_hub(walk, store, window, levels, &depth, &stand);
			} else {
				depth++;
				if (levels && !err)
					levels->record(levels, 1, stand.edges_count - edges_before);
			}
		}
		if (!err && depth >= WALK_LEVEL_DEEP)
			err = note_deep(walk, &stand, head, depth);
		if (err)
			return err;
	}
	walk->summary.edges_count = stand.edges_count;
	return 0;
}

#endif
