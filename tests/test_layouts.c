/*
 * Every layout on every engine: neighbours are complete and in the order of insertion, independent
 * of inserts in between, before and after sync and close, singly and in windows; and bulk loading
 * makes the same graph as single inserts.
 *
 * Long: the common contract of all layouts in one file.
 */
#include "support/stores.h"

#include "../workloads/graph.h"

/* ---- single inserts ---- */

static void insert_node(struct opened *opened, struct model *model)
{
	assert_int_equal(opened->store->ops->insert_node(opened->store), 0);
	model->nodes_count++;
}

static void insert_edge(struct opened *opened, struct model *model, uint64_t from, uint64_t to)
{
	if (model_full(model, opened->store->ops, from)) {
		uint64_t before = opened->store->edges_count;

		assert_int_equal(opened->store->ops->insert_edge(opened->store, from, to), -E2BIG);
		assert_true(*opened->store->why.text);
		assert_int_equal(opened->store->edges_count, before);
		return;
	}
	assert_int_equal(opened->store->ops->insert_edge(opened->store, from, to), 0);
	model_add(model, from, to);
}

/* One node compared by scanning the list: for reads between inserts. */
static void assert_read(struct opened *opened, const struct model *model, uint64_t node)
{
	struct neighbors found;
	size_t k = 0;

	assert_int_equal(opened->store->ops->neighbors(opened->store, node, &found), 0);
	for (uint64_t i = 0; i < model->edges_count; i++) {
		if (model->edges[i].from != node)
			continue;
		assert_true(k < found.count);
		assert_int_equal(neighbor_id(opened->store, &found, k++), model->edges[i].to);
	}
	assert_int_equal(found.count, k);
}

/* Whether to compare everything: near the sizes at which regions fill, grow and move. */
static bool is_milestone(uint64_t nodes_count)
{
	static const uint64_t places[] = {1, 2, 3, 256, 257, 258, 512, 513, 2048, 2049, 2050};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (places[i] == nodes_count)
			return true;
	}
	return false;
}

/* A node, then edges of several kinds; every eleventh node stays isolated. */
static void grow_by_one(struct opened *opened, struct model *model)
{
	uint64_t id = model->nodes_count;

	insert_node(opened, model);
	if (id % 11 == 10)
		return;
	if (id > 0 && id % 11 != 0)
		insert_edge(opened, model, id, id - 1);
	insert_edge(opened, model, 0, id); /* node 0 gets one between the others' edges */
	if (id % 5 == 0)
		insert_edge(opened, model, id, id);
	if (id % 7 == 0)
		insert_edge(opened, model, 0, id);
	if (id > 260 && id % 3 == 0)
		insert_edge(opened, model, 256 + id % 2, mix_at(1, id) % (id - id % 11));
	/* One node's edges in a row, then another's. */
	for (uint64_t k = 0; k < id % 4; k++)
		insert_edge(opened, model, id / 2 - id / 2 % 11, k);
}

static void grow_to(struct opened *opened, struct model *model, uint64_t nodes_count)
{
	while (model->nodes_count < nodes_count) {
		grow_by_one(opened, model);
		if (model->nodes_count < 40 || model->nodes_count % 97 == 0) {
			assert_read(opened, model, 0);
			assert_read(opened, model, model->nodes_count - 1);
			assert_read(opened, model, model->nodes_count / 2);
		}
		if (is_milestone(model->nodes_count)) {
			assert_store(opened->store, model);
			opened_check(opened);
		}
	}
}

static void assert_refused(struct opened *opened, uint64_t nodes_count)
{
	const struct layout_ops *ops = opened->store->ops;
	struct neighbors found;

	assert_int_equal(ops->neighbors(opened->store, nodes_count, &found), -ERANGE);
	assert_int_equal(ops->neighbors(opened->store, UINT64_MAX, &found), -ERANGE);
	assert_int_equal(ops->insert_edge(opened->store, nodes_count, 0), -ERANGE);
	assert_int_equal(ops->insert_edge(opened->store, 0, nodes_count), -ERANGE);
	assert_int_equal(ops->insert_edge(opened->store, UINT64_MAX, UINT64_MAX), -ERANGE);
}

