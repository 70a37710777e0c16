/*
 * Layout records: the graph is complete if the index beside its file is missing, stale or damaged;
 * caches of every size give the same neighbours as the file; newer records supersede older ones
 * after every reopen; a star that grows edge by edge does not take time quadratic in its edges; and
 * a compacted file is as long as one that was loaded in bulk.
 */
#include "support/stores.h"

#include "../layouts/support/records.h"

static struct pair pair_of(const char *engine)
{
	struct pair pair = {.layout = &layout_records};

	for (size_t e = 0; e < engine_table_count; e++) {
		if (strcmp(engine_table[e]->name, engine) == 0)
			pair.engine = engine_table[e];
	}
	assert_non_null(pair.engine);
	return pair;
}

/* With duplicates, self-loops, isolated nodes, and lists that grow alternately. */
static void write_records(const struct pair *pair, const char *path, struct model *model)
{
	struct opened opened;

	opened_must(&opened, pair, path, ENGINE_OPEN_CREATE);
	for (uint64_t i = 0; i < 500; i++)
		assert_int_equal(layout_records.insert_node(opened.store), 0);
	model->nodes_count = 500;
	for (uint64_t i = 0; i < 3000; i++) {
		uint64_t from = mix_at(41, i) % 450, to = i % 9 ? mix_at(42, i) % 500 : from;

		assert_int_equal(layout_records.insert_edge(opened.store, from, to), 0);
		model_add(model, from, to);
	}
	opened_close(&opened);
}

static struct why read_back(const struct pair *pair, const char *path, struct model *model)
{
	struct opened opened;
	struct why note;

	opened_must(&opened, pair, path, ENGINE_OPEN_READ);
	assert_store(opened.store, model);
	opened_check(&opened);
	note = opened.store->note;
	opened_close(&opened);
	return note;
}

static void assert_says(struct why note, const char *word)
{
	if (!*word ? *note.text != '\0' : !strstr(note.text, word))
		fail_msg("'%s' where '%s' is expected", note.text, word);
}

static void flip(const char *path, long at)
{
	FILE *file = fopen(path, "r+b");

	assert_non_null(file);
	assert_int_equal(fseek(file, at, SEEK_SET), 0);
	int byte = fgetc(file);
	assert_int_equal(fseek(file, at, SEEK_SET), 0);
	assert_int_equal(fputc(byte ^ 1 << at % 8, file), byte ^ 1 << at % 8);
	assert_int_equal(fclose(file), 0);
}

static void copy_file(const char *from, const char *to)
{
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	int byte;

	assert_true(in && out);
	while ((byte = fgetc(in)) != EOF)
		fputc(byte, out);
	fclose(in);
	assert_int_equal(fclose(out), 0);
}

static void test_sidecar(void **state)
{
	const char *path = test_path("graph");
	struct pair pair = pair_of("pread");
	char sidecar[512], old[512];
	struct model model = {0};
	struct opened opened;

	(void)state;
	snprintf(sidecar, sizeof(sidecar), "%s" RECORDS_SIDECAR, path);
	snprintf(old, sizeof(old), "%s.old", path);
	write_records(&pair, path, &model);
	assert_says(read_back(&pair, path, &model), "");
	copy_file(sidecar, old);

	for (long at = 0; at < 64 + 500 * 16; at += at < 200 ? 1 : 37) {
		flip(sidecar, at);
		assert_true(*read_back(&pair, path, &model).text);
		flip(sidecar, at);
	}
	assert_says(read_back(&pair, path, &model), "");
	assert_int_equal(truncate(sidecar, 64 + 499 * 16), 0);
	assert_true(*read_back(&pair, path, &model).text);
	assert_int_equal(truncate(sidecar, 10), 0);
	assert_says(read_back(&pair, path, &model), "damaged");
	assert_int_equal(unlink(sidecar), 0);
	assert_says(read_back(&pair, path, &model), "missing");

	/* Writing recreates the index; the earlier index then belongs to another graph. */
	opened_must(&opened, &pair, path, ENGINE_OPEN_WRITE);
	assert_says(opened.store->note, "missing");
	assert_int_equal(layout_records.insert_edge(opened.store, 3, 4), 0);
	model_add(&model, 3, 4);
	opened_close(&opened);
	assert_says(read_back(&pair, path, &model), "");
	copy_file(old, sidecar);
	assert_says(read_back(&pair, path, &model), "stale");
	opened_must(&opened, &pair, path, ENGINE_OPEN_WRITE);
	opened_close(&opened);
	assert_says(read_back(&pair, path, &model), "");
	assert_int_equal(unlink(old), 0);
	remove_graph(path);
	model_release(&model);
}

