/* The roofline without a device: interpolated rates, bounds of walks, valid and invalid records. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include <cmocka.h>

#include "../harness/roofline/rates.h"
#include "../harness/prepare/working_set.h"
#include "support/without_io_uring.h"

#define assert_near(a, b, within) assert_true(fabs((a) - (b)) <= (within))

static struct spread flat(double value)
{
	return (struct spread){5, value, value * 0.9, value * 1.1, value * 0.8, value * 1.2};
}

/* 10 k, 40 k, 80 k, 80 k random reads/s; 1000 MiB/s sequentially, 2000 MiB/s for the first 64 MiB. */
static struct roofline example(void)
{
	static const double rates[] = {10e3, 40e3, 80e3, 80e3, 1000, 2000};
	static const unsigned depths[] = {1, 8, 32, 128, 4, 4};
	struct roofline roofline = {.date = "2026-01-31T12:00:00Z",
				    .measured_at_s = 1769860800,
				    .kernel = "6.1",
				    .boot = "b",
				    .device = "/dev/x",
				    .file_system = "ext4",
				    .device_major = 254,
				    .device_minor = 1,
				    .is_test_file = true,
				    .file_bytes = ROOFLINE_FILE_BYTES,
				    .seconds = 2.5,
				    .method = "io_uring",
				    .reads_count = ROOFLINE_READS_COUNT,
				    .copy_bytes_per_second = flat(1e10),
				    .latency_ns = flat(100)};
	for (size_t i = 0; i < ROOFLINE_READS_COUNT; i++)
		roofline.reads[i] = (struct roofline_read){.sequential = i >= 4,
							   .depth = depths[i],
							   .block_bytes = i >= 4 ? 1 << 20 : 4096,
							   .span_bytes = i == 5 ? 64 << 20 : 0,
							   .reads_per_second = flat(rates[i])};
	return roofline;
}

static void test_rates(void **state)
{
	struct roofline roofline = example(), none = {0};
	(void)state;
	assert_near(roofline_reads_per_second(&roofline, 1), 10e3, 1e-6);
	assert_near(roofline_reads_per_second(&roofline, 8), 40e3, 1e-6);
	assert_near(roofline_reads_per_second(&roofline, 32), 80e3, 1e-6);
	assert_near(roofline_reads_per_second(&roofline, 1e6), 80e3, 1e-6);
	/* Halfway in logarithms between 8 and 32 is 16: the geometric mean. */
	assert_near(roofline_reads_per_second(&roofline, 16), sqrt(40e3 * 80e3), 1e-3);
	assert_near(roofline_sequential_bytes_per_second(&roofline), 1000.0 * (1 << 20), 1e-3);
	assert_true(isnan(roofline_reads_per_second(&none, 1)));
	assert_true(isnan(roofline_sequential_bytes_per_second(&none)));
	assert_true(isnan(roofline_sequential_s(&none, 4096)));
	assert_near(roofline_sequential_s(&roofline, 10 << 20), 0.005, 1e-9);
	assert_near(roofline_sequential_s(&roofline, 64 << 20), 0.032, 1e-9);
	assert_near(roofline_sequential_s(&roofline, 164 << 20), 0.132, 1e-9);
	/* A burst that is slower because of its first read is ignored; an old record has no bursts. */
	roofline.reads[5].reads_per_second = flat(500);
	assert_near(roofline_sequential_s(&roofline, 164 << 20), 0.164, 1e-9);
	roofline.reads_count = ROOFLINE_READS_MIN;
	assert_near(roofline_sequential_s(&roofline, 164 << 20), 0.164, 1e-9);
}

static void test_steadiness(void **state)
{
	struct roofline roofline = example(), none = {0}, again;
	struct roofline_line lines[ROOFLINE_LINES_MAX];
	(void)state;
	assert_false(roofline_is_unsteady(&none));
	assert_false(roofline_is_unsteady(&roofline)); /* interquartile range 20 % */
	json_t *json = roofline_json(&roofline);
	assert_true(json_is_false(json_object_get(json, "unsteady")));
	json_decref(json);
	roofline.reads[3].reads_per_second.low = 80e3 * 0.7;
	assert_true(roofline_read_is_unsteady(&roofline.reads[3]));
	assert_false(roofline_read_is_unsteady(&roofline.reads[2]));
	json = roofline_json(&roofline);
	assert_true(json_is_true(json_object_get(json, "unsteady")));
	const json_t *reads = json_object_get(json, "reads");
	assert_true(json_is_true(json_object_get(json_array_get(reads, 3), "unsteady")));
	assert_null(json_object_get(json_array_get(reads, 2), "unsteady"));
	assert_int_equal(roofline_parse(json, &again), 0);
	assert_true(roofline_is_unsteady(&again));
	json_decref(json);
	roofline_lines(&roofline, false, lines);
	assert_non_null(strstr(lines[3].spread, "unsteady"));
	assert_null(strstr(lines[2].spread, "unsteady"));
}

