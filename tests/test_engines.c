/*
 * The engine contract, hook by hook, for every engine in the table: what its entry says, options,
 * failure (nothing is left open, no size changed, no write lost in silence), reads beyond 4 GiB,
 * instances beside each other, and a cache that is cold when drop_cache says so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../engines/engine.h"
#include "../engines/support/choose.h"
#include "without_io_uring.h"

#define TMPFS_MAGIC_NUMBER 0x01021994 /* statfs(2) */

static char folder[256], path[300], other_path[300];

static int open_with(const struct engine_ops *ops, const char *file, unsigned flags,
		     struct engine **out)
{
	uint64_t options[OPTIONS_MAX];

	option_defaults(ops->options, ops->options_count, options);
	return ops->open(file, flags, options, out);
}

/* For each engine that keeps data and is possible here. */
static const struct engine_ops *next_engine(size_t *i)
{
	while (*i < engine_table_count) {
		const struct engine_ops *ops = engine_table[(*i)++];
		struct why why = {""};

		if (ops->capabilities & ENGINE_NO_DATA)
			continue;
		if (!ops->probe || ops->probe(folder, NULL, &why) != -EOPNOTSUPP)
			return ops;
		print_message("skipped: %s: %s\n", ops->name, why.text);
	}
	return NULL;
}

static struct engine *create(const struct engine_ops *ops, const char *file, uint64_t size_bytes)
{
	struct engine *engine = NULL;

	assert_int_equal(open_with(ops, file, ENGINE_OPEN_CREATE, &engine), 0);
	assert_ptr_equal(engine->ops, ops);
	assert_int_equal(ops->size(engine), 0);
	assert_int_equal(ops->resize(engine, size_bytes), 0);
	return engine;
}

static void limit_file_bytes(rlim_t limit_bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = limit_bytes < limit.rlim_max ? limit_bytes : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static size_t count_entries(const char *name)
{
	DIR *entries = opendir(name);
	size_t count = 0;

	assert_non_null(entries);
	while (readdir(entries))
		count++;
	closedir(entries);
	return count;
}

static size_t count_maps(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];
	size_t count = 0;

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps))
		count += strstr(line, folder) != NULL;
	fclose(maps);
	return count;
}

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < engine_table_count; i++) {
		const struct engine_ops *ops = engine_table[i];
		char file[160];

		assert_true(i == 0 || strcmp(engine_table[i - 1]->name, ops->name) < 0);
		assert_int_equal(ops->magic, ENGINE_MAGIC);
		assert_int_equal(ops->abi_major, ENGINE_ABI_MAJOR);
		assert_int_equal(ops->abi_minor, ENGINE_ABI_MINOR);
		assert_int_equal(ops->struct_size, sizeof(*ops));
		assert_true(ops->summary && *ops->summary);
		assert_true(ops->open && ops->close && ops->size && ops->resize && ops->read);
		assert_true(ops->write && ops->sync && ops->stats);
		assert_int_equal(!ops->map, !(ops->capabilities & ENGINE_ZERO_COPY));
		assert_true(ops->options_count <= OPTIONS_MAX);
		/* The table is made of the files' names, in their order: where the source is at
		 * hand, the i-th entry must be called as its file. */
		snprintf(file, sizeof(file), "engines/%s.c", ops->name);
		if (access("engines/engine.h", R_OK) == 0)
			assert_int_equal(access(file, R_OK), 0);
	}
	for (size_t i = 0; i < ENGINE_SYSCALLS_COUNT; i++)
		assert_true(engine_syscall_names[i] && *engine_syscall_names[i]);
	assert_string_equal(engine_syscall_names[ENGINE_SYSCALL_pread64], "pread64");
}

static void check_round_trip(const struct option_spec *spec, uint64_t value)
{
	char text[64];
	uint64_t again = ~value;
	int len = option_format(spec, value, text, sizeof(text));

	assert_true(len > 0 && len < (int)sizeof(text));
	assert_int_equal(option_parse(spec, text, &again, NULL), 0);
	assert_int_equal(again, value);
}