/* Each way of node lookup, in an order that fills and empties the caches. */
static void test_caches(void **state)
{
	static const uint64_t settings[][4] = {
		/* cache_nodes, pinned_nodes, cache_offsets, index */
		{0, 0, 0, RECORDS_INDEX_READ},    {0, 0, 5, RECORDS_INDEX_READ},
		{1, 0, 4, RECORDS_INDEX_MAP},     {7, 20, 64, RECORDS_INDEX_READ},
		{1000, 0, 0, RECORDS_INDEX_READ}, {16, 1000, 0, RECORDS_INDEX_MAP},
	};
	static const char *const engines[] = {"pread", "mmap", "buffered"};
	const char *path = test_path("graph");
	struct model model = {0};

	(void)state;
	for (size_t e = 0; e < 3; e++) {
		struct pair pair = pair_of(engines[e]);

		write_records(&pair, path, &model);
		model_sort(&model);
		for (size_t s = 0; s < sizeof(settings) / sizeof(settings[0]); s++) {
			uint64_t engine_options[OPTIONS_MAX];
			uint64_t options[OPTIONS_MAX];
			struct store *store;
			struct engine *engine;
			struct why why = {""};

			small_options(pair.engine, engine_options);
			option_defaults(layout_records.options, layout_records.options_count,
					options);
			memcpy(options + RECORDS_OPTION_CACHE, settings[s], sizeof(settings[s]));
			assert_int_equal(
				pair.engine->open(path, ENGINE_OPEN_READ, engine_options, &engine),
				0);
			struct store_config config = {
				.engine = engine, .path = path, .options = options};
			assert_int_equal(layout_records.open(&config, &store, &why), 0);
			for (uint64_t i = 0; i < 6000; i++) {
				uint64_t node = i % 3 ? mix_at(43, i) % 500 : i % 40;
				struct neighbors found;

				assert_int_equal(layout_records.neighbors(store, node, &found), 0);
				assert_node(store, &model, node, &found);
				if (i == 4000)
					assert_int_equal(layout_records.drop_cache(store), 0);
			}
			assert_int_equal(layout_records.check(store), 0);
			assert_int_equal(layout_records.close(store), 0);
			assert_int_equal(pair.engine->close(engine), 0);
		}
		remove_graph(path);
		model_release(&model);
	}
}

/* Repeated records of the same nodes, over many reopens. */
static void test_superseded(void **state)
{
	const char *path = test_path("graph");
	struct pair pair = pair_of("mmap");
	struct model model = {0};
	struct opened opened;

	(void)state;
	write_records(&pair, path, &model);
	for (uint64_t round = 0; round < 30; round++) {
		opened_must(&opened, &pair, path, ENGINE_OPEN_WRITE);
		for (uint64_t i = 0; i < 10; i++) {
			uint64_t from = i % 2 ? 7 : mix_at(44, round * 10 + i) % 500;

			assert_int_equal(layout_records.insert_edge(opened.store, from, round), 0);
			model_add(&model, from, round);
			if (i == 5)
				assert_int_equal(layout_records.sync(opened.store), 0);
		}
		opened_close(&opened);
		if (round % 3 == 0) {
			char sidecar[512];

			snprintf(sidecar, sizeof(sidecar), "%s" RECORDS_SIDECAR, path);
			assert_int_equal(unlink(sidecar), 0);
		}
		read_back(&pair, path, &model);
	}
	remove_graph(path);
	model_release(&model);
}

static void test_star(void **state)
{
	const char *path = test_path("graph");
	struct pair pair = pair_of("pread");
	struct opened opened;

	(void)state;
	opened_must(&opened, &pair, path, ENGINE_OPEN_CREATE);
	for (uint64_t i = 0; i < 20000; i++) {
		assert_int_equal(layout_records.insert_node(opened.store), 0);
		assert_int_equal(layout_records.insert_edge(opened.store, 0, i), 0);
	}
	assert_int_equal(layout_records.sync(opened.store), 0);
	assert_true(opened.engine->ops->size(opened.engine) < 20000 * 16 + 20000 * 8 + 20000);
	opened_check(&opened);
	opened_close(&opened);
	remove_graph(path);
}