static void inserts_of_pair(const struct pair *pair, const char *path)
{
	struct model model = {0};
	struct opened opened;
	struct edge_stream stream = model_stream(&model);

	/* A graph without nodes, stored and opened again. */
	opened_must(&opened, pair, path, ENGINE_OPEN_CREATE);
	assert_refused(&opened, 0);
	opened_check(&opened);
	opened_close(&opened);
	opened_must(&opened, pair, path, ENGINE_OPEN_WRITE);
	assert_store(opened.store, &model);
	opened_check(&opened);

	grow_to(&opened, &model, 300);
	assert_refused(&opened, 300);
	assert_int_equal(opened.store->ops->bulk(opened.store, &stream), -EBUSY);
	assert_int_equal(opened.store->ops->sync(opened.store), 0);
	assert_store(opened.store, &model);
	grow_to(&opened, &model, 2055);
	assert_int_equal(opened.store->ops->sync(opened.store), 0);
	assert_store(opened.store, &model);
	opened_check(&opened);
	opened_close(&opened);

	opened_must(&opened, pair, path, ENGINE_OPEN_READ);
	assert_store(opened.store, &model);
	opened_check(&opened);
	assert_int_equal(opened.store->ops->insert_node(opened.store), -EBADF);
	assert_int_equal(opened.store->ops->insert_edge(opened.store, 0, 1), -EBADF);
	assert_store(opened.store, &model);
	opened_close(&opened);

	/* Inserts after reopening: first edges of old nodes, then of old and new ones in turn. */
	opened_must(&opened, pair, path, ENGINE_OPEN_WRITE);
	for (uint64_t i = 0; i < 500; i++)
		insert_edge(&opened, &model, mix_at(2, i) % 2055, mix_at(3, i) % 2055);
	assert_read(&opened, &model, 0);
	grow_to(&opened, &model, 2500);
	assert_store(opened.store, &model);
	opened_close(&opened);
	opened_must(&opened, pair, path, ENGINE_OPEN_READ);
	assert_store(opened.store, &model);
	opened_check(&opened);
	opened_close(&opened);
	model_release(&model);
}

static void test_inserts(void **state)
{
	const char *path = test_path("inserts");
	struct pair pair = {0};

	(void)state;
	while (pair_next(&pair))
		inserts_of_pair(&pair, path);
	remove_graph(path);
}

/* ---- bulk ---- */

static void bulk_of_pair(const struct pair *pair, struct model *model, const char *path)
{
	struct edge_stream stream = model_stream(model);
	uint64_t expected_bytes = pair->layout->file_bytes(model->nodes_count, model->edges_count);
	uint64_t edges_count = model->edges_count;
	struct opened opened;

	if (!model_fits(model, pair->layout)) {
		assert_bulk_refused(pair, &stream, path);
		return;
	}
	opened_must(&opened, pair, path, ENGINE_OPEN_CREATE);
	assert_int_equal(opened.store->ops->bulk(opened.store, &stream), 0);
	assert_store(opened.store, model);
	assert_int_equal(opened.store->ops->bulk(opened.store, &stream),
			 model->nodes_count ? -EBUSY : 0);
	opened_close(&opened);
	opened_must(&opened, pair, path, ENGINE_OPEN_WRITE);
	if (opened.engine && expected_bytes != UINT64_MAX) /* that of a reference is an estimate */
		assert_int_equal(opened.engine->ops->size(opened.engine), expected_bytes);
	opened_check(&opened);
	assert_store(opened.store, model);
	/* A graph loaded in bulk can be extended. */
	if (model->nodes_count > 1) {
		for (uint64_t i = 0; i < 20; i++)
			insert_edge(&opened, model, mix_at(4, i) % model->nodes_count, i % 2);
		insert_node(&opened, model);
		insert_edge(&opened, model, 0, model->nodes_count - 1);
		assert_store(opened.store, model);
		opened_check(&opened);
		model->nodes_count--;
		while (model->edges_count > edges_count)
			model->degrees[model->edges[--model->edges_count].from]--;
	}
	opened_close(&opened);

	opened_must(&opened, pair, path, ENGINE_OPEN_CREATE);
	for (uint64_t i = 0; i < model->nodes_count; i++)
		assert_int_equal(opened.store->ops->insert_node(opened.store), 0);
	for (uint64_t i = 0; i < model->edges_count; i++)
		assert_int_equal(opened.store->ops->insert_edge(opened.store, model->edges[i].from,
								model->edges[i].to),
				 0);
	opened_close(&opened);
	opened_must(&opened, pair, path, ENGINE_OPEN_READ);
	opened_check(&opened);
	assert_store(opened.store, model);
	opened_close(&opened);
	remove_graph(path);
}

