/*
 * The engine contract, hook by hook, for every engine of the table: failures (no descriptor stays
 * open, no size changes, no write is lost silently), reads beyond 4 GiB, several instances at once,
 * and a cold cache after drop_cache().
 */
#include "support/engines.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void limit_file_bytes(rlim_t limit_bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = limit_bytes < limit.rlim_max ? limit_bytes : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static size_t count_maps(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];
	size_t count = 0;

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps))
		count += strstr(line, test_folder) != NULL;
	fclose(maps);
	return count;
}

static void test_null(void **state)
{
	struct engine *engine = NULL;
	unsigned char bytes[64];
	const struct engine_ops *ops = NULL;
	struct engine_stats stats;

	(void)state;
	for (size_t i = 0; i < engine_table_count; i++) {
		if (engine_table[i]->capabilities & ENGINE_NO_DATA)
			ops = engine_table[i];
	}
	if (!ops)
		skip();
	engine = engine_create(ops, "/nowhere/at/all", 4096);
	memset(bytes, 1, sizeof(bytes));
	assert_int_equal(ops->write(engine, 100, bytes, sizeof(bytes)), 0);
	assert_int_equal(ops->read(engine, 100, bytes, sizeof(bytes)), 0);
	for (size_t i = 0; i < sizeof(bytes); i++)
		assert_int_equal(bytes[i], 0);
	assert_int_equal(ops->read(engine, 4090, bytes, 7), -ERANGE);
	assert_int_equal(ops->write(engine, 4097, bytes, 1), -ERANGE);
	ops->stats(engine, &stats);
	for (size_t i = 0; i < ENGINE_SYSCALLS_COUNT; i++)
		assert_int_equal(stats.syscalls[i], 0);
	assert_int_equal(ops->close(engine), 0);
	assert_int_equal(engine_open(ops, "x", ENGINE_OPEN_READ, &engine), 0);
	assert_int_equal(ops->write(engine, 0, bytes, 0), -EBADF);
	assert_int_equal(ops->resize(engine, 1), -EBADF);
	assert_int_equal(ops->close(engine), 0);
}

/* An io_uring obeys O_NONBLOCK of a descriptor: reads that would wait may fail with -EAGAIN. */
static void test_blocking(void **state)
{
	const struct engine_ops *ops;
	size_t found_count = 0;
	char path[320];

	(void)state;
	snprintf(path, sizeof(path), "%s/blocking", test_folder);
	for (size_t i = 0; (ops = engine_next(&i));) {
		struct engine *engine = engine_create(ops, path, 4096);

		for (int fd = 0; fd < 64; fd++) {
			struct stat here, there;

			if (fstat(fd, &here) || stat(path, &there) || here.st_ino != there.st_ino)
				continue;
			found_count++;
			assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
		}
		assert_int_equal(ops->close(engine), 0);
	}
	assert_true(found_count > 0);
	assert_int_equal(unlink(path), 0);
}

static void test_failed_open(void **state)
{
	char missing[320];
	const struct engine_ops *ops;

	(void)state;
	snprintf(missing, sizeof(missing), "%s/missing", test_folder);
	for (size_t i = 0; (ops = engine_next(&i));) {
		size_t descriptors_count = count_entries("/proc/self/fd");
		struct engine *engine = (struct engine *)missing;

		assert_int_equal(engine_open(ops, missing, ENGINE_OPEN_READ, &engine), -ENOENT);
		assert_int_equal(engine_open(ops, missing, ENGINE_OPEN_WRITE, &engine), -ENOENT);
		assert_int_equal(engine_open(ops, test_folder, ENGINE_OPEN_READ, &engine), -EINVAL);
		assert_int_equal(engine_open(ops, test_folder, ENGINE_OPEN_WRITE, &engine),
				 -EISDIR);
		assert_int_equal(engine_open(ops, "/dev/null", ENGINE_OPEN_WRITE, &engine),
				 -EINVAL);
		assert_ptr_equal(engine, missing);
		assert_int_equal(count_entries("/proc/self/fd"), descriptors_count);
		engine = engine_create(ops, engine_path, 100000);
		assert_int_equal(ops->close(engine), 0);
		assert_int_equal(count_entries("/proc/self/fd"), descriptors_count);
		assert_int_equal(count_maps(), 0);
	}
}