static void test_engine_options(void **state)
{
	(void)state;
	for (size_t i = 0; i < engine_table_count; i++) {
		const struct engine_ops *ops = engine_table[i];
		uint64_t values[OPTIONS_MAX];

		option_defaults(ops->options, ops->options_count, values);
		for (size_t k = 0; k < ops->options_count; k++) {
			const struct option_spec *spec = &ops->options[k];

			assert_int_equal(option_find(ops->options, ops->options_count, spec->name,
						     strlen(spec->name)),
					 k);
			assert_true(spec->help && *spec->help);
			check_round_trip(spec, values[k]);
			if (spec->type == OPTION_U64) {
				check_round_trip(spec, spec->min);
				check_round_trip(spec, spec->max);
			}
			for (size_t c = 0; option_choice(spec, c); c++) {
				uint64_t value = UINT64_MAX;

				assert_int_equal(
					option_parse(spec, option_choice(spec, c), &value, NULL),
					0);
				check_round_trip(spec, value);
			}
		}
	}
}

static void test_option_values(void **state)
{
	static const char *const words[] = {"fixed", "adaptive", NULL};
	static const struct option_spec specs[] = {
		{"flag", OPTION_BOOL, 0, 0, 0, NULL, "a flag", false, OPTION_ROLE_NONE},
		{"size", OPTION_U64, 64, 16, UINT64_MAX, NULL, "a size", false, OPTION_ROLE_NONE},
		{"policy", OPTION_CHOICE, 0, 0, 0, words, "a policy", false, OPTION_ROLE_NONE},
	};
	static const struct {
		int spec;
		const char *text;
		uint64_t value;
	} good[] = {{0, "on", 1},        {0, "no", 0},
		    {0, "true", 1},      {1, "64K", 65536},
		    {1, "3M", 3u << 20}, {1, "1g", 1u << 30},
		    {1, "16", 16},       {1, "18446744073709551615", UINT64_MAX},
		    {2, "adaptive", 1}};
	static const struct {
		int spec;
		const char *text, *said;
	} bad[] = {{0, "maybe", "on, off"},
		   {0, "", "on, off"},
		   {1, "15", "16 to"},
		   {1, "-1", "16 to"},
		   {1, " 64", "16 to"},
		   {1, "64KB", "16 to"},
		   {1, "", "16 to"},
		   {1, "0x40", "16 to"},
		   {1, "18446744073709551616", "to"},
		   {1, "99999999999G", "to"},
		   {2, "fix", "fixed, adaptive"},
		   {2, "", "fixed, adaptive"}};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		uint64_t value = 77;

		assert_int_equal(option_parse(&specs[good[i].spec], good[i].text, &value, NULL), 0);
		assert_int_equal(value, good[i].value);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct why why = {""};
		uint64_t value = 77;

		assert_int_equal(option_parse(&specs[bad[i].spec], bad[i].text, &value, &why),
				 -EINVAL);
		assert_int_equal(value, 77);
		assert_non_null(strstr(why.text, bad[i].said));
		assert_non_null(strstr(why.text, specs[bad[i].spec].name));
	}
	assert_int_equal(option_find(specs, 3, "sizes", 4), 1);
	assert_int_equal(option_find(specs, 3, "siz", 3), -1);
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
	engine = create(ops, "/nowhere/at/all", 4096);
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
	assert_int_equal(open_with(ops, "x", ENGINE_OPEN_READ, &engine), 0);
	assert_int_equal(ops->write(engine, 0, bytes, 0), -EBADF);
	assert_int_equal(ops->resize(engine, 1), -EBADF);
	assert_int_equal(ops->close(engine), 0);
}

static void test_failed_open(void **state)
{
	char missing[320];
	const struct engine_ops *ops;

	(void)state;
	snprintf(missing, sizeof(missing), "%s/missing", folder);
	for (size_t i = 0; (ops = next_engine(&i));) {
		size_t descriptors_count = count_entries("/proc/self/fd");
		struct engine *engine = (struct engine *)missing;

		assert_int_equal(open_with(ops, missing, ENGINE_OPEN_READ, &engine), -ENOENT);
		assert_int_equal(open_with(ops, missing, ENGINE_OPEN_WRITE, &engine), -ENOENT);
		assert_int_equal(open_with(ops, folder, ENGINE_OPEN_READ, &engine), -EINVAL);
		assert_int_equal(open_with(ops, folder, ENGINE_OPEN_WRITE, &engine), -EISDIR);
		assert_int_equal(open_with(ops, "/dev/null", ENGINE_OPEN_WRITE, &engine), -EINVAL);
		assert_ptr_equal(engine, missing);
		assert_int_equal(count_entries("/proc/self/fd"), descriptors_count);
		engine = create(ops, path, 100000);
		assert_int_equal(ops->close(engine), 0);
		assert_int_equal(count_entries("/proc/self/fd"), descriptors_count);
		assert_int_equal(count_maps(), 0);
	}
}

