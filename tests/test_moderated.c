/* Student's t over runs with shrunk variances, by made-up runs: how often it finds what is not there, also
 * where some cells are noisy and some quiet, and that an effect of the printed size is found as often as
 * it says, also where runs have heavy tails. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../harness/judge/moderated.h"
#include "../harness/judge/statistics.h"
#include "../workloads/support/mix.h"
#include "support/random.h"

#define CELLS_COUNT  40
#define ROUNDS_COUNT 3000 /* 120 000 cells for each kind of noise and number of runs */
#define QUIET_SPREAD 0.01
#define LEAST        log(1.05)
#define RUNS_MAX     5

static uint64_t seed = 20260131;

/* Student's t with 3 degrees of freedom, scaled to a variance of 1. */
static double heavy(uint64_t *state)
{
	return random_student3(state) / sqrt(3);
}

enum noise { NOISE_EQUAL, NOISE_FEW_NOISY, NOISE_HALF_NOISY, NOISE_VARIED, NOISES_COUNT };
static const char *const noise_names[] = {"equal", "a tenth 10 times as noisy",
					  "half 10 times as noisy", "all different"};

static double spread_of_cell(enum noise noise, int cell)
{
	switch (noise) {
	case NOISE_FEW_NOISY:
		return cell % 10 == 0 ? 10 * QUIET_SPREAD : QUIET_SPREAD;
	case NOISE_HALF_NOISY:
		return cell % 2 == 0 ? 10 * QUIET_SPREAD : QUIET_SPREAD;
	case NOISE_VARIED:
		return 2 * QUIET_SPREAD * exp(0.7 * random_normal(&seed));
	default:
		return QUIET_SPREAD;
	}
}

/* Quantiles take long, and cells of one comparison share their degrees. */
static double quantile_of(double share, double degrees)
{
	static double known_share[2], known_degrees[2], known[2];
	int slot = share < 0.95;
	if (known_share[slot] != share || known_degrees[slot] != degrees) {
		known_share[slot] = share;
		known_degrees[slot] = degrees;
		known[slot] = student_quantile(share, degrees);
	}
	return known[slot];
}

struct found {
	double false_share, found_share; /* of cells */
};

static struct found measure(enum noise noise, double (*draw)(uint64_t *), size_t a_count,
			    size_t b_count, int rounds)
{
	size_t wrong = 0, found = 0;
	for (int round = 0; round < rounds; round++) {
		struct run_shift shifts[CELLS_COUNT] = {0};
		for (int i = 0; i < CELLS_COUNT; i++) {
			double spread = spread_of_cell(noise, i), a[RUNS_MAX], b[RUNS_MAX];
			for (size_t j = 0; j < a_count; j++)
				a[j] = spread * draw(&seed);
			for (size_t j = 0; j < b_count; j++)
				b[j] = spread * draw(&seed);
			run_shift_init(&shifts[i], a, a_count, b, b_count);
		}
		moderate(shifts, CELLS_COUNT);
		for (int i = 0; i < CELLS_COUNT; i++) {
			const struct run_shift *shift = &shifts[i];
			double needed =
				shift->error * quantile_of(1 - RUN_ALPHA / 2, shift->error_degrees);
			needed = fmax(needed, LEAST);
			double printed = needed + shift->error * quantile_of(RUN_POWER,
									     shift->error_degrees);
			wrong += fabs(shift->shift) > needed;
			found += shift->shift + printed > needed;
		}
	}
	double all = (double)rounds * CELLS_COUNT;
	return (struct found){(double)wrong / all, (double)found / all};
}

static const size_t runs[][2] = {{3, 1}, {3, 3}, {5, 1}, {5, 3}};
#define RUNS_COUNT (sizeof runs / sizeof *runs)

static void test_no_change(void **state)
{
	(void)state;
	for (enum noise noise = 0; noise < NOISES_COUNT; noise++) {
		for (size_t i = 0; i < RUNS_COUNT; i++) {
			struct found found =
				measure(noise, random_normal, runs[i][0], runs[i][1], ROUNDS_COUNT);
			print_message("%s, %zu and %zu runs: false %.3f %%, found %.1f %%\n",
				      noise_names[noise], runs[i][0], runs[i][1],
				      100 * found.false_share, 100 * found.found_share);
			/* .1 % of 120 000 are 120, and two standard deviations more are chance */
			if (found.false_share > RUN_ALPHA * 1.2)
				fail_msg("false verdicts");
			if (found.found_share < 0.88 || found.found_share > 0.93)
				fail_msg("what is printed is not found in 90 %%");
		}
	}
}

/* One candidate run that is far out cannot be told from a change: with tails as heavy as these there are
 * more false verdicts, and three candidate runs bring them back. */
