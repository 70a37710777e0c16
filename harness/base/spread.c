/* Quantiles: see spread.h. */
#include "spread.h"

#include <stdlib.h>

static int order_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

void sort_doubles(double *values, size_t count)
{
	qsort(values, count, sizeof *values, order_double);
}

static double quantile_sorted(const double *sorted, size_t count, double share)
{
	double at = share * (double)(count - 1);
	size_t below = (size_t)at;

	if (below + 1 >= count)
		return sorted[below];
	return sorted[below] + (at - (double)below) * (sorted[below + 1] - sorted[below]);
}

double quantile(double *values, size_t count, double share)
{
	sort_doubles(values, count);
	return quantile_sorted(values, count, share);
}

struct spread spread_of(double *values, size_t count)
{
	struct spread spread = {.count = count};

	if (count == 0)
		return spread;
	spread.median = quantile(values, count, 0.5);
	spread.low = quantile_sorted(values, count, 0.25);
	spread.high = quantile_sorted(values, count, 0.75);
	spread.min = values[0];
	spread.max = values[count - 1];
	return spread;
}
