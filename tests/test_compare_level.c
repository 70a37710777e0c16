/* compare's verdicts on times, by made-up runs: what the figure of a run is, when times are judged, how
 * often a change is found that is not there, and that an effect of the printed size is found. The noise is
 * that of fresh processes of one program: processes differ, some are in a slow state, samples vary within
 * each, and runs taken at different times differ in all of their processes. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../harness/base/clock.h"
#include "../harness/judge/comparison.h"
#include "../harness/record/joined.h"
#include "support/made_up_runs.h"
#include "support/random.h"
#include "support/rates.h"

static uint64_t seed = 20260131;

#define SIDES_MAX 8

/* ---- verdicts ---- */

static void test_equal_builds(void **state)
{
	(void)state;
	RATES_ONCE();
	static const size_t sides[][2] = {{3, 1}, {3, 3}, {5, 1}, {5, 3}};
	for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
		size_t a_count = sides[i][0], count = a_count + sides[i][1];
		size_t wrong = 0, all = 0, open = 0;
		while (all < 5000) {
			struct run runs[SIDES_MAX];
			for (size_t j = 0; j < count; j++)
				runs[j] = made_up_run(&seed);
			struct comparison out =
				made_up_compare(runs, a_count, runs + a_count, count - a_count);
			wrong += comparison_count(&out, VERDICT_REGRESSION) +
				 comparison_count(&out, VERDICT_IMPROVEMENT);
			open += comparison_count(&out, VERDICT_INCONCLUSIVE);
			all += out.cells_count;
			comparison_release(&out);
			made_up_drop(runs, count);
		}
		print_message("%zu and %zu runs: %zu of %zu cells false, %zu inconclusive\n",
			      a_count, count - a_count, wrong, all, open);
		/* .1 % of 5 000 are 5; more than 12 are no chance */
		assert_true(wrong <= 12);
		if (a_count == 5 && count == 8)
			assert_true(open < all / 10); /* it does not say nothing either */
	}
}

/* The effect that a comparison prints is put into its candidate. */
static void test_printed_effect(void **state)
{
	(void)state;
	RATES_ONCE();
	size_t found = 0, all = 0;
	for (int round = 0; round < 30; round++) {
		struct run runs[6], changed = made_up_empty_run("changed", "pread", MADE_UP_CELLS);
		for (size_t i = 0; i < 6; i++)
			runs[i] = made_up_run(&seed);
		struct comparison out = made_up_compare(runs, 5, runs + 5, 1);
		for (size_t i = 0; i < json_array_size(runs[5].samples); i++) {
			const json_t *sample = json_array_get(runs[5].samples, i);
			int cell = atoi(json_string_value(json_object_get(sample, "cell")) + 4);
			json_t *metrics = json_object_get(sample, "metrics");
			double time_ns =
				json_number_value(json_object_get(metrics, "real_time_ns"));
			time_ns *= 1 + out.cells[cell].mde_percent / 100;
			made_up_add(&changed, cell,
				    (int)json_integer_value(json_object_get(sample, "process")),
				    (int)json_integer_value(json_object_get(sample, "repetition")),
				    time_ns);
		}
		comparison_release(&out);
		out = made_up_compare(runs, 5, &changed, 1);
		found += comparison_count(&out, VERDICT_REGRESSION);
		all += out.cells_count;
		comparison_release(&out);
		made_up_drop(runs, 6);
		made_up_drop(&changed, 1);
	}
	print_message("the printed effect is found in %zu of %zu cells\n", found, all);
	assert_true((double)found >= 0.85 * (double)all && (double)found <= 0.95 * (double)all);
}