static void test_bound_of_operations(void **state)
{
	struct roofline roofline = example();
	/* 10 % of a file of 1000 MiB: random reads take longer than reading the whole file sequentially. */
	struct roofline_work work = {.working_set_pages_count = 25600, .file_bytes = 1000ull << 20};
	struct roofline_bound bound = roofline_bound(&roofline, &work);
	(void)state;
	assert_string_equal(bound.pattern, "sequential");
	assert_near(bound.bound_ns, 1e9 * (0.032 + 0.936), 1);
	work.working_set_pages_count = 100;
	bound = roofline_bound(&roofline, &work);
	assert_string_equal(bound.pattern, "random");
	assert_near(bound.depth, 1, 0);
	assert_near(bound.bound_ns, 100 / 10e3 * 1e9, 1);
	assert_int_equal(bound.working_set_pages_count, 100);
}

static void test_bound_of_walks(void **state)
{
	struct roofline roofline = example();
	struct walk_summary walk = {
		.reached_count = 41, .levels_count = 3, .level_counts = {1, 8, 32}};
	struct roofline_work work = {
		.working_set_pages_count = 82, .file_bytes = 1ull << 40, .walk = &walk};
	struct roofline_bound bound = roofline_bound(&roofline, &work);
	(void)state;
	/* Two pages per node; each level has its width as depth. */
	assert_near(bound.bound_ns, 2e9 * (1 / 10e3 + 8 / 40e3 + 32 / 80e3), 1);
	assert_near(bound.depth, 41.0 / 3, 1e-9);
	/* A chain of 1000: 64 levels are recorded, the others have the mean width of 1. */
	memset(&walk, 0, sizeof(walk));
	walk.reached_count = walk.levels_count = 1000;
	for (int i = 0; i < LEVELS_RECORDED; i++)
		walk.level_counts[i] = 1;
	work.working_set_pages_count = 1000;
	bound = roofline_bound(&roofline, &work);
	assert_near(bound.bound_ns, 1000 / 10e3 * 1e9, 10);
	assert_near(bound.depth, 1, 1e-9);
	/* The same chain, but it needs every page of its file: sequential reading is cheaper. */
	work.file_bytes = 1000 * 4096;
	bound = roofline_bound(&roofline, &work);
	assert_string_equal(bound.pattern, "sequential");
}

static void test_no_bound(void **state)
{
	struct roofline roofline = example(), none = {0};
	struct roofline_work work = {.file_bytes = 4096};
	(void)state;
	assert_int_equal(roofline_bound(&roofline, &work).working_set_pages_count, 0);
	work.working_set_pages_count = 1;
	assert_int_equal(roofline_bound(&none, &work).working_set_pages_count, 0);
	assert_int_equal(roofline_bound(&roofline, &work).working_set_pages_count, 1);
}

static void test_json(void **state)
{
	struct roofline roofline = example(), again;
	json_t *json = roofline_json(&roofline);
	(void)state;
	assert_int_equal(roofline_parse(json, &again), 0);
	assert_string_equal(again.device, "/dev/x");
	assert_int_equal(again.device_minor, 1);
	assert_int_equal(again.reads_count, ROOFLINE_READS_COUNT);
	assert_true(again.reads[4].sequential);
	assert_int_equal(again.reads[5].span_bytes, 64 << 20);
	assert_near(again.reads[2].reads_per_second.high, 88e3, 1e-6);
	assert_near(again.latency_ns.median, 100, 0);
	assert_int_equal(again.latency_huge_ns.count, 0);
	json_decref(json);
	/* A record of a version without bursts. */
	roofline.reads_count = ROOFLINE_READS_MIN;
	json = roofline_json(&roofline);
	assert_int_equal(roofline_parse(json, &again), 0);
	assert_int_equal(again.reads_count, ROOFLINE_READS_MIN);
	json_decref(json);
	/* Without a device the reason is kept. */
	roofline.reads_count = 0;
	snprintf(roofline.no_device.text, sizeof(roofline.no_device.text), "tmpfs");
	json = roofline_json(&roofline);
	assert_int_equal(roofline_parse(json, &again), 0);
	assert_int_equal(again.reads_count, 0);
	assert_string_equal(again.no_device.text, "tmpfs");
	json_decref(json);
}

