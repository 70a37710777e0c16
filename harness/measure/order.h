/*
 * The order in which a round of a run measures its cells. Cells that are compared with each other
 * stand side by side, so that a disturbance of some seconds affects all of them or none.
 */
#ifndef IOWALK_MEASURE_ORDER_H
#define IOWALK_MEASURE_ORDER_H

#include "../plan/cell.h"

struct order_place {
	uint64_t group_key, cell_key; /* drawn anew for each round */
	size_t group, cell;           /* cell: index in the plan */
};

struct order {
	struct order_place *places; /* [count], in the order of the last draw */
	size_t count, groups_count;
};

/* Puts the cells that differ only in their engine (or their profile) in one group, and all cells of
 * a section with `interleave`. The plan may be released afterwards. -ENOMEM. */
int order_init(struct order *order, const struct plan *plan);
void order_release(struct order *order);

/* Draws the order of the groups, and of the cells in each. `state`: of mix_next(). */
void order_draw(struct order *order, uint64_t *state);

#endif