/* Compacts a file with superseded records, some of them not written yet. */
static void test_compact(void **state)
{
	const char *path = test_path("graph"), *small = test_path("small");
	struct model model = {0};
	struct pair pair = {0};

	(void)state;
	while (pair_next(&pair)) {
		struct opened opened, into;

		if (pair.layout != &layout_records ||
		    !(pair.engine->capabilities & ENGINE_PERSISTENT))
			continue;
		/*
		 * Such an engine may show a file that is not on the device, so no index is stored.
		 */
		const char *said =
			pair.engine->capabilities & ENGINE_COPY_ON_WRITE ? "rebuilt" : "";
		write_records(&pair, path, &model);
		opened_must(&opened, &pair, path, ENGINE_OPEN_WRITE);
		for (uint64_t i = 0; i < 3000; i++) {
			uint64_t from = mix_at(45, i) % 90;

			assert_int_equal(layout_records.insert_edge(opened.store, from, i % 500),
					 0);
			model_add(&model, from, i % 500);
			if (i % 300 == 299)
				assert_int_equal(layout_records.sync(opened.store), 0);
		}
		assert_int_equal(layout_records.insert_edge(opened.store, 99, 7), 0);
		model_add(&model, 99, 7);
		assert_store(opened.store, &model);

		opened_must(&into, &pair, small, ENGINE_OPEN_CREATE);
		assert_int_equal(layout_records.compact(opened.store, into.store), 0);
		assert_store(opened.store, &model);
		assert_store(into.store, &model);
		assert_int_equal(layout_records.compact(opened.store, into.store), -EBUSY);
		assert_int_equal(layout_records.sync(opened.store), 0);
		assert_int_equal(layout_records.sync(into.store), 0);
		uint64_t size_bytes = into.engine->ops->size(into.engine);
		assert_true(size_bytes < opened.engine->ops->size(opened.engine) / 2);
		assert_int_equal(size_bytes,
				 layout_records.file_bytes(model.nodes_count, model.edges_count));
		opened_close(&opened);
		opened_close(&into);
		assert_says(read_back(&pair, small, &model), said);
		assert_says(read_back(&pair, path, &model), said);

		/* The compacted file can be written like any other. */
		opened_must(&into, &pair, small, ENGINE_OPEN_WRITE);
		assert_int_equal(layout_records.insert_edge(into.store, 5, 6), 0);
		model_add(&model, 5, 6);
		opened_close(&into);
		assert_says(read_back(&pair, small, &model), said);
		remove_graph(small);
		remove_graph(path);
		model_release(&model);
	}
}

/* Compacting must not give damaged data a valid checksum. */
static void test_compact_damaged(void **state)
{
	const char *path = test_path("graph"), *small = test_path("small");
	struct pair pair = pair_of("pread");
	struct model model = {0};
	struct opened opened, into;

	(void)state;
	write_records(&pair, path, &model);
	for (long at = (long)RECORDS_LOG_AT; at < (long)RECORDS_LOG_AT + 3000 * 8; at += 997) {
		flip(path, at);
		opened_must(&opened, &pair, path, ENGINE_OPEN_READ);
		opened_must(&into, &pair, small, ENGINE_OPEN_CREATE);
		assert_int_equal(layout_records.compact(opened.store, into.store), -EBADMSG);
		assert_true(*opened.store->why.text);
		opened_close(&opened);
		layout_records.close(into.store);
		assert_int_equal(pair.engine->close(into.engine), 0);
		remove_graph(small);
		flip(path, at);
	}
	remove_graph(path);
	model_release(&model);
}

/* Only the nodes with the most neighbours are answered without reading the file. */
static void test_pinned(void **state)
{
	const char *path = test_path("graph");
	struct pair pair = pair_of("pread");
	uint64_t engine_options[OPTIONS_MAX], options[OPTIONS_MAX];
	struct model model = {0};
	struct engine *engine;
	struct store *store;
	struct why why = {""};

	(void)state;
	write_records(&pair, path, &model);
	model_sort(&model);
	small_options(pair.engine, engine_options);
	option_defaults(layout_records.options, layout_records.options_count, options);
	options[RECORDS_OPTION_CACHE] = 0;
	options[RECORDS_OPTION_PINNED] = 25;
	assert_int_equal(pair.engine->open(path, ENGINE_OPEN_READ, engine_options, &engine), 0);
	struct store_config config = {.engine = engine, .path = path, .options = options};
	assert_int_equal(layout_records.open(&config, &store, &why), 0);
	assert_int_equal(layout_records.drop_cache(store), 0);

	unsigned pinned_count = 0;
	for (uint64_t node = 0; node < model.nodes_count; node++) {
		uint64_t before = store->stats.logical_read_bytes, more_count = 0;
		uint64_t degree = model.degrees[node];
		struct neighbors found;

		for (uint64_t other = 0; other < model.degrees_capacity; other++)
			more_count += model.degrees[other] > degree ||
				      (model.degrees[other] == degree && other < node);
		assert_int_equal(layout_records.neighbors(store, node, &found), 0);
		assert_node(store, &model, node, &found);
		assert_int_equal(store->stats.logical_read_bytes == before, more_count < 25);
		pinned_count += more_count < 25;
	}
	assert_int_equal(pinned_count, 25);
	assert_int_equal(layout_records.close(store), 0);
	assert_int_equal(pair.engine->close(engine), 0);
	remove_graph(path);
	model_release(&model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sidecar),    cmocka_unit_test(test_caches),
		cmocka_unit_test(test_superseded), cmocka_unit_test(test_star),
		cmocka_unit_test(test_compact),    cmocka_unit_test(test_compact_damaged),
		cmocka_unit_test(test_pinned),
	};

	return cmocka_run_group_tests_name("layout records", tests, folder_setup, folder_teardown);
}
