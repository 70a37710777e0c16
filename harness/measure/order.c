/* The order of a round: see order.h. Random keys are sorted, first those of the groups. */
#include "order.h"

#include "../../workloads/support/mix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool same_graph(const struct cell *a, const struct cell *b)
{
	const char *a_path = a->params.path ? a->params.path : "";
	const char *b_path = b->params.path ? b->params.path : "";

	return a->graph == b->graph && a->params.nodes_count == b->params.nodes_count &&
	       a->params.degree == b->params.degree && a->params.seed == b->params.seed &&
	       a->params.undirected == b->params.undirected && strcmp(a_path, b_path) == 0;
}

static bool compared(const struct cell *a, const struct cell *b)
{
	if (a->section == b->section && a->interleave && b->interleave)
		return true;
	return same_graph(a, b) && a->workload == b->workload && a->cold == b->cold &&
	       a->threads_count == b->threads_count &&
	       a->memory_limit_bytes == b->memory_limit_bytes &&
	       (a->layout == b->layout || (a->profile && b->profile));
}

int order_init(struct order *order, const struct plan *plan)
{
	size_t *first = calloc(plan->cells_count + 1, sizeof(*first)); /* cell of each group */

	*order = (struct order){
		.places = calloc(plan->cells_count + 1, sizeof(*order->places)),
		.count = plan->cells_count,
	};
	if (!first || !order->places) {
		free(first);
		order_release(order);
		return -ENOMEM;
	}
	for (size_t i = 0; i < plan->cells_count; i++) {
		size_t group = order->groups_count;

		/* The last groups first: cells of one group mostly stand together in a plan. */
		while (group > 0 && !compared(&plan->cells[first[group - 1]], &plan->cells[i]))
			group--;
		if (group == 0) {
			first[order->groups_count++] = i;
			group = order->groups_count;
		}
		order->places[i] = (struct order_place){.group = group - 1, .cell = i};
	}
	free(first);
	return 0;
}

void order_release(struct order *order)
{
	free(order->places);
	*order = (struct order){0};
}

static int by_cell(const void *a, const void *b)
{
	const struct order_place *x = a, *y = b;

	return x->cell < y->cell ? -1 : x->cell > y->cell;
}

static int by_keys(const void *a, const void *b)
{
	const struct order_place *x = a, *y = b;
	const uint64_t x_keys[] = {x->group_key, x->group, x->cell_key, x->cell};
	const uint64_t y_keys[] = {y->group_key, y->group, y->cell_key, y->cell};

	for (size_t i = 0; i < sizeof(x_keys) / sizeof(x_keys[0]); i++) {
		if (x_keys[i] != y_keys[i])
			return x_keys[i] < y_keys[i] ? -1 : 1;
	}
	return 0;
}

void order_draw(struct order *order, uint64_t *state)
{
	uint64_t round = mix_next(state);

	/* From the plan's order, so that a draw depends on the state only. */
	qsort(order->places, order->count, sizeof(*order->places), by_cell);
	for (size_t i = 0; i < order->count; i++) {
		uint64_t group_state = round + order->places[i].group;

		order->places[i].group_key = mix_next(&group_state);
		order->places[i].cell_key = mix_next(state);
	}
	qsort(order->places, order->count, sizeof(*order->places), by_keys);
}
