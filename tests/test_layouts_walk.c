/*
 * A walk finds the same levels on every engine and layout, with every order and window, and they
 * equal those of the reference (verify_expect), which uses neither engine nor layout.
 *
 * The real graph is SNAP's ego-Facebook, one line per edge, read from IOWALK_SHARED_GRAPHS, else
 * from ../shared/graphs.
 */
#include "support/stores.h"

#include "../workloads/support/walk.h"

static uint64_t recorded_count;

static void record(struct latency_sink *sink, uint64_t lat_ns)
{
	(void)sink;
	(void)lat_ns;
	recorded_count++;
}

static void assert_answer(const struct walk *walk, const struct walk_summary *expected,
			  const struct pair *pair)
{
	struct answer answer;
	struct why why = {""};

	walk_answer(walk, &answer);
	if (verify_compare(expected, &answer.walk, &why) != 0)
		fail_msg("%s on %s, window %zu, %s: %s", pair->layout->name, pair->engine->name,
			 walk->window, walk_order_choices[walk->order], why.text);
	assert_true(memcmp(&answer.walk, expected, sizeof(*expected)) == 0);
	assert_int_equal(answer.operations_count, expected->reached_count);
}

static void walk_all_ways(struct opened *opened, const struct pair *pair, uint64_t root,
			  const struct walk_summary *expected)
{
	static const size_t windows[] = {64, 1, 1024};
	struct latency_sink sink = {record, NULL};
	struct walk *walk = malloc(sizeof(*walk));
	uint64_t nodes_count = opened->store->nodes_count;

	assert_non_null(walk);
	for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
		/* Each order and each window, not each pair of them: these graphs are many. */
		for (unsigned order = 0; order < (i == 0 ? 3u : 1u); order++) {
			assert_int_equal(
				walk_init(walk, nodes_count, windows[i], (enum walk_order)order),
				0);
			assert_int_equal(walk_run(walk, opened->store, root), 0);
			assert_answer(walk, expected, pair);
			/* On the same arrays: a walk must not affect the next one. */
			recorded_count = 0;
			if (i == 0) {
				assert_int_equal(walk_run_latency(walk, opened->store, root, &sink),
						 0);
				assert_answer(walk, expected, pair);
				assert_int_equal(recorded_count, expected->reached_count);
			}
			walk_release(walk);
		}
	}
	free(walk);
}

static uint64_t largest_degree(const struct edge_stream *stream)
{
	uint64_t *degrees = calloc(stream->nodes_count, sizeof(*degrees)), cursor = 0, largest = 0;
	struct edge edges[64];
	size_t count;

	assert_non_null(degrees);
	while ((count = stream->next(stream->context, &cursor, edges, 64)) > 0) {
		for (size_t i = 0; i < count; i++) {
			if (++degrees[edges[i].from] > largest)
				largest = degrees[edges[i].from];
		}
	}
	free(degrees);
	return largest;
}

static void walk_graph(const struct graph *graph, const struct walk_summary *expected)
{
	const char *path = test_path("walk");
	uint64_t degree_max = largest_degree(&graph->stream);
	struct pair pair = {0};

	while (pair_next(&pair)) {
		struct opened opened;

		if (pair.layout->degree_max && degree_max > pair.layout->degree_max) {
			assert_bulk_refused(&pair, &graph->stream, path);
			continue;
		}

		opened_must(&opened, &pair, path, ENGINE_OPEN_CREATE);
		assert_int_equal(pair.layout->bulk(opened.store, &graph->stream), 0);
		opened_close(&opened);
		opened_must(&opened, &pair, path, ENGINE_OPEN_READ);
		walk_all_ways(&opened, &pair, graph->root, expected);
		opened_close(&opened);
		remove_graph(path);
	}
}

