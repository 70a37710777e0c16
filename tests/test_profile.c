/*
 * Profiles against truths that are known: a workload, a layout and an engine of this file spend their time in
 * ways that they time themselves. The profile has to assign each to its span and its kind within two
 * percentage points of the wall time.
 *
 * The parts are shares of one walk, so a busy machine changes both sides alike.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../harness/base/clock.h"
#include "../harness/profile/profiler.h"
#include "support/hypervisor.h"

#define POINTS_MAX 2.0 /* percentage points */
/* A second of samples tells a share of 50 % within 1.7 points (95 %), three seconds within 1.0. */
#define WALKS           4
#define WALKS_OF_SHARES 12

/* What the parts spend in one walk, in milliseconds, and what they measured themselves. */
static struct {
	unsigned workload_ms, layout_ms, engine_ms; /* of computing */
	unsigned sleep_ms, fault_pages, sync_count; /* in the engine */
} asked;
static double workload_ns, layout_ns, engine_ns, sleep_ns, map_ns, sync_ns;

static double compute(unsigned ms)
{
	uint64_t began_ns = clock_read_ns(CLOCK_THREAD_CPUTIME_ID);
	volatile uint64_t work = 0;

	while (clock_read_ns(CLOCK_THREAD_CPUTIME_ID) - began_ns < ms * UINT64_C(1000000)) {
		for (unsigned i = 0; i < 20000; i++)
			work += i;
	}
	(void)work;
	return (double)(clock_read_ns(CLOCK_THREAD_CPUTIME_ID) - began_ns);
}

/* ---- the parts; each has work after its calls, so that none is left by a jump ---- */

static int sync_fd;

static __attribute__((noinline)) int engine_sync(struct engine *engine)
{
	uint64_t began_ns = clock_now_ns();

	(void)engine;
	for (unsigned i = 0; i < asked.sync_count; i++) {
		assert_int_equal(pwrite(sync_fd, "some bytes", 10, (off_t)i * 4096), 10);
		assert_int_equal(fsync(sync_fd), 0);
	}
	sync_ns += (double)(clock_now_ns() - began_ns);
	return 0;
}

static __attribute__((noinline)) void
engine_prefetch(struct engine *engine, const struct engine_extent *extents, size_t count)
{
	struct timespec time = {.tv_nsec = asked.sleep_ms * 1000000L};
	uint64_t began_ns = clock_now_ns();

	(void)engine, (void)extents, (void)count;
	if (asked.sleep_ms)
		nanosleep(&time, NULL);
	sleep_ns += (double)(clock_now_ns() - began_ns);
}

static __attribute__((noinline)) const void *engine_map(struct engine *engine, uint64_t offset,
							size_t len_bytes)
{
	size_t bytes = (size_t)asked.fault_pages * 4096;

	(void)engine, (void)offset, (void)len_bytes;
	if (!bytes)
		return NULL;
	uint64_t began_ns = clock_now_ns();
	char *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(pages, MAP_FAILED);
	madvise(pages, bytes, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < bytes; i += 4096)
		*(volatile char *)(pages + i) = 1;
	munmap(pages, bytes);
	map_ns += (double)(clock_now_ns() - began_ns);
	return NULL;
}

static __attribute__((noinline)) int engine_read(struct engine *engine, uint64_t offset,
						 void *buffer, size_t len_bytes)
{
	(void)engine, (void)offset, (void)buffer, (void)len_bytes;
	engine_ns += compute(asked.engine_ms);
	return 0;
}

static const struct engine_ops engine = {.name = "test-engine",
					 .struct_size = sizeof(struct engine_ops),
					 .read = engine_read,
					 .map = engine_map,
					 .sync = engine_sync,
					 .prefetch = engine_prefetch};

static __attribute__((noinline)) int layout_neighbors(struct store *store, uint64_t node,
						      struct neighbors *out)
{
	(void)store, (void)node, (void)out;
	int err = engine.read(NULL, 0, NULL, 0);

	engine.map(NULL, 0, 0);
	engine.prefetch(NULL, NULL, 0);
	err |= engine.sync(NULL);
	layout_ns += compute(asked.layout_ms);
	return err;
}

