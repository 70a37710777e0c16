/* Parts of figures: what leaves an axis, what is not proven, zeros, and axes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../harness/plot/bar_chart.h"
#include "../harness/plot/chart.h"
#include "../harness/plot/forest.h"

/* How often `part` stands in `text`. */
static size_t occurrences(const char *text, const char *part)
{
	size_t count = 0;

	for (; (text = strstr(text, part)) != NULL; text += strlen(part))
		count++;
	return count;
}

/* The SVG of one mark. The caller frees it. */
static char *draw_mark(double value, double low, double high, bool is_hollow)
{
	struct chart_axis axis = {.left = 0, .right = 100, .min = 1, .max = 10, .is_log = true};
	struct chart_mark mark = {.value = value,
				  .low = low,
				  .high = high,
				  .quartile1 = (double)NAN,
				  .quartile3 = (double)NAN,
				  .is_hollow = is_hollow,
				  .engine = "mmap",
				  .title = "a < b"};
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	chart_mark(out, &axis, 10, &mark);
	fclose(out);
	return text;
}

#define ARROW_PATH "stroke=\"none\" d=\"M"

static void test_marks(void **state)
{
	static const struct {
		double value, low, high;
		size_t arrows, dots;
	} cases[] = {
		{3, 2, 5, 0, 1}, /* all on the axis */
		{3, .5, 5, 1, 1},   {3, 2, 50, 1, 1}, {3, .5, 50, 2, 1},
		{50, 20, 90, 2, 0}, /* the value leaves the axis, too: no dot pretends to be it */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = draw_mark(cases[i].value, cases[i].low, cases[i].high, false);

		assert_int_equal(occurrences(text, ARROW_PATH), cases[i].arrows);
		assert_int_equal(occurrences(text, "<circle"), cases[i].dots);
		assert_int_equal(occurrences(text, "class=\"hollow\""), 0);
		assert_int_equal(occurrences(text, "<title>a &#60; b</title>") +
					 occurrences(text, "<title>a &lt; b</title>"),
				 1);
		free(text);
	}
	char *text = draw_mark(3, 2, 5, true);
	assert_int_equal(occurrences(text, "class=\"hollow\""), 1);
	free(text);
}

static void test_axis(void **state)
{
	struct chart_axis axis = {.left = 10, .right = 110, .min = 23, .max = 870, .is_log = true};

	(void)state;
	chart_round_axis(&axis);
	assert_true(axis.min == 20 && axis.max == 1000);
	assert_true(chart_x(&axis, 5) == 10 && chart_x(&axis, 5000) == 110);
	axis = (struct chart_axis){.left = 0, .right = 100, .min = 3, .max = 42};
	chart_round_axis(&axis);
	assert_true(axis.min == 0 && axis.max == 50); /* shares and counts begin at 0 */
	assert_true(fabs(chart_x(&axis, 25) - 50) < 1e-9);
}

static void put_number(char *text, size_t size, double value)
{
	snprintf(text, size, "%g", value);
}

/* A value of 0 is drawn as "0" without a bar, in every row. */
static void test_zeros(void **state)
{
	struct bar_row rows[] = {
		{.cell = "a", .group = "g", .label = "mmap", .engine = "mmap", .values = {0}},
		{.cell = "b", .group = "g", .label = "pread", .engine = "pread", .values = {4}},
		{.cell = "c", .group = "g", .label = "memory", .engine = "memory", .values = {0}},
		{.cell = "d", .group = "h", .label = "uring", .engine = "uring", .values = {130}},
	};
	struct bar_column column = {
		.title = "calls", .end = 100, .suspect = 110, .text = put_number};
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	bar_chart(out, rows, 4, &column, 1, CHART_WIDE);
	fclose(out);
	assert_int_equal(occurrences(text, ">0</text>"), 2);
	assert_int_equal(occurrences(text, "<rect"), 2);
	assert_int_equal(occurrences(text, "class=\"hatch\""), 1); /* above what can be */
	free(text);
}

static void test_percent(void **state)
{
	static const struct {
		double percent;
		const char *text;
	} cases[] = {{0, "0 %"},      {2.34, "+2.3 %"}, {-80.8, "−81 %"},
		     {99.2, "+99 %"}, {100, "2×"},      {530, "6.3×"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[32];

		forest_percent_text(cases[i].percent, text, sizeof(text));
		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_axis),
		cmocka_unit_test(test_zeros),
		cmocka_unit_test(test_percent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
