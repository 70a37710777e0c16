/*
 * Counts are exact or absent: known numbers of system calls and of touched pages are counted
 * exactly, and an empty region counts nothing. If this user may not open tracepoints, the tests of
 * system calls are skipped with the reason.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../harness/count/counters.h"

#define PAGES_COUNT 256
#define PAGE_BYTES  ((size_t)sysconf(_SC_PAGESIZE))

static struct counters *counters;
static struct counter_set set;

static int open_counters(void **state)
{
	(void)state;
	return counters_new(COUNTERS_AUTO, &counters);
}

static int close_counters(void **state)
{
	(void)state;
	counters_free(counters);
	return 0;
}

static uint64_t value_of(const char *name)
{
	const struct counter_value *value = counter_find(&set, name);
	return value == NULL ? 0 : value->value;
}

/* Ends the test as skipped if system calls cannot be counted. */
static void need_syscalls(void)
{
	struct counter_info infos[COUNTERS_MAX];
	size_t count = counters_describe(counters, infos, COUNTERS_MAX);
	assert_true(count <= COUNTERS_MAX);
	for (size_t i = 0; i < count; i++) {
		bool is_traced = infos[i].available && strcmp(infos[i].source, "ptrace") == 0;
		if (strcmp(infos[i].name, "syscalls") != 0 || (infos[i].available && !is_traced))
			continue;
		assert_true(is_traced || infos[i].why.text[0] != '\0');
		print_message("skipped: %s\n", infos[i].why.text);
		skip();
	}
}

static void read_set(void)
{
	counters_read(counters, &set);
}

static void assert_sum(void)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < set.count; i++) {
		if (strncmp(set.values[i].name, "syscalls_", strlen("syscalls_")) == 0)
			sum += set.values[i].value;
	}
	assert_int_equal(sum, value_of("syscalls"));
}

static void *map_pages(size_t count)
{
	void *pages = mmap(NULL, count * PAGE_BYTES, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(pages, MAP_FAILED);
	/* One fault per page, whatever the machine's policy for huge pages. */
	madvise(pages, count * PAGE_BYTES, MADV_NOHUGEPAGE);
	return pages;
}

/* Not instrumented: AddressSanitizer's shadow of these pages would fault, too. */
__attribute__((no_sanitize_address)) static void touch_pages(void *pages, size_t count)
{
	for (size_t i = 0; i < count; i++)
		((volatile char *)pages)[i * PAGE_BYTES] = 1;
}

static void an_empty_region_counts_nothing(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		assert_int_equal(counters_start(counters), 0);
		assert_int_equal(counters_stop(counters), 0);
		read_set();
		assert_int_equal(value_of("syscalls"), 0);
		assert_int_equal(value_of("faults_minor"), 0);
		assert_int_equal(value_of("faults_major"), 0);
		assert_int_equal(value_of("faults_minor_rusage"), 0);
		assert_int_equal(value_of("faults_major_rusage"), 0);
		assert_sum();
	}
}

static void every_one_of_a_thousand_preads_is_counted(void **state)
{
	(void)state;
	need_syscalls();
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	char buffer[64];
	for (int round = 0; round < 2; round++) {
		int failed_count = 0;
		counters_start(counters);
		for (int i = 0; i < 1000; i++)
			failed_count += pread(fd, buffer, sizeof(buffer), 0) < 0;
		counters_stop(counters);
		read_set();
		assert_int_equal(failed_count, 0);
		assert_int_equal(value_of("syscalls_pread64"), 1000);
		assert_int_equal(value_of("syscalls"), 1000);
	}
	close(fd);
}

static void a_mix_is_counted_by_name(void **state)
{
	(void)state;
	need_syscalls();
	char buffer[64];
	counters_start(counters);
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	for (int i = 0; i < 7; i++)
		lseek(fd, i, SEEK_SET);
	for (int i = 0; i < 5; i++)
		(void)!read(fd, buffer, sizeof(buffer));
	void *page = mmap(NULL, 1, PROT_READ, MAP_PRIVATE, fd, 0);
	munmap(page, 1);
	for (int i = 0; i < 3; i++)
		syscall(SYS_getppid);               /* has no separate counter */
	syscall(SYS_newfstatat, -1, NULL, NULL, 0); /* a failed call is counted, too */
	close(fd);
	counters_stop(counters);
	read_set();
	assert_int_equal(value_of("syscalls_openat"), 1);
	assert_int_equal(value_of("syscalls_lseek"), 7);
	assert_int_equal(value_of("syscalls_read"), 5);
	assert_int_equal(value_of("syscalls_mmap"), 1);
	assert_int_equal(value_of("syscalls_munmap"), 1);
	assert_int_equal(value_of("syscalls_newfstatat"), 1);
	assert_int_equal(value_of("syscalls_close"), 1);
	assert_int_equal(value_of("syscalls_other"), 3);
	assert_int_equal(value_of("syscalls"), 20);
	assert_null(counter_find(&set, "syscalls_pread64"));
	assert_null(counter_find(&set, "syscalls_ioctl")); /* our own, subtracted */
	assert_sum();
}

