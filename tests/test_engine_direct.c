/*
 * Direct I/O and io_uring: engines `direct` and `uring` are refused with a reason if the file
 * system or the kernel does not support them, read adjoining pages with one call, and work from any
 * thread.
 */
#include "support/engines.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "support/without_io_uring.h"

/* Without direct I/O, probe() gives a reason and open() gives -EOPNOTSUPP. */
static void test_direct_is_refused(void **state)
{
	static const struct {
		const char *engine, *options;
	} configs[] = {{"direct", ""}, {"uring", "direct=1"}};
	const char *memory_path = "/dev/shm/iowalk-test-direct";
	struct statfs status;

	(void)state;
	if (statfs("/dev/shm", &status) < 0 || status.f_type != TMPFS_MAGIC_NUMBER ||
	    access("/dev/shm", W_OK) < 0) {
		print_message("skipped: /dev/shm is not a writable tmpfs\n");
		skip();
	}
	for (size_t i = 0; i < 2; i++) {
		const struct engine_ops *ops = engine_find(configs[i].engine);
		size_t entries_count = count_entries("/dev/shm");
		size_t descriptors_count = count_entries("/proc/self/fd");
		uint64_t options[OPTIONS_MAX];
		struct engine *engine = NULL;
		struct why why = {""};

		assert_non_null(ops);
		assert_true(options_set(ops, configs[i].options, options));
		assert_int_equal(ops->probe("/dev/shm", options, &why), -EOPNOTSUPP);
		assert_true(strstr(why.text, "direct I/O") || strstr(why.text, "io_uring"));
		assert_int_equal(count_entries("/dev/shm"), entries_count);
		assert_int_equal(ops->open(memory_path, ENGINE_OPEN_CREATE, options, &engine),
				 -EOPNOTSUPP);
		assert_null(engine);
		unlink(memory_path);
		assert_int_equal(ops->probe("/nowhere/at/all", options, &why), -EOPNOTSUPP);
		assert_int_equal(count_entries("/proc/self/fd"), descriptors_count);
	}
}

static int uring_says_why(void)
{
	const struct engine_ops *ops = engine_find("uring");
	struct engine *engine = NULL;
	struct why why = {""};

	if (ops->probe(test_folder, NULL, &why) != -EOPNOTSUPP || !strstr(why.text, "io_uring"))
		return 1;
	return engine_open(ops, engine_path, ENGINE_OPEN_CREATE, &engine) == -EOPNOTSUPP ? 0 : 2;
}

static void test_uring_is_refused(void **state)
{
	static const int errors[] = {EPERM, ENOSYS};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		int result = without_io_uring(errors[i], uring_says_why);

		if (result == 77) {
			print_message("skipped: no seccomp filters on this machine\n");
			skip();
		}
		assert_int_equal(result, 0);
	}
}

static void test_uring_depth(void **state)
{
	const struct engine_ops *ops = engine_find("uring");
	uint64_t options[OPTIONS_MAX];
	struct engine *engine = NULL;
	struct why why = {""};

	(void)state;
	assert_non_null(ops);
	assert_false(options_set(ops, "depth=0", options));
	assert_false(options_set(ops, "depth=4097", options));
	assert_true(options_set(ops, "depth=4096", options));
	if (ops->probe(test_folder, options, &why) == 0)
		assert_int_equal(ops->open(engine_path, ENGINE_OPEN_CREATE, options, &engine), 0);
	/* A depth beyond the limit of the kernel and the range of the option. */
	options[option_find(ops->options, ops->options_count, "depth", 5)] = 1 << 20;
	assert_int_equal(ops->probe(test_folder, options, &why), -EOPNOTSUPP);
	assert_non_null(strstr(why.text, "io_uring"));
	if (engine)
		assert_int_equal(ops->close(engine), 0);
}

/* A batch of reads from every second page, some of them twice; NULL if a word is wrong. */
static void *read_pages(void *argument)
{
	enum { EXTENTS = 100 };
	struct engine *engine = argument;
	struct engine_extent extents[EXTENTS];
	uint64_t words[EXTENTS];

	for (size_t i = 0; i < EXTENTS; i++)
		extents[i] =
			(struct engine_extent){i * 37 % 128 * 8192, sizeof(words[i]), &words[i]};
	if (engine->ops->read_batch(engine, extents, EXTENTS))
		return NULL;
	for (size_t i = 0; i < EXTENTS; i++) {
		uint64_t word;

		memcpy(&word, extents[i].buffer, sizeof(word));
		if (word != extents[i].offset)
			return NULL;
	}
	return engine;
}

