/*
 * Stores with in-edges, on every engine: a node's list is the number of its out-edges, then its in-neighbours in the order of
 * insertion; a walk that goes up by them finds what one that goes down finds; and damage is found.
 */
#include "support/image.h"

#include "../workloads/support/walk.h"

#define NODES 3000
#define EDGES 20000

/* As opened_must(), with in-edges. */
static void open_with(struct opened *opened, const struct pair *pair, const char *path,
		      unsigned flags)
{
	uint64_t engine_options[OPTIONS_MAX], options[OPTIONS_MAX];
	struct store_config config = {
		.path = path, .options = options, .writable = flags != ENGINE_OPEN_READ};
	struct why why = {""};
	int at = option_find(pair->layout->options, pair->layout->options_count, "in_edges", 8);

	assert_true(at >= 0);
	small_options(pair->engine, engine_options);
	option_defaults(pair->layout->options, pair->layout->options_count, options);
	options[at] = 1;
	assert_int_equal(pair->engine->open(path, flags, engine_options, &opened->engine), 0);
	config.engine = opened->engine;
	int err = flags & ENGINE_OPEN_CREATE ? pair->layout->create(&config, &opened->store, &why)
					     : pair->layout->open(&config, &opened->store, &why);
	if (err)
		fail_msg("%s: %s", pair->engine->name, why.text);
}

/* The next pair of a layout with in-edges. */
static bool pair_with(struct pair *pair)
{
	while (pair_next_of(pair, true)) {
		if (pair->layout->in_neighbors_batch)
			return true;
	}
	return false;
}

/* Duplicates, self-loops, nodes without edges at both ends, a hub each way. */
static void draw_edges(struct model *drawn, uint64_t nodes_count, uint64_t edges_count)
{
	drawn->nodes_count = nodes_count;
	for (uint64_t i = 0; i < edges_count; i++) {
		uint64_t from = 1 + mix_at(11, i) % (nodes_count - 2);
		uint64_t to = 1 + mix_at(12, i) % (nodes_count - 2);

		model_add(drawn, i % 7 == 0 ? 5 : from, i % 11 == 0 ? 6 : i % 13 == 0 ? from : to);
	}
}

/* Each list of the store, read in windows of `window`, against the model with its edges turned round. */
static void assert_lists(struct store *store, struct model *graph, size_t window)
{
	struct model turned = {.nodes_count = graph->nodes_count};
	struct neighbors *found = malloc(window * sizeof(*found));
	uint64_t *nodes = malloc(graph->nodes_count * sizeof(*nodes));
	struct frontier level = {.nodes = nodes, .count = graph->nodes_count};

	assert_true(found && nodes);
	for (uint64_t i = 0; i < graph->edges_count; i++)
		model_add(&turned, graph->edges[i].to, graph->edges[i].from);
	model_sort(&turned);
	model_sort(graph);
	for (uint64_t i = 0; i < graph->nodes_count; i++)
		nodes[i] = i;
	while (level.next < level.count) {
		size_t first = level.next;
		ssize_t count = store->ops->in_neighbors_batch(store, &level, found, window);

		assert_true(count > 0 && first + (size_t)count == level.next);
		for (size_t i = 0; i < (size_t)count; i++) {
			uint64_t node = first + i, begin = turned.begins[node];
			uint64_t in_count = turned.begins[node + 1] - begin;

			assert_int_equal(found[i].count, in_count + 1);
			assert_int_equal(neighbor_id(store, &found[i], 0),
					 graph->begins[node + 1] - graph->begins[node]);
			for (uint64_t k = 0; k < in_count; k++)
				assert_int_equal(neighbor_id(store, &found[i], k + 1),
						 turned.targets[begin + k]);
		}
	}
	free(found);
	free(nodes);
	model_release(&turned);
}

/* The walks of a store in each direction have one answer. */
static void assert_walks(struct store *store)
{
	struct walk *walk = malloc(sizeof(*walk));
	struct answer answers[3];

	assert_non_null(walk);
	for (unsigned direction = 0; direction < 3; direction++) {
		assert_int_equal(walk_init(walk, store->nodes_count, 64, WALK_ORDER_AUTO), 0);
		walk->wide_min = 100;
		walk->direction = (enum walk_direction)direction;
		assert_int_equal(walk_run(walk, store, 5), 0);
		walk_answer(walk, &answers[direction]);
		walk_release(walk);
	}
	assert_memory_equal(&answers[WALK_DIRECTION_AUTO], &answers[WALK_DIRECTION_DOWN],
			    sizeof(answers[0]));
	assert_memory_equal(&answers[WALK_DIRECTION_UP], &answers[WALK_DIRECTION_DOWN],
			    sizeof(answers[0]));
	free(walk);
}