static void every_touched_page_is_one_fault(void **state)
{
	(void)state;
	void *pages = map_pages(PAGES_COUNT);
	struct rusage before, after;
	getrusage(RUSAGE_THREAD, &after); /* touches its page and resolves its symbol beforehand */
	counters_start(counters);
	/*
	 * Inside the region, because start and stop allocate, and an allocator may touch new pages.
	 */
	getrusage(RUSAGE_THREAD, &before);
	touch_pages(pages, PAGES_COUNT);
	getrusage(RUSAGE_THREAD, &after);
	counters_stop(counters);
	read_set();
	assert_int_equal(value_of("faults_minor"), PAGES_COUNT);
	assert_int_equal(value_of("faults_minor_rusage"), PAGES_COUNT);
	assert_int_equal(after.ru_minflt - before.ru_minflt, PAGES_COUNT);
	assert_int_equal(value_of("faults_major"), value_of("faults_major_rusage"));
	munmap(pages, PAGES_COUNT * PAGE_BYTES);
}

/* Faults by the kernel, in a call that copies to user memory, are counted, too. */
static void faults_inside_calls_are_counted(void **state)
{
	(void)state;
	void *pages = map_pages(PAGES_COUNT);
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	counters_start(counters);
	long got = syscall(SYS_read, fd, pages, PAGES_COUNT * PAGE_BYTES);
	counters_stop(counters);
	read_set();
	assert_int_equal(got, PAGES_COUNT * PAGE_BYTES);
	assert_int_equal(value_of("faults_minor"), PAGES_COUNT);
	assert_int_equal(value_of("faults_minor_rusage"), PAGES_COUNT);
	close(fd);
	munmap(pages, PAGES_COUNT * PAGE_BYTES);
}

static void sleeping_switches_context(void **state)
{
	(void)state;
	counters_start(counters);
	for (int i = 0; i < 10; i++)
		nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
	counters_stop(counters);
	read_set();
	/* A sleep whose time is over before the thread has left its processor switches nothing: the
	 * machine was paused meanwhile. */
	assert_true(value_of("context_switches") >= 5);
	if (counter_find(&set, "syscalls") != NULL)
		assert_int_equal(value_of("syscalls_clock_nanosleep"), 10);
}

static void getrusage_counts_without_perf(void **state)
{
	(void)state;
	struct counters *none;
	assert_int_equal(counters_new(COUNTERS_NONE, &none), 0);
	void *pages = map_pages(PAGES_COUNT);
	counters_start(none);
	touch_pages(pages, PAGES_COUNT);
	counters_stop(none);
	counters_read(none, &set);
	assert_null(counter_find(&set, "syscalls"));
	assert_null(counter_find(&set, "cycles"));
	const struct counter_value *faults = counter_find(&set, "faults_minor");
	assert_non_null(faults);
	assert_int_equal(faults->value, PAGES_COUNT);
	assert_string_equal(faults->source, "getrusage");
	assert_non_null(counter_find(&set, "context_switches"));
	munmap(pages, PAGES_COUNT * PAGE_BYTES);
	counters_free(none);
}

/* Every counter is either available with its source or absent with a reason. */
static void absent_counters_have_a_reason(void **state)
{
	(void)state;
	struct counter_info infos[COUNTERS_MAX];
	size_t count = counters_describe(counters, infos, COUNTERS_MAX);
	assert_true(count > 0 && count <= COUNTERS_MAX);
	counters_start(counters);
	counters_stop(counters);
	read_set();
	for (size_t i = 0; i < count; i++) {
		assert_non_null(infos[i].help);
		if (infos[i].available) {
			assert_non_null(infos[i].source);
		} else {
			assert_true(infos[i].why.text[0] != '\0');
			assert_null(counter_find(&set, infos[i].name));
		}
	}
}