static const struct layout_ops layout = {.name = "test-layout", .neighbors = layout_neighbors};

static __attribute__((noinline)) int workload_run(void *state)
{
	int err = layout.neighbors(state, 0, NULL);

	workload_ns += compute(asked.workload_ms);
	return err;
}

static const struct workload_ops workload = {.name = "test-workload", .run = workload_run};

/* ---- profiling them ---- */

struct profile {
	json_t *metrics, *sources, *detail;
};

static double stolen_of_profile_s;

static void reset(void)
{
	workload_ns = layout_ns = engine_ns = sleep_ns = map_ns = sync_ns = 0;
}

static unsigned walks = WALKS;
static bool without_events;
static enum profile_clock clock_of_samples;

static void profile_once(struct profile *out)
{
	struct cell cell = {.workload = &workload, .layout = &layout, .engine = &engine};
	struct profiler_settings settings = {.cell = &cell,
					     .slice_ns = 1000000000,
					     .switches_count = 1000,
					     .without_events = without_events,
					     .clock = clock_of_samples};
	struct profiler *profiler;
	struct why why = {0};

	reset();
	stolen_of_profile_s = stolen_s();
	*out = (struct profile){.metrics = json_object(), .sources = json_object()};
	assert_int_equal(profiler_new(&settings, &profiler, &why), 0);
	for (unsigned i = 0; i < walks; i++) {
		assert_int_equal(profiler_begin(profiler), 0);
		uint64_t began_ns = clock_now_ns();
		assert_int_equal(workload.run(NULL), 0);
		assert_int_equal(profiler_walked(profiler, began_ns, clock_now_ns()), 0);
		assert_int_equal(profiler_end(profiler), 0);
	}
	stolen_of_profile_s = stolen_s() - stolen_of_profile_s;
	assert_int_equal(profiler_result(profiler, walks, out->metrics, out->sources, &out->detail),
			 0);
	profiler_free(profiler);
}

static void release(struct profile *profile)
{
	json_decref(profile->metrics);
	json_decref(profile->sources);
	json_decref(profile->detail);
}

static double metric(const struct profile *profile, const char *name)
{
	return json_number_value(json_object_get(profile->metrics, name));
}

static double of_span(const struct profile *profile, const char *path, const char *name)
{
	json_t *spans = json_object_get(profile->detail, "spans");

	return json_number_value(json_object_get(json_object_get(spans, path), name));
}

/* All kinds: a truth by the clock holds what other processes took, too. */
static double all_of_span(const struct profile *profile, const char *path)
{
	const char *kinds[] = {"user_ns",      "syscall_ns", "fault_ns",
			       "interrupt_ns", "blocked_ns", "runnable_ns"};
	double sum_ns = 0;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		sum_ns += of_span(profile, path, kinds[i]);
	return sum_ns;
}

static double stolen_share(const struct profile *profile)
{
	return stolen_of_profile_s * 1e9 / (metric(profile, "wall_ns") * walks);
}

static bool adds_up(const struct profile *profile)
{
	double share = metric(profile, "unassigned_ns") / metric(profile, "wall_ns");

	return fabs(share) <= 0.02 + stolen_share(profile);
}

/* One that other work on the machine disturbed is made again. */
static void profile(struct profile *out)
{
	profile_once(out);
	for (int more = 2; more > 0 && !adds_up(out); more--) {
		release(out);
		profile_once(out);
	}
}

/* In percentage points of the wall time. */
static void assert_part(const struct profile *profile, double found_ns, double truth_ns)
{
	double wall_ns = metric(profile, "wall_ns");
	double points = 100 * (found_ns - truth_ns / walks) / wall_ns;

	if (fabs(points) > POINTS_MAX + 100 * stolen_share(profile))
		fail_msg("%.2f ms instead of %.2f ms of %.2f ms: %.2f points", found_ns * 1e-6,
			 truth_ns / walks * 1e-6, wall_ns * 1e-6, points);
}

