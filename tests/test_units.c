/* Human-readable numbers: the boundaries between units, and values that are not numbers. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../harness/base/units.h"

static void test_units(void **state)
{
	char text[UNIT_TEXT_MAX];
	(void)state;
	format_time_ns(text, sizeof text, 999.4, true);
	assert_string_equal(text, "999 ns");
	format_time_ns(text, sizeof text, 999.6, true);
	assert_string_equal(text, "1.00 µs");
	format_time_ns(text, sizeof text, 1.25e6, false);
	assert_string_equal(text, "1.25 ms");
	format_time_ns(text, sizeof text, 9.999e9, false);
	assert_string_equal(text, "10.0 s");
	format_time_ns(text, sizeof text, (double)NAN, false);
	assert_string_equal(text, "-");
	format_count(text, sizeof text, 12345);
	assert_string_equal(text, "12.3k");
	format_count(text, sizeof text, 9999);
	assert_string_equal(text, "9999");
	format_count(text, sizeof text, 0.0123);
	assert_string_equal(text, "0.012");
	format_bytes(text, sizeof text, 4096);
	assert_string_equal(text, "4.00 KiB");
	assert_int_equal(text_width("±µ×"), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_units),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
