/*
 * From the ids of a file, any u64, to dense ones: 0 is the smallest id of the file, 1 the next one
 * up, and so on. The order of the lines does not matter.
 */
#ifndef IOWALK_DENSE_IDS_H
#define IOWALK_DENSE_IDS_H

#include "../graph.h"

struct dense_ids {
	uint64_t count; /* distinct ids */
	uint64_t min, max;

	/* Where they lie close: a bitmap over [min, max], at most 8 bytes an edge. Else NULL. */
	struct dense_word *words; /* [(max - min) / 64 + 1] */

	/* Where they do not: open addressing, at most 43 bytes an id. */
	struct dense_slot *slots; /* [slots_mask + 1] */
	uint64_t slots_mask;
};

/* From both ends of edges[count], count ≥ 1. -ENOMEM leaves nothing to release. */
int dense_ids_init(struct dense_ids *ids, const struct edge *edges, size_t count);
void dense_ids_release(struct dense_ids *ids);

/* Whether the file has that id, and which dense one it is. */
bool dense_ids_find(const struct dense_ids *ids, uint64_t id, uint64_t *dense);

/* Replaces the ids of the edges they were made from by dense ones. */
void dense_ids_apply(const struct dense_ids *ids, struct edge *edges, size_t count);

#endif