static void load(struct opened *opened, const struct pair *pair, struct edge_stream stream,
		 const char *path)
{
	open_with(opened, pair, path, ENGINE_OPEN_CREATE);
	assert_int_equal(pair->layout->bulk(opened->store, &stream), 0);
	assert_int_equal(pair->layout->sync(opened->store), 0);
	opened_check(opened);
	opened_close(opened);
	open_with(opened, pair, path, ENGINE_OPEN_READ);
}

static void test_every_engine(void **state)
{
	const char *path = test_path("graph");
	struct pair pair = {0};

	(void)state;
	while (pair_with(&pair)) {
		struct model drawn = {0};
		struct opened opened;

		draw_edges(&drawn, NODES, EDGES);
		load(&opened, &pair, model_stream(&drawn), path);
		assert_true(opened.store->in_edges && !opened.store->both_ways);
		assert_true(opened.engine->ops->size(opened.engine) <=
			    pair.layout->file_bytes(NODES, EDGES) +
				    pair.layout->option_bytes((const uint64_t[]){1, 0, 1}, NODES,
							      EDGES));
		assert_lists(opened.store, &drawn, 64);
		assert_lists(opened.store, &drawn, 1);
		assert_lists(opened.store, &drawn, NODES);
		assert_store(opened.store, &drawn);
		assert_walks(opened.store);
		opened_check(&opened);
		opened_close(&opened);
		remove_graph(path);
		model_release(&drawn);
	}
}

/* Single inserts, also into a file that has in-edges, and what does not fit into memory make the same lists. */
static void test_other_ways(void **state)
{
	const char *path = test_path("graph");
	struct edge_budget budget = {
		.memory_bytes = 200 << 10, .limit_bytes = UINT64_C(1) << 30, .folder = test_folder};
	struct pair pair = {0};

	(void)state;
	while (pair_with(&pair)) {
		struct model drawn = {0};
		struct opened opened;
		const struct layout_ops *layout = pair.layout;

		if (strcmp(pair.engine->name, "pread") != 0 &&
		    strcmp(pair.engine->name, "mmap") != 0)
			continue;
		draw_edges(&drawn, 300, 900);
		open_with(&opened, &pair, path, ENGINE_OPEN_CREATE);
		for (uint64_t i = 0; i < drawn.nodes_count; i++)
			assert_int_equal(layout->insert_node(opened.store), 0);
		for (uint64_t i = 0; i < drawn.edges_count; i++) {
			if (i == drawn.edges_count /
					 2) { /* reopened with the defaults: the file has them */
				opened_close(&opened);
				opened_must(&opened, &pair, path, ENGINE_OPEN_WRITE);
			}
			assert_int_equal(layout->insert_edge(opened.store, drawn.edges[i].from,
							     drawn.edges[i].to),
					 0);
			assert_false(opened.store->in_edges);
		}
		opened_close(&opened);
		opened_must(&opened, &pair, path, ENGINE_OPEN_READ);
		assert_true(opened.store->in_edges);
		/* Rebuilt once, so that edges of a node are together: the lists' order is by nodes. */
		opened_check(&opened);
		assert_walks(opened.store);
		opened_close(&opened);
		remove_graph(path);
		model_release(&drawn);

		draw_edges(&drawn, NODES, 8 * EDGES);
		struct edge_stream stream = model_stream(&drawn);
		stream.budget = &budget;
		load(&opened, &pair, stream, path);
		assert_lists(opened.store, &drawn, 64);
		opened_close(&opened);
		remove_graph(path);
		model_release(&drawn);
	}
}

/* Of edges in both directions no in-edges are stored: they are the out-edges. */
static void test_both_ways(void **state)
{
	const char *path = test_path("graph");
	struct pair pair = {0};

	(void)state;
	while (pair_with(&pair)) {
		struct model drawn = {.nodes_count = 50};
		struct opened opened;

		for (uint64_t i = 0; i < 200; i++) {
			uint64_t a = mix_at(3, i) % 50, b = mix_at(4, i) % 50;

			model_add(&drawn, a, b);
			model_add(&drawn, b, a);
		}
		load(&opened, &pair, model_stream(&drawn), path);
		assert_true(opened.store->both_ways && !opened.store->in_edges);
		assert_int_equal(opened.engine->ops->size(opened.engine),
				 pair.layout->file_bytes(50, 400));
		opened_close(&opened);
		remove_graph(path);
		model_release(&drawn);
	}
}

