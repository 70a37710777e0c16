/*
 * Engines that read ahead or buffer: `buffered` needs fewer calls if a walk reads in order and
 * reads no more than necessary at random offsets; `mmap_advised` makes no calls if the file is in
 * the page cache.
 */
#include "support/engines.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Opens the engine of that name with its defaults; false if it is missing or fails. */
static bool open_named(const char *name, unsigned flags, struct engine **out)
{
	const struct engine_ops *ops = engine_find(name);

	return ops && engine_open(ops, engine_path, flags, out) == 0;
}

/* `buffered` walks over nodes of 4096 B and edges of 256 B with a tenth of the calls at most. */
static void test_buffered_saves_calls(void **state)
{
	enum { STEPS = 2000 };
	struct engine *engine = NULL;
	struct engine_stats before, after;
	uint64_t calls_count;
	unsigned char bytes[128];

	(void)state;
	if (!open_named("buffered", ENGINE_OPEN_CREATE, &engine))
		skip();
	assert_int_equal(engine->ops->resize(engine, STEPS * (4096 + 256)), 0);
	engine->ops->stats(engine, &before);
	for (uint64_t i = 0; i < STEPS; i++) {
		assert_int_equal(engine->ops->read(engine, i * 4096, bytes, 128), 0);
		assert_int_equal(engine->ops->read(engine, STEPS * 4096 + i * 256, bytes, 64), 0);
	}
	engine->ops->stats(engine, &after);
	calls_count =
		after.syscalls[ENGINE_SYSCALL_pread64] - before.syscalls[ENGINE_SYSCALL_pread64];
	assert_true(calls_count > 0 && calls_count * 10 <= 2 * STEPS);
	assert_int_equal(after.buffer_misses, calls_count);
	assert_int_equal(after.buffer_hits + after.buffer_misses, 2 * STEPS);
	/* Appends in order: one pwrite per 32 appends. */
	for (uint64_t i = 0; i < 320; i++)
		assert_int_equal(engine->ops->write(engine, i * 256, bytes, 100 + i % 2), 0);
	for (uint64_t i = 0; i < 320; i++)
		assert_int_equal(engine->ops->write(engine, 500000 + i * 50, bytes, 50), 0);
	before = after;
	assert_int_equal(engine->ops->sync(engine), 0);
	engine->ops->stats(engine, &after);
	assert_in_range(after.syscalls[ENGINE_SYSCALL_pwrite64], 320 + 10, 320 + 11);
	assert_int_equal(engine->ops->close(engine), 0);
}

/* Bytes read by system calls so far, from /proc/self/io; 0 if it cannot be read. */
static uint64_t called_bytes(void)
{
	FILE *file = fopen("/proc/self/io", "re");
	unsigned long long bytes = 0;

	if (file && fscanf(file, "rchar: %llu", &bytes) != 1)
		bytes = 0;
	if (file)
		fclose(file);
	return bytes;
}

/*
 * Windows cost more than they save at random offsets: after a few of them `buffered` reads only the
 * requested bytes. It tries windows again after advise(), and keeps them if the reads are in order.
 */
static void test_buffered_at_random(void **state)
{
	enum { READS = 4000, LEN = 128 };
	struct engine *engine = NULL;
	struct engine_stats before, after;
	unsigned char bytes[LEN];
	uint64_t began;

	(void)state;
	if (!open_named("buffered", ENGINE_OPEN_CREATE, &engine))
		skip();
	assert_int_equal(engine->ops->resize(engine, 64 << 20), 0);
	began = called_bytes();
	for (uint64_t i = 0; i < READS; i++)
		assert_int_equal(engine->ops->read(engine, i * 48271 % 16384 * 4096, bytes, LEN),
				 0);
	if (called_bytes())
		assert_in_range(called_bytes() - began, READS * LEN, 2 * READS * LEN + (3 << 20));
	assert_int_equal(engine->ops->advise(engine, ENGINE_PATTERN_NORMAL), 0);
	engine->ops->stats(engine, &before);
	for (uint64_t i = 0; i < READS; i++)
		assert_int_equal(engine->ops->read(engine, i * 4096, bytes, LEN), 0);
	engine->ops->stats(engine, &after);
	assert_in_range(after.syscalls[ENGINE_SYSCALL_pread64] -
				before.syscalls[ENGINE_SYSCALL_pread64],
			READS / 16, READS / 10);
	assert_int_equal(engine->ops->close(engine), 0);
}