static void test_resize_fails(void **state)
{
	const struct engine_ops *ops;

	(void)state;
	for (size_t i = 0; (ops = next_engine(&i));) {
		struct engine *engine = create(ops, path, 10000);
		struct stat status;
		unsigned char byte = 7;
		int refused;

		assert_int_equal(ops->write(engine, 9999, &byte, 1), 0);
		limit_file_bytes(1 << 20);
		assert_int_equal(ops->resize(engine, 2 << 20), -EFBIG);
		limit_file_bytes(RLIM_INFINITY);
		assert_int_equal(ops->resize(engine, UINT64_MAX), -EFBIG);
		refused = ops->resize(engine, (uint64_t)INT64_MAX); /* tmpfs: no room */
		assert_true(refused == -EFBIG || refused == -ENOSPC);
		assert_int_equal(ops->size(engine), 10000);
		assert_int_equal(stat(path, &status), 0);
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

/* A write that cannot reach the file says so at once, at sync, or at the latest at close. */
static void test_write_fails(void **state)
{
	static const char text[] = "not lost";
	const struct engine_ops *ops;

	(void)state;
	for (size_t i = 0; (ops = next_engine(&i));) {
		struct engine *engine = create(ops, path, 65536);
		char bytes[sizeof(text)];
		int written, synced;

		if (ops->capabilities & ENGINE_MAY_SIGBUS) { /* a store knows no limit */
			assert_int_equal(ops->close(engine), 0);
			continue;
		}
		limit_file_bytes(4096);
		written = ops->write(engine, 50000, text, sizeof(text));
		synced = ops->sync(engine);
		assert_int_equal(written ? written : synced, -EFBIG);
		assert_int_equal(ops->read(engine, 50000, bytes, sizeof(bytes)), 0);
		if (!written) { /* taken, so it is there and kept for the next try */
			assert_string_equal(bytes, text);
			assert_int_equal(ops->sync(engine), -EFBIG);
			limit_file_bytes(RLIM_INFINITY);
			assert_int_equal(ops->sync(engine), 0);
			limit_file_bytes(4096);
			assert_int_equal(ops->write(engine, 60000, text, sizeof(text)), 0);
		}
		assert_int_equal(ops->close(engine), written ? 0 : -EFBIG);
		limit_file_bytes(RLIM_INFINITY);
		assert_int_equal(open_with(ops, path, ENGINE_OPEN_READ, &engine), 0);
		assert_int_equal(ops->read(engine, 50000, bytes, sizeof(bytes)), 0);
		assert_string_equal(bytes, written ? "" : text);
		assert_int_equal(ops->close(engine), 0);
	}
}

/* Pages of the file in the page cache, as the kernel says. */
static size_t resident_pages(void)
{
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE), count = 0;
	unsigned char pages[1024];
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *base;

	assert_true(fd >= 0 && fstat(fd, &status) == 0);
	base = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(base, MAP_FAILED);
	assert_true((size_t)status.st_size <= page_bytes * sizeof(pages));
	assert_int_equal(mincore(base, (size_t)status.st_size, pages), 0);
	for (size_t i = 0; i * page_bytes < (size_t)status.st_size; i++)
		count += pages[i] & 1u;
	munmap(base, (size_t)status.st_size);
	close(fd);
	return count;
}

static void test_drop_cache(void **state)
{
	static unsigned char bytes[1 << 20], again[1 << 20];
	const struct engine_ops *ops;
	struct statfs status;

	(void)state;
	assert_int_equal(statfs(folder, &status), 0);
	if (status.f_type == TMPFS_MAGIC_NUMBER) {
		print_message("skipped: %s is tmpfs, whose pages cannot be dropped\n", folder);
		skip();
	}
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 31 >> 3);
	for (size_t i = 0; (ops = next_engine(&i));) {
		struct engine *engine = create(ops, path, sizeof(bytes));
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
	for (size_t i = 0; (ops = next_engine(&i));) {
		struct engine *one = create(ops, path, 9000), *two = create(ops, other_path, 5000);
		struct engine *reader = NULL;
		char bytes[4];

		assert_int_equal(ops->write(one, 4500, "one", 4), 0);
		assert_int_equal(ops->write(two, 4500, "two", 4), 0);
		assert_int_equal(ops->size(one), 9000);
		assert_int_equal(ops->size(two), 5000);
		assert_int_equal(ops->read(one, 4500, bytes, 4), 0);
		assert_string_equal(bytes, "one");
		assert_int_equal(ops->sync(one), 0);
		/* After sync by the one, an open by the other sees it. */
		assert_int_equal(open_with(ops, path, ENGINE_OPEN_READ, &reader), 0);
		assert_int_equal(ops->close(one), 0);
		assert_int_equal(ops->read(reader, 4500, bytes, 4), 0);
		assert_string_equal(bytes, "one");
		assert_int_equal(ops->read(two, 4500, bytes, 4), 0);
		assert_string_equal(bytes, "two");
		assert_int_equal(ops->close(reader), 0);
		assert_int_equal(ops->close(two), 0);
	}
}

/* 5 GiB, all but a few pages of it a hole. */
static void test_large_offsets(void **state)
{
	const uint64_t size_bytes = (UINT64_C(5) << 30) + 123;
	const uint64_t offsets[] = {(UINT64_C(1) << 32) - 3, size_bytes - 8, UINT64_C(3) << 30};
	const struct engine_ops *ops;

	(void)state;
	for (size_t i = 0; (ops = next_engine(&i));) {
		struct engine *engine = NULL;
		char bytes[8];

		if (ops->capabilities & ENGINE_HOLDS_FILE)
			continue;
		engine = create(ops, path, 0);
		assert_int_equal(ops->close(engine), 0);
		if (truncate(path, (off_t)size_bytes) < 0) {
			print_message("skipped: no file of 5 GiB in %s: %s\n", folder,
				      strerror(errno));
			skip();
		}
		assert_int_equal(open_with(ops, path, ENGINE_OPEN_WRITE, &engine), 0);
		assert_int_equal(ops->size(engine), size_bytes);
		for (size_t k = 0; k < 3; k++)
			assert_int_equal(ops->write(engine, offsets[k], "iowalk!", 8), 0);
		assert_int_equal(ops->close(engine), 0);
		assert_int_equal(open_with(ops, path, ENGINE_OPEN_READ, &engine), 0);
		for (size_t k = 0; k < 3; k++) {
			assert_int_equal(ops->read(engine, offsets[k], bytes, 8), 0);
			assert_string_equal(bytes, "iowalk!");
		}
		assert_int_equal(ops->read(engine, offsets[0] & UINT32_MAX, bytes, 8), 0);
		assert_int_equal(ops->read(engine, 0, bytes, 8), 0);
		assert_int_equal(bytes[0], 0);
		assert_int_equal(ops->read(engine, size_bytes - 7, bytes, 8), -ERANGE);
		assert_int_equal(ops->close(engine), 0);
		unlink(path);
	}
}

/* The option `name` of the engine `engine`, set; false where there is no such engine. */
static bool open_named(const char *name, unsigned flags, struct engine **out)
{
	for (size_t i = 0; i < engine_table_count; i++) {
		if (strcmp(engine_table[i]->name, name) == 0)
			return open_with(engine_table[i], path, flags, out) == 0;
	}
	return false;
}

/* A walk over nodes of 4096 B and edges of 256 B costs `buffered` a tenth of the calls or less. */
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
	/* Appends in order: one pwrite for each 32 of them. */
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

/* mmap_advised announces while pages are missing, and a walk over a cached file is free of calls.
 */
/* Bytes that system calls have read so far. */
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
 * At random places windows do not pay: after a few of them no more is read than is asked for. Where
 * they are tried again, in order, they do.
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

static void test_advised_is_silent_when_warm(void **state)
{
	enum { PAGES = 256 };
	struct engine *engine = NULL;
	struct engine_stats before, after;
	struct engine_extent extents[2];
	struct statfs status;
	static const unsigned char page[4096] = {1};

	(void)state;
	assert_int_equal(statfs(folder, &status), 0);
	if (status.f_type == TMPFS_MAGIC_NUMBER)
		skip();
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
	assert_int_equal(engine->prefetch_ahead_count, 64);
	assert_int_equal(engine->ops->advise(engine, ENGINE_PATTERN_RANDOM), 0);
	assert_int_equal(resident_pages(), 0);
	engine->ops->stats(engine, &before);
	extents[0] = (struct engine_extent){.offset = 4096 * 7 + 4090, .len_bytes = 10};
	extents[1] = (struct engine_extent){.offset = 4096 * 9, .len_bytes = 4096};
	engine->ops->prefetch(engine, extents, 2); /* pages 7, 8 and 9: one extent */
	engine->ops->prefetch(engine, extents, 2); /* known by now */
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

static const struct engine_ops *find_engine(const char *name)
{
	for (size_t i = 0; i < engine_table_count; i++) {
		if (strcmp(engine_table[i]->name, name) == 0)
			return engine_table[i];
	}
	return NULL;
}

/* Values of options as "key=value key=value" over the defaults; false where one is refused. */
static bool set_options(const struct engine_ops *ops, const char *text, uint64_t *options)
{
	char word[64];
	int used;

	option_defaults(ops->options, ops->options_count, options);
	for (; sscanf(text, " %63s%n", word, &used) == 1; text += used) {
		size_t name_len = strcspn(word, "=");
		int i = option_find(ops->options, ops->options_count, word, name_len);

		assert_true(i >= 0);
		if (option_parse(&ops->options[i], word + name_len + 1, &options[i], NULL))
			return false;
	}
	return true;
}

/* Dropped pages come back whole with the first announcement, and never by themselves. */
static void test_populate_read_after_drop(void **state)
{
	enum { PAGES = 1024 };
	const struct engine_ops *ops = find_engine("mmap_advised");
	static unsigned char bytes[PAGES * 4096], again[PAGES * 4096];
	struct engine_extent extent = {.offset = 4096 * 700 + 5, .len_bytes = 10};
	uint64_t options[OPTIONS_MAX];
	struct why why = {""};
	struct engine *engine;
	struct statfs status;

	(void)state;
	assert_int_equal(statfs(folder, &status), 0);
	assert_true(set_options(ops, "populate_read=1", options));
	if (status.f_type == TMPFS_MAGIC_NUMBER || ops->probe(folder, options, &why)) {
		print_message("skipped: %s\n", why.text[0] ? why.text : "tmpfs is never cold");
		skip();
	}
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 31 >> 5);
	engine = create(ops, path, sizeof(bytes));
	assert_int_equal(ops->write(engine, 0, bytes, sizeof(bytes)), 0);
	assert_int_equal(ops->close(engine), 0);

	assert_int_equal(ops->open(path, ENGINE_OPEN_READ, options, &engine), 0);
	for (size_t walk = 0; walk < 2; walk++) {
		assert_int_equal(ops->drop_cache(engine), 0);
		assert_int_equal(ops->advise(engine, ENGINE_PATTERN_RANDOM), 0);
		assert_int_equal(resident_pages(), 0);
		assert_true(engine->prefetch_ahead_count > 0);
		ops->prefetch(engine, &extent, walk); /* of nothing: a walk begins */
		assert_int_equal(resident_pages(), PAGES);
		assert_int_equal(engine->prefetch_ahead_count, 0);
		memset(again, 0, sizeof(again));
		assert_int_equal(ops->read(engine, 0, again, sizeof(again)), 0);
		assert_memory_equal(again, bytes, sizeof(bytes));
	}
	assert_int_equal(ops->close(engine), 0);
}

/* Where there is no direct I/O, probe says why and open says that it cannot. */
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
		print_message("skipped: /dev/shm is no tmpfs that can be written to\n");
		skip();
	}
	for (size_t i = 0; i < 2; i++) {
		const struct engine_ops *ops = find_engine(configs[i].engine);
		size_t entries_count = count_entries("/dev/shm");
		size_t descriptors_count = count_entries("/proc/self/fd");
		uint64_t options[OPTIONS_MAX];
		struct engine *engine = NULL;
		struct why why = {""};

		assert_non_null(ops);
		assert_true(set_options(ops, configs[i].options, options));
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
	const struct engine_ops *ops = find_engine("uring");
	struct engine *engine = NULL;
	struct why why = {""};

	if (ops->probe(folder, NULL, &why) != -EOPNOTSUPP || !strstr(why.text, "io_uring"))
		return 1;
	return open_with(ops, path, ENGINE_OPEN_CREATE, &engine) == -EOPNOTSUPP ? 0 : 2;
}

