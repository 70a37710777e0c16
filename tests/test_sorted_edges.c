/*
 * Bulk loading within a budget: the edges come in the same order, and the file built is the same
 * byte for byte (after the header, which has the time), as without one. No temporary file is left.
 */
#include "support/stores.h"

#include "../layouts/support/adjacency.h"
#include "../layouts/support/header.h"
#include "../layouts/support/scratch.h"
#include "../layouts/support/sorted_edges.h"

#include <dirent.h>

static const uint64_t budgets[] = {0, 40000, 300000, 1000000};
#define BUDGETS_COUNT (sizeof(budgets) / sizeof(budgets[0]))

static struct edge_budget budget_of(uint64_t memory_bytes)
{
	return (struct edge_budget){
		.memory_bytes = memory_bytes, .limit_bytes = UINT64_MAX, .folder = test_folder};
}

static void assert_no_files(void)
{
	DIR *dir = opendir(test_folder);
	struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		assert_true(entry->d_name[0] == '.');
	closedir(dir);
}

/* The edges of a stream, by parts and node by node, against the sort in memory. */
static void assert_sorted(struct model *model, bool incoming, bool with_orders)
{
	struct edge_stream stream = model_stream(model);
	struct adjacency whole;

	assert_int_equal(adjacency_build(&stream, incoming, with_orders, &whole), 0);
	for (size_t b = 0; b < BUDGETS_COUNT; b++) {
		struct edge_budget budget = budget_of(budgets[b]);
		struct sorted_edges *sorted;
		struct sorted_list list;
		struct sorted_part part;
		uint64_t node = 0, edges_count = 0;

		stream.budget = &budget;
		assert_int_equal(sorted_edges_open(&stream, incoming, with_orders, 1, &sorted), 0);
		for (; node < model->nodes_count; node++) {
			uint64_t first = whole.offsets[node];
			assert_int_equal(sorted_edges_node(sorted, node, &list), 0);
			assert_int_equal(list.count, whole.offsets[node + 1] - first);
			if (list.count)
				assert_memory_equal(list.ids, whole.ids + first, list.count * 8);
			if (list.count && with_orders)
				assert_memory_equal(list.orders, whole.orders + first,
						    list.count * 8);
		}
		assert_int_equal(sorted_edges_node(sorted, node, &list), -ERANGE);
		sorted_edges_rewind(sorted);
		node = 0;
		while (sorted_edges_next(sorted, &part) == 1) {
			assert_int_equal(part.first_node, node);
			node += part.nodes_count;
			edges_count += part.offsets[part.nodes_count];
		}
		assert_int_equal(node, model->nodes_count);
		assert_int_equal(edges_count, model->edges_count);
		sorted_edges_close(sorted);
	}
	adjacency_release(&whole);
	assert_no_files();
}

static void test_same_order(void **state)
{
	struct model skewed = {0}, star = {0}, none = {0}, one = {0};

	(void)state;
	model_skewed(&skewed, 3, 12, 60000);
	assert_sorted(&skewed, false, false);
	assert_sorted(&skewed, false, true);
	assert_sorted(&skewed, true, false);
	/* The edges of one node exceed every budget here. */
	star.nodes_count = 1000;
	for (uint64_t i = 0; i < 150000; i++)
		model_add(&star, 500, i % 1000);
	assert_sorted(&star, false, true);
	none.nodes_count = 7;
	assert_sorted(&none, false, true);
	one.nodes_count = 1;
	for (int i = 0; i < 9000; i++)
		model_add(&one, 0, 0);
	assert_sorted(&one, true, true);
	model_release(&skewed);
	model_release(&star);
	model_release(&none);
	model_release(&one);
}

static void test_bad_streams(void **state)
{
	struct edge_budget budget = budget_of(1000);
	struct model model = {0};
	struct sorted_edges *sorted;

	(void)state;
	model_skewed(&model, 3, 6, 5000);
	struct edge_stream stream = model_stream(&model);
	stream.budget = &budget;
	stream.edges_count--;
	assert_int_equal(sorted_edges_open(&stream, false, false, 1, &sorted), -EINVAL);
	stream.edges_count += 2;
	assert_int_equal(sorted_edges_open(&stream, false, false, 1, &sorted), -EINVAL);
	stream.edges_count--;
	stream.nodes_count = 8;
	assert_int_equal(sorted_edges_open(&stream, false, false, 1, &sorted), -ERANGE);
	stream.nodes_count = model.nodes_count;
	budget.folder = "/nonexistent";
	assert_int_equal(sorted_edges_open(&stream, false, false, 1, &sorted), -ENOENT);
	model_release(&model);
	assert_no_files();
}

