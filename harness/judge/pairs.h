/*
 * Order statistics of the pairwise means that the Hodges-Lehmann estimator is made of, without
 * making the pairs: 100 000 values have 5 × 10⁹ of them. O(count) memory, O(64 × count) time.
 *
 * Arrays are sorted in ascending order, finite and not empty. rank counts from 0.
 */
#ifndef IOWALK_JUDGE_PAIRS_H
#define IOWALK_JUDGE_PAIRS_H

#include <stddef.h>

/* A sorted copy of values[count]. The caller frees it. NULL if out of memory or if count is 0. */
double *sorted_copy(const double *values, size_t count);

/* The number of Walsh averages (values[i] + values[j]) / 2, j ≤ i. */
size_t walsh_count(size_t count);

/* The Walsh average of this rank. rank < walsh_count(count). */
double walsh_of_rank(const double *values, size_t count, size_t rank);

#endif
