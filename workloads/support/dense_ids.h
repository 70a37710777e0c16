/*
 * Maps the ids of a file, any u64, to dense ids: 0 is the smallest id of the file, 1 the next
 * larger one, and so on. The order of the lines does not matter.
 */
#ifndef IOWALK_DENSE_IDS_H
#define IOWALK_DENSE_IDS_H

#include "../graph.h"

struct dense_ids {
	uint64_t count; /* distinct ids */
	uint64_t min, max;

	/* If the ids are dense enough: a bitmap over [min, max], at most 8 bytes per edge. Else
	 * NULL. */
	struct dense_word *words; /* [(max - min) / 64 + 1] */

	/* Else: open addressing, at most 43 bytes per id. */
	struct dense_slot *slots; /* [slots_mask + 1] */
	uint64_t slots_mask;
};

/* Collects the ids at both ends of edges[count], count ≥ 1. -ENOMEM leaves nothing to release. */
int dense_ids_init(struct dense_ids *ids, const struct edge *edges, size_t count);
void dense_ids_release(struct dense_ids *ids);

/* Does the file have that id? If so, *dense is its dense id. */
bool dense_ids_find(const struct dense_ids *ids, uint64_t id, uint64_t *dense);

/* The id of the file whose dense id is `dense` < count. Takes time in proportion to the ids. */
uint64_t dense_ids_name(const struct dense_ids *ids, uint64_t dense);

/* Replaces the ids of the same edges by dense ids. */
void dense_ids_apply(const struct dense_ids *ids, struct edge *edges, size_t count);

#endif
