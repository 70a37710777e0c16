/*
 * Levels in the order of the file: neighbours close to each other are one read, and long reads are whole blocks, which engines
 * that bypass the page cache put in place. Each layout, on engines that read; the answer is what neighbors() gives.
 */
#include "support/stores.h"

#define NODES_COUNT       12000
#define DEGREE            24 /* about 100 B of edges a node: a window is longer than the longest single read */
#define TIGHT_CACHE_BYTES 65536
#define WINDOW            512
#define WINDOW_NEARBY     2 /* ids for each node of a level that is dense */

/* Engines with a cache that the file does not fit into, and both kinds of uring. */
static bool open_variant(const struct engine_ops *engine, bool direct, uint64_t *values)
{
	bool has_direct = false;

	option_defaults(engine->options, engine->options_count, values);
	for (uint32_t i = 0; i < engine->options_count; i++) {
		const struct option_spec *spec = &engine->options[i];

		if (spec->role == OPTION_ROLE_CACHE_BYTES)
			values[i] = TIGHT_CACHE_BYTES;
		if (strcmp(spec->name, "direct") == 0) {
			values[i] = direct;
			has_direct = true;
		}
	}
	return !direct || has_direct;
}

/* A chain of edges to ids nearby and far away, more from some nodes than from others, none from every seventh. */
static void fill_model(struct model *model)
{
	model->nodes_count = NODES_COUNT;
	for (uint64_t node = 0; node < NODES_COUNT; node++) {
		for (uint64_t k = 0; node % 7 != 3 && k < 1 + mix_at(1, node) % (2 * DEGREE); k++)
			model_add(model, node, mix_at(node, k) % NODES_COUNT);
	}
	model_sort(model);
}

static uint64_t reads_of(const struct engine *engine)
{
	struct engine_stats stats;

	engine->ops->stats(engine, &stats);
	return stats.syscalls[ENGINE_SYSCALL_pread64] + stats.syscalls[ENGINE_SYSCALL_preadv];
}

/* Every `every`-th node, and from two thirds on every 150th. */
static size_t make_level(uint64_t *nodes, uint64_t every)
{
	size_t count = 0;

	for (uint64_t node = 0; node < NODES_COUNT;
	     node += node < NODES_COUNT * 2 / 3 ? every : 150)
		nodes[count++] = node;
	return count;
}

static void walk_level(struct opened *opened, const struct model *model, const uint64_t *nodes,
		       size_t count)
{
	struct frontier level = {.nodes = nodes, .count = count};
	struct neighbors found[WINDOW];

	while (level.next < level.count) {
		size_t at = level.next;
		ssize_t taken =
			opened->store->ops->neighbors_batch(opened->store, &level, found, WINDOW);

		assert_true(taken > 0);
		for (size_t i = 0; i < (size_t)taken; i++) {
			uint64_t node = nodes[at + i];
			uint64_t begin = model->begins[node], end = model->begins[node + 1];

			assert_int_equal(found[i].count, end - begin);
			for (uint64_t k = begin; k < end; k++)
				assert_int_equal(neighbor_id(opened->store, &found[i], k - begin),
						 model->targets[k]);
		}
	}
}

static void check_pair(const struct pair *pair, const struct model *model, bool direct)
{
	static uint64_t nodes[NODES_COUNT];
	uint64_t engine_options[OPTIONS_MAX], layout_options[OPTIONS_MAX];
	const char *path = test_path("order");
	struct edge_stream stream = model_stream((struct model *)model);
	struct opened opened;
	struct why why;

	if (!open_variant(pair->engine, direct, engine_options) ||
	    (pair->engine->probe && pair->engine->probe(test_folder, engine_options, &why)))
		return;
	opened_must(&opened, pair, path, ENGINE_OPEN_CREATE);
	assert_int_equal(pair->layout->bulk(opened.store, &stream), 0);
	opened_close(&opened);

	option_defaults(pair->layout->options, pair->layout->options_count, layout_options);
	assert_int_equal(pair->engine->open(path, ENGINE_OPEN_READ, engine_options, &opened.engine),
			 0);
	struct store_config config = {
		.engine = opened.engine, .path = path, .options = layout_options};
	assert_int_equal(layout_ops_open(pair->layout, &config, &opened.store, &why), 0);
	for (uint64_t every = 1; every <= 64; every *= WINDOW_NEARBY) {
		size_t count = make_level(nodes, every);
		uint64_t before = reads_of(opened.engine);

		walk_level(&opened, model, nodes, count);
		walk_level(&opened, model, nodes, count); /* with what is cached now */
		/* An extent a node, not joined by the engine either, would be a read each. */
		/* Where the gaps were not read too, a node had a read of its own: 458 to 4680 of 8027 nodes here. */
		if (every == 1 && opened.engine->block_bytes > 1 &&
		    !(pair->engine->capabilities & ENGINE_BATCH))
			assert_in_range(reads_of(opened.engine) - before, 1, count / 64);
	}
	opened_close(&opened);
	remove_graph(path);
}

static void test_order(void **state)
{
	struct model model = {0};
	struct pair pair = {0};

	(void)state;
	fill_model(&model);
	while (pair_next(&pair)) {
		/* A node's slots are a list, read one by one. */
		if (strcmp(pair.layout->name, "slotted") == 0 ||
		    pair.layout->capabilities & LAYOUT_REFERENCE ||
		    pair.engine->capabilities & ENGINE_ZERO_COPY ||
		    !model_fits(&model, pair.layout))
			continue;
		check_pair(&pair, &model, false);
		check_pair(&pair, &model, true);
	}
	model_release(&model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_order)};

	return cmocka_run_group_tests_name("layouts, in order", tests, folder_setup,
					   folder_teardown);
}
