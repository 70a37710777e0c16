/*
 * The statistics against known answers: published tables, exact enumeration, and figures that
 * another program (R's and scipy's documentation) gives for the same numbers.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../harness/statistics.h"

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

/* The 95 % limits of a share that every textbook has; 0 of n: 1 − (0.025)^(1/n). */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_depression),
		cmocka_unit_test(test_clopper_pearson),
		cmocka_unit_test(test_quantiles),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