/* Calls of known number, by name, traced; and nothing that is made outside the region. */
static void test_traced_calls(void **state)
{
	struct counters *traced;
	(void)state;
	assert_int_equal(counters_new(COUNTERS_PTRACE, &traced), 0);
	if (!counters_trace(traced)) {
		counters_free(traced);
		print_message("skipped: ptrace is forbidden here\n");
		skip();
	}
	for (int round = 0; round < 3; round++) {
		assert_int_equal(counters_start(traced), 0);
		assert_int_equal(counters_stop(traced), 0);
		assert_int_equal(counters_trace_start(traced), 0);
		for (int i = 0; i < 100 * round; i++)
			syscall(SYS_gettid);
		syscall(SYS_getsid, 0); /* a call without a name of its own */
		assert_int_equal(counters_trace_stop(traced), 0);
		counters_read(traced, &set);
		assert_int_equal(value_of("syscalls"), 100 * round + 1);
		assert_int_equal(value_of("syscalls_gettid"), 100 * round);
		assert_int_equal(value_of("syscalls_other"), 1);
		assert_string_equal(counter_find(&set, "syscalls")->source, "ptrace");
	}
	counters_free(traced);
}

/* Starts a shell that starts another one, which starts true(1): a tree of processes. */
static void run_tree(void)
{
	static char shell[] = "sh", option[] = "-c", text[] = "sh -c 'true | true; :'; :";
	char *const argv[] = {shell, option, text, NULL};
	pid_t pid;
	int status = -1;

	assert_int_equal(posix_spawnp(&pid, shell, NULL, NULL, argv, environ), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Sets the system calls of the tree in `set`, by perf or by ptrace. */
static bool count_tree(enum counters_mode mode)
{
	struct counters *children;

	assert_int_equal(counters_new_children(mode, &children), 0);
	assert_int_equal(counters_start(children), 0);
	run_tree();
	assert_int_equal(counters_stop(children), 0);
	if (counters_trace(children)) {
		assert_int_equal(counters_trace_start(children), 0);
		run_tree();
		assert_int_equal(counters_trace_stop(children), 0);
	}
	/* What this process does itself is not counted. */
	syscall(SYS_getppid);
	counters_read(children, &set);
	counters_free(children);
	return counter_find(&set, "syscalls") != NULL;
}

/* Again and again, because the kernel may switch between parent and child in more than one way. */
static void children_are_counted_alike(void **state)
{
	static const char *const names[] = {"syscalls_execve", "syscalls_exit_group",
					    "syscalls_openat", "syscalls_pipe2"};
	uint64_t known[sizeof(names) / sizeof(names[0])] = {0};

	(void)state;
	for (int round = 0; round < 6; round++) {
		if (!count_tree(round % 2 ? COUNTERS_PTRACE : COUNTERS_AUTO)) {
			print_message("skipped: neither perf nor ptrace is allowed here\n");
			skip();
		}
		assert_true(value_of("syscalls_exit_group") >= 4);
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			if (round > 0)
				assert_int_equal(value_of(names[i]), known[i]);
			known[i] = value_of(names[i]);
		}
		assert_true(value_of("faults_minor_rusage") > 0);
		if (counter_find(&set, "memory_peak_bytes"))
			assert_in_range(value_of("memory_peak_bytes"), 65536, 1 << 30);
	}
}

static void a_child_that_is_not_started_counts_nothing(void **state)
{
	struct counters *children;

	(void)state;
	assert_int_equal(counters_new_children(COUNTERS_AUTO, &children), 0);
	assert_int_equal(counters_start(children), 0);
	syscall(SYS_getppid);
	assert_int_equal(counters_stop(children), 0);
	counters_read(children, &set);
	assert_int_equal(value_of("syscalls"), 0);
	assert_int_equal(value_of("faults_minor"), 0);
	counters_free(children);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_traced_calls),
		cmocka_unit_test(an_empty_region_counts_nothing),
		cmocka_unit_test(every_one_of_a_thousand_preads_is_counted),
		cmocka_unit_test(a_mix_is_counted_by_name),
		cmocka_unit_test(every_touched_page_is_one_fault),
		cmocka_unit_test(faults_inside_calls_are_counted),
		cmocka_unit_test(sleeping_switches_context),
		cmocka_unit_test(getrusage_counts_without_perf),
		cmocka_unit_test(absent_counters_have_a_reason),
		cmocka_unit_test(children_are_counted_alike),
		cmocka_unit_test(a_child_that_is_not_started_counts_nothing),
	};
	return cmocka_run_group_tests_name("counters", tests, open_counters, close_counters);
}
