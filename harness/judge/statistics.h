/*
 * The statistics of a comparison. All functions are pure: no I/O, no global state, seeds are
 * arguments. values[count] are finite. The result is NaN if memory runs out or if it is not
 * defined.
 *
 * For paired blocks (differences of logarithms, one value per block) the estimator is
 * hodges_lehmann, the test signed_rank_p and the interval walsh_interval. A few outlying blocks do
 * not move them, and the test is exact for every symmetric distribution.
 */
#ifndef IOWALK_JUDGE_STATISTICS_H
#define IOWALK_JUDGE_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct interval {
	double low, high;
};

/* ---- location ---- */

/* Median of the Walsh averages (values[i] + values[j]) / 2, i ≤ j. count ≥ 1.
 * Source: Hodges and Lehmann, Estimates of Location Based on Rank Tests (1963) */
double hodges_lehmann(const double *values, size_t count);

/* Of a sample: its mean, and the sum of its squared distances from it; count ≥ 1. */
double sample_mean(const double *values, size_t count);
double sample_squares(const double *values, size_t count);

/* Of a sample; count ≥ 2. */
double sample_variance(const double *values, size_t count);

/*
 * The distribution-free interval of the location that inverts the two-sided signed-rank test: order
 * statistics of the Walsh averages. Its confidence is at least the requested one. If even the
 * widest interval has less (count < 6 at .95), the result is ± infinity.
 * Source: Lehmann, Nonparametric Confidence Intervals for a Shift Parameter (1963)
 */
struct interval walsh_interval(const double *values, size_t count, double confidence);

/* ---- tests ---- */

/*
 * The one-sided p of "location > 0" by flipping signs. The statistic is the mean. Up to 16 values
 * all 2^n flips are enumerated. Beyond that, `draws` flips are drawn from the seed and p = (1 +
 * hits) / (1 + draws), so p is never below 1 / (1 + draws). Source: Fisher, The Design of
 * Experiments (1935), section 21
 */
double sign_flip_p(const double *values, size_t count, uint64_t seed, size_t draws);

/*
 * The same with ranks of |value| in place of the values. It is exact for every count and draws
 * nothing: ties share their mean rank; zeros are dropped, but their ranks are kept. On heavy tails
 * it finds far more than the mean does. O(count³).
 * Sources: Wilcoxon, Individual Comparisons by Ranking Methods (1945); Pratt, Remarks on Zeros and
 * Ties in the Wilcoxon Signed Rank Procedures (1959)
 */
double signed_rank_p(const double *values, size_t count);

/*
 * The two-sided p of the rank test of two samples. It is exact if one sample has at most 8 values
 * and there are no ties. Otherwise it is the normal approximation with corrections for ties and
 * continuity. It agrees with scipy's mannwhitneyu(alternative='two-sided'), which Google
 * Benchmark's compare.py uses.
 * Source: Mann and Whitney, On a Test of Whether one of Two Random Variables … (1947)
 */
double mann_whitney_p(const double *a, size_t a_count, const double *b, size_t b_count);

/* reject[i]: is hypothesis i rejected at family-wise level alpha? NaN is a member that never is.
 * Source: Holm, A Simple Sequentially Rejective Multiple Test Procedure (1979) */
void holm(const double *p, size_t count, double alpha, bool *reject);

/* ---- confidence ---- */

/* The statistic of one resample, drawn with mix_next(state). */
typedef double resampled_figure(const void *context, uint64_t *state);

/* Percentile interval of `draws` figures; NaN where one of them is not finite.
 * Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13 */
struct interval bootstrap(resampled_figure *figure, const void *context, double confidence,
			  size_t draws, uint64_t seed);

/* Bootstrap interval of hodges_lehmann over blocks. NaN with fewer than two blocks. */
struct interval block_bootstrap(const double *values, size_t count, double confidence, size_t draws,
				uint64_t seed);

/* Two-sided interval of a share; trials ≥ 1, successes ≤ trials.
 * Source: Clopper and Pearson, The Use of Confidence or Fiducial Limits … (1934) */
struct interval clopper_pearson(size_t successes, size_t trials, double confidence);

/* The standard error of hodges_lehmann, from the length of walsh_interval at about .90. It follows
 * the middle of the values rather than their tails. Infinity with fewer than
 * WALSH_LEAST values, because no interval of theirs has that level. */
#define WALSH_LEAST 5
double hodges_lehmann_error(const double *values, size_t count);

/*
 * The smallest shift, in the values' unit, that signed_rank_p finds at `alpha` (one-sided) in
 * `power` of all repetitions with this number of blocks of this spread: (t(1−alpha) + t(power))
 * standard errors, `error` being hodges_lehmann_error() of the blocks. Infinity if this number of blocks cannot reach alpha at all (2^−count > alpha).
 */
double minimum_detectable_effect(double error, size_t count, double alpha, double power);

/* A difference of logarithms as a change in per cent. */
double percent_of_log(double difference);

/* ---- distributions ---- */

/* Quantiles of the standard normal distribution and of Student's t. 0 < share < 1. */
double normal_quantile(double share);
double student_quantile(double share, double degrees);

/* P(T > t) of Student's t. */
double student_upper(double t, double degrees);

/* Regularised incomplete beta function I_x(a, b). Source: DLMF 8.17, continued fraction 8.17.22 */
double incomplete_beta(double a, double b, double x);

#endif
