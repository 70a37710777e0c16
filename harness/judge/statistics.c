/*
 * The statistics of a comparison: estimators, tests, intervals. statistics.h names the sources.
 *
 * How it works: medians of pairwise values come from pairs.h. Convolution gives the exact null
 * distributions of the rank tests: for the signed-rank sum one rank is added at a time,
 * which is either in the sum or not; for the rank sum of two samples the Gaussian binomial
 * coefficients are computed.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../workloads/support/mix.h"
#include "../record/run.h"
#include "pairs.h"
#include "statistics.h"

#define EXACT_FLIPS_MAX 16 /* 65 536 flips: 0.2 ms */
/* Beyond it the rank sum is close to normal: the bound of an interval moves by less than 1 % of the
 * interval's length, and the exact distribution would cost count³ additions. */
#define EXACT_RANKS_MAX 200

/* ---- location ---- */

double sample_mean(const double *values, size_t count)
{
	double mean = 0;

	for (size_t i = 0; i < count; i++)
		mean += values[i] / (double)count;
	return mean;
}

double sample_squares(const double *values, size_t count)
{
	double mean = sample_mean(values, count), sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += (values[i] - mean) * (values[i] - mean);
	return sum;
}

double sample_variance(const double *values, size_t count)
{
	return sample_squares(values, count) / (double)(count - 1);
}

double hodges_lehmann(const double *values, size_t count)
{
	double *sorted = sorted_copy(values, count);
	if (sorted == NULL)
		return NAN;
	size_t all = walsh_count(count);
	double centre = walsh_of_rank(sorted, count, all / 2);
	if (all % 2 == 0)
		centre = (walsh_of_rank(sorted, count, all / 2 - 1) + centre) / 2;
	free(sorted);
	return centre;
}

/* The tail of the null distribution of the signed-rank sum of `count` values that has a probability
 * of at most (1 − confidence) / 2: the sums 0 … result − 1. *share is their probability. */
static size_t signed_rank_tail(size_t count, double confidence, double *share)
{
	size_t sums_count = walsh_count(count) + 1, used = 0;
	*share = NAN;
	if (count > EXACT_RANKS_MAX) {
		double n = (double)count, centre = n * (n + 1) / 4;
		double z = normal_quantile((1 + confidence) / 2);
		*share = (1 - confidence) / 2;
		return (size_t)(centre - z * sqrt(n * (n + 1) * (2 * n + 1) / 24));
	}
	double *chances = calloc(sums_count, sizeof *chances), tail = 0;
	if (chances == NULL)
		return 0;
	chances[0] = 1;
	for (size_t rank = 1; rank <= count; rank++) {
		for (size_t sum = walsh_count(rank) + 1; sum-- > 0;)
			chances[sum] = (chances[sum] + (sum < rank ? 0 : chances[sum - rank])) / 2;
	}
	/* the tolerance keeps a tail whose probability is exactly the requested one */
	while (used < sums_count && tail + chances[used] <= (1 - confidence) / 2 * (1 + 1e-12))
		tail += chances[used++];
	*share = tail;
	free(chances);
	return used;
}

/* walsh_interval() with its actual confidence. */
static struct interval walsh_order(const double *values, size_t count, double confidence,
				   double *attained)
{
	struct interval out = {NAN, NAN};
	double tail;
	size_t skipped = signed_rank_tail(count, confidence, &tail), all = walsh_count(count);
	*attained = 1 - 2 * tail;
	if (isnan(tail) || count == 0)
		return out;
	if (skipped == 0)
		return (struct interval){-(double)INFINITY, (double)INFINITY};
	double *sorted = sorted_copy(values, count);
	if (sorted == NULL)
		return out;
	out.low = walsh_of_rank(sorted, count, skipped - 1);
	out.high = walsh_of_rank(sorted, count, all - skipped);
	free(sorted);
	return out;
}

struct interval walsh_interval(const double *values, size_t count, double confidence)
{
	double attained;
	return walsh_order(values, count, confidence, &attained);
}

/* ---- tests ---- */

/* The number of flips whose sum is at least that of the values, among all 2^count. From one flip to
 * the next one sign changes (Gray code). The tolerance makes ties count in spite of rounding. */
