/*
 * Latency histogram with log-linear buckets (as in HdrHistogram): each power of two is split into
 * 128 equal buckets, so the relative error of a quantile is at most 1/128 (0.8 %). It counts values
 * from 0 to 2^40 - 1 ns (18 minutes); larger values are counted as 2^40 - 1. The maximum is exact.
 */
#ifndef IOWALK_BASE_HISTOGRAM_H
#define IOWALK_BASE_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_SUB_BITS   7
#define HISTOGRAM_VALUE_BITS 40
#define HISTOGRAM_BUCKETS    ((HISTOGRAM_VALUE_BITS - HISTOGRAM_SUB_BITS + 1) << HISTOGRAM_SUB_BITS)

struct histogram {
	uint64_t total_count;
	uint64_t max_value;
	uint64_t counts[HISTOGRAM_BUCKETS];
};

void histogram_reset(struct histogram *histogram);

static inline unsigned histogram_bucket(uint64_t value)
{
	if (value >> HISTOGRAM_VALUE_BITS)
		value = (UINT64_C(1) << HISTOGRAM_VALUE_BITS) - 1;
	if (value >> (HISTOGRAM_SUB_BITS + 1) == 0)
		return (unsigned)value;
	unsigned shift = 63u - (unsigned)__builtin_clzll(value) - HISTOGRAM_SUB_BITS;
	return (shift << HISTOGRAM_SUB_BITS) + (unsigned)(value >> shift);
}

static inline void histogram_record(struct histogram *histogram, uint64_t value)
{
	histogram->counts[histogram_bucket(value)]++;
	histogram->total_count++;
	if (value > histogram->max_value)
		histogram->max_value = value;
}

/* The quantile (0 to 1) of the recorded values: the middle of its bucket, but at most the maximum. 0 if there
 * are no values. */
uint64_t histogram_quantile(const struct histogram *histogram, double quantile);

/* Adds the counts of `from` to `into`. */
void histogram_add(struct histogram *into, const struct histogram *from);

#endif
