/* The histogram compared with a sorted array of the same values: its error is at most 0.8 %. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>

#include "../harness/base/histogram.h"

#define VALUES_COUNT 20000
#define LARGEST      ((UINT64_C(1) << HISTOGRAM_VALUE_BITS) - 1)

static struct histogram histogram, other;
static uint64_t values[VALUES_COUNT];

/* xorshift64 (Marsaglia, 2003): any fixed sequence would do. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void assert_close(uint64_t got, uint64_t want)
{
	uint64_t off = got > want ? got - want : want - got;
	if (off * 1000 > want * 8)
		fail_msg("%ju is more than 0.8 %% off %ju", (uintmax_t)got, (uintmax_t)want);
}

/* A larger value is recorded, too, so that the result is the bucket, not the maximum. */
static void assert_read_back(uint64_t value)
{
	histogram_reset(&histogram);
	histogram_record(&histogram, value);
	histogram_record(&histogram, LARGEST);
	uint64_t got = histogram_quantile(&histogram, 0.5);
	assert_close(got, value);
	if (value < 256)
		assert_int_equal(got, value);
	assert_true(histogram_bucket(value) < HISTOGRAM_BUCKETS);
}

static void values_are_read_back_within_the_bound(void **state)
{
	(void)state;
	for (uint64_t value = 0; value < 600; value++)
		assert_read_back(value);
	for (unsigned bit = 8; bit < HISTOGRAM_VALUE_BITS; bit++) {
		for (uint64_t value = (UINT64_C(1) << bit) - 1; value <= (UINT64_C(1) << bit) + 1;
		     value++)
			assert_read_back(value);
	}
	uint64_t seed = 42;
	for (int i = 0; i < 1000; i++)
		assert_read_back(next_random(&seed) >> (64 - HISTOGRAM_VALUE_BITS + i % 32));
}

static void buckets_rise_with_values(void **state)
{
	(void)state;
	unsigned last = 0;
	for (uint64_t value = 1; value <= LARGEST; value += 1 + value / 300) {
		unsigned bucket = histogram_bucket(value);
		assert_true(bucket >= last && bucket <= last + 1);
		last = bucket;
	}
	assert_int_equal(histogram_bucket(LARGEST), HISTOGRAM_BUCKETS - 1);
}

static int compare(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
	return (a > b) - (a < b);
}

static void quantiles_are_those_of_the_sorted_values(void **state)
{
	(void)state;
	static const struct {
		double quantile;
		size_t rank; /* of VALUES_COUNT, from 1 */
	} cases[] = {{0, 1},        {0.00005, 1},   {0.07, 1400},    {0.5, 10000}, {0.9, 18000},
		     {0.99, 19800}, {0.999, 19980}, {0.9999, 19998}, {1, 20000}};
	uint64_t seed = 7;
	histogram_reset(&histogram);
	for (size_t i = 0; i < VALUES_COUNT; i++) {
		/* Spread over many powers of two, like latencies. */
		values[i] = next_random(&seed) >> (28 + next_random(&seed) % 30);
		histogram_record(&histogram, values[i]);
	}
	qsort(values, VALUES_COUNT, sizeof(values[0]), compare);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_close(histogram_quantile(&histogram, cases[i].quantile),
			     values[cases[i].rank - 1]);
	assert_int_equal(histogram.max_value, values[VALUES_COUNT - 1]);
	assert_int_equal(histogram_quantile(&histogram, 1), values[VALUES_COUNT - 1]);
}

static void empty_histogram_is_zero(void **state)
{
	(void)state;
	histogram_reset(&histogram);
	assert_int_equal(histogram_quantile(&histogram, 0.5), 0);
	assert_int_equal(histogram.max_value, 0);
}

static void one_value_is_every_quantile(void **state)
{
	(void)state;
	histogram_reset(&histogram);
	histogram_record(&histogram, 123457);
	assert_int_equal(histogram_quantile(&histogram, 0), 123457);
	assert_int_equal(histogram_quantile(&histogram, 0.999), 123457);
}

static void too_large_value_keeps_the_maximum(void **state)
{
	(void)state;
	histogram_reset(&histogram);
	histogram_record(&histogram, UINT64_MAX);
	assert_int_equal(histogram.counts[HISTOGRAM_BUCKETS - 1], 1);
	assert_int_equal(histogram_quantile(&histogram, 1), UINT64_MAX);
}

static void two_histograms_are_added(void **state)
{
	(void)state;
	histogram_reset(&histogram);
	histogram_reset(&other);
	for (uint64_t i = 1; i <= 100; i++)
		histogram_record(i % 2 ? &histogram : &other, i * 2);
	histogram_add(&histogram, &other);
	assert_int_equal(histogram.total_count, 100);
	assert_int_equal(histogram.max_value, 200);
	assert_int_equal(histogram_quantile(&histogram, 0.5), 100);
	assert_int_equal(histogram_quantile(&histogram, 0.07), 14);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_read_back_within_the_bound),
		cmocka_unit_test(buckets_rise_with_values),
		cmocka_unit_test(quantiles_are_those_of_the_sorted_values),
		cmocka_unit_test(empty_histogram_is_zero),
		cmocka_unit_test(one_value_is_every_quantile),
		cmocka_unit_test(too_large_value_keeps_the_maximum),
		cmocka_unit_test(two_histograms_are_added),
	};
	return cmocka_run_group_tests_name("histogram", tests, NULL, NULL);
}
