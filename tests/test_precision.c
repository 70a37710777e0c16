/*
 * Figures over processes and --precision: intervals of the median, and how often they contain it when
 * a run stops as soon as they are narrow. Processes are made up: they differ, a part of them is in a
 * slow state, and some distributions have heavy tails.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../harness/measure/precision.h"
#include "../workloads/support/mix.h"
#include "support/random.h"

static uint64_t state;

struct model {
	const char *name;
	double spread;     /* of the logarithm */
	double slow_share; /* of processes that take SLOW times as long */
	bool is_heavy;
	double median;
};
#define SLOW 1.35

static double draw(const struct model *model)
{
	double error = model->is_heavy ? random_student3(&state) : random_normal(&state);
	double slow = random_uniform(&state) < model->slow_share ? SLOW : 1;

	return 1e6 * exp(model->spread * error) * slow;
}

static double true_median(const struct model *model)
{
	enum { DRAWS = 200001 };
	double *values = malloc(DRAWS * sizeof(*values));

	for (size_t i = 0; i < DRAWS; i++)
		values[i] = draw(model);
	double median = quantile(values, DRAWS, 0.5);
	free(values);
	return median;
}

static struct model models[] = {
	{"steady", 0.02, 0, false, 0},
	{"usual", 0.04, 0, false, 0},
	{"noisy", 0.08, 0, false, 0},
	{"a quarter slow", 0.02, 0.25, false, 0},
	{"two fifths slow", 0.02, 0.4, false, 0},
	{"heavy tails", 0.03, 0, true, 0},
};
#define MODELS_COUNT (sizeof(models) / sizeof(models[0]))

static int prepare(void **unused)
{
	(void)unused;
	state = 1;
	for (size_t i = 0; i < MODELS_COUNT; i++)
		models[i].median = true_median(&models[i]);
	return 0;
}

/* ---- intervals ---- */

static void test_known_intervals(void **unused)
{
	double sorted[100], low, high;

	(void)unused;
	for (size_t i = 0; i < 100; i++)
		sorted[i] = (double)(i + 1);
	/* 1 - 2 / 2^5 is 93.75 %: five values cannot have an interval of 95 %. */
	assert_int_equal(median_interval(sorted, 5, 0.95, &low, &high), -ENODATA);
	assert_true(isnan(low) && isnan(high));
	assert_int_equal(median_interval(sorted, 0, 0.95, &low, &high), -ENODATA);
	/* The range of six has 1 - 2 / 2^6: exactly that much gives exactly the range. */
	assert_int_equal(median_interval(sorted, 6, 1 - 2 / 64.0, &low, &high), 0);
	assert_true(low == 1 && high == 6);
	/* Of 100 values ranks 40 and 61 have 96.5 %, 41 and 60 have 94.3 % (binomial table). */
	assert_int_equal(median_interval(sorted, 100, 0.95, &low, &high), 0);
	assert_true(low == 40 && high == 61);
	assert_int_equal(median_interval(sorted, 100, 0.94, &low, &high), 0);
	assert_true(low == 41 && high == 60);
}

static void test_fixed_number(void **unused)
{
	static const size_t counts[] = {6, 7, 11, 20, 51};
	enum { DRAWS = 3000 };

	(void)unused;
	state = 2;
	for (size_t m = 0; m < MODELS_COUNT; m++) {
		for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
			int covered = 0;

			for (int k = 0; k < DRAWS; k++) {
				double medians[64];
				struct process_figures figures;

				for (size_t i = 0; i < counts[c]; i++)
					medians[i] = draw(&models[m]);
				process_figures(medians, counts[c], PROCESSES_CONFIDENCE, &figures);
				covered += figures.low <= models[m].median &&
					   models[m].median <= figures.high;
			}
			/* 3000 draws of 95 % have a standard error of 0.4 %. Few values have
			 * few intervals to choose from: the range of seven has 98.4 %. */
			if (covered < 0.938 * DRAWS || covered > 0.993 * DRAWS)
				fail_msg("%s, %zu processes: covered in %d of %d", models[m].name,
					 counts[c], covered, DRAWS);
		}
	}
}

static void test_slow_processes(void **unused)
{
	double medians[] = {140, 100, 103, 114.9, 115.1, 180};
	struct process_figures figures;

	(void)unused;
	process_figures(medians, 6, PROCESSES_CONFIDENCE, &figures);
	assert_int_equal(figures.medians.count, 6);
	assert_int_equal(figures.slow_count, 3);
	assert_true(fabs(figures.medians.median - 115) < 1e-9);
	process_figures(medians, 1, PROCESSES_CONFIDENCE, &figures);
	assert_int_equal(figures.slow_count, 0);
	assert_true(isnan(figures.low) && isnan(process_half_width_percent(&figures)));
	process_figures(medians, 0, PROCESSES_CONFIDENCE, &figures);
	assert_int_equal(figures.medians.count, 0);
}

/* ---- stopping when it is narrow ---- */

#define RUNS          1000
#define PROCESSES_MAX 250

struct outcome {
	int covered, reached;
	double processes; /* mean */
};

static struct outcome stop_runs(const struct model *model, double percent)
{
	struct outcome outcome = {0};

