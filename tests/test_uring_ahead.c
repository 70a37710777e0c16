/*
 * uring with direct I/O reads announced blocks ahead: each block once, never data that was
 * overwritten since, from any thread; and it can be closed while reads are pending.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../engines/engine.h"

#define BLOCK_BYTES   ((size_t)4096)
#define BLOCKS_COUNT  1024
#define FILE_BYTES    (BLOCKS_COUNT * BLOCK_BYTES + 100) /* the last block is short */
#define EXTENTS_COUNT 100

static const struct engine_ops *ops;
static char folder[256], path[300];
static uint64_t options[OPTIONS_MAX];
static unsigned char *model;
static struct engine *engine;
static struct engine_extent extents[EXTENTS_COUNT];
static unsigned char buffers[EXTENTS_COUNT][8000];

static void set_option(const char *name, uint64_t value)
{
	int i = option_find(ops->options, ops->options_count, name, strlen(name));

	assert_true(i >= 0);
	options[i] = value;
}

static int open_it(void **state)
{
	struct why why = {""};

	(void)state;
	option_defaults(ops->options, ops->options_count, options);
	set_option("direct", 1);
	set_option("depth", 8);
	if (ops->probe(folder, options, &why)) {
		print_message("skipped: %s\n", why.text);
		return 0;
	}
	for (size_t i = 0; i < FILE_BYTES; i++)
		model[i] = (unsigned char)(i * 7 + i / BLOCK_BYTES * 13);
	assert_int_equal(ops->open(path, ENGINE_OPEN_CREATE, options, &engine), 0);
	assert_int_equal(ops->resize(engine, FILE_BYTES), 0);
	assert_int_equal(ops->write(engine, 0, model, FILE_BYTES), 0);
	assert_int_equal(ops->drop_cache(engine), 0);
	assert_true(engine->prefetch_ahead_count > 0);
	return 0;
}

static int close_it(void **state)
{
	(void)state;
	if (engine)
		assert_int_equal(ops->close(engine), 0);
	engine = NULL;
	return 0;
}

/*
 * The beginning of every tenth block, shuffled; some that share a block, and the end of the file.
 */
static void make_extents(void)
{
	for (size_t i = 0; i < EXTENTS_COUNT; i++)
		extents[i] = (struct engine_extent){i * 37 % EXTENTS_COUNT * 10 * BLOCK_BYTES +
							    i % 3 * 1000,
						    300 + i, buffers[i]};
	extents[5].offset = FILE_BYTES - extents[5].len_bytes;
	extents[6].offset = extents[7].offset + 50;
}

static void check_batch(void)
{
	memset(buffers, 0xee, sizeof(buffers));
	assert_int_equal(ops->read_batch(engine, extents, EXTENTS_COUNT), 0);
	for (size_t i = 0; i < EXTENTS_COUNT; i++)
		assert_memory_equal(extents[i].buffer, model + extents[i].offset,
				    extents[i].len_bytes);
}

static uint64_t device_read_bytes(void)
{
	FILE *file = fopen("/proc/self/io", "re");
	unsigned long long bytes = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		(void)sscanf(line, "read_bytes: %llu", &bytes);
	if (file)
		fclose(file);
	return bytes;
}

static void test_reads_once(void **state)
{
	uint64_t before, announced, later;
	struct engine_stats stats;

	(void)state;
	if (!engine)
		skip();
	make_extents();
	before = device_read_bytes();
	ops->prefetch(engine, extents, EXTENTS_COUNT);
	assert_true(device_read_bytes() > before); /* immediately, before the data is requested */
	check_batch();
	announced = device_read_bytes() - before;
	ops->stats(engine, &stats);
	assert_int_equal(stats.prefetch_extents, EXTENTS_COUNT);
	check_batch(); /* returned blocks are not cached */
	later = device_read_bytes() - before - announced;
	assert_int_equal(announced, later);
	assert_true(later > 0);
}