static void test_damaged_json(void **state)
{
	static const char *const damaged[] = {"format", "memory", "device_number"};
	struct roofline roofline = example(), again;
	(void)state;
	assert_int_equal(roofline_parse(NULL, &again), -EBADMSG);
	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		json_t *json = roofline_json(&roofline);
		json_object_del(json, damaged[i]);
		assert_int_equal(roofline_parse(json, &again), -EBADMSG);
		json_decref(json);
	}
	for (size_t i = 0; i < ROOFLINE_READS_COUNT; i++) {
		json_t *json = roofline_json(&roofline);
		json_t *one = json_array_get(json_object_get(json, "reads"), i);
		json_object_set_new(one, "reads_per_second", json_string("fast"));
		assert_int_equal(roofline_parse(json, &again), -EBADMSG);
		json_decref(json);
		json = roofline_json(&roofline);
		if (i == ROOFLINE_READS_MIN) /* valid: a record of a version without bursts */
			json_array_remove(json_object_get(json, "reads"), 0);
		json_array_remove(json_object_get(json, "reads"), i % ROOFLINE_READS_MIN);
		assert_int_equal(roofline_parse(json, &again), -EBADMSG);
		json_decref(json);
	}
	roofline.reads[1].depth = 64; /* depths must increase */
	json_t *json = roofline_json(&roofline);
	assert_int_equal(roofline_parse(json, &again), -EBADMSG);
	json_decref(json);
}

static void test_is_current(void **state)
{
	struct roofline kept = example(), now = example();
	int64_t at = kept.measured_at_s;
	(void)state;
	assert_true(roofline_is_current(&kept, &now, at));
	assert_true(roofline_is_current(&kept, &now, at + ROOFLINE_EXPIRY_S));
	assert_false(roofline_is_current(&kept, &now, at + ROOFLINE_EXPIRY_S + 1));
	assert_false(roofline_is_current(&kept, &now, at - 1)); /* a time in the future */
	/* A test file may be smaller on a slow device; a given file must have the recorded size. */
	kept.file_bytes /= 2;
	assert_true(roofline_is_current(&kept, &now, at));
	kept.is_test_file = now.is_test_file = false;
	assert_false(roofline_is_current(&kept, &now, at));
	kept = now = example();
	snprintf(now.kernel, sizeof(now.kernel), "6.2");
	assert_false(roofline_is_current(&kept, &now, at));
	now = example();
	snprintf(now.boot, sizeof(now.boot), "c");
	assert_false(roofline_is_current(&kept, &now, at));
	now = example();
	now.device_minor++;
	assert_false(roofline_is_current(&kept, &now, at));
}

static void test_spread(void **state)
{
	double values[] = {5, 1, 4, 2, 3};
	struct spread spread = spread_of(values, 5);
	(void)state;
	assert_near(spread.median, 3, 0);
	assert_near(spread.low, 2, 0);
	assert_near(spread.high, 4, 0);
	assert_near(spread.min, 1, 0);
	assert_near(spread.max, 5, 0);
	assert_int_equal(spread_of(values, 0).count, 0);
}

static void test_lines(void **state)
{
	struct roofline roofline = example();
	struct roofline_line lines[ROOFLINE_LINES_MAX];
	(void)state;
	assert_int_equal(roofline_lines(&roofline, false, lines), 8);
	assert_string_equal(lines[0].name, "random 4 KiB, depth 1");
	assert_string_equal(lines[4].name, "sequential 1 MiB, depth 4");
	assert_string_equal(lines[5].name, "burst 1 MiB, depth 4");
	assert_non_null(strstr(lines[1].value, "40.0k reads/s"));
	assert_string_equal(lines[1].spread, "+-10%");
}

/* ---- the working set of a workload ---- */

/* Reads of 4096 bytes at multiples of 512 through an engine: `read` with its options. */
static void test_working_set_pages(void **state)
{
	const struct workload_ops *workload = NULL;
	const char *folder = getenv("TMPDIR");
	uint64_t options[32] = {0}, pages = 0;
	char path[512], block[4096];
	struct why why = {0};
	(void)state;
	for (size_t i = 0; i < workload_table_count; i++) {
		if (strcmp(workload_table[i]->name, "read") == 0)
			workload = workload_table[i];
	}
	assert_non_null(workload);
	snprintf(path, sizeof(path), "%s/iowalk-touched-XXXXXX", folder ? folder : "/tmp");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	memset(block, 7, sizeof(block));
	for (int i = 0; i < 64; i++)
		assert_int_equal(write(fd, block, sizeof(block)), sizeof(block));
	close(fd);
	option_defaults(workload->options, workload->options_count, options);
	struct workload_env env = {.engine = engine_table[0], .options = options, .path = path};
	assert_int_equal(working_set_pages(workload, &env, false, &pages, &why), 0);
	/* Thousands of reads of 64 pages: each page counts once. */
	assert_int_equal(pages, 64);
	uint64_t engine_options[OPTIONS_MAX];
	for (size_t i = 0; i < engine_table_count; i++) {
		env.engine = engine_table[i];
		env.engine_options = engine_options;
		if ((env.engine->capabilities & ENGINE_NO_DATA) ||
		    (env.engine->probe && env.engine->probe("/tmp", NULL, &why)))
			continue;
		option_defaults(env.engine->options, env.engine->options_count, engine_options);
		int err = working_set_pages(workload, &env, true, &pages, &why);
		/* What holds the file in memory of its own cannot drop it. */
		assert_int_equal(err,
				 env.engine->capabilities & ENGINE_HOLDS_FILE ? -EOPNOTSUPP : 0);
		assert_int_equal(pages, err ? pages : 64);
	}
	env.path = "/nonexistent/x";
	assert_int_equal(working_set_pages(workload, &env, false, &pages, &why), -ENOENT);
	assert_int_equal(working_set_pages(workload, &env, true, &pages, &why), -ENOENT);
	unlink(path);
}