static double count_flips(const double *values, size_t count, double sum, double allowance)
{
	double flipped = sum;
	size_t hits = 1, all = (size_t)1 << count;
	bool negative[EXACT_FLIPS_MAX] = {false};
	for (size_t i = 1; i < all; i++) {
		size_t bit = (size_t)__builtin_ctzll(i);
		flipped += negative[bit] ? 2 * values[bit] : -2 * values[bit];
		negative[bit] = !negative[bit];
		hits += flipped >= sum - allowance;
	}
	return (double)hits / (double)all;
}

double sign_flip_p(const double *values, size_t count, uint64_t seed, size_t draws)
{
	double sum = 0, absolute = 0;
	for (size_t i = 0; i < count; i++) {
		sum += values[i];
		absolute += fabs(values[i]);
	}
	double allowance = 1e-10 * absolute;
	if (count <= EXACT_FLIPS_MAX)
		return count_flips(values, count, sum, allowance);
	size_t hits = 0;
	for (size_t draw = 0; draw < draws; draw++) {
		double flipped = 0;
		uint64_t bits = 0;
		for (size_t i = 0; i < count; i++, bits >>= 1) {
			if (i % 64 == 0)
				bits = mix_next(&seed);
			flipped += bits & 1 ? values[i] : -values[i];
		}
		hits += flipped >= sum - allowance;
	}
	return (1 + (double)hits) / (1 + (double)draws);
}

struct ranked {
	double value;
	size_t index;
};

static int order_ranked(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	return (x->value > y->value) - (x->value < y->value);
}

/* Twice the rank (from 1) of each value: an integer, although ties share their mean rank. *ties:
 * sum of t³ − t over groups of t ties. ranked[count] is scratch space that holds the values. */
static void double_ranks(struct ranked *ranked, size_t count, size_t *ranks, double *ties)
{
	*ties = 0;
	for (size_t i = 0; i < count; i++)
		ranked[i].index = i;
	qsort(ranked, count, sizeof *ranked, order_ranked);
	for (size_t first = 0, end; first < count; first = end) {
		for (end = first + 1; end < count && ranked[end].value == ranked[first].value;)
			end++;
		double group = (double)(end - first);
		*ties += group * (group * group - 1);
		for (size_t i = first; i < end; i++)
			ranks[ranked[i].index] = first + 1 + end;
	}
}

/* P(sum of a random half of ranks[count] ≥ sum), sums up to `all`. */
static double upper_tail(const size_t *ranks, size_t count, size_t all, size_t sum)
{
	double *chances = calloc(all + 1, sizeof *chances), tail = 0;
	size_t reached = 0;
	if (chances == NULL)
		return NAN;
	chances[0] = 1;
	for (size_t i = 0; i < count; i++) {
		if (ranks[i] == 0)
			continue; /* the sign of a zero means nothing */
		reached += ranks[i];
		for (size_t at = reached + 1; at-- > 0;)
			chances[at] =
				(chances[at] + (at < ranks[i] ? 0 : chances[at - ranks[i]])) / 2;
	}
	for (size_t at = all + 1; at-- > sum;) /* the small ones first */
		tail += chances[at];
	free(chances);
	return tail < 1 ? tail : 1;
}

double signed_rank_p(const double *values, size_t count)
{
	struct ranked *ranked = calloc(count + 1, sizeof *ranked);
	size_t *ranks = calloc(count + 1, sizeof *ranks), positive = 0, all = 0;
	double ties, p = NAN;
	if (ranked != NULL && ranks != NULL) {
		for (size_t i = 0; i < count; i++)
			ranked[i].value = fabs(values[i]);
		double_ranks(ranked, count, ranks, &ties);
		for (size_t i = 0; i < count; i++) {
			if (values[i] == 0)
				ranks[i] = 0;
			all += ranks[i];
			positive += values[i] > 0 ? ranks[i] : 0;
		}
		/* without ties all are even, so half of the sums are enough */
		size_t unit = ties == 0 ? 2 : 1;
		for (size_t i = 0; i < count; i++)
			ranks[i] /= unit;
		p = upper_tail(ranks, count, all / unit, positive / unit);
	}
	free(ranked);
	free(ranks);
	return p;
}

/* P(U ≥ u) for samples of m ≤ n values without ties. The Gaussian binomial coefficient of m + n
 * over m counts the orders that give each U. */