static void test_sees_writes(void **state)
{
	(void)state;
	if (!engine)
		skip();
	make_extents();
	ops->prefetch(engine, extents, EXTENTS_COUNT);
	for (size_t i = 0; i < EXTENTS_COUNT; i += 3) {
		model[extents[i].offset + 10] ^= 0x55;
		assert_int_equal(ops->write(engine, extents[i].offset + 10,
					    model + extents[i].offset + 10, 1),
				 0);
		if (i % 2)
			ops->prefetch(engine, extents, EXTENTS_COUNT);
	}
	check_batch();
	ops->prefetch(engine, extents, EXTENTS_COUNT);
	assert_int_equal(ops->resize(engine, FILE_BYTES / 2), 0);
	assert_int_equal(ops->resize(engine, FILE_BYTES), 0);
	memset(model + FILE_BYTES / 2, 0, FILE_BYTES - FILE_BYTES / 2);
	check_batch();
}

/* Announced but never read: other blocks still find room, and close waits. */
static void test_announced_but_not_read(void **state)
{
	(void)state;
	if (!engine)
		skip();
	make_extents();
	for (size_t round = 0; round < 200; round++) {
		struct engine_extent other = {round % 50 * BLOCK_BYTES, 5000, buffers[0]};

		ops->prefetch(engine, &other, 1);
		if (round % 7 == 0)
			check_batch();
		make_extents();
	}
	ops->prefetch(engine, extents, EXTENTS_COUNT);
}

static void *batch_in_thread(void *argument)
{
	(void)argument;
	check_batch();
	ops->prefetch(engine, extents, EXTENTS_COUNT);
	return NULL;
}

static void test_other_threads(void **state)
{
	(void)state;
	if (!engine)
		skip();
	make_extents();
	for (size_t i = 0; i < 10; i++) {
		pthread_t thread;

		ops->prefetch(engine, extents, EXTENTS_COUNT);
		assert_int_equal(pthread_create(&thread, NULL, batch_in_thread, NULL), 0);
		assert_int_equal(pthread_join(thread, NULL), 0);
		check_batch();
	}
}

/* Truncated by another process: an error of the batch, with or without prefetch. */
static void test_cut_short(void **state)
{
	(void)state;
	if (!engine)
		skip();
	make_extents();
	assert_int_equal(truncate(path, (off_t)(FILE_BYTES / 2)), 0);
	ops->prefetch(engine, extents, EXTENTS_COUNT);
	assert_int_equal(ops->read_batch(engine, extents, EXTENTS_COUNT), -EIO);
	assert_int_equal(truncate(path, (off_t)FILE_BYTES), 0);
	memset(model + FILE_BYTES / 2, 0, FILE_BYTES - FILE_BYTES / 2);
	assert_int_equal(ops->drop_cache(engine), 0);
	check_batch();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_reads_once, open_it, close_it),
		cmocka_unit_test_setup_teardown(test_sees_writes, open_it, close_it),
		cmocka_unit_test_setup_teardown(test_announced_but_not_read, open_it, close_it),
		cmocka_unit_test_setup_teardown(test_other_threads, open_it, close_it),
		cmocka_unit_test_setup_teardown(test_cut_short, open_it, close_it),
	};
	const char *temporary = getenv("TMPDIR");
	int failed;

	for (size_t i = 0; i < engine_table_count; i++) {
		if (strcmp(engine_table[i]->name, "uring") == 0)
			ops = engine_table[i];
	}
	model = malloc(FILE_BYTES);
	snprintf(folder, sizeof(folder), "%s/iowalk-ahead-XXXXXX", temporary ? temporary : "/tmp");
	if (!ops || !model || !mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/file", folder);
	failed = cmocka_run_group_tests_name("uring_ahead", tests, NULL, NULL);
	unlink(path);
	rmdir(folder);
	free(model);
	return failed > 0;
}
