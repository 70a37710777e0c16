/*
 * Figures over processes: see processes.h.
 *
 * How it works: of n values from any distribution the k-th from both ends enclose its median with
 * a probability that is a sum of binomial coefficients. The interval is the narrowest such pair that
 * has the confidence, so it has a little more of it.
 *
 * Source: the sign test; David and Nagaraja, Order Statistics (2003), chapter 7.1
 */
#include "processes.h"

#include <errno.h>
#include <math.h>

#define ROUNDING 1e-9 /* of sums of binomial coefficients */

/* Probability that exactly k of n values lie below the median. */
static double binomial_half(size_t n, size_t k)
{
	double all = lgamma((double)n + 1), low = lgamma((double)k + 1);

	return exp(all - low - lgamma((double)(n - k) + 1) - (double)n * M_LN2);
}

int median_interval(const double *sorted, size_t count, double confidence, double *low,
		    double *high)
{
	double below = 0; /* probability that fewer than k values lie below the median */
	size_t rank = 0;

	*low = *high = NAN;
	for (size_t k = 1; k <= count / 2; k++) {
		below += binomial_half(count, k - 1);
		if (1 - 2 * below < confidence - ROUNDING)
			break;
		rank = k;
	}
	if (rank == 0)
		return -ENODATA;
	*low = sorted[rank - 1];
	*high = sorted[count - rank];
	return 0;
}

void process_figures(double *medians, size_t count, double confidence, struct process_figures *out)
{
	*out = (struct process_figures){.medians = spread_of(medians, count)};
	for (size_t i = 0; i < count; i++)
		out->slow_count += medians[i] > PROCESSES_SLOW_FACTOR * medians[0];
	median_interval(medians, count, confidence, &out->low, &out->high);
}

double process_half_width_percent(const struct process_figures *figures)
{
	double figure = figures->medians.median;

	return 100 * fmax(figures->high - figure, figure - figures->low) / figure;
}