	for (int run = 0; run < RUNS; run++) {
		double medians[PROCESSES_MAX];
		struct process_figures figures;
		size_t count = 0;
		bool reached = false;

		while (!reached && count < PROCESSES_MAX) {
			medians[count++] = draw(model);
			if (count >= PRECISION_PROCESSES_MIN)
				reached = precision_reached(medians, count, percent, &figures);
		}
		outcome.reached += reached;
		outcome.covered += figures.low <= model->median && model->median <= figures.high;
		outcome.processes += (double)count / RUNS;
	}
	return outcome;
}

static void test_stopped(void **unused)
{
	(void)unused;
	state = 3;
	for (size_t m = 0; m < MODELS_COUNT; m++) {
		struct outcome outcome = stop_runs(&models[m], 2);

		print_message("%-16s covered %.1f %%, reached %.1f %%, %.0f processes\n",
			      models[m].name, 100.0 * outcome.covered / RUNS,
			      100.0 * outcome.reached / RUNS, outcome.processes);
		/* 1000 runs of 95 % have a standard error of 0.7 %. */
		if (outcome.covered < 0.943 * RUNS)
			fail_msg("%s: covered in %d of %d", models[m].name, outcome.covered, RUNS);
	}
	/* It stops: steady cells soon, and the usual ones long before a budget of five minutes. */
	assert_true(stop_runs(&models[0], 2).reached == RUNS);
	assert_true(stop_runs(&models[0], 2).processes < 20);
	assert_true(stop_runs(&models[1], 2).processes < 60);
}

/* What is wide is not called narrow, and a single narrow look is not enough. */
static void test_two_looks(void **unused)
{
	double medians[PRECISION_PROCESSES_MIN + 2];
	struct process_figures figures;

	(void)unused;
	for (size_t i = 0; i < sizeof(medians) / sizeof(medians[0]); i++)
		medians[i] = 100;
	assert_false(precision_reached(medians, 0, 2, &figures));
	assert_false(precision_reached(medians, PRECISION_PROCESSES_MIN - 1, 2, &figures));
	assert_true(precision_reached(medians, PRECISION_PROCESSES_MIN, 2, &figures));
	assert_true(precision_reached(medians, PRECISION_PROCESSES_MIN + 2, 2, &figures));
	for (size_t i = 0; i < sizeof(medians) / sizeof(medians[0]); i += 2)
		medians[i] = 105;
	assert_false(precision_reached(medians, PRECISION_PROCESSES_MIN + 2, 2, &figures));
	assert_true(process_half_width_percent(&figures) > 2);
}

/* ---- which cell is measured next ---- */

#define CELLS     23
#define EXPENSIVE 3 /* of these cells take 40 times as long as the others */
#define BEGUN     6 /* processes of each before the first look */

/* Lets all cells have processes until this time is over; cells that `enough` counts want no more. */
static void share_out(struct precision_share *shares, double budget_s, size_t enough)
{
	for (double spent_s = 0; spent_s < budget_s;) {
		double round_s = precision_round(shares, CELLS);
		size_t due_count = 0;

		if (isnan(round_s))
			return;
		for (size_t i = 0; i < CELLS; i++) {
			if (!precision_due(&shares[i], round_s))
				continue;
			due_count++;
			shares[i].processes_count++;
			shares[i].wants = shares[i].processes_count < enough;
			spent_s += shares[i].process_s;
		}
		assert_true(due_count > 0);
	}
}

static void begin_shares(struct precision_share *shares)
{
	for (size_t i = 0; i < CELLS; i++)
		shares[i] = (struct precision_share){.wants = true,
						     .process_s = i < EXPENSIVE ? 2 : 0.05,
						     .processes_count = BEGUN};
}

/* Of a budget all cells get the same time, and what a precise one does not need goes to the others. */
static void test_equal_time(void **unused)
{
	struct precision_share shares[CELLS];

	(void)unused;
	begin_shares(shares);
	share_out(shares, 20, SIZE_MAX);
	for (size_t i = 0; i < CELLS; i++)
		assert_int_equal(shares[i].processes_count > BEGUN, i >= EXPENSIVE);

	begin_shares(shares);
	share_out(shares, 600, SIZE_MAX);
	for (size_t i = 0; i < CELLS; i++) {
		double spent_s = (double)shares[i].processes_count * shares[i].process_s;

		assert_true(spent_s > 600.0 / CELLS - 2 && spent_s < 600.0 / CELLS + 12 + 2);
	}

	begin_shares(shares);
	share_out(shares, 600, 40);
	for (size_t i = 0; i < CELLS; i++)
		assert_int_equal(shares[i].processes_count, 40);
	assert_true(isnan(precision_round(shares, CELLS)));
}

static void test_words(void **unused)
{
	static const char *const good[] = {"2%", "2", "0.5%", "99"};
	static const char *const bad[] = {"0",   "0%",  "abc", "200%", "100", "-1", "+1",
					  "2%%", "nan", "inf", "%",    "",    "2x"};
	struct why why;
	double percent;

	(void)unused;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(precision_parse(good[i], &percent, &why), 0);
	assert_int_equal(precision_parse("0.5%", &percent, &why), 0);
	assert_true(fabs(percent - 0.5) < 1e-12);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (precision_parse(bad[i], &percent, &why) != -EINVAL)
			fail_msg("'%s' was accepted", bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_intervals), cmocka_unit_test(test_fixed_number),
		cmocka_unit_test(test_slow_processes),  cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_two_looks),       cmocka_unit_test(test_words),
		cmocka_unit_test(test_equal_time),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