static void bulk_of_pairs(struct model *model, bool all)
{
	const char *path = test_path("bulk");
	struct pair pair = {0};

	while (pair_next_of(&pair, all))
		bulk_of_pair(&pair, model, path);
	model_release(model);
}

static void model_from_stream(struct model *model, const struct edge_stream *stream)
{
	struct edge edges[64];
	uint64_t cursor = 0;
	size_t count;

	model->nodes_count = stream->nodes_count;
	while ((count = stream->next(stream->context, &cursor, edges, 64)) > 0) {
		for (size_t i = 0; i < count; i++)
			model_add(model, edges[i].from, edges[i].to);
	}
	assert_int_equal(model->edges_count, stream->edges_count);
}

static void test_bulk_generators(void **state)
{
	static const uint64_t sizes[] = {1, 2, 3, 257, 300};

	(void)state;
	for (size_t g = 0; g < graph_table_count; g++) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			struct graph_params params = {
				.nodes_count = sizes[i], .degree = 3, .seed = 11};
			struct model model = {0};
			struct graph *graph;

			if (graph_table[g]->capabilities & GRAPH_FROM_FILE)
				continue;
			assert_int_equal(graph_table[g]->open(&params, &graph, NULL), 0);
			model_from_stream(&model, &graph->stream);
			graph_table[g]->close(graph);
			bulk_of_pairs(&model, false); /* test_bulk_skewed: all pairs */
		}
	}
}

static void test_bulk_skewed(void **state)
{
	struct model model = {0};

	(void)state;
	bulk_of_pairs(&model, PAIRS_ALL); /* no nodes at all */
	model.nodes_count = 4;
	bulk_of_pairs(&model, PAIRS_ALL); /* no edges at all */
	model_skewed(&model, 5, 9, 6000);
	bulk_of_pairs(&model, PAIRS_ALL);
}

/* Streams that contradict their counts are refused; then a valid one is still accepted. */
static void test_bulk_bad_stream(void **state)
{
	const char *path = test_path("bad");
	struct pair pair = {0};

	(void)state;
	while (pair_next(&pair)) {
		struct model model = {.nodes_count = 3};
		struct opened opened;

		opened_must(&opened, &pair, path, ENGINE_OPEN_CREATE);
		model_add(&model, 0, 1);
		model_add(&model, 2, 0);
		struct edge_stream stream = model_stream(&model);

		stream.edges_count = 3;
		assert_int_equal(pair.layout->bulk(opened.store, &stream), -EINVAL);
		stream.edges_count = 1;
		assert_int_equal(pair.layout->bulk(opened.store, &stream), -EINVAL);
		stream.edges_count = 2;
		model.edges[1].from = 3;
		assert_int_equal(pair.layout->bulk(opened.store, &stream), -ERANGE);
		model.edges[1] = (struct edge){2, UINT64_MAX};
		assert_int_equal(pair.layout->bulk(opened.store, &stream), -ERANGE);
		model.edges[1].to = 1;
		assert_int_equal(pair.layout->bulk(opened.store, &stream), 0);
		assert_store(opened.store, &model);
		opened_check(&opened);
		opened_close(&opened);
		model_release(&model);
		remove_graph(path);
	}
}

/* ---- windows ---- */

#define FRONTIER_NODES 3000
#define HUB_DEGREE     200000 /* more than a window of reads has room for */
#define MIXED_DEGREE   20000
#define HUB_BYTES_MAX  (UINT64_C(16) << 20) /* of a file */

/* Node 0 has its edges in one run, node 1 between those of others; other nodes have few or none. */
static void model_hubs(struct model *model, uint64_t hub_degree)
{
	model->nodes_count = 1000;
	for (uint64_t i = 0; i < hub_degree; i++)
		model_add(model, 0, mix_at(6, i) % model->nodes_count);
	for (uint64_t i = 0; i < MIXED_DEGREE; i++) {
		model_add(model, 1, i % model->nodes_count);
		if (i % 4 == 0)
			model_add(model, 2 + mix_at(7, i) % 800, i % 900);
	}
	model_sort(model);
}