/* The bytes of a file after the header; the caller frees them. */
static unsigned char *built_bytes(const struct pair *pair, const struct edge_stream *stream,
				  size_t *len_bytes)
{
	const char *path = test_path("built");
	struct opened opened;

	opened_must(&opened, pair, path, ENGINE_OPEN_CREATE);
	assert_int_equal(opened.store->ops->bulk(opened.store, stream), 0);
	assert_int_equal(opened.store->ops->sync(opened.store), 0);
	opened_check(&opened);
	opened_close(&opened);
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	*len_bytes = (size_t)ftell(file) - HEADER_DATA_OFFSET;
	unsigned char *bytes = malloc(*len_bytes);
	assert_non_null(bytes);
	assert_int_equal(fseek(file, HEADER_DATA_OFFSET, SEEK_SET), 0);
	assert_int_equal(fread(bytes, 1, *len_bytes, file), *len_bytes);
	fclose(file);
	remove_graph(path);
	return bytes;
}

static void test_same_files(void **state)
{
	struct pair pair = {0};
	struct model model = {0};
	size_t layouts_count = 0;

	(void)state;
	model.nodes_count = 3000;
	for (uint64_t i = 0; i < 30000; i++)
		model_add(&model, mix_at(1, i) % 1000, mix_at(2, i) % 3000);
	while (pair_next(&pair)) {
		struct edge_stream stream = model_stream(&model);
		size_t expected_bytes, found_bytes;

		if ((pair.layout->capabilities & LAYOUT_REFERENCE) ||
		    !(pair.engine->capabilities & ENGINE_BUILDS))
			continue;
		layouts_count++;
		unsigned char *expected = built_bytes(&pair, &stream, &expected_bytes);
		for (size_t b = 0; b < BUDGETS_COUNT; b++) {
			struct edge_budget budget = budget_of(budgets[b]);
			stream.budget = &budget;
			unsigned char *found = built_bytes(&pair, &stream, &found_bytes);
			assert_int_equal(found_bytes, expected_bytes);
			assert_memory_equal(found, expected, expected_bytes);
			free(found);
		}
		free(expected);
	}
	assert_true(layouts_count >= 5);
	model_release(&model);
	assert_no_files();
}

/* What cannot be built in parts says how much it takes. */
static void test_limit(void **state)
{
	struct edge_budget budget = {
		.memory_bytes = 1000, .limit_bytes = 2000000, .folder = test_folder};
	struct model model = {0};
	struct pair pair = {0};
	size_t refused_count = 0;

	(void)state;
	model_skewed(&model, 3, 10, 60000);
	struct edge_stream stream = model_stream(&model);
	stream.budget = &budget;
	while (pair_next(&pair)) {
		const char *path = test_path("built");
		struct opened opened;

		if (!(pair.engine->capabilities & ENGINE_BUILDS) || pair.layout->degree_max)
			continue;
		opened_must(&opened, &pair, path, ENGINE_OPEN_CREATE);
		int err = opened.store->ops->bulk(opened.store, &stream);
		if (err) {
			assert_int_equal(err, -ENOMEM);
			assert_non_null(strstr(opened.store->why.text, " 2000000 may be used"));
			refused_count++;
		}
		opened_close(&opened);
		remove_graph(path);
	}
	assert_int_equal(refused_count, 1);
	model_release(&model);
}

static void test_scratch(void **state)
{
	int err = 0;

	(void)state;
	assert_null(scratch_map("/nonexistent", 100, &err));
	assert_int_equal(err, -ENOENT);
	unsigned char *bytes = scratch_map(test_folder, 100000, &err);
	assert_non_null(bytes);
	assert_int_equal(bytes[99999], 0);
	bytes[99999] = 1;
	scratch_unmap(bytes, 100000);
	assert_no_files();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_order), cmocka_unit_test(test_bad_streams),
		cmocka_unit_test(test_same_files), cmocka_unit_test(test_limit),
		cmocka_unit_test(test_scratch),
	};

	return cmocka_run_group_tests_name("edges sorted within a budget", tests, folder_setup,
					   folder_teardown);
}
