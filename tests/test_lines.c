/* Names at the ends of lines: none overlaps another, and none moves without need. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../harness/plot/lines.h"

static void test_those_apart_stay(void **state)
{
	double places[] = {1, 20, 50};
	(void)state;
	lines_spread(places, 3, 12, 0, 100);
	assert_true(places[0] == 1 && places[1] == 20 && places[2] == 50);
	lines_spread(places, 0, 12, 0, 100);
	lines_spread(places, 1, 12, 0, 100);
	assert_true(places[0] == 1);
}

static void test_equal_ones_give_way_by_half(void **state)
{
	double places[] = {40, 40, 90};
	(void)state;
	lines_spread(places, 3, 12, 0, 100);
	assert_true(fabs(places[0] - 34) < 1e-9 && fabs(places[1] - 46) < 1e-9);
	assert_true(places[2] == 90);
}

static void test_made_up_places(void **state)
{
	(void)state;
	srand(1);
	for (int round = 0; round < 2000; round++) {
		double places[20];
		size_t count = (size_t)(rand() % 20) + 1;
		double gap = rand() % 12;
		for (size_t i = 0; i < count; i++)
			places[i] = rand() % 300;
		sort_doubles(places, count);
		lines_spread(places, count, gap, 0, 240);
		assert_true(places[0] >= -1e-9 && places[count - 1] <= 240 + 1e-9);
		for (size_t i = 1; i < count; i++)
			assert_true(places[i] - places[i - 1] > gap - 1e-9);
	}
}

static void test_too_many_are_spread_evenly(void **state)
{
	double places[] = {5, 5, 5, 5, 5};
	(void)state;
	lines_spread(places, 5, 12, 0, 20);
	for (size_t i = 0; i < 5; i++)
		assert_true(fabs(places[i] - 5.0 * (double)i) < 1e-9);
}

static void test_nodes(void **state)
{
	char text[32];
	(void)state;
	lines_nodes_text(100, text, sizeof text);
	assert_string_equal(text, "100");
	lines_nodes_text(1000, text, sizeof text);
	assert_string_equal(text, "1k");
	lines_nodes_text(2500000, text, sizeof text);
	assert_string_equal(text, "2.5M");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_those_apart_stay),
		cmocka_unit_test(test_equal_ones_give_way_by_half),
		cmocka_unit_test(test_made_up_places),
		cmocka_unit_test(test_too_many_are_spread_evenly),
		cmocka_unit_test(test_nodes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