static void test_uring_is_refused(void **state)
{
	static const int errors[] = {EPERM, ENOSYS};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		int result = without_io_uring(errors[i], uring_says_why);

		if (result == 77) {
			print_message("skipped: no seccomp filters here\n");
			skip();
		}
		assert_int_equal(result, 0);
	}
}

static void test_uring_depth(void **state)
{
	const struct engine_ops *ops = find_engine("uring");
	uint64_t options[OPTIONS_MAX];
	struct engine *engine = NULL;
	struct why why = {""};

	(void)state;
	assert_non_null(ops);
	assert_false(set_options(ops, "depth=0", options));
	assert_false(set_options(ops, "depth=4097", options));
	assert_true(set_options(ops, "depth=4096", options));
	if (ops->probe(folder, options, &why) == 0)
		assert_int_equal(ops->open(path, ENGINE_OPEN_CREATE, options, &engine), 0);
	/* Deeper than any kernel lets it be, past the option's range. */
	options[option_find(ops->options, ops->options_count, "depth", 5)] = 1 << 20;
	assert_int_equal(ops->probe(folder, options, &why), -EOPNOTSUPP);
	assert_non_null(strstr(why.text, "io_uring"));
	if (engine)
		assert_int_equal(ops->close(engine), 0);
}

/* A batch of `count` pages, every second one, some of them twice; the first bytes are checked. */
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

