/* The statistics against known results: published tables, exact enumeration, and the results that
 * other programs (the documentation of R and scipy) give for the same numbers. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../harness/base/spread.h"
#include "../harness/judge/pairs.h"
#include "../harness/judge/statistics.h"
#include "../workloads/support/mix.h"

static void assert_near(double found, double wanted, double within)
{
	if (!(fabs(found - wanted) <= within))
		fail_msg("found %.12g, wanted %.12g", found, wanted);
}

/* Hollander and Wolfe, Nonparametric Statistical Methods (1973), example 3.1: Hamilton depression
 * scale before and after; R's wilcox.test(x, y, paired = TRUE, alternative = "greater",
 * conf.int = TRUE) documents V = 40, p = 0.01953, and gives the pseudomedian 0.46. */
static const double depression[] = {1.83 - 0.878, 0.50 - 0.647, 1.62 - 0.598,
				    2.48 - 2.05,  1.68 - 1.06,  1.88 - 1.29,
				    1.55 - 1.06,  3.06 - 3.14,  1.30 - 1.29};

static void test_depression(void **state)
{
	(void)state;
	assert_near(signed_rank_p(depression, 9), 0.01953125, 1e-12);
	assert_near(hodges_lehmann(depression, 9), 0.46, 1e-9);
}

/* The well-known 95 % limits of a proportion; for 0 of n: 1 − (0.025)^(1/n). */
static void test_clopper_pearson(void **state)
{
	(void)state;
	struct interval interval = clopper_pearson(0, 10, 0.95);
	assert_near(interval.low, 0, 0);
	assert_near(interval.high, 0.3084971078, 1e-9);
	interval = clopper_pearson(5, 10, 0.95);
	assert_near(interval.low, 0.1870860284, 1e-9);
	assert_near(interval.high, 0.8129139716, 1e-9);
	interval = clopper_pearson(200, 200, 0.95);
	assert_near(interval.low, pow(0.025, 1.0 / 200), 1e-12);
	assert_near(interval.high, 1, 0);
}

static void test_quantiles(void **state)
{
	(void)state;
	assert_near(normal_quantile(0.975), 1.959963984540054, 1e-12);
	assert_near(normal_quantile(0.001), -3.090232306167813, 1e-12);
	assert_near(student_quantile(0.975, 13), 2.160368656, 1e-8);
	assert_near(student_quantile(0.995, 1), 63.65674116, 1e-6);
}

/* Another program enumerated all subsets and orders of these. */
static const double ten[] = {3.1, -0.4, 2.2, 0.9, -1.7, 4.0, 0.3, 1.1, 2.5, -0.8};

static void test_enumerated(void **state)
{
	(void)state;
	const double tied[] = {0, 1, 1, -1, 2, 3, -2, 4}; /* Pratt: the zero keeps its rank */
	const double a[] = {1.1, 2.2, 3.3, 4.4}, b[] = {2.5, 5.1, 6.2, 7.7, 8.8};
	assert_near(hodges_lehmann(ten, 10), 1.1, 1e-12);
	assert_near(sign_flip_p(ten, 10, 0, 0), 46.0 / 1024, 0);
	assert_near(signed_rank_p(ten, 10), 54.0 / 1024, 1e-15);
	assert_near(signed_rank_p(tied, 8), 17.0 / 128, 1e-15);
	assert_near(mann_whitney_p(a, 4, b, 5), 8.0 / 126, 1e-15);
	assert_near(hodges_lehmann(ten, 1), 3.1, 0);
	assert_near(signed_rank_p(ten, 0), 1, 0);
}