/* Three runs show how much runs differ; fewer do not, whatever they show. */
static void test_few_runs(void **state)
{
	(void)state;
	RATES_ONCE();
	const double fast[] = {100}, slow[] = {1000}, near[] = {101}, far[] = {102};
	struct run runs[4] = {made_up_plain_run("a", fast, 1), made_up_plain_run("b", near, 1),
			      made_up_plain_run("c", far, 1), made_up_plain_run("d", slow, 1)};
	for (size_t count = 1; count <= 3; count++) {
		struct comparison out = made_up_compare(runs, count, runs + 3, 1);
		enum verdict wanted = count < 3 ? VERDICT_SAME_COUNTS : VERDICT_REGRESSION;
		assert_int_equal(out.cells[0].verdict, wanted);
		assert_true(fabs(out.cells[0].effect_percent - 900) < 30);
		assert_int_equal(isnan(out.cells[0].low_percent), count < 3);
		assert_int_equal(out.times_judged, count == 3);
		assert_int_equal(comparison_status(&out), count < 3 ? 4 : 3);
		if (count < 3)
			assert_non_null(strstr(out.note, "only 3 or more"));
		comparison_leave_times_out(&out);
		assert_int_equal(comparison_status(&out), 0);
		assert_int_equal(out.cells[0].verdict, VERDICT_NO_CHANGE);
		comparison_release(&out);
	}
	/* three candidates do not replace the baseline's */
	struct comparison out = made_up_compare(runs + 3, 1, runs, 3);
	assert_int_equal(out.cells[0].verdict, VERDICT_SAME_COUNTS);
	comparison_release(&out);
	/* nor do copies of one run */
	for (int i = 0; i < 3; i++)
		json_object_set_new(runs[i].info, "started", json_string("2026-01-31T12:00:00Z"));
	out = made_up_compare(runs, 3, runs + 3, 1);
	assert_int_equal(out.cells[0].verdict, VERDICT_SAME_COUNTS);
	assert_non_null(strstr(out.note, "copies of one run"));
	comparison_release(&out);
	for (int i = 0; i < 3; i++) {
		char text[32];
		snprintf(text, sizeof text, "2026-01-31T12:0%d:00Z", i);
		json_object_set_new(runs[i].info, "started", json_string(text));
	}
	out = made_up_compare(runs, 3, runs + 3, 1);
	assert_int_equal(out.cells[0].verdict, VERDICT_REGRESSION);
	assert_non_null(strstr(out.note, "within 120 s"));
	comparison_release(&out);
	made_up_drop(runs, 4);
}

/* Where an effect of the threshold would not be found, "no change" is not said. */
static void test_threshold(void **state)
{
	(void)state;
	const double times[] = {100, 110, 90, 104};
	struct run runs[4];
	for (int i = 0; i < 4; i++)
		runs[i] = made_up_plain_run("run", &times[i], 1);
	struct comparison out = made_up_compare(runs, 3, runs + 3, 1);
	struct why why = {""};
	assert_int_equal(out.cells[0].verdict, VERDICT_INCONCLUSIVE);
	assert_true(out.cells[0].mde_percent > 10);
	double printed = out.cells[0].mde_percent;
	comparison_release(&out);
	assert_int_equal(comparison_of_runs(runs, 3, runs + 3, 1, printed * 4, false, &out, &why),
			 0);
	assert_int_equal(out.cells[0].verdict, VERDICT_NO_CHANGE);
	comparison_release(&out);
	made_up_drop(runs, 4);
}

/* ---- figures ---- */

/* The least of as many processes as every run has, and of each its lower quartile. */
static void test_figure(void **state)
{
	(void)state;
	const double many[] = {400, 200, 300, 100}, few[] = {500, 250};
	struct run a = made_up_plain_run("a", many, 4), b = made_up_plain_run("b", few, 2);
	struct comparison out = made_up_compare(&a, 1, &b, 1);
	assert_true(fabs(out.cells[0].a_ns - 200) < 1e-9);
	assert_true(fabs(out.cells[0].b_ns - 250) < 1e-9);
	assert_true(fabs(out.cells[0].effect_percent - 25) < 1e-9);
	assert_int_equal(json_integer_value(json_object_get(out.cells[0].details, "processes")), 2);
	comparison_release(&out);
	for (int i = 1; i < 5; i++) /* 250, 350, …, 650: the lower quartile is 350 */
		made_up_add(&b, 0, 1, i, 250 + 100 * i);
	out = made_up_compare(&a, 1, &b, 1);
	assert_true(fabs(out.cells[0].b_ns - 350) < 1e-9);
	comparison_release(&out);
	made_up_drop(&a, 1);
	made_up_drop(&b, 1);
}

/* The least does not see slow processes: their share is a note, and not a verdict. */
static void test_slow_processes(void **state)
{
	(void)state;
	RATES_ONCE();
	const double even[] = {100, 101, 102, 103, 104, 105, 106, 107, 108, 109};
	const double slow[] = {100, 101, 140, 141, 140, 139, 142, 140, 139, 141};
	struct run a = made_up_plain_run("a", even, 10), b = made_up_plain_run("b", slow, 10);
	struct comparison out = made_up_compare(&a, 1, &b, 1);
	assert_true(fabs(out.cells[0].effect_percent) < 1e-9);
	assert_non_null(strstr(out.cells[0].note, "0 of 10, then 8 of 10"));
	assert_int_equal(out.cells[0].verdict, VERDICT_SAME_COUNTS);
	comparison_release(&out);
	out = made_up_compare(&a, 1, &a, 1);
	assert_null(out.cells[0].note);
	comparison_release(&out);
	made_up_drop(&a, 1);
	made_up_drop(&b, 1);
}

