/* Roots that are drawn from the largest component. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "../harness/prepare/draw_root.h"

/* Components {0, 1, 2}, {3 … 8}, {9}; 3, 4, 5, 6 and 8 have out-edges. */
static const struct edge edges[] = {{0, 1}, {2, 1}, {8, 3}, {4, 3}, {3, 5}, {5, 6}, {6, 7}, {9, 9}};
#define EDGES_COUNT (sizeof(edges) / sizeof(edges[0]))

static size_t next(void *context, uint64_t *cursor, struct edge *out, size_t max)
{
	size_t left = EDGES_COUNT - *cursor, count = left < max ? left : max;

	(void)context;
	memcpy(out, edges + *cursor, count * sizeof(*out));
	*cursor += count;
	return count;
}

static void test_each_node_once(void **state)
{
	struct graph graph = {
		.stream = {.next = next, .nodes_count = 10, .edges_count = EDGES_COUNT}};

	(void)state;
	for (uint64_t seed = 0; seed < 100; seed++) {
		unsigned times[10] = {0};
		uint64_t root, again;

		for (unsigned number = 1; number <= 5; number++) {
			assert_int_equal(draw_root(&graph, seed, number, &root), 0);
			assert_int_equal(draw_root(&graph, seed, number, &again), 0);
			assert_int_equal(root, again);
			times[root]++;
		}
		for (size_t node = 0; node < 10; node++)
			assert_int_equal(times[node], node >= 3 && node <= 8 && node != 7);
		assert_int_equal(draw_root(&graph, seed, 6, &again), 0);
		assert_int_equal(draw_root(&graph, seed, 1, &root), 0);
		assert_int_equal(root, again);
	}
}

static size_t nothing(void *context, uint64_t *cursor, struct edge *out, size_t max)
{
	(void)context;
	(void)cursor;
	(void)out;
	(void)max;
	return 0;
}

static void test_without_edges(void **state)
{
	struct graph graph = {.stream = {.next = nothing, .nodes_count = 3}};
	uint64_t root = 7;

	(void)state;
	assert_int_equal(draw_root(&graph, 1, 2, &root), 0);
	assert_int_equal(root, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_node_once),
		cmocka_unit_test(test_without_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
