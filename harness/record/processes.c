/*
 * Figures over processes: see processes.h.
 *
 * How it works: of n values from any distribution the k-th from both ends enclose its median with
 * a probability that is a sum of binomial coefficients. The interval lies between two such pairs,
 * so that it has the asked confidence and does not jump as n grows.
 *
 * Source: Hettmansperger and Sheather, Confidence Intervals Based on Interpolated Order Statistics
 * (1986)
 */
#include "processes.h"

#include <errno.h>
#include <math.h>

/* Probability that exactly k of n values lie below the median. */
static double binomial_half(size_t n, size_t k)
{
	double all = lgamma((double)n + 1), low = lgamma((double)k + 1);

	return exp(all - low - lgamma((double)(n - k) + 1) - (double)n * M_LN2);
}

int median_interval(const double *sorted, size_t count, double confidence, double *low,
		    double *high)
{
	/* The pair of rank `rank` from both ends has coverage `covered`, the next one `next`. */
	double covered = 0, next = 0, below = 0;
	size_t rank = 0;

	*low = *high = NAN;
	for (size_t k = 1; k <= count / 2; k++) {
		below += binomial_half(count, k - 1);
		next = 1 - 2 * below;
		if (next < confidence)
			break;
		covered = next;
		next = 0;
		rank = k;
	}
	if (rank == 0)
		return -ENODATA;
	double part = (covered - confidence) / (covered - next);
	double weight = (double)(count - rank) * part /
			((double)rank + ((double)count - 2 * (double)rank) * part);
	*low = (1 - weight) * sorted[rank - 1] + weight * sorted[rank];
	*high = (1 - weight) * sorted[count - rank] + weight * sorted[count - rank - 1];
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