static void assert_adds_up(const struct profile *profile)
{
	double share = metric(profile, "unassigned_ns") / metric(profile, "wall_ns");

	if (!adds_up(profile))
		fail_msg("%.1f %% unassigned", 100 * share);
}

#define RUN    "test-workload"
#define LAYOUT RUN ";test-layout.neighbors"
#define ENGINE LAYOUT ";test-engine"

/* By how much the share of a span in all computing is wrong. Reading the clock is a system call, or as much work in user
 * code. */
static double share_points(const struct profile *profile, const char *path, double truth_ns)
{
	double found_ns = of_span(profile, path, "user_ns") + of_span(profile, path, "syscall_ns");
	double all_ns = metric(profile, "user_ns") + metric(profile, "syscall_ns");

	return 100 * (found_ns / all_ns - truth_ns / (workload_ns + layout_ns + engine_ns));
}

/* As in profile(): what others take of the processor changes shares by some points. */
static void profile_shares(struct profile *out)
{
	profile(out);
	for (int more = 2;
	     more > 0 && fabs(share_points(out, ENGINE ".read", engine_ns)) > POINTS_MAX; more--) {
		release(out);
		profile(out);
	}
}

static void assert_share(const struct profile *profile, const char *path, double truth_ns)
{
	double points = share_points(profile, path, truth_ns);

	if (fabs(points) > POINTS_MAX)
		fail_msg("%s: %.2f points of all computing", path, points);
}

static bool sees_kernel(const struct profile *profile)
{
	return json_object_get(profile->sources, "syscall_ns") != NULL;
}

static bool has_samples(const struct profile *profile)
{
	return json_object_get(profile->metrics, "profile_samples_count") != NULL;
}

/* ---- tests ---- */

static void test_user_code(void **state)
{
	struct profile p;

	(void)state;
	memset(&asked, 0, sizeof(asked));
	asked.workload_ms = 50;
	asked.layout_ms = 50;
	asked.engine_ms = 150;
	walks = WALKS_OF_SHARES;
	profile_shares(&p);
	if (!has_samples(&p)) {
		release(&p);
		walks = WALKS;
		skip();
	}
	assert_adds_up(&p);
	/* The clock of the truths holds interrupts, too. */
	assert_part(&p,
		    metric(&p, "user_ns") + metric(&p, "syscall_ns") + metric(&p, "interrupt_ns") +
			    fabs(metric(&p, "unassigned_ns")),
		    workload_ns + layout_ns + engine_ns);
	assert_share(&p, ENGINE ".read", engine_ns);
	assert_share(&p, LAYOUT, layout_ns);
	assert_share(&p, RUN, workload_ns);
	release(&p);
	walks = WALKS;
}

static void test_sleep(void **state)
{
	struct profile p;

	(void)state;
	memset(&asked, 0, sizeof(asked));
	asked.workload_ms = 50;
	asked.sleep_ms = 50;
	profile(&p);
	assert_adds_up(&p);
	if (sees_kernel(&p)) {
		double blocked_ns = of_span(&p, ENGINE ".prefetch", "blocked_ns");

		assert_part(&p, all_of_span(&p, ENGINE ".prefetch"), sleep_ns);
		assert_part(&p, metric(&p, "blocked_clock_nanosleep_ns"), blocked_ns * walks);
		assert_part(&p, metric(&p, "blocked_ns"), blocked_ns * walks);
	} else {
		assert_true(metric(&p, "blocked_ns") > 0.9 * asked.sleep_ms * 1e6);
	}
	release(&p);
}

static void test_page_faults(void **state)
{
	struct profile p;

	(void)state;
	memset(&asked, 0, sizeof(asked));
	asked.workload_ms = 50;
	asked.fault_pages = 60000;
	if (faults_leave_the_kernel()) {
		print_message("skipped: page faults leave the kernel here (pvm), where no sample "
			      "is taken\n");
		skip();
	}
	profile(&p);
	assert_adds_up(&p);
	assert_true(metric(&p, "faults_minor") >= asked.fault_pages);
	if (!sees_kernel(&p)) {
		release(&p);
		skip();
	}
	double span_fault_ns = of_span(&p, ENGINE ".map", "fault_ns");
	assert_part(&p, all_of_span(&p, ENGINE ".map"), map_ns);
	assert_part(&p, metric(&p, "fault_ns"), span_fault_ns * walks);
	assert_true(of_span(&p, ENGINE ".map", "user_ns") < 0.2 * span_fault_ns);
	/* Nothing was read from a device. */
	assert_true(metric(&p, "fault_map_ns") > 0.95 * metric(&p, "fault_ns"));
	release(&p);
}

