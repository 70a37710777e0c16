/*
 * How it works: in sorted arrays the pairs of at most x are counted by two indices that move in one
 * direction. The value of a rank is the least x with enough pairs. Doubles in the order of their
 * values are integers in order, so at most 64 halvings of that integer find x exactly.
 *
 * Source of counting in sorted rows: Johnson and Mizoguchi, Selecting the Kth Element in X + Y and
 * X₁ + X₂ + … + X_m (1978)
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../base/spread.h"
#include "pairs.h"

double *sorted_copy(const double *values, size_t count)
{
	double *sorted = count == 0 ? NULL : calloc(count, sizeof *sorted);
	if (sorted != NULL) {
		memcpy(sorted, values, count * sizeof *sorted);
		sort_doubles(sorted, count);
	}
	return sorted;
}

/* An integer that is in the order of the values, and back. Source: IEEE 754: with the sign aside,
 * the bits of finite numbers are in the order of their magnitudes. */
static int64_t key_of(double value)
{
	int64_t bits;
	memcpy(&bits, &value, sizeof bits);
	return bits < 0 ? INT64_MIN - bits : bits;
}

static double value_of(int64_t key)
{
	int64_t bits = key < 0 ? INT64_MIN - key : key;
	double value;
	memcpy(&value, &bits, sizeof value);
	return value;
}

static size_t averages_up_to(const double *values, size_t count, double x)
{
	size_t total = 0, used = count;
	for (size_t i = 0; i < count; i++) {
		while (used > 0 && (values[i] + values[used - 1]) / 2 > x)
			used--;
		total += used < i + 1 ? used : i + 1;
	}
	return total;
}

size_t walsh_count(size_t count)
{
	return count * (count + 1) / 2;
}

double walsh_of_rank(const double *values, size_t count, size_t rank)
{
	int64_t low = key_of(values[0]), high = key_of(values[count - 1]);
	while (low < high) {
		int64_t middle = (low & high) + ((low ^ high) >> 1); /* rounded down, no overflow */
		if (averages_up_to(values, count, value_of(middle)) > rank)
			high = middle;
		else
			low = middle + 1;
	}
	return value_of(high);
}