static void test_generators(void **state)
{
	static const uint64_t sizes[] = {1, 2, 77, 2300};

	(void)state;
	for (size_t g = 0; g < graph_table_count; g++) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			struct graph_params params = {.nodes_count = sizes[i], .seed = 3};
			struct walk_summary expected;
			struct graph *graph;

			if (graph_table[g]->capabilities & GRAPH_FROM_FILE)
				continue;
			assert_int_equal(graph_table[g]->open(&params, &graph, NULL), 0);
			assert_int_equal(verify_expect(graph, &expected, NULL), 0);
			walk_graph(graph, &expected);
			graph_table[g]->close(graph);
		}
	}
}

static void test_skewed(void **state)
{
	static const struct graph_ops ops = {.name = "skewed"};
	struct model model = {0};
	struct walk_summary expected;

	(void)state;
	model_skewed(&model, 9, 11, 30000);
	struct graph graph = {.ops = &ops, .stream = model_stream(&model)};
	for (uint64_t i = 0; i < 3; i++) {
		graph.root = i * 1023; /* the last has all bits set, so it has hardly any edges */
		assert_int_equal(verify_expect(&graph, &expected, NULL), 0);
		walk_graph(&graph, &expected);
	}
	model_release(&model);
}

static const struct graph_ops *find_file_graph(void)
{
	for (size_t g = 0; g < graph_table_count; g++) {
		if (graph_table[g]->capabilities & GRAPH_FROM_FILE)
			return graph_table[g];
	}
	return NULL;
}

static void test_real_graph(void **state)
{
	const char *folder = getenv("IOWALK_SHARED_GRAPHS");
	struct graph_params params = {.undirected = true};
	struct walk_summary expected;
	struct graph *graph;
	char name[512];

	(void)state;
	snprintf(name, sizeof(name), "%s/ego-facebook.txt", folder ? folder : "../shared/graphs");
	if (access(name, R_OK) != 0 || !find_file_graph()) {
		print_message("skipped: cannot read '%s': %s\n", name, strerror(errno));
		skip();
	}
	params.path = name;
	assert_int_equal(find_file_graph()->open(&params, &graph, NULL), 0);
	assert_int_equal(verify_expect(graph, &expected, NULL), 0);
	/*
	 * According to SNAP: one component, and a diameter of 8, which limits the depth of walks.
	 */
	assert_int_equal(expected.reached_count, 4039);
	assert_int_equal(expected.edges_count, 2 * 88234);
	assert_true(expected.levels_count > 4 && expected.levels_count <= 9);
	walk_graph(graph, &expected);
	find_file_graph()->close(graph);
}

/* The lower bound of times: layout none with engine null gives the levels of a chain. */
static void test_no_data(void **state)
{
	struct graph_params params = {.nodes_count = 1500};
	struct walk_summary expected;
	const struct graph_ops *chain = NULL;
	struct graph *graph;

	(void)state;
	for (size_t g = 0; g < graph_table_count; g++) {
		if (strcmp(graph_table[g]->name, "chain") == 0)
			chain = graph_table[g];
	}
	assert_non_null(chain);
	assert_int_equal(chain->open(&params, &graph, NULL), 0);
	assert_int_equal(verify_expect(graph, &expected, NULL), 0);
	for (size_t i = 0; i < engine_table_count * layout_table_count; i++) {
		struct pair pair = {.engine = engine_table[i / layout_table_count],
				    .layout = layout_table[i % layout_table_count]};
		struct opened opened;

		if (!(pair.layout->capabilities & LAYOUT_NO_DATA) ||
		    !layout_pairs_with(pair.layout, pair.engine))
			continue;
		opened_must(&opened, &pair, "/nowhere", ENGINE_OPEN_CREATE);
		assert_int_equal(pair.layout->bulk(opened.store, &graph->stream), 0);
		walk_all_ways(&opened, &pair, graph->root, &expected);
		opened_close(&opened);
	}
	chain->close(graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_generators),
		cmocka_unit_test(test_skewed),
		cmocka_unit_test(test_real_graph),
		cmocka_unit_test(test_no_data),
	};

	return cmocka_run_group_tests_name("walks over layouts", tests, folder_setup,
					   folder_teardown);
}