/* ---- threads of pread ---- */

#define THREADS_FILE_BYTES (UINT64_C(32) << 20)
#define THREADS_SECONDS    1.2

enum { SKIP_NO_DEVICE = 70, SKIP_NOT_COUNTED, SKIP_NO_FILTERS = 77 };

static char threads_path[512];

static uint64_t bytes_read(void)
{
	uint64_t bytes = 0;
	char line[128];
	FILE *file = fopen("/proc/self/io", "r");
	while (file && fgets(line, sizeof(line), file) &&
	       sscanf(line, "read_bytes: %" SCNu64, &bytes) != 1)
		;
	if (file)
		fclose(file);
	return bytes;
}

/* The sum of rate * block length * seconds must be close to the bytes that the kernel counted. A rate in the
 * wrong unit, per thread or per block, would differ by more, however slow or noisy the device is. */
static int threads_measure(void)
{
	struct roofline roofline = {0};
	double expected_bytes = 0, slice_s = THREADS_SECONDS / ROOFLINE_READS_COUNT;
	uint64_t before_bytes = bytes_read();
	if (roofline_measure_device(&roofline, threads_path, "/nonexistent", THREADS_SECONDS) != 0)
		return 1;
	if (roofline.reads_count == 0)
		return SKIP_NO_DEVICE;
	double read_bytes = (double)(bytes_read() - before_bytes);
	if (strncmp(roofline.method, "threads of pread (io_uring: ", 28) != 0)
		return 2;
	for (size_t i = 0; i < ROOFLINE_READS_COUNT; i++) {
		const struct roofline_read *read = &roofline.reads[i];
		double bytes_per_second = read->reads_per_second.median * (double)read->block_bytes;
		if (read->reads_per_second.count != ROOFLINE_REPEATS_COUNT || bytes_per_second <= 0)
			return 3;
		expected_bytes += read->span_bytes
					  ? fmin((double)read->span_bytes * ROOFLINE_REPEATS_COUNT,
						 bytes_per_second * slice_s)
					  : bytes_per_second * slice_s;
	}
	if (read_bytes <= 0)
		return SKIP_NOT_COUNTED;
	return expected_bytes > read_bytes / 3 && expected_bytes < read_bytes * 3 ? 0 : 4;
}

static void test_threads_instead_of_io_uring(void **state)
{
	const char *folder = getenv("TMPDIR");
	static char block[1 << 20];
	(void)state;
	snprintf(threads_path, sizeof(threads_path), "%s/iowalk-threads-XXXXXX",
		 folder ? folder : "/tmp");
	int fd = mkstemp(threads_path);
	assert_true(fd >= 0);
	memset(block, 7, sizeof(block));
	for (uint64_t at = 0; at < THREADS_FILE_BYTES; at += sizeof(block))
		assert_int_equal(write(fd, block, sizeof(block)), sizeof(block));
	assert_int_equal(fsync(fd), 0);
	close(fd);
	int result = without_io_uring(EPERM, threads_measure);
	unlink(threads_path);
	if (result == SKIP_NO_FILTERS || result == SKIP_NO_DEVICE || result == SKIP_NOT_COUNTED) {
		print_message("skipped: %s\n", result == SKIP_NO_FILTERS ? "no seccomp filters here"
					       : result == SKIP_NO_DEVICE
						       ? "no device below TMPDIR"
						       : "bytes of devices are not counted here");
		skip();
	}
	assert_int_equal(result, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_steadiness),
		cmocka_unit_test(test_threads_instead_of_io_uring),
		cmocka_unit_test(test_bound_of_operations),
		cmocka_unit_test(test_bound_of_walks),
		cmocka_unit_test(test_no_bound),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_damaged_json),
		cmocka_unit_test(test_is_current),
		cmocka_unit_test(test_spread),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_working_set_pages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