/* ---- damage ---- */

#define FIELD_IN_OFFSETS (HEADER_AT_FIELDS + 4 * 8)

static uint64_t offsets_at;

static void load_image(struct image *image, const struct pair *pair)
{
	const char *path = test_path("graph");
	struct model drawn = {0};
	struct opened opened;

	draw_edges(&drawn, 30, 80);
	load(&opened, pair, model_stream(&drawn), path);
	opened_close(&opened);
	model_release(&drawn);
	image_load(image, path);
	remove_graph(path);
	/* Without checksums, so that check() has to find what is wrong. */
	image_put(image, HEADER_AT_FILE_BYTES, image_get(image, 240));
	image->size_bytes = image_get(image, 240);
	image_put(image, 248, 0);
	image_fix_crc(image);
	offsets_at = image_get(image, FIELD_IN_OFFSETS);
}

/* One u32 of the file changed: check() says `what`. */
static void assert_found(const struct layout_ops *layout, struct image *image, uint64_t at,
			 uint32_t value, const char *what)
{
	unsigned char before[4];
	struct store *store;
	struct why why;

	memcpy(before, image->bytes + at, 4);
	memcpy(image->bytes + at, &value, 4);
	for (unsigned mapped = 0; mapped < 2; mapped++) {
		assert_int_equal(image_open(image, layout, mapped, &store, &why), 0);
		assert_int_equal(layout->check(store), -EBADMSG);
		if (!strstr(store->why.text, what))
			fail_msg("'%s' is not in '%s'", what, store->why.text);
		assert_int_equal(layout->close(store), 0);
	}
	memcpy(image->bytes + at, before, 4);
}

static void test_damage(void **state)
{
	struct pair pair = {0};
	struct image image;
	struct store *store;
	struct why why;

	(void)state;
	assert_true(pair_with(&pair));
	load_image(&image, &pair);
	uint64_t ids_at = offsets_at + 31 * 8;

	assert_int_equal(image_open(&image, pair.layout, 0, &store, &why), 0);
	assert_int_equal(pair.layout->check(store), 0);
	assert_int_equal(pair.layout->close(store), 0);
	/* The first list has only the number of out-edges, which is 0. */
	assert_found(pair.layout, &image, ids_at, 1, "another number of out-edges");
	assert_found(pair.layout, &image, ids_at + 8, 30, "in-neighbour 30, but there are 30");
	assert_found(pair.layout, &image, image.size_bytes - 8,
		     (uint32_t)image_get(&image, image.size_bytes - 8) ^ 1,
		     "the in-edges are not the out-edges");
	assert_found(pair.layout, &image, offsets_at, 1, "node 0 has in-edges 1 to 1");
	assert_found(pair.layout, &image, offsets_at + 8, 0, "node 0 do not begin with the number");
	assert_found(pair.layout, &image, offsets_at + 8, 500,
		     "node 0 has in-edges 0 to 500 of 110");
	/* What a walk meets before any check. */
	image_put(&image, offsets_at + 8, 0);
	for (unsigned mapped = 0; mapped < 2; mapped++) {
		const uint64_t node = 0;
		struct frontier level = {.nodes = &node, .count = 1};
		struct neighbors found;

		assert_int_equal(image_open(&image, pair.layout, mapped, &store, &why), 0);
		assert_int_equal(pair.layout->in_neighbors_batch(store, &level, &found, 1),
				 -EBADMSG);
		assert_non_null(strstr(store->why.text, "number of its out-edges"));
		assert_int_equal(pair.layout->close(store), 0);
	}
	image_put(&image, offsets_at + 8, 1);
	for (uint64_t wrong = 1; wrong < 3; wrong++) { /* elsewhere than the sizes say */
		image_put(&image, FIELD_IN_OFFSETS, offsets_at + 8 * wrong);
		image_fix_crc(&image);
		assert_int_equal(image_open(&image, pair.layout, 0, &store, &why), -EBADMSG);
		assert_non_null(strstr(why.text, "contradict"));
	}
	image_release(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_engine),
		cmocka_unit_test(test_other_ways),
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests_name("in-edges", tests, folder_setup, folder_teardown);
}