/* Every rank of all pairs against a sorted list of them, with ties and both signs. */
static void test_pairs_by_rank(void **state)
{
	(void)state;
	uint64_t seed = 7;
	for (size_t m = 1; m < 14; m++) {
		double values[14], all[14 * 14];
		size_t count = 0;
		for (size_t i = 0; i < m; i++)
			values[i] = ((double)(mix_next(&seed) % 9) - 4) / 3;
		double *a = sorted_copy(values, m);
		for (size_t i = 0; i < m; i++) {
			for (size_t j = 0; j <= i; j++)
				all[count++] = (a[i] + a[j]) / 2;
		}
		assert_int_equal(count, walsh_count(m));
		sort_doubles(all, count);
		for (size_t rank = 0; rank < count; rank++)
			assert_near(walsh_of_rank(a, m, rank), all[rank], 0);
		free(a);
	}
}

/* On both sides of the change from the exact to the normal distribution the error agrees. */
static void test_error_of_many(void **state)
{
	(void)state;
	double values[201];
	for (int i = 0; i < 201; i++)
		values[i] = normal_quantile((i + 0.5) / 201);
	double exact = hodges_lehmann_error(values, 200),
	       normal = hodges_lehmann_error(values, 201);
	assert_near(normal / exact, 1, 0.02);
}

/* scipy: mannwhitneyu(…, alternative='two-sided') of samples with ties. */
static void test_rank_test_with_ties(void **state)
{
	(void)state;
	double a[10], b[12];
	for (int i = 0; i < 12; i++) {
		b[i] = i % 5 + 2;
		if (i < 10)
			a[i] = i % 5;
	}
	assert_near(mann_whitney_p(a, 10, b, 12), 0.02487159551166935, 1e-14);
	assert_near(mann_whitney_p(b, 12, a, 10), 0.02487159551166935, 1e-14);
	assert_near(mann_whitney_p(a, 1, a, 1), 1, 0);
}

/* values[count] whose negative ranks have the sum `sum`. */
static void fill_ranks(double *values, size_t count, size_t sum)
{
	for (size_t rank = count; rank > 0; rank--) {
		bool negative = rank <= sum;
		values[rank - 1] = negative ? -(double)rank : (double)rank;
		sum -= negative ? rank : 0;
	}
}

/* Critical values of the signed-rank sum, one-sided .025: Wilcoxon and Wilcox, Some Rapid
 * Approximate Statistical Procedures (1964), table 2. */
static void test_signed_rank_table(void **state)
{
	(void)state;
	static const struct {
		size_t count, critical;
	} table[] = {{6, 0},   {7, 2},   {8, 3},   {9, 5},   {10, 8}, {12, 13},
		     {15, 25}, {18, 40}, {20, 52}, {22, 65}, {25, 89}};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		double values[32];
		fill_ranks(values, table[i].count, table[i].critical);
		assert_true(signed_rank_p(values, table[i].count) <= 0.025);
		fill_ranks(values, table[i].count, table[i].critical + 1);
		assert_true(signed_rank_p(values, table[i].count) > 0.025);
	}
}

/* Critical values of U, two-sided .05: Mann and Whitney (1947), extended by Auble (1953). */
static void test_rank_sum_table(void **state)
{
	(void)state;
	static const struct {
		size_t a, b, critical;
	} table[] = {{4, 4, 0}, {5, 5, 2}, {4, 8, 4},  {5, 8, 6},  {6, 6, 5},
		     {6, 8, 8}, {7, 7, 8}, {7, 8, 10}, {8, 8, 13}, {5, 20, 20}};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		double a[32], b[32];
		for (size_t u = table[i].critical; u <= table[i].critical + 1; u++) {
			for (size_t j = 0; j < table[i].b; j++)
				b[j] = (double)(j + 1);
			for (size_t j = 0, left = u; j < table[i].a; j++) {
				size_t above = left < table[i].b ? left : table[i].b;
				a[j] = (double)above + 0.5 + 1e-3 * (double)j;
				left -= above;
			}
			double p = mann_whitney_p(a, table[i].a, b, table[i].b);
			assert_true(u == table[i].critical ? p <= 0.05 : p > 0.05);
		}
	}
}

static int order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Nine values: the sums 0 … 5 have 10 of 512 orders per side, so the 6th of 45 averages is the
 * limit. */