static void test_sync_that_blocks(void **state)
{
	struct profile p;

	(void)state;
	memset(&asked, 0, sizeof(asked));
	asked.workload_ms = 20;
	asked.sync_count = 20;
	FILE *file = tmpfile();
	assert_non_null(file);
	sync_fd = fileno(file);
	profile(&p);
	fclose(file);
	assert_adds_up(&p);
	if (!sees_kernel(&p)) {
		release(&p);
		skip();
	}
	assert_part(&p, all_of_span(&p, ENGINE ".sync"), sync_ns);
	/* The wait is in fsync, if the file system has anything to wait for. */
	assert_true(of_span(&p, ENGINE ".sync", "blocked_fsync_ns") >=
		    0.9 * of_span(&p, ENGINE ".sync", "blocked_ns"));
	release(&p);
}

static void test_stacks_have_names(void **state)
{
	struct profile p;
	size_t i;
	json_t *name;
	bool found = false;

	(void)state;
	memset(&asked, 0, sizeof(asked));
	asked.engine_ms = 50;
	profile(&p);
	if (!has_samples(&p)) {
		release(&p);
		skip();
	}
	json_array_foreach(json_object_get(p.detail, "frames"), i, name)
	{
		found |= strcmp(json_string_value(name), "engine_read") == 0;
	}
	assert_true(found);
	assert_true(of_span(&p, "(unknown)", "user_ns") < 0.01 * metric(&p, "wall_ns"));
	release(&p);
}

/* Samples that are counted, as those of cycles, share the time on a processor. */
static void test_counted_samples(void **state)
{
	struct profile p;

	(void)state;
	memset(&asked, 0, sizeof(asked));
	asked.workload_ms = 50;
	asked.engine_ms = 100;
	asked.sleep_ms = 50;
	clock_of_samples = PROFILE_CLOCK_TEST;
	walks = WALKS_OF_SHARES;
	profile_shares(&p);
	clock_of_samples = PROFILE_CLOCK_BEST;
	if (!sees_kernel(&p)) {
		release(&p);
		walks = WALKS;
		skip();
	}
	assert_string_equal(json_string_value(json_object_get(p.sources, "user_ns")),
			    "perf:task-clock");
	assert_adds_up(&p);
	assert_share(&p, ENGINE ".read", engine_ns);
	assert_share(&p, RUN, workload_ns);
	release(&p);
	walks = WALKS;
}

/* The clocks that every user may read: only kinds, and coarser. */
static void test_without_events(void **state)
{
	struct profile p;

	(void)state;
	memset(&asked, 0, sizeof(asked));
	asked.workload_ms = 100;
	asked.sleep_ms = 100;
	without_events = true;
	profile(&p);
	without_events = false;
	if (!json_object_get(p.metrics, "blocked_ns")) {
		release(&p);
		skip(); /* no schedstat */
	}
	assert_adds_up(&p);
	assert_string_equal(json_string_value(json_object_get(p.sources, "user_ns")), "getrusage");
	assert_part(&p, metric(&p, "blocked_ns") + metric(&p, "runnable_ns"),
		    metric(&p, "wall_ns") * walks - workload_ns);
	assert_true(metric(&p, "blocked_ns") > 0.9 * asked.sleep_ms * 1e6);
	release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_user_code),         cmocka_unit_test(test_sleep),
		cmocka_unit_test(test_page_faults),       cmocka_unit_test(test_sync_that_blocks),
		cmocka_unit_test(test_stacks_have_names), cmocka_unit_test(test_without_events),
		cmocka_unit_test(test_counted_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