/* A phase of several runs is as good as the runs themselves. */
static void test_joined(void **state)
{
	(void)state;
	struct run runs[4], joined;
	struct why why = {""};
	for (int i = 0; i < 4; i++)
		runs[i] = made_up_run(&seed);
	assert_int_equal(runs_join(runs, 3, &joined, &why), 0);
	assert_int_equal(run_joined_count(&joined), 3);
	struct comparison apart = made_up_compare(runs, 3, runs + 3, 1);
	struct comparison together = made_up_compare(&joined, 1, runs + 3, 1);
	assert_int_equal(together.a_runs_count, 3);
	assert_int_equal(apart.cells_count, together.cells_count);
	for (size_t i = 0; i < apart.cells_count; i++) {
		assert_true(apart.cells[i].effect_percent == together.cells[i].effect_percent);
		assert_true(apart.cells[i].mde_percent == together.cells[i].mde_percent);
		assert_int_equal(apart.cells[i].verdict, together.cells[i].verdict);
	}
	comparison_release(&apart);
	comparison_release(&together);
	run_release(&joined);
	made_up_drop(runs, 4);
}

static void test_yardsticks(void **state)
{
	(void)state;
	struct run a = made_up_empty_run("a", "memory", 3), b = made_up_empty_run("b", "memory", 3);
	for (int i = 0; i < 3; i++) {
		made_up_add(&a, i, 0, 0, 100);
		made_up_add(&b, i, 0, 0, 110 + i);
	}
	json_object_set_new(a.info, "roofline",
			    json_pack("{s:i,s:{s:{s:f}}}", "measured_at_s", 1, "memory",
				      "latency_ns", "median", 100.0));
	json_object_set_new(b.info, "roofline",
			    json_pack("{s:i,s:{s:{s:f}}}", "measured_at_s", 2, "memory",
				      "latency_ns", "median", 125.0));
	struct comparison out = made_up_compare(&a, 1, &b, 1);
	assert_non_null(strstr(out.note, "time of bare loops +11.0% (median of 3 cells)"));
	assert_non_null(strstr(out.note, "memory latency +25.0%"));
	assert_non_null(strstr(out.note, "measure again"));
	comparison_release(&out);
	/* the same measurement says nothing */
	json_object_set_new(json_object_get(b.info, "roofline"), "measured_at_s", json_integer(1));
	out = made_up_compare(&a, 1, &b, 1);
	assert_null(strstr(out.note, "latency"));
	comparison_release(&out);
	made_up_drop(&a, 1);
	made_up_drop(&b, 1);
}

/* ---- size ---- */

/* CPU seconds to compare three runs with one; each run has this number of cells, with 10 processes and 20 samples each. */
static double seconds_of(int cells)
{
	struct run runs[4];
	for (int i = 0; i < 4; i++) {
		runs[i] = made_up_empty_run("large", "pread", cells);
		for (int cell = 0; cell < cells; cell++) {
			for (int j = 0; j < 200; j++)
				made_up_add(&runs[i], cell, j / 20, j % 20,
					    MADE_UP_TIME_NS * (1 + 0.1 * random_uniform(&seed)));
		}
	}
	uint64_t begin_ns = clock_read_ns(CLOCK_PROCESS_CPUTIME_ID);
	struct comparison out = made_up_compare(runs, 3, runs + 3, 1);
	double seconds = (double)(clock_read_ns(CLOCK_PROCESS_CPUTIME_ID) - begin_ns) * 1e-9;
	assert_int_equal(out.cells_count, cells);
	comparison_release(&out);
	made_up_drop(runs, 4);
	return seconds;
}

/* Not a time, which depends on the machine, but its growth: five times the cells would take 25 times as long if a step
 * were quadratic. */
static void test_large(void **state)
{
	(void)state;
	RATES_ONCE();
	double fifth = seconds_of(200), whole = seconds_of(1000);
	print_message(
		"3 runs and 1 of 1000 cells, 10 processes, 20 samples: %.1f s, of 200 %.1f s\n",
		whole, fifth);
	assert_true(whole < 12 * fifth);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal_builds), cmocka_unit_test(test_printed_effect),
		cmocka_unit_test(test_few_runs),     cmocka_unit_test(test_threshold),
		cmocka_unit_test(test_figure),       cmocka_unit_test(test_slow_processes),
		cmocka_unit_test(test_joined),       cmocka_unit_test(test_yardsticks),
		cmocka_unit_test(test_large),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