/* Used by one thread after the other, and where no memory may be locked. */
static void test_uring_wanders(void **state)
{
	static const char *const configs[] = {"", "depth=3 fixed=0", "direct=1",
					      "direct=1 depth=3"};
	const struct engine_ops *ops = find_engine("uring");
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

		assert_true(set_options(ops, configs[i], options));
		if (ops->probe(folder, options, &why)) {
			print_message("skipped: %s\n", why.text);
			skip();
		}
		assert_int_equal(ops->open(path, ENGINE_OPEN_CREATE, options, &engine), 0);
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
		if (ops->probe(folder, options, &why) == 0) {
			assert_int_equal(ops->open(path, ENGINE_OPEN_READ, options, &engine), 0);
			assert_ptr_equal(read_pages(engine), engine);
			assert_int_equal(ops->close(engine), 0);
		}
		assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &before), 0);
	}
}

/* Pages that adjoin are one call; what is in the cache is none; a dropped cache is empty. */
static void test_direct_cache(void **state)
{
	const struct engine_ops *ops = find_engine("direct");
	struct engine_extent extents[3];
	struct engine_stats stats;
	struct engine *engine;
	unsigned char bytes[3][16];
	struct why why = {""};

	(void)state;
	assert_non_null(ops);
	if (ops->probe(folder, NULL, &why)) {
		print_message("skipped: %s\n", why.text);
		skip();
	}
	engine = create(ops, path, 100 * 4096 + 5);
	assert_int_equal(ops->write(engine, 7 * 4096, "seven", 5), 0);
	assert_int_equal(ops->write(engine, 100 * 4096, "tail", 5), 0);
	for (uint64_t round = 1; round <= 2; round++) {
		assert_int_equal(ops->drop_cache(engine), 0);
		for (size_t i = 0; i < 3; i++)
			extents[i] = (struct engine_extent){(8 - i) * 4096, 16, bytes[i]};
		assert_int_equal(ops->read_batch(engine, extents, 3), 0);
		assert_string_equal((char *)bytes[1], "seven");
		assert_int_equal(ops->read(engine, 100 * 4096, bytes[0], 5), 0);
		assert_string_equal((char *)bytes[0], "tail");
		ops->stats(engine, &stats);
		assert_int_equal(stats.syscalls[ENGINE_SYSCALL_preadv], round);
		assert_int_equal(stats.buffer_misses, 4 * round);
		assert_int_equal(stats.buffer_hits, 2 * (round - 1));
		/* In the cache now: no call. */
		assert_int_equal(ops->read(engine, 7 * 4096 + 1, bytes[0], 4), 0);
		assert_int_equal(ops->read(engine, 6 * 4096, bytes[0], 16), 0);
		ops->stats(engine, &stats);
		assert_int_equal(stats.syscalls[ENGINE_SYSCALL_preadv], round);
		assert_int_equal(stats.buffer_hits, 2 * round);
	}
	assert_int_equal(ops->close(engine), 0);
}

