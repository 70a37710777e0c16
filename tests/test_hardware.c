/* Counting events around work, and scaling; with events that every machine has in place of the processor's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "../harness/base/clock.h"
#include "../harness/count/hardware.h"

#define PAGES 1000

static const struct hardware_event everywhere[] = {
	{"task_clock", "PERF_COUNT_SW_TASK_CLOCK", ""},
	{"nothing", "NO_SUCH_EVENT", ""},
	{"faults", "PERF_COUNT_SW_PAGE_FAULTS", ""},
};

static void touch_pages(void)
{
	char *pages = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);

	assert_ptr_not_equal(pages, MAP_FAILED);
	madvise(pages, PAGES * 4096, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < PAGES; i++)
		*(volatile char *)(pages + i * 4096) = 1;
	munmap(pages, PAGES * 4096);
}

static void test_counts_between(void **state)
{
	struct hardware *hardware;
	struct hardware_value clock, faults, none;
	struct why why = {""};

	(void)state;
	int err = hardware_new(everywhere, 3, NULL, 0, &hardware, &why);
	if (err) {
		print_message("no perf events: %s\n", why.text);
		skip();
	}
	touch_pages(); /* not counted */
	for (unsigned round = 0; round < 2; round++) {
		uint64_t began_ns = clock_now_ns();

		assert_int_equal(hardware_begin(hardware), 0);
		touch_pages();
		assert_int_equal(hardware_end(hardware), 0);
		double wall_ns = (double)(clock_now_ns() - began_ns);
		assert_int_equal(hardware_read(hardware, 0, &clock), 0);
		assert_int_equal(hardware_read(hardware, 1, &faults), 0);
		assert_int_equal(hardware_read(hardware, 2, &none), -ENOENT);
		assert_string_equal(clock.name, "task_clock");
		assert_string_equal(faults.name, "faults");
		assert_true(clock.count > 0 && clock.count <= wall_ns);
		assert_true(faults.count >= PAGES && faults.count < PAGES + 100);
		assert_true(clock.running_percent > 99 && clock.running_percent <= 100.001);
	}
	hardware_free(hardware);
}

static void test_none_of_them(void **state)
{
	struct hardware *hardware;
	struct why why = {""};

	(void)state;
	assert_int_equal(hardware_new(&everywhere[1], 1, NULL, 0, &hardware, &why), -EOPNOTSUPP);
	assert_non_null(strstr(why.text, "NO_SUCH_EVENT"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts_between),
		cmocka_unit_test(test_none_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