/* One instance is used by two threads in turn, and works if no memory may be locked. */
static void test_uring_changes_threads(void **state)
{
	static const char *const configs[] = {"", "depth=3 fixed=0", "direct=1",
					      "direct=1 depth=3"};
	const struct engine_ops *ops = engine_find("uring");
	struct rlimit before, none;
	struct why why = {""};

	(void)state;
	assert_non_null(ops);
	assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &before), 0);
	none = (struct rlimit){0, before.rlim_max};
	for (size_t i = 0; i < 4; i++) {
		uint64_t options[OPTIONS_MAX];
		struct engine *engine = NULL;
		pthread_t thread;
		void *result;

		assert_true(options_set(ops, configs[i], options));
		if (ops->probe(test_folder, options, &why)) {
			print_message("skipped: %s\n", why.text);
			skip();
		}
		assert_int_equal(ops->open(engine_path, ENGINE_OPEN_CREATE, options, &engine), 0);
		assert_int_equal(ops->resize(engine, 128 * 8192), 0);
		for (uint64_t at = 0; at < 128 * 8192; at += 8192)
			assert_int_equal(ops->write(engine, at, &at, sizeof(at)), 0);
		assert_ptr_equal(read_pages(engine), engine);
		assert_int_equal(pthread_create(&thread, NULL, read_pages, engine), 0);
		assert_int_equal(pthread_join(thread, &result), 0);
		assert_ptr_equal(result, engine);
		assert_ptr_equal(read_pages(engine), engine);
		assert_int_equal(ops->close(engine), 0);
		assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &none), 0);
		if (ops->probe(test_folder, options, &why) == 0) {
			assert_int_equal(ops->open(engine_path, ENGINE_OPEN_READ, options, &engine),
					 0);
			assert_ptr_equal(read_pages(engine), engine);
			assert_int_equal(ops->close(engine), 0);
		}
		assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &before), 0);
	}
}

static uint64_t reads_of(const struct engine *engine)
{
	struct engine_stats stats;

	engine->ops->stats(engine, &stats);
	return stats.syscalls[ENGINE_SYSCALL_preadv] + stats.syscalls[ENGINE_SYSCALL_pread64];
}

/* Adjoining pages take one call, cached pages none, and a dropped cache is empty. */
static void test_direct_cache(void **state)
{
	const struct engine_ops *ops = engine_find("direct");
	struct engine_extent extents[3];
	struct engine_stats stats;
	struct engine *engine;
	unsigned char bytes[3][16];
	struct why why = {""};

	(void)state;
	assert_non_null(ops);
	if (ops->probe(test_folder, NULL, &why)) {
		print_message("skipped: %s\n", why.text);
		skip();
	}
	engine = engine_create(ops, engine_path, 100 * 4096 + 5);
	assert_int_equal(ops->write(engine, 7 * 4096, "seven", 5), 0);
	assert_int_equal(ops->write(engine, 100 * 4096, "tail", 5), 0);
	for (uint64_t round = 1; round <= 2; round++) {
		assert_int_equal(ops->drop_cache(engine), 0);
		uint64_t before = reads_of(engine);

		for (size_t i = 0; i < 3; i++)
			extents[i] = (struct engine_extent){(8 - i) * 4096, 16, bytes[i]};
		assert_int_equal(ops->read_batch(engine, extents, 3), 0);
		assert_string_equal((char *)bytes[1], "seven");
		assert_int_equal(ops->read(engine, 100 * 4096, bytes[0], 5), 0);
		assert_string_equal((char *)bytes[0], "tail");
		ops->stats(engine, &stats);
		assert_int_equal(reads_of(engine) - before, 2);
		assert_int_equal(stats.buffer_misses, 4 * round);
		assert_int_equal(stats.buffer_hits, 2 * (round - 1));
		/* Cached now: no call. */
		assert_int_equal(ops->read(engine, 7 * 4096 + 1, bytes[0], 4), 0);
		assert_int_equal(ops->read(engine, 6 * 4096, bytes[0], 16), 0);
		ops->stats(engine, &stats);
		assert_int_equal(reads_of(engine) - before, 2);
		assert_int_equal(stats.buffer_hits, 2 * round);
	}
	assert_int_equal(ops->close(engine), 0);
}