static void walk_windows(struct opened *opened, const struct model *model, const uint64_t *nodes,
			 size_t window)
{
	struct neighbors *found = calloc(window, sizeof(*found));
	struct frontier level = {.nodes = nodes, .count = FRONTIER_NODES};

	assert_non_null(found);
	while (level.next < level.count) {
		size_t before = level.next;
		ssize_t count =
			opened->store->ops->neighbors_batch(opened->store, &level, found, window);

		assert_true(count >= 1 && (size_t)count <= window);
		assert_int_equal(level.next, before + (size_t)count);
		for (size_t i = 0; i < (size_t)count; i++)
			assert_node(opened->store, model, nodes[before + i], &found[i]);
	}
	assert_int_equal(level.next, level.count);
	assert_int_equal(opened->store->ops->neighbors_batch(opened->store, &level, found, window),
			 0);
	free(found);
}

static void test_windows(void **state)
{
	static const size_t windows[] = {1, 3, 64, 1024};
	const char *path = test_path("windows");
	/* The other is for a layout that would write a file of 58 MB, 256 bytes an edge. */
	struct model models[2] = {0};
	uint64_t *nodes = calloc(FRONTIER_NODES, sizeof(*nodes));
	struct pair pair = {0};

	(void)state;
	assert_non_null(nodes);
	model_hubs(&models[0], HUB_DEGREE);
	model_hubs(&models[1], HUB_DEGREE / 10);
	/* Nodes repeat; the hubs are first, in the middle, adjacent and last. */
	for (size_t i = 0; i < FRONTIER_NODES; i++)
		nodes[i] = i % 3 == 2 ? nodes[i - 1] : 2 + mix_at(8, i) % 998;
	nodes[0] = nodes[1500] = nodes[1501] = nodes[FRONTIER_NODES - 1] = 0;
	nodes[700] = nodes[1502] = nodes[1504] = 1;
	while (pair_next(&pair)) {
		uint64_t bytes =
			pair.layout->file_bytes(models[0].nodes_count, models[0].edges_count);
		struct model *model = &models[bytes > HUB_BYTES_MAX && bytes != UINT64_MAX];
		struct edge_stream stream = model_stream(model);
		uint64_t bad[] = {5, 1000};
		struct frontier level = {.nodes = bad, .count = 2};
		struct neighbors found[2];
		struct opened opened;

		if (!model_fits(model, pair.layout)) {
			assert_bulk_refused(&pair, &stream, path);
			continue;
		}
		opened_must(&opened, &pair, path, ENGINE_OPEN_CREATE);
		assert_int_equal(pair.layout->bulk(opened.store, &stream), 0);
		opened_close(&opened);
		opened_must(&opened, &pair, path, ENGINE_OPEN_READ);
		for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++)
			walk_windows(&opened, model, nodes, windows[i]);
		assert_int_equal(pair.layout->neighbors_batch(opened.store, &level, found, 2),
				 -ERANGE);
		opened_check(&opened);
		opened_close(&opened);
		remove_graph(path);
	}
	free(nodes);
	model_release(&models[0]);
	model_release(&models[1]);
}

/* The same for layouts that cannot hold the hubs. */
static void test_windows_small(void **state)
{
	const char *path = test_path("windows");
	struct model model = {.nodes_count = 1000};
	uint64_t *nodes = calloc(FRONTIER_NODES, sizeof(*nodes));
	struct pair pair = {0};

	(void)state;
	assert_non_null(nodes);
	for (uint64_t i = 0; i < 20000; i++)
		model_add(&model, mix_at(6, i) % 900, mix_at(7, i) % 1000);
	for (size_t i = 0; i < FRONTIER_NODES; i++)
		nodes[i] = mix_at(8, i) % 1000;
	model_sort(&model);
	while (pair_next(&pair)) {
		struct edge_stream stream = model_stream(&model);
		struct opened opened;

		opened_must(&opened, &pair, path, ENGINE_OPEN_CREATE);
		assert_int_equal(pair.layout->bulk(opened.store, &stream), 0);
		walk_windows(&opened, &model, nodes, 100);
		opened_close(&opened);
		opened_must(&opened, &pair, path, ENGINE_OPEN_READ);
		walk_windows(&opened, &model, nodes, 1);
		walk_windows(&opened, &model, nodes, 64);
		opened_close(&opened);
		remove_graph(path);
	}
	free(nodes);
	model_release(&model);
}

