/*
 * Wide levels of a walk, as bitmaps: see walk.h.
 *
 * To expand a level, the bit of each neighbour is set in the bitmap of the next level, whether the node was
 * reached before or not: there is no branch to mispredict, and a bitmap of a million nodes fits into a
 * second-level cache. What was reached before is taken out at the end of the level, in the order of ids,
 * where the levels of the new nodes are written.
 *
 * If each edge is there in both directions, or the store has in-edges, a level with many edges is expanded upwards: each node that is not reached
 * yet looks for a neighbour on the level and stops at the first. That is a scan in file order, and fewer edges are
 * looked at. Edges are counted as in a walk downwards: the edges of all nodes without those of the nodes that were not
 * reached before the level, whose lists are read whole, are the edges of the level and of those before it. So the
 * answer is the same number in both directions, and is verified.
 *
 * Source of the directions and of the bitmaps: Beamer, Asanović and Patterson, "Direction-optimizing breadth-first search", SC'12, section VI.
 */
#ifndef IOWALK_WIDE_LEVEL_H
#define IOWALK_WIDE_LEVEL_H

#include "walk.h"

/* What one thread needs to expand a part of a level. */
struct wide_worker {
	struct store *store;
	uint64_t *next_bits; /* [walk_words()] */
	uint64_t *nodes;     /* [nodes_capacity], 64 or more: ids of a part of the level */
	uint64_t nodes_capacity;
	struct neighbors *found; /* [window] */
	size_t window;
	/* Added to: the out-edges of the nodes expanded, or (up) of those not reached before. */
	uint64_t edges_count;
	struct latency_sink *sink; /* or NULL */
};

/* Sets visited from walk->levels, the level from nodes[count], and clears the next level. */
void wide_begin(struct walk *walk, const uint64_t *nodes, uint64_t count);

/* Expands the nodes of the level in words [begin, end) of its bitmap. 0, or the store's error, or -EBADMSG. */
int wide_expand(const struct walk *walk, struct wide_worker *worker, uint64_t begin, uint64_t end);

static inline bool wide_can_go_up(const struct store *store)
{
	return store->both_ways || store->in_edges;
}

/* The same upwards, for a store that can: of the nodes in these words that are not reached, finds those with a
 * neighbour on the level. */
int wide_expand_up(const struct walk *walk, struct wide_worker *worker, uint64_t begin,
		   uint64_t end);

/* Sets the bits of the neighbours of nodes[count]. -EBADMSG. */
int wide_visit(const struct walk *walk, struct wide_worker *worker, const uint64_t *nodes,
	       const struct neighbors *found, size_t count);

/* In words [begin, end): leaves in the next level only nodes that are new, which get level `depth`, and makes it
 * the current one. Returns the number of nodes. walk_reserve_deep() was called. */
uint64_t wide_finish(struct walk *walk, uint32_t depth, uint64_t begin, uint64_t end);

/* Appends nodes of bits[], or those that are not in it (`inverted`), to nodes[], from word *word to word `end` or
 * until fewer than 64 entries are free. Returns their number, and the next word in *word. */
uint64_t wide_take(const uint64_t *bits, bool inverted, uint64_t *word, uint64_t end,
		   uint64_t *nodes, uint64_t capacity);

/* Walks from the level at walk->position, which is wide, until one is narrow. That one is then at
 * walk->position, at the beginning of the queue. */
int wide_walk(struct walk *walk, struct store *store, size_t window, struct latency_sink *sink,
	      struct level_sink *levels);

/*
 * The same from the middle of a narrow level, when the queue is full. Left to expand are the level's nodes from
 * level->next on; found[count] are the neighbours of the `count` nodes before them. What was found of the next level is
 * queue[position.head] to queue[position.end - 1]; position.depth is the level's.
 */
int wide_take_over(struct walk *walk, struct store *store, const struct frontier *level,
		   const struct neighbors *found, size_t count, size_t window,
		   struct latency_sink *sink, struct level_sink *levels);

#endif