static void test_resize_fails(void **state)
{
	const struct engine_ops *ops;

	(void)state;
	for (size_t i = 0; (ops = engine_next(&i));) {
		struct engine *engine = engine_create(ops, engine_path, 10000);
		struct stat status;
		unsigned char byte = 7;
		int refused;

		assert_int_equal(ops->write(engine, 9999, &byte, 1), 0);
		limit_file_bytes(1 << 20);
		assert_int_equal(ops->resize(engine, 2 << 20), -EFBIG);
		limit_file_bytes(RLIM_INFINITY);
		assert_int_equal(ops->resize(engine, UINT64_MAX), -EFBIG);
		refused = ops->resize(engine, (uint64_t)INT64_MAX); /* tmpfs: no space */
		assert_true(refused == -EFBIG || refused == -ENOSPC);
		assert_int_equal(ops->size(engine), 10000);
		assert_int_equal(stat(engine_path, &status), 0);
		assert_int_equal(status.st_size, 10000);
		assert_int_equal(ops->read(engine, 9999, &byte, 1), 0);
		assert_int_equal(byte, 7);
		assert_int_equal(ops->read(engine, 10000, &byte, 1), -ERANGE);
		assert_int_equal(ops->resize(engine, 20000), 0);
		assert_int_equal(ops->read(engine, 19999, &byte, 1), 0);
		assert_int_equal(byte, 0);
		assert_int_equal(ops->close(engine), 0);
	}
}

/* A write that cannot reach the file fails at once, at sync, or at close at the latest. */
static void test_write_fails(void **state)
{
	static const char text[] = "not lost";
	const struct engine_ops *ops;

	(void)state;
	for (size_t i = 0; (ops = engine_next(&i));) {
		struct engine *engine = engine_create(ops, engine_path, 65536);
		char bytes[sizeof(text)];
		int written, synced;

		if (ops->capabilities &
		    ENGINE_MAY_SIGBUS) { /* a store through a mapping ignores the limit */
			assert_int_equal(ops->close(engine), 0);
			continue;
		}
		limit_file_bytes(4096);
		written = ops->write(engine, 50000, text, sizeof(text));
		synced = ops->sync(engine);
		assert_int_equal(written ? written : synced, -EFBIG);
		assert_int_equal(ops->read(engine, 50000, bytes, sizeof(bytes)), 0);
		if (!written) { /* accepted: readable, and buffered until the next sync */
			assert_string_equal(bytes, text);
			assert_int_equal(ops->sync(engine), -EFBIG);
			limit_file_bytes(RLIM_INFINITY);
			assert_int_equal(ops->sync(engine), 0);
			limit_file_bytes(4096);
			assert_int_equal(ops->write(engine, 60000, text, sizeof(text)), 0);
		}
		assert_int_equal(ops->close(engine), written ? 0 : -EFBIG);
		limit_file_bytes(RLIM_INFINITY);
		assert_int_equal(engine_open(ops, engine_path, ENGINE_OPEN_READ, &engine), 0);
		assert_int_equal(ops->read(engine, 50000, bytes, sizeof(bytes)), 0);
		assert_string_equal(bytes, written ? "" : text);
		assert_int_equal(ops->close(engine), 0);
	}
}

static void test_drop_cache(void **state)
{
	static unsigned char bytes[1 << 20], again[1 << 20];
	const struct engine_ops *ops;

	(void)state;
	if (folder_is_tmpfs()) {
		print_message("skipped: %s is tmpfs, whose pages cannot be dropped\n", test_folder);
		skip();
	}
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 31 >> 3);
	for (size_t i = 0; (ops = engine_next(&i));) {
		struct engine *engine = engine_create(ops, engine_path, sizeof(bytes));
		int err;

		assert_int_equal(ops->write(engine, 0, bytes, sizeof(bytes)), 0);
		assert_int_equal(ops->write(engine, 77, "x", 1), 0);
		err = ops->drop_cache ? ops->drop_cache(engine) : -EOPNOTSUPP;
		if (err != -EOPNOTSUPP) {
			assert_int_equal(err, 0);
			assert_int_equal(resident_pages(), 0);
		}
		assert_int_equal(ops->read(engine, 0, again, sizeof(again)), 0);
		assert_int_equal(again[77], 'x');
		again[77] = bytes[77];
		assert_memory_equal(again, bytes, sizeof(bytes));
		assert_int_equal(ops->close(engine), 0);
	}
}