static void test_heavy_tails(void **state)
{
	(void)state;
	for (enum noise noise = 0; noise < NOISES_COUNT; noise++) {
		for (size_t i = 0; i < RUNS_COUNT; i++) {
			struct found found =
				measure(noise, heavy, runs[i][0], runs[i][1], ROUNDS_COUNT / 2);
			print_message(
				"%s, heavy tails, %zu and %zu runs: false %.3f %%, found %.1f %%\n",
				noise_names[noise], runs[i][0], runs[i][1], 100 * found.false_share,
				100 * found.found_share);
			if (found.false_share > (runs[i][1] == 1 ? 7 * RUN_ALPHA : 1.5 * RUN_ALPHA))
				fail_msg("false verdicts");
			if (found.found_share < 0.85 || found.found_share > 0.95)
				fail_msg("what is printed is not found in 90 %%");
		}
	}
}

/* The same in the way a user would see it: what a comparison prints, put into a candidate that is measured
 * anew against the same baseline. */
static void test_found_anew(void **state)
{
	(void)state;
	size_t found = 0, all = 0;
	for (int round = 0; round < ROUNDS_COUNT; round++) {
		struct run_shift first[CELLS_COUNT] = {0}, second[CELLS_COUNT] = {0};
		double a[CELLS_COUNT][RUNS_MAX], b;
		for (int i = 0; i < CELLS_COUNT; i++) {
			for (int j = 0; j < RUNS_MAX; j++)
				a[i][j] = 2 * QUIET_SPREAD * random_normal(&seed);
			b = 2 * QUIET_SPREAD * random_normal(&seed);
			run_shift_init(&first[i], a[i], RUNS_MAX, &b, 1);
		}
		moderate(first, CELLS_COUNT);
		for (int i = 0; i < CELLS_COUNT; i++) {
			double effect = i == 0 ? found_shift(&first[0], LEAST) : 0;
			b = effect + 2 * QUIET_SPREAD * random_normal(&seed);
			run_shift_init(&second[i], a[i], RUNS_MAX, &b, 1);
		}
		moderate(second, CELLS_COUNT);
		found += second[0].shift > significant_shift(&second[0]) && second[0].shift > LEAST;
		all++;
	}
	double share = (double)found / (double)all;
	print_message("found anew: %.1f %%\n", 100 * share);
	assert_true(share > 0.85 && share < 0.95);
}

static void assert_near(double found, double wanted, double tolerance)
{
	if (!(fabs(found - wanted) <= tolerance))
		fail_msg("%.15g, not %.15g", found, wanted);
}

static void test_prior(void **state)
{
	(void)state;
	const double a[] = {-0.01, 0, 0.01}, same[] = {0, 0, 0}, b[] = {0.5};
	struct run_shift one = {0}, three[3] = {0};
	run_shift_init(&one, a, 3, b, 1);
	assert_near(one.shift, 0.5, 1e-12);
	assert_near(one.variance, 1e-4, 1e-12);
	assert_near(one.degrees, 2, 1e-12);
	assert_near(one.scale, sqrt(4.0 / 3), 1e-12);
	moderate(&one, 1); /* no neighbours: its own variance and degrees */
	assert_near(one.error_degrees, 2, 1e-12);
	assert_near(one.error, 0.01 * sqrt(4.0 / 3), 1e-12);
	/* Cells of the other group lend nothing. */
	for (int i = 0; i < 3; i++) {
		run_shift_init(&three[i], i == 0 ? a : same, 3, b, 1);
		three[i].group = i > 0;
	}
	moderate(three, 3);
	assert_near(three[0].error, one.error, 1e-12);
	assert_true(three[1].error > 0.002); /* equal runs are no proof that runs are equal */
	assert_true(isfinite(found_shift(&three[1], LEAST)));
	moderate(three, 0);
}

static void test_functions(void **state)
{
	(void)state;
	/* digamma(1) = −γ, digamma(1/2) = −γ − 2 ln 2, trigamma(1) = π²/6, trigamma(1/2) = π²/2 */
	const double gamma = 0.57721566490153286;
	assert_near(digamma(1), -gamma, 1e-10);
	assert_near(digamma(0.5), -gamma - 2 * M_LN2, 1e-10);
	assert_near(trigamma(1), M_PI * M_PI / 6, 1e-10);
	assert_near(trigamma(0.5), M_PI * M_PI / 2, 1e-10);
	assert_near(digamma(20), digamma(19) + 1.0 / 19, 1e-12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_change),  cmocka_unit_test(test_heavy_tails),
		cmocka_unit_test(test_found_anew), cmocka_unit_test(test_prior),
		cmocka_unit_test(test_functions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
