/* Quantiles of samples. */
#ifndef IOWALK_BASE_SPREAD_H
#define IOWALK_BASE_SPREAD_H

#include <stddef.h>

/* What several samples of one quantity show together, in its unit. */
struct spread {
	size_t count; /* of samples; 0: nothing was measured and the rest is undefined */
	double median, low, high; /* low, high: 1st and 3rd quartile */
	double min, max;
};

/* Sorts values[count], none of them NaN, in ascending order. */
void sort_doubles(double *values, size_t count);

/* values[count], sorted in place. */
struct spread spread_of(double *values, size_t count);

/* The interpolated quantile of values[count], which is sorted in place. count ≥ 1, 0 ≤ share ≤ 1.
 * Source: Hyndman and Fan, Sample Quantiles in Statistical Packages (1996), definition 7. */
double quantile(double *values, size_t count, double share);

#endif