/* A long read of whole blocks leaves the cache of a larger file as it is, and sees what is in it. */
static void test_direct_around(void **state)
{
	const struct engine_ops *ops = engine_find("direct");
	const size_t long_bytes = 131072;
	uint64_t options[OPTIONS_MAX];
	struct engine *engine;
	struct why why = {""};
	char word[8];

	(void)state;
	option_defaults(ops->options, ops->options_count, options);
	options[option_with_role(ops->options, ops->options_count, OPTION_ROLE_CACHE_BYTES)] =
		65536;
	if (ops->probe(test_folder, options, &why)) {
		print_message("skipped: %s\n", why.text);
		skip();
	}
	unsigned char *bytes = aligned_alloc(4096, long_bytes + 4096);
	assert_non_null(bytes);
	assert_int_equal(ops->open(engine_path, ENGINE_OPEN_CREATE, options, &engine), 0);
	assert_int_equal(ops->resize(engine, 4 * long_bytes), 0);
	for (uint64_t at = 0; at < 4 * long_bytes; at += 4096)
		assert_int_equal(ops->write(engine, at, &at, sizeof(at)), 0);
	assert_int_equal(ops->drop_cache(engine), 0);
	assert_int_equal(4096 % engine->block_bytes, 0);

	uint64_t before = reads_of(engine);
	assert_int_equal(ops->read(engine, long_bytes, bytes, long_bytes), 0);
	assert_int_equal(reads_of(engine) - before, 1);
	for (uint64_t at = 0; at < long_bytes; at += 4096)
		assert_int_equal(memcmp(bytes + at, &(uint64_t){long_bytes + at}, 8), 0);
	assert_int_equal(ops->read(engine, long_bytes + 8, word, 8), 0); /* was not kept */
	assert_int_equal(reads_of(engine) - before, 2);
	/* What was written and is only in the cache is seen by a long read, and by one that is not aligned. */
	assert_int_equal(ops->write(engine, long_bytes + 40960, "written", 8), 0);
	assert_int_equal(ops->read(engine, long_bytes, bytes, long_bytes), 0);
	assert_string_equal((char *)bytes + 40960, "written");
	assert_int_equal(ops->read(engine, long_bytes + 8, bytes + 8, long_bytes), 0);
	assert_string_equal((char *)bytes + 40960, "written");
	assert_int_equal(ops->close(engine), 0);
	free(bytes);
}

/* Two places that go on, in turns, take few reads; random places as many as they are; what cannot be read ahead is no error. */
static void test_direct_ahead(void **state)
{
	const struct engine_ops *ops = engine_find("direct");
	const uint64_t pages = 512, from[2] = {0, 300};
	struct why why = {""};
	struct engine *engine;
	uint64_t options[OPTIONS_MAX], value;

	(void)state;
	if (ops->probe(test_folder, NULL, &why)) {
		print_message("skipped: %s\n", why.text);
		skip();
	}
	for (int ahead = 0; ahead < 2; ahead++) {
		assert_true(options_set(ops, ahead ? "ahead=65536" : "ahead=0", options));
		assert_int_equal(ops->open(engine_path, ENGINE_OPEN_CREATE, options, &engine), 0);
		assert_int_equal(ops->resize(engine, pages * 4096), 0);
		for (uint64_t i = 0; i < pages; i++)
			assert_int_equal(ops->write(engine, i * 4096, &i, sizeof(i)), 0);
		assert_int_equal(ops->drop_cache(engine), 0);
		uint64_t before = reads_of(engine);

		for (uint64_t i = 0; i < 200; i++) {
			for (int k = 0; k < 2; k++) {
				assert_int_equal(ops->read(engine, (from[k] + i) * 4096, &value,
							   sizeof(value)),
						 0);
				assert_int_equal(value, from[k] + i);
			}
		}
		/* 1, 2, 4, 8 and then 16 pages each: 16 reads for 200 pages. */
		assert_int_equal(reads_of(engine) - before, ahead ? 32 : 400);
		assert_int_equal(ops->drop_cache(engine), 0);
		before = reads_of(engine);
		for (uint64_t i = 0; i < 100; i++)
			assert_int_equal(
				ops->read(engine, (i * 211 % pages) * 4096, &value, sizeof(value)),
				0);
		assert_int_equal(reads_of(engine) - before, 100);
		/* Another process cuts the file: what is left of it is read, the rest is an error. */
		assert_int_equal(ops->drop_cache(engine), 0);
		assert_int_equal(truncate(engine_path, 6 * 4096), 0);
		for (uint64_t i = 0; i < 6; i++) {
			assert_int_equal(ops->read(engine, i * 4096, &value, sizeof(value)), 0);
			assert_int_equal(value, i);
		}
		assert_int_equal(ops->read(engine, (uint64_t)6 * 4096, &value, sizeof(value)),
				 -EIO);
		(void)ops->close(engine);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_direct_is_refused),
		cmocka_unit_test(test_uring_is_refused),
		cmocka_unit_test(test_uring_depth),
		cmocka_unit_test(test_uring_changes_threads),
		cmocka_unit_test(test_direct_cache),
		cmocka_unit_test(test_direct_around),
		cmocka_unit_test(test_direct_ahead),
	};

	return cmocka_run_group_tests_name("engine_direct", tests, engines_setup, engines_teardown);
}