/* mmap_advised prefetches while pages are missing. A walk of a cached file makes no system calls. */
static void test_advised_makes_no_calls_when_warm(void **state)
{
	enum { PAGES = 256 };
	struct engine *engine = NULL;
	struct engine_stats before, after;
	struct engine_extent extents[2];
	static const unsigned char page[4096] = {1};

	(void)state;
	if (folder_is_tmpfs()) {
		print_message("skipped: %s is tmpfs, whose pages cannot be dropped\n", test_folder);
		skip();
	}
	if (!open_named("mmap_advised", ENGINE_OPEN_CREATE, &engine))
		skip();
	assert_int_equal(engine->ops->resize(engine, PAGES * sizeof(page)), 0);
	for (uint64_t i = 0; i < PAGES; i++)
		assert_int_equal(engine->ops->write(engine, i * sizeof(page), page, sizeof(page)),
				 0);
	assert_int_equal(engine->prefetch_ahead_count, 0);
	assert_int_equal(engine->ops->close(engine), 0);

	assert_true(open_named("mmap_advised", ENGINE_OPEN_READ, &engine));
	assert_int_equal(engine->prefetch_ahead_count, 0);
	assert_int_equal(engine->ops->drop_cache(engine), 0);
	assert_true(engine->prefetch_ahead_count > 0);
	assert_int_equal(engine->ops->advise(engine, ENGINE_PATTERN_RANDOM), 0);
	assert_int_equal(resident_pages(), 0);
	engine->ops->stats(engine, &before);
	extents[0] = (struct engine_extent){.offset = 4096 * 7 + 4090, .len_bytes = 10};
	extents[1] = (struct engine_extent){.offset = 4096 * 9, .len_bytes = 4096};
	engine->ops->prefetch(engine, extents, 2); /* pages 7, 8 and 9: one extent */
	engine->ops->prefetch(engine, extents, 2); /* already requested */
	engine->ops->stats(engine, &after);
	assert_int_equal(after.prefetch_extents - before.prefetch_extents, 1);
	for (int i = 0; i < 2000 && resident_pages() < 3; i++)
		usleep(1000);
	assert_int_equal(resident_pages(), 3);
	for (int walk = 0; walk < 3; walk++) {
		engine->ops->stats(engine, &before);
		for (uint64_t i = 0; i < PAGES; i++) {
			unsigned char byte;

			extents[0] = (struct engine_extent){.offset = (i * 37 % PAGES) * 4096,
							    .len_bytes = 16};
			if (engine->prefetch_ahead_count > 0)
				engine->ops->prefetch(engine, extents, 1);
			assert_int_equal(engine->ops->read(engine, extents[0].offset, &byte, 1), 0);
			assert_int_equal(byte, 1);
		}
		engine->ops->stats(engine, &after);
	}
	assert_int_equal(engine->prefetch_ahead_count, 0);
	assert_memory_equal(before.syscalls, after.syscalls, sizeof(after.syscalls));
	assert_int_equal(engine->ops->close(engine), 0);
}

/* Only the first prefetch reads all dropped pages again. */
static void test_populate_read_after_drop(void **state)
{
	enum { PAGES = 1024 };
	const struct engine_ops *ops = engine_find("mmap_advised");
	static unsigned char bytes[PAGES * 4096], again[PAGES * 4096];
	struct engine_extent extent = {.offset = 4096 * 700 + 5, .len_bytes = 10};
	uint64_t options[OPTIONS_MAX];
	struct why why = {""};
	struct engine *engine;

	(void)state;
	assert_true(options_set(ops, "populate_read=1", options));
	if (folder_is_tmpfs() || ops->probe(test_folder, options, &why)) {
		print_message("skipped: %s\n", why.text[0] ? why.text : "tmpfs is never cold");
		skip();
	}
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 31 >> 5);
	engine = engine_create(ops, engine_path, sizeof(bytes));
	assert_int_equal(ops->write(engine, 0, bytes, sizeof(bytes)), 0);
	assert_int_equal(ops->close(engine), 0);

	assert_int_equal(ops->open(engine_path, ENGINE_OPEN_READ, options, &engine), 0);
	for (size_t walk = 0; walk < 2; walk++) {
		assert_int_equal(ops->drop_cache(engine), 0);
		assert_int_equal(ops->advise(engine, ENGINE_PATTERN_RANDOM), 0);
		assert_int_equal(resident_pages(), 0);
		assert_true(engine->prefetch_ahead_count > 0);
		ops->prefetch(engine, &extent, walk); /* no extents: a walk begins */
		assert_int_equal(resident_pages(), PAGES);
		assert_int_equal(engine->prefetch_ahead_count, 0);
		memset(again, 0, sizeof(again));
		assert_int_equal(ops->read(engine, 0, again, sizeof(again)), 0);
		assert_memory_equal(again, bytes, sizeof(bytes));
	}
	assert_int_equal(ops->close(engine), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buffered_saves_calls),
		cmocka_unit_test(test_buffered_at_random),
		cmocka_unit_test(test_advised_makes_no_calls_when_warm),
		cmocka_unit_test(test_populate_read_after_drop),
	};

	return cmocka_run_group_tests_name("engine_buffers", tests, engines_setup,
					   engines_teardown);
}