static double rank_sum_tail(size_t m, size_t n, size_t u)
{
	size_t all = m * n;
	/* long double is exact up to 2^64 orders, and has 19 digits far beyond that */
	long double tail = 0, total = 0;
	long double *ways = all > (size_t)1 << 30 ? NULL : calloc(all + 1, sizeof *ways);
	if (ways == NULL)
		return NAN;
	ways[0] = 1;
	for (size_t i = 1; i <= m; i++) { /* multiply by (1 − q^(n+i)) / (1 − q^i) */
		for (size_t at = all + 1; at-- > n + i;)
			ways[at] -= ways[at - n - i];
		for (size_t at = i; at <= all; at++)
			ways[at] += ways[at - i];
	}
	for (size_t at = 0; at <= all; at++) {
		total += ways[at];
		tail += at >= u ? ways[at] : 0;
	}
	free(ways);
	return (double)(tail / total);
}

static double normal_upper(double z)
{
	return erfc(z / sqrt(2)) / 2;
}

double mann_whitney_p(const double *a, size_t a_count, const double *b, size_t b_count)
{
	size_t count = a_count + b_count, rank_sum = 0;
	struct ranked *ranked = calloc(count + 1, sizeof *ranked);
	size_t *ranks = calloc(count + 1, sizeof *ranks);
	double p = NAN, ties;
	if (ranked == NULL || ranks == NULL || a_count == 0 || b_count == 0)
		goto out;
	for (size_t i = 0; i < count; i++)
		ranked[i].value = i < a_count ? a[i] : b[i - a_count];
	double_ranks(ranked, count, ranks, &ties);
	for (size_t i = 0; i < a_count; i++)
		rank_sum += ranks[i];
	double m = (double)a_count, n = (double)b_count, all = m + n;
	double u = ((double)rank_sum - m * (m + 1)) / 2;
	if (u < m * n - u)
		u = m * n - u;
	if (ties == 0 && (a_count <= 8 || b_count <= 8)) {
		p = 2 * (a_count < b_count ? rank_sum_tail(a_count, b_count, (size_t)u)
					   : rank_sum_tail(b_count, a_count, (size_t)u));
	} else {
		double variance = m * n / 12 * (all + 1 - ties / (all * (all - 1)));
		p = variance > 0 ? 2 * normal_upper((u - m * n / 2 - 0.5) / sqrt(variance)) : 1;
	}
	p = p > 1 ? 1 : p;
out:
	free(ranked);
	free(ranks);
	return p;
}

void holm(const double *p, size_t count, double alpha, bool *reject)
{
	/* The smallest remaining p is compared with alpha divided by the number that remain.
	 * Families are small, so nothing is sorted. */
	memset(reject, 0, count * sizeof *reject);
	for (size_t left = count; left > 0; left--) {
		size_t least = count;
		for (size_t i = 0; i < count; i++) {
			if (!reject[i] && !isnan(p[i]) && (least == count || p[i] < p[least]))
				least = i;
		}
		if (least == count || !(p[least] <= alpha / (double)left))
			return;
		reject[least] = true;
	}
}

/* ---- confidence ---- */

struct interval bootstrap(resampled_figure *figure, const void *context, double confidence,
			  size_t draws, uint64_t seed)
{
	struct interval out = {NAN, NAN};
	double *figures = draws == 0 ? NULL : calloc(draws, sizeof *figures);
	size_t used = 0;
	if (figures == NULL)
		return out;
	while (used < draws && isfinite(figures[used] = figure(context, &seed)))
		used++;
	if (used == draws) {
		out.low = quantile(figures, used, (1 - confidence) / 2);
		out.high = quantile(figures, used, (1 + confidence) / 2);
	}
	free(figures);
	return out;
}

struct blocks {
	const double *values;
	size_t count;
	double *resample; /* [count] */
};

static double resampled_centre(const void *context, uint64_t *state)
{
	const struct blocks *blocks = context;
	for (size_t i = 0; i < blocks->count; i++)
		blocks->resample[i] = blocks->values[mix_next(state) % blocks->count];
	return hodges_lehmann(blocks->resample, blocks->count);
}