/* A walk looks at the width of ids once, at its beginning: a read may not change it, also if it is what writes
 * inserted edges. */
static void test_width(void **state)
{
	const char *path = test_path("width");
	struct pair pair = {0};

	(void)state;
	while (pair_next(&pair)) {
		const struct layout_ops *layout = pair.layout;
		struct neighbors found;
		struct opened opened;

		opened_must(&opened, &pair, path, ENGINE_OPEN_CREATE);
		for (size_t i = 0; i < 3; i++)
			assert_int_equal(layout->insert_node(opened.store), 0);
		assert_int_equal(layout->insert_edge(opened.store, 0, 2), 0);
		bool narrow_ids = opened.store->narrow_ids;
		assert_int_equal(layout->neighbors(opened.store, 0, &found), 0);
		assert_int_equal(opened.store->narrow_ids, narrow_ids);
		assert_int_equal(found.count, 1);
		assert_int_equal(neighbor_id(opened.store, &found, 0), 2);
		opened_close(&opened);
		remove_graph(path);
	}
}

/* ---- layouts without data ---- */

static void test_no_data(void **state)
{
	(void)state;
	for (size_t l = 0; l < layout_table_count; l++) {
		const struct layout_ops *layout = layout_table[l];
		struct model model = {.nodes_count = 0};
		struct opened opened;
		struct pair pair = {.layout = layout};

		for (size_t e = 0; e < engine_table_count; e++) {
			if (layout_pairs_with(layout, engine_table[e]))
				pair.engine = engine_table[e];
		}
		if (!(layout->capabilities & LAYOUT_NO_DATA) || !pair.engine)
			continue;
		opened_must(&opened, &pair, "/nowhere", ENGINE_OPEN_CREATE);
		for (uint64_t i = 0; i < 500; i++) {
			insert_node(&opened, &model);
			if (i)
				insert_edge(&opened, &model, i - 1, i);
			assert_read(&opened, &model, i);
		}
		assert_store(opened.store, &model);
		assert_refused(&opened, 500);
		assert_int_equal(layout->insert_edge(opened.store, 0, 5), -EOPNOTSUPP);
		opened_close(&opened);
		opened_must(&opened, &pair, "/nowhere", ENGINE_OPEN_CREATE);
		struct edge_stream stream = model_stream(&model);
		assert_int_equal(layout->bulk(opened.store, &stream), 0);
		assert_store(opened.store, &model);
		opened_check(&opened);
		opened_close(&opened);
		model_release(&model);
	}
}

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < layout_table_count; i++) {
		const struct layout_ops *ops = layout_table[i];

		assert_true(i == 0 || strcmp(layout_table[i - 1]->name, ops->name) < 0);
		assert_true(ops->summary && *ops->summary && ops->version);
		assert_true(ops->file_bytes && ops->create && ops->open && ops->insert_node);
		assert_true(ops->insert_edge && ops->bulk && ops->neighbors);
		assert_true(ops->neighbors_batch && ops->check && ops->sync && ops->close);
		assert_true(ops->options_count <= OPTIONS_MAX);
		assert_true(strlen(ops->name) <= 16); /* the length of its header field */
		if (!(ops->capabilities & LAYOUT_NO_DATA))
			assert_int_equal(ops->file_bytes(UINT64_MAX, UINT64_MAX), UINT64_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),           cmocka_unit_test(test_inserts),
		cmocka_unit_test(test_bulk_generators), cmocka_unit_test(test_bulk_skewed),
		cmocka_unit_test(test_bulk_bad_stream), cmocka_unit_test(test_windows),
		cmocka_unit_test(test_no_data),         cmocka_unit_test(test_windows_small),
		cmocka_unit_test(test_width),
	};

	return cmocka_run_group_tests_name("layouts", tests, folder_setup, folder_teardown);
}
