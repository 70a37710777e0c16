/*
 * The order of a round: every cell once, cells that are compared side by side, each draw another one,
 * and the same draws from the same seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../harness/measure/order.h"

static void add(struct plan *plan, const char *graph, const char *nodes, const char *engine,
		const char *more_key, const char *more)
{
	struct selection selection = {0};
	struct why why = {""};

	assert_int_equal(selection_set(&selection, "graph", graph, &why), 0);
	assert_int_equal(selection_set(&selection, "nodes", nodes, &why), 0);
	assert_int_equal(selection_set(&selection, "engine", engine, &why), 0);
	if (more_key)
		assert_int_equal(selection_set(&selection, more_key, more, &why), 0);
	if (plan_add(plan, &selection, &why) != 0)
		fail_msg("%s", why.text);
	selection_release(&selection);
}

/* Every cell is there once, and no group is interrupted by another one. */
static void check_draw(const struct order *order)
{
	bool *seen = calloc(order->count, sizeof(*seen));
	bool *ended = calloc(order->groups_count, sizeof(*ended));

	for (size_t i = 0; i < order->count; i++) {
		const struct order_place *place = &order->places[i];

		assert_true(place->cell < order->count && place->group < order->groups_count);
		assert_false(seen[place->cell]);
		seen[place->cell] = true;
		if (i > 0 && place->group != place[-1].group)
			ended[place[-1].group] = true;
		assert_false(ended[place->group]);
	}
	free(seen);
	free(ended);
}

static void test_groups(void **state)
{
	struct plan plan;
	struct order order;

	(void)state;
	plan_init(&plan);
	add(&plan, "chain,star", "100,1000", "pread,mmap,buffered", "cache", "warm,cold");
	assert_int_equal(order_init(&order, &plan), 0);
	assert_int_equal(order.count, 24);
	assert_int_equal(order.groups_count, 8); /* graphs × sizes × cache states */
	order_release(&order);
	/* The same graph in another section joins its group. */
	add(&plan, "chain", "100", "memory", NULL, NULL);
	assert_int_equal(order_init(&order, &plan), 0);
	assert_int_equal(order.groups_count, 8);
	assert_int_equal(order.places[24].group, order.places[0].group);
	order_release(&order);
	/* A section with interleave is one group, although its graphs and layouts differ. */
	plan_release(&plan);
	plan_init(&plan);
	add(&plan, "chain,star,random", "100,1000", "pread,mmap", "interleave", "1");
	add(&plan, "chain,star", "50", "pread,mmap", "layout", "csr,slotted");
	assert_int_equal(order_init(&order, &plan), 0);
	assert_int_equal(order.groups_count, 1 + 4);
	order_release(&order);
	plan_release(&plan);
}

static void test_draws(void **state)
{
	struct plan plan;
	struct order order, again;
	uint64_t random = 7, same = 7;
	size_t first_counts[24] = {0}, changed = 0, last_first = SIZE_MAX;

	(void)state;
	plan_init(&plan);
	add(&plan, "chain,star", "100,1000", "pread,mmap,buffered", "cache", "warm,cold");
	assert_int_equal(order_init(&order, &plan), 0);
	assert_int_equal(order_init(&again, &plan), 0);
	for (unsigned round = 0; round < 2400; round++) {
		order_draw(&order, &random);
		order_draw(&again, &same);
		check_draw(&order);
		for (size_t i = 0; i < order.count; i++)
			assert_int_equal(order.places[i].cell, again.places[i].cell);
		changed += order.places[0].cell != last_first;
		last_first = order.places[0].cell;
		first_counts[last_first]++;
	}
	/* Each of 24 cells is first in a 24th of the rounds: 100 ± 10. */
	for (size_t i = 0; i < 24; i++) {
		if (first_counts[i] < 50 || first_counts[i] > 150)
			fail_msg("cell %zu is first in %zu of 2400 rounds", i, first_counts[i]);
	}
	assert_true(changed > 2000);
	order_release(&order);
	order_release(&again);
	plan_release(&plan);
}

static void test_empty(void **state)
{
	struct plan plan;
	struct order order;
	uint64_t random = 1;

	(void)state;
	plan_init(&plan);
	assert_int_equal(order_init(&order, &plan), 0);
	order_draw(&order, &random);
	assert_int_equal(order.count, 0);
	order_release(&order);
	plan_release(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_draws),
		cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