static void test_instances(void **state)
{
	const struct engine_ops *ops;

	(void)state;
	for (size_t i = 0; (ops = engine_next(&i));) {
		struct engine *one = engine_create(ops, engine_path, 9000),
			      *two = engine_create(ops, engine_other_path, 5000);
		struct engine *reader = NULL;
		char bytes[4];

		assert_int_equal(ops->write(one, 4500, "one", 4), 0);
		assert_int_equal(ops->write(two, 4500, "two", 4), 0);
		assert_int_equal(ops->size(one), 9000);
		assert_int_equal(ops->size(two), 5000);
		assert_int_equal(ops->read(one, 4500, bytes, 4), 0);
		assert_string_equal(bytes, "one");
		assert_int_equal(ops->sync(one), 0);
		/* Data synced by one instance is seen by the next one that opens the file. */
		assert_int_equal(engine_open(ops, engine_path, ENGINE_OPEN_READ, &reader), 0);
		assert_int_equal(ops->close(one), 0);
		assert_int_equal(ops->read(reader, 4500, bytes, 4), 0);
		assert_string_equal(bytes, "one");
		assert_int_equal(ops->read(two, 4500, bytes, 4), 0);
		assert_string_equal(bytes, "two");
		assert_int_equal(ops->close(reader), 0);
		assert_int_equal(ops->close(two), 0);
	}
}

/* A sparse file of 5 GiB with a few pages of data. */
static void test_large_offsets(void **state)
{
	const uint64_t size_bytes = (UINT64_C(5) << 30) + 123;
	const uint64_t offsets[] = {(UINT64_C(1) << 32) - 3, size_bytes - 8, UINT64_C(3) << 30};
	const struct engine_ops *ops;

	(void)state;
	for (size_t i = 0; (ops = engine_next(&i));) {
		struct engine *engine = NULL;
		char bytes[8];

		if (ops->capabilities & ENGINE_HOLDS_FILE)
			continue;
		engine = engine_create(ops, engine_path, 0);
		assert_int_equal(ops->close(engine), 0);
		if (truncate(engine_path, (off_t)size_bytes) < 0) {
			print_message("skipped: no file of 5 GiB in %s: %s\n", test_folder,
				      strerror(errno));
			skip();
		}
		assert_int_equal(engine_open(ops, engine_path, ENGINE_OPEN_WRITE, &engine), 0);
		assert_int_equal(ops->size(engine), size_bytes);
		for (size_t k = 0; k < 3; k++)
			assert_int_equal(ops->write(engine, offsets[k], "iowalk!", 8), 0);
		assert_int_equal(ops->close(engine), 0);
		assert_int_equal(engine_open(ops, engine_path, ENGINE_OPEN_READ, &engine), 0);
		for (size_t k = 0; k < 3; k++) {
			assert_int_equal(ops->read(engine, offsets[k], bytes, 8), 0);
			assert_string_equal(bytes, "iowalk!");
		}
		assert_int_equal(ops->read(engine, offsets[0] & UINT32_MAX, bytes, 8), 0);
		assert_int_equal(ops->read(engine, 0, bytes, 8), 0);
		assert_int_equal(bytes[0], 0);
		assert_int_equal(ops->read(engine, size_bytes - 7, bytes, 8), -ERANGE);
		assert_int_equal(ops->close(engine), 0);
		unlink(engine_path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_null),        cmocka_unit_test(test_blocking),
		cmocka_unit_test(test_failed_open), cmocka_unit_test(test_resize_fails),
		cmocka_unit_test(test_write_fails), cmocka_unit_test(test_drop_cache),
		cmocka_unit_test(test_instances),   cmocka_unit_test(test_large_offsets),
	};

	signal(SIGXFSZ,
	       SIG_IGN); /* a write beyond the file size limit gives -EFBIG and no signal */
	return cmocka_run_group_tests_name("engines", tests, engines_setup, engines_teardown);
}
