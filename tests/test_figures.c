/* Which figure of a run `compare` uses, on machines that are noisy in different ways, by made-up runs. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/made_up_runs.h"
#include "support/random.h"
#include "support/rates.h"

static uint64_t seed = 20260131;

/*
 * A run on a virtual machine whose cores are used by others, too, all the time: independent instructions take `core` times as
 * long as at best on average, differently in each process, and times grow with about the 0.7th power. core 1: nobody does.
 */
static struct run shared_run(double core, bool recorded)
{
	struct run run = made_up_empty_run("shared", "pread", MADE_UP_CELLS);
	for (int cell = 0; cell < MADE_UP_CELLS; cell++) {
		double power = 0.5 + 0.4 * cell / MADE_UP_CELLS;
		for (int i = 0; i < MADE_UP_PROCESSES; i++) {
			double now = core * (core > 1 ? exp(0.1 * random_normal(&seed)) : 1);
			made_up_add(&run, cell, i, 0,
				    MADE_UP_TIME_NS * pow(now, power) *
					    exp(MADE_UP_SPREAD * random_normal(&seed)));
			if (recorded)
				json_object_set_new(
					json_array_get(run.samples,
						       json_array_size(run.samples) - 1),
					"core_ns", json_real(200 * now));
		}
	}
	return run;
}

static const char *figure_of(const struct comparison *comparison)
{
	return json_string_value(json_object_get(comparison->cells[0].details, "figure"));
}

struct found {
	size_t false_count, open_count, all_count, corrected_count;
	double mde_percent; /* mean over the cells */
};

/* Comparisons of five runs with one, of cores that lie between these two. */
static struct found compare_shared(double a_low, double a_high, double b_low, double b_high,
				   bool recorded, int rounds)
{
	struct found found = {0};
	for (int round = 0; round < rounds; round++) {
		struct run runs[6];
		for (size_t i = 0; i < 6; i++) {
			double low = i < 5 ? a_low : b_low, high = i < 5 ? a_high : b_high;
			runs[i] = shared_run(low + (high - low) * random_uniform(&seed), recorded);
		}
		struct comparison out = made_up_compare(runs, 5, runs + 5, 1);
		found.false_count += comparison_count(&out, VERDICT_REGRESSION) +
				     comparison_count(&out, VERDICT_IMPROVEMENT);
		found.open_count += comparison_count(&out, VERDICT_INCONCLUSIVE);
		found.all_count += out.cells_count;
		found.corrected_count +=
			out.cells_count * (strcmp(figure_of(&out), "median_at_core_speed") == 0);
		for (size_t i = 0; i < out.cells_count; i++)
			found.mde_percent += out.cells[i].mde_percent / (MADE_UP_CELLS * rounds);
		comparison_release(&out);
		made_up_drop(runs, 6);
	}
	print_message("cores %g to %g, then %g to %g, %s: %zu of %zu cells false, %zu open, %zu "
		      "corrected, found from %.0f %%\n",
		      a_low, a_high, b_low, b_high, recorded ? "recorded" : "not recorded",
		      found.false_count, found.all_count, found.open_count, found.corrected_count,
		      found.mde_percent);
	return found;
}

static void test_shared_core(void **state)
{
	(void)state;
	RATES_ONCE();
	/* .1 % of 4 000 are 4; more than 10 are no chance */
	struct found quiet = compare_shared(1, 1, 1, 1, true, 100);
	assert_true(quiet.false_count <= 10 && quiet.open_count < quiet.all_count / 10);
	struct found changing = compare_shared(1.2, 1.8, 1.2, 1.8, true, 100);
	assert_true(changing.false_count <= 10);
	assert_true(changing.corrected_count > changing.all_count * 9 / 10);
	/* It resolves twice as much as without a yardstick. */
	struct found unknown = compare_shared(1.2, 1.8, 1.2, 1.8, false, 20);
	assert_true(changing.mde_percent < unknown.mde_percent / 2);
	/* The baseline does not show how times grow with the core: there is no verdict on so large a change. */
	struct found busy = compare_shared(1, 1, 1.6, 1.8, true, 20);
	assert_int_equal(busy.false_count, 0);
	assert_int_equal(busy.open_count, busy.all_count);
	struct found free_again = compare_shared(1.6, 1.8, 1, 1, true, 20);
	assert_int_equal(free_again.false_count, 0);
	/* Older records do not know it. */
	assert_true(compare_shared(1, 1, 1.6, 1.8, false, 2).false_count > 0);
}

/* Where processes are in turns slow and fast, the least; where all differ by chance, the median. */
static void test_choice(void **state)
{
	(void)state;
	struct run runs[6];
	for (int i = 0; i < 6; i++)
		runs[i] = made_up_run(&seed);
	struct comparison out = made_up_compare(runs, 5, runs + 5, 1);
	assert_string_equal(figure_of(&out), "least");
	comparison_release(&out);
	made_up_drop(runs, 6);
	for (int i = 0; i < 6; i++)
		runs[i] = shared_run(1.5, false);
	out = made_up_compare(runs, 5, runs + 5, 1);
	assert_string_equal(figure_of(&out), "median");
	comparison_release(&out);
	/* One run has it: not known of all. */
	made_up_drop(runs + 5, 1);
	runs[5] = shared_run(1.5, true);
	out = made_up_compare(runs, 5, runs + 5, 1);
	assert_string_equal(figure_of(&out), "median");
	assert_null(out.note);
	comparison_release(&out);
	made_up_drop(runs, 6);
	for (int i = 0; i < 6; i++)
		runs[i] = shared_run(i < 5 ? 1.5 : 1.8, true);
	out = made_up_compare(runs, 5, runs + 5, 1);
	assert_non_null(strstr(out.note, "independent instructions +"));
	comparison_release(&out);
	made_up_drop(runs, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shared_core),
		cmocka_unit_test(test_choice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