/* Every engine whose file is the kernel's can be made slower, and one call more is counted. */
static void test_delay_wraps(void **state)
{
	const struct engine_ops *delay = find_engine("delay");
	struct engine_stats before, after;
	struct engine *engine = NULL;
	uint64_t options[OPTIONS_MAX];
	char byte;

	(void)state;
	assert_non_null(delay);
	for (size_t i = 0; i < engine_table_count; i++) {
		const struct engine_ops *ops = engine_table[i];
		uint64_t value;

		if (ops == delay || ops->capabilities & (ENGINE_NO_DATA | ENGINE_HOLDS_FILE))
			continue;
		if (option_parse(&delay->options[0], ops->name, &value, NULL) != 0)
			fail_msg("delay cannot wrap %s", ops->name);
	}
	option_defaults(delay->options, delay->options_count, options);
	assert_true(set_options(delay, "syscall_every=2", options));
	assert_int_equal(delay->open(path, ENGINE_OPEN_CREATE, options, &engine), 0);
	assert_int_equal(delay->resize(engine, 4096), 0);
	delay->stats(engine, &before);
	for (int i = 0; i < 10; i++)
		assert_int_equal(delay->read(engine, 0, &byte, 1), 0);
	delay->stats(engine, &after);
	assert_int_equal(
		after.syscalls[ENGINE_SYSCALL_lseek] - before.syscalls[ENGINE_SYSCALL_lseek], 5);
	assert_int_equal(delay->close(engine), 0);
}