static void test_walsh_interval(void **state)
{
	(void)state;
	double walsh[45], *next = walsh;
	for (size_t i = 0; i < 9; i++) {
		for (size_t j = i; j < 9; j++)
			*next++ = (depression[i] + depression[j]) / 2;
	}
	qsort(walsh, 45, sizeof *walsh, order);
	struct interval interval = walsh_interval(depression, 9, 0.95);
	assert_near(interval.low, walsh[5], 1e-15);
	assert_near(interval.high, walsh[39], 1e-15);
	assert_true(isinf(walsh_interval(depression, 5, 0.95).low));
	/* with confidence 1 − 2/64, six values give their minimum and maximum */
	interval = walsh_interval(ten, 6, 1 - 2.0 / 64);
	assert_near(interval.low, -1.7, 0);
	assert_near(interval.high, 4.0, 0);
}

/* Holm (1979): the smallest of four is compared with alpha/4, the next with alpha/3, and so on. */
static void test_holm(void **state)
{
	(void)state;
	const double p[] = {0.01, 0.04, 0.03, 0.005, NAN};
	bool reject[5];
	holm(p, 4, 0.05, reject);
	assert_true(reject[0] && !reject[1] && !reject[2] && reject[3]);
	holm(p, 5, 0.05, reject); /* NaN is a member of the family: .01 is compared with .05 / 4 */
	assert_true(reject[0] && !reject[1] && !reject[2] && reject[3] && !reject[4]);
	holm(p, 5, 0.03, reject); /* .005 is compared with .006, .01 with .0075 */
	assert_true(!reject[0] && reject[3]);
	holm(p, 0, 0.05, reject);
}

static double first_of(const void *context, uint64_t *draws)
{
	return *(const double *)context * (double)(*draws)++;
}

static void test_bootstrap(void **state)
{
	(void)state;
	const double one = 1, none = NAN;
	struct interval interval = bootstrap(first_of, &one, 0.90, 101, 0); /* 0 … 100 */
	assert_near(interval.low, 5, 1e-12);
	assert_near(interval.high, 95, 1e-12);
	assert_true(isnan(bootstrap(first_of, &none, 0.90, 101, 0).low));
	interval = block_bootstrap(ten, 10, 0.95, 999, 42);
	struct interval again = block_bootstrap(ten, 10, 0.95, 999, 42);
	assert_true(interval.low == again.low && interval.high == again.high);
	assert_true(interval.low < 1.1 && interval.high > 1.1);
	assert_true(isnan(block_bootstrap(ten, 1, 0.95, 999, 42).low));
}

/* More than 16 values: random flips instead of all flips agree within their error. */
static void test_drawn_flips(void **state)
{
	(void)state;
	double values[20];
	for (size_t i = 0; i < 20; i++)
		values[i] = ten[i % 10] - (i >= 10 ? 0.5 : 0.9);
	/* the sum over 20 flips is approximately normal */
	double sum = 0, squares = 0;
	for (size_t i = 0; i < 20; i++) {
		sum += values[i];
		squares += values[i] * values[i];
	}
	double normal = erfc(sum / sqrt(squares) / sqrt(2)) / 2;
	assert_near(sign_flip_p(values, 20, 1, 20000), normal, 0.02);
	assert_near(sign_flip_p(values, 20, 1, 0), 1, 0);
	for (size_t i = 0; i < 20; i++)
		values[i] = 1;
	assert_near(sign_flip_p(values, 20, 1, 999), 0.001, 1e-12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_depression),
		cmocka_unit_test(test_clopper_pearson),
		cmocka_unit_test(test_quantiles),
		cmocka_unit_test(test_enumerated),
		cmocka_unit_test(test_pairs_by_rank),
		cmocka_unit_test(test_error_of_many),
		cmocka_unit_test(test_rank_test_with_ties),
		cmocka_unit_test(test_signed_rank_table),
		cmocka_unit_test(test_rank_sum_table),
		cmocka_unit_test(test_walsh_interval),
		cmocka_unit_test(test_holm),
		cmocka_unit_test(test_bootstrap),
		cmocka_unit_test(test_drawn_flips),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