struct interval block_bootstrap(const double *values, size_t count, double confidence, size_t draws,
				uint64_t seed)
{
	struct interval out = {NAN, NAN};
	struct blocks blocks = {values, count, calloc(count + 1, sizeof(double))};
	if (count >= 2 && blocks.resample != NULL)
		out = bootstrap(resampled_centre, &blocks, confidence, draws, seed);
	free(blocks.resample);
	return out;
}

double hodges_lehmann_error(const double *values, size_t count)
{
	double attained;
	if (count < WALSH_LEAST)
		return (double)INFINITY;
	struct interval interval = walsh_order(values, count, 0.90, &attained);
	return (interval.high - interval.low) / (2 * normal_quantile((1 + attained) / 2));
}

double minimum_detectable_effect(double error, size_t count, double alpha, double power)
{
	if (count < WALSH_LEAST || ldexp(1, -(int)count) > alpha)
		return (double)INFINITY;
	double degrees = (double)count - 1;
	return (student_quantile(1 - alpha, degrees) + student_quantile(power, degrees)) * error;
}

double percent_of_log(double difference)
{
	return 100 * expm1(difference);
}

/* ---- distributions ---- */

/* The continued fraction of the incomplete beta function, by the modified method of Lentz. It
 * converges fast for x < (a + 1) / (a + b + 2). Source: DLMF 8.17.22; Lentz (1976), Thompson and
 * Barnett (1986) */
static double beta_fraction(double a, double b, double x)
{
	const double tiny = 1e-300;
	double c = 1, d = 1 - (a + b) * x / (a + 1);
	d = 1 / (fabs(d) < tiny ? tiny : d);
	double result = d;
	for (int m = 1; m <= 10000; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		double step = 1;
		for (int half = 0; half < 2; half++) {
			double term = half == 0 ? even : odd;
			d = 1 + term * d;
			c = 1 + term / c;
			d = 1 / (fabs(d) < tiny ? tiny : d);
			c = fabs(c) < tiny ? tiny : c;
			step = c * d;
			result *= step;
		}
		if (fabs(step - 1) < 1e-15)
			break;
	}
	return result;
}

double incomplete_beta(double a, double b, double x)
{
	if (x <= 0 || x >= 1)
		return x <= 0 ? 0 : 1;
	/* lgamma_r, because lgamma writes a global sign */
	int sign;
	double front = exp(lgamma_r(a + b, &sign) - lgamma_r(a, &sign) - lgamma_r(b, &sign) +
			   a * log(x) + b * log1p(-x));
	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(a, b, x) / a;
	return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

/* x with I_x(a, b) = share, by bisection down to the precision of a double. */
static double beta_quantile(double a, double b, double share)
{
	double low = 0, high = 1;
	for (int i = 0; i < 1100; i++) {
		double middle = low + (high - low) / 2;
		if (middle <= low || middle >= high)
			break;
		if (incomplete_beta(a, b, middle) < share)
			low = middle;
		else
			high = middle;
	}
	return high;
}

struct interval clopper_pearson(size_t successes, size_t trials, double confidence)
{
	double tail = (1 - confidence) / 2, k = (double)successes, n = (double)trials;
	assert(trials > 0 && successes <= trials);
	return (struct interval){
		.low = successes == 0 ? 0 : beta_quantile(k, n - k + 1, tail),
		.high = successes == trials ? 1 : beta_quantile(k + 1, n - k, 1 - tail)};
}

double normal_quantile(double share)
{
	double tail = share < 0.5 ? share : 1 - share, low = 0, high = 40;
	for (int i = 0; i < 200 && high - low > 1e-15 * high; i++) {
		double middle = (low + high) / 2;
		if (normal_upper(middle) > tail)
			low = middle;
		else
			high = middle;
	}
	return share < 0.5 ? -high : high;
}

double student_quantile(double share, double degrees)
{
	double tail = share < 0.5 ? share : 1 - share;
	/* P(|T| > t) = I_x(degrees / 2, 1 / 2) with x = degrees / (degrees + t²) */
	double x = beta_quantile(degrees / 2, 0.5, 2 * tail);
	double t = sqrt(degrees * (1 - x) / x);
	return share < 0.5 ? -t : t;
}

double student_upper(double t, double degrees)
{
	double beyond = incomplete_beta(degrees / 2, 0.5, degrees / (degrees + t * t)) / 2;
	return t > 0 ? beyond : 1 - beyond;
}
