/*
 * Reading a latency histogram: see histogram.h. Values below 256 have a bucket each; every power of
 * two above has 128 buckets.
 *
 * Source: HdrHistogram (Gil Tene)
 */
#include "histogram.h"

#include <math.h>
#include <string.h>

#define SUB_COUNT (1u << HISTOGRAM_SUB_BITS)

void histogram_reset(struct histogram *histogram)
{
	memset(histogram, 0, sizeof(*histogram));
}

/* The middle of the values in a bucket: the inverse of histogram_bucket(). */
static uint64_t bucket_middle(unsigned bucket)
{
	if (bucket < 2 * SUB_COUNT)
		return bucket;
	unsigned shift = (bucket >> HISTOGRAM_SUB_BITS) - 1;
	uint64_t lowest = (uint64_t)((bucket & (SUB_COUNT - 1)) | SUB_COUNT) << shift;
	return lowest + (UINT64_C(1) << shift) / 2;
}

uint64_t histogram_quantile(const struct histogram *histogram, double quantile)
{
	if (histogram->total_count == 0)
		return 0;
	/* Corrects rounding of the product: 0.07 * 100 is slightly more than 7. */
	double total = (double)histogram->total_count;
	double rank = ceil(quantile * total - total * 1e-12);
	if (rank >= total)
		return histogram->max_value;
	uint64_t wanted = rank < 1 ? 1 : (uint64_t)rank;
	uint64_t seen = 0;
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += histogram->counts[i];
		if (seen >= wanted) {
			uint64_t value = bucket_middle(i);
			return value < histogram->max_value ? value : histogram->max_value;
		}
	}
	return histogram->max_value;
}

void histogram_add(struct histogram *into, const struct histogram *from)
{
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
		into->counts[i] += from->counts[i];
	into->total_count += from->total_count;
	if (from->max_value > into->max_value)
		into->max_value = from->max_value;
}