/* ENGINE_BUILDS and ENGINE_WRAPS: the harness finds these engines by them, never by a name. */
static void test_chosen_by_capability(void **state)
{
	size_t builders_count = 0;

	(void)state;
	for (size_t i = 0; i < engine_table_count; i++) {
		const struct engine_ops *ops = engine_table[i];

		builders_count += (ops->capabilities & ENGINE_BUILDS) != 0;
		for (int role = OPTION_ROLE_WRAPPED; role <= OPTION_ROLE_SYSCALL_EVERY; role++) {
			int index = option_with_role(ops->options, ops->options_count,
						     (enum option_role)role);
			assert_int_equal(index >= 0, (ops->capabilities & ENGINE_WRAPS) != 0);
		}
	}
	assert_int_equal(builders_count, 1);
	assert_true(engine_builder()->capabilities & ENGINE_PERSISTENT);
	assert_false(engine_builder()->capabilities & (ENGINE_MAY_SIGBUS | ENGINE_NO_DATA));
	assert_non_null(engine_wrapper());
	assert_ptr_equal(engine_of_option(0), engine_builder());
	assert_null(engine_of_option(engine_table_count + 1));
	for (uint64_t value = 1; value <= engine_table_count; value++) {
		const struct engine_ops *ops = engine_of_option(value);
		assert_true(!ops || !(ops->capabilities & (ENGINE_WRAPS | ENGINE_NO_DATA)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delay_wraps),
		cmocka_unit_test(test_chosen_by_capability),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_engine_options),
		cmocka_unit_test(test_option_values),
		cmocka_unit_test(test_null),
		cmocka_unit_test(test_failed_open),
		cmocka_unit_test(test_resize_fails),
		cmocka_unit_test(test_write_fails),
		cmocka_unit_test(test_drop_cache),
		cmocka_unit_test(test_instances),
		cmocka_unit_test(test_large_offsets),
		cmocka_unit_test(test_buffered_saves_calls),
		cmocka_unit_test(test_buffered_at_random),
		cmocka_unit_test(test_advised_is_silent_when_warm),
		cmocka_unit_test(test_populate_read_after_drop),
		cmocka_unit_test(test_direct_is_refused),
		cmocka_unit_test(test_uring_is_refused),
		cmocka_unit_test(test_uring_depth),
		cmocka_unit_test(test_uring_wanders),
		cmocka_unit_test(test_direct_cache),
	};
	const char *temporary = getenv("TMPDIR");
	int failed;

	signal(SIGXFSZ, SIG_IGN); /* a file size limit is to give -EFBIG, not to kill */
	snprintf(folder, sizeof(folder), "%s/iowalk-test-XXXXXX", temporary ? temporary : "/tmp");
	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/file", folder);
	snprintf(other_path, sizeof(other_path), "%s/other", folder);
	failed = cmocka_run_group_tests_name("engines", tests, NULL, NULL);
	unlink(path);
	unlink(other_path);
	rmdir(folder);
	return failed > 0;
}
