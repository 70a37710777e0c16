/*
 * Student's t over runs, with variances shrunk over cells: see moderated.h.
 *
 * How it works: the logarithm of a sample variance s² of d degrees has the mean
 * ln σ² + ψ(d/2) − ln(d/2) and the variance ψ'(d/2). What the logarithms of a group vary beyond that
 * is the variation of σ² between its cells, which gives the degrees of the prior, and their mean gives
 * its variance. Both are estimates from few cells, so the prior's degrees are at most
 * PRIOR_DEGREES_MAX, and fewer in small groups; one cell has no neighbours and no prior.
 */
#include "moderated.h"

#include "statistics.h"

#include <math.h>
#include <stdbool.h>

/* Two runs of a machine do not agree to better than this: what does is chance, or a copy. */
#define LEAST_RUN_SPREAD 0.002
/* Variances of real cells are not distributed as the prior assumes: a few noisy cells among quiet ones
 * borrow too much from them. A larger variation than the estimated one keeps false verdicts below RUN_ALPHA there
 * (tests/test_moderated.c). */
#define SAFE_FACTOR 2.5
/* A prior from this many neighbours counts half. */
#define HALF_PRIOR_CELLS 8.0

double digamma(double x)
{
	double sum = 0;
	while (x < 10) {
		sum -= 1 / x;
		x++;
	}
	double y = 1 / (x * x);
	return sum + log(x) - 0.5 / x -
	       y * (1.0 / 12 - y * (1.0 / 120 - y * (1.0 / 252 - y * (1.0 / 240 - y / 132))));
}

double trigamma(double x)
{
	double sum = 0;
	while (x < 10) {
		sum += 1 / (x * x);
		x++;
	}
	double y = 1 / (x * x);
	return sum + 1 / x + y / 2 + y / x * (1.0 / 6 - y * (1.0 / 30 - y * (1.0 / 42 - y / 30)));
}

/* x with trigamma(x) = value > 0, by bisection: trigamma falls. */
static double trigamma_inverse(double value)
{
	double low = 1e-8, high = 1e8;
	for (int i = 0; i < 200 && high / low > 1 + 1e-9; i++) {
		double middle = sqrt(low * high);
		if (trigamma(middle) > value)
			low = middle;
		else
			high = middle;
	}
	return low;
}

void run_shift_init(struct run_shift *out, const double *a, size_t a_count, const double *b,
		    size_t b_count)
{
	out->a_mean = sample_mean(a, a_count);
	out->b_mean = sample_mean(b, b_count);
	double squares = sample_squares(a, a_count) + sample_squares(b, b_count);
	out->shift = out->b_mean - out->a_mean;
	out->degrees = (double)(a_count + b_count) - 2;
	out->variance = squares / out->degrees;
	out->scale = sqrt(1 / (double)a_count + 1 / (double)b_count);
}

static double floored(double variance)
{
	return fmax(variance, LEAST_RUN_SPREAD * LEAST_RUN_SPREAD);
}

struct prior {
	double variance, degrees;
};

static struct prior prior_of(const struct run_shift *shifts, size_t count, unsigned group)
{
	double n = 0, mean = 0, squares = 0, expected = 0;
	for (size_t i = 0; i < count; i++) {
		if (shifts[i].group != group)
			continue;
		double half = shifts[i].degrees / 2;
		double log_variance = log(floored(shifts[i].variance)) - digamma(half) + log(half);
		double step = log_variance - mean;
		n++;
		mean += step / n;
		squares += step * (log_variance - mean);
		expected += trigamma(half);
	}
	if (n < 2)
		return (struct prior){0, 0};
	double beyond = squares / (n - 1) - expected / n;
	if (beyond <= 1e-6) /* the cells do not differ */
		return (struct prior){exp(mean),
				      PRIOR_DEGREES_MAX * (n - 1) / (n - 1 + HALF_PRIOR_CELLS)};
	double half = trigamma_inverse(beyond), safe = trigamma_inverse(SAFE_FACTOR * beyond);
	return (struct prior){exp(mean + digamma(half) - log(half)),
			      fmin(2 * safe, PRIOR_DEGREES_MAX) * (n - 1) /
				      (n - 1 + HALF_PRIOR_CELLS)};
}

void moderate(struct run_shift *shifts, size_t count)
{
	for (unsigned group = 0; group < RUN_GROUPS; group++) {
		struct prior prior = prior_of(shifts, count, group);
		for (size_t i = 0; i < count; i++) {
			struct run_shift *shift = &shifts[i];
			if (shift->group != group)
				continue;
			shift->error_degrees = prior.degrees + shift->degrees;
			double variance = (prior.degrees * prior.variance +
					   shift->degrees * shift->variance) /
					  shift->error_degrees;
			shift->error = hypot(sqrt(floored(variance)) * shift->scale, shift->bias);
		}
	}
}

double significant_shift(const struct run_shift *shift)
{
	return student_quantile(1 - RUN_ALPHA / 2, shift->error_degrees) * shift->error;
}

double found_shift(const struct run_shift *shift, double least)
{
	return fmax(significant_shift(shift), least) +
	       student_quantile(RUN_POWER, shift->error_degrees) * shift->error;
}
