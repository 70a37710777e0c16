/*
 * Expected answers within a budget: repeated passes over the stream, and the queue in temporary
 * files, give the same answer as the queue in memory, for all graphs and depths.
 */
#include "support/stores.h"

#include "../workloads/verify.h"

static const uint32_t depths[] = {LEVEL_UNREACHED, 0, 1, 2, 3, 200, 254, 255, 256, 300};
#define DEPTHS_COUNT (sizeof(depths) / sizeof(depths[0]))

static struct edge_budget budget;

static void assert_same_answer(struct graph *graph)
{
	for (size_t i = 0; i < DEPTHS_COUNT; i++) {
		struct walk_summary expected = {0}, found = {0};
		struct why why = {0};

		graph->stream.budget = NULL;
		assert_int_equal(verify_expect_depth(graph, depths[i], &expected, &why), 0);
		graph->stream.budget = &budget;
		if (verify_expect_depth(graph, depths[i], &found, &why))
			fail_msg("%s", why.text);
		if (verify_compare(&expected, &found, &why))
			fail_msg("depth %u: %s", depths[i], why.text);
		assert_memory_equal(&expected, &found, sizeof(found));
	}
	graph->stream.budget = NULL;
}

static void test_generators(void **state)
{
	static const uint64_t sizes[] = {1, 2, 9, 255, 256, 257, 300, 5000};

	(void)state;
	for (size_t g = 0; g < graph_table_count; g++) {
		if (graph_table[g]->capabilities & GRAPH_FROM_FILE)
			continue;
		for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
			struct graph_params params = {
				.nodes_count = sizes[s], .degree = 3, .seed = 7};
			struct graph *graph;
			struct why why = {0};

			if (graph_table[g]->open(&params, &graph, &why))
				fail_msg("%s", why.text);
			assert_same_answer(graph);
			graph->ops->close(graph);
		}
	}
}

static void test_drawn(void **state)
{
	struct model model = {0};

	(void)state;
	for (uint64_t round = 0; round < 100; round++) {
		model_release(&model);
		model.nodes_count = mix_at(1, round) % 90 + 1;
		for (uint64_t i = 0; i < mix_at(2, round) % 200; i++)
			model_add(&model, mix_at(round, 2 * i) % model.nodes_count,
				  mix_at(round, 2 * i + 1) % model.nodes_count);
		struct graph graph = {.stream = model_stream(&model),
				      .root = mix_at(3, round) % model.nodes_count};
		assert_same_answer(&graph);
	}
	model_release(&model);
}

/* A path against the order of the stream: each pass finds one level, up to too many passes. */
static void test_backwards(void **state)
{
	struct model model = {0};

	(void)state;
	for (uint64_t length = 20; length < 30; length++) {
		model_release(&model);
		model.nodes_count = length;
		for (uint64_t i = length - 1; i > 0; i--)
			model_add(&model, i - 1, i);
		struct graph graph = {.stream = model_stream(&model)};
		assert_same_answer(&graph);
	}
	model_release(&model);
}

/* ---- streams that change ---- */

struct changing {
	struct model model;
	unsigned plays_count, changed_play;
};

static size_t changing_next(void *context, uint64_t *cursor, struct edge *edges, size_t max)
{
	struct changing *changing = context;

	changing->plays_count += *cursor == 0;
	size_t count = model_next(&changing->model, cursor, edges, max);
	if (changing->plays_count == changing->changed_play) {
		for (size_t i = 0; i < count; i++)
			edges[i].from = 0;
	}
	return count;
}

/* The first play has too many levels, the second is sorted, the third proves the levels. */
static void test_changing(void **state)
{
	static const char *const whys[] = {NULL, NULL, "contradict", "contradict", NULL};

	(void)state;
	for (unsigned play = 2; play < 5; play++) {
		struct changing changing = {.changed_play = play};
		struct walk_summary summary = {0};
		struct why why = {0};

		changing.model.nodes_count = 400;
		for (uint64_t i = 0; i + 1 < 400; i++)
			model_add(&changing.model, i, i + 1);
		struct graph graph = {.stream = model_stream(&changing.model)};
		graph.stream.next = changing_next;
		graph.stream.context = &changing;
		graph.stream.budget = &budget;
		int err = verify_expect(&graph, &summary, &why);
		assert_int_equal(err, whys[play] ? -EBADMSG : 0);
		if (whys[play])
			assert_non_null(strstr(why.text, whys[play]));
		assert_int_equal(changing.plays_count, 3);
		model_release(&changing.model);
	}
}

static void test_bad_streams(void **state)
{
	struct walk_summary summary = {0};
	struct model model = {0};
	struct why why = {0};

	(void)state;
	model.nodes_count = 6;
	model_add(&model, 0, 1);
	model_add(&model, 1, 6);
	struct graph graph = {.stream = model_stream(&model)};
	graph.stream.budget = &budget;
	assert_int_equal(verify_expect(&graph, &summary, &why), -EBADMSG);
	assert_non_null(strstr(why.text, "from 1 to 6"));
	graph.stream.nodes_count = 7;
	assert_int_equal(verify_expect(&graph, &summary, &why), 0);
	graph.stream.edges_count = 3;
	assert_int_equal(verify_expect(&graph, &summary, &why), -EBADMSG);
	assert_non_null(strstr(why.text, "2 edges, not 3"));
	graph.root = 7;
	assert_int_equal(verify_expect(&graph, &summary, &why), -EINVAL);
	model_release(&model);
}

static void test_lookups(void **state)
{
	struct edge_budget little = {.memory_bytes = 1000, .folder = test_folder};
	struct model model = {0};
	uint64_t expected, found;

	(void)state;
	model_skewed(&model, 5, 10, 9000);
	struct edge_stream stream = model_stream(&model);
	assert_int_equal(verify_lookups(&stream, 42, 6000, &expected), 0);
	stream.budget = &little;
	assert_int_equal(verify_lookups(&stream, 42, 6000, &found), 0);
	assert_int_equal(found, expected);
	model_release(&model);
}

static int set_up(void **state)
{
	int err = folder_setup(state);

	budget = (struct edge_budget){.limit_bytes = UINT64_MAX, .folder = test_folder};
	return err;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_generators),  cmocka_unit_test(test_drawn),
		cmocka_unit_test(test_backwards),   cmocka_unit_test(test_changing),
		cmocka_unit_test(test_bad_streams), cmocka_unit_test(test_lookups),
	};

	return cmocka_run_group_tests_name("expected answers within a budget", tests, set_up,
					   folder_teardown);
}
