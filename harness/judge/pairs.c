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

struct sorted_pairs {
	const double *a, *b; /* a NULL: Walsh averages of b */
	size_t a_count, b_count;
};

static size_t differences_up_to(const struct sorted_pairs *pairs, double x)
{
	size_t total = 0, used = 0;
	for (size_t i = 0; i < pairs->a_count; i++) {
		while (used < pairs->b_count && pairs->b[used] - pairs->a[i] <= x)
			used++;
		total += used;
	}
	return total;
}

static size_t averages_up_to(const struct sorted_pairs *pairs, double x)
{
	size_t total = 0, used = pairs->b_count;
	for (size_t i = 0; i < pairs->b_count; i++) {
		while (used > 0 && (pairs->b[i] + pairs->b[used - 1]) / 2 > x)
			used--;
		total += used < i + 1 ? used : i + 1;
	}
	return total;
}

static double value_of_rank(const struct sorted_pairs *pairs, size_t rank, double least,
			    double greatest)
{
	int64_t low = key_of(least), high = key_of(greatest);
	while (low < high) {
		int64_t middle = (low & high) + ((low ^ high) >> 1); /* rounded down, no overflow */
		double x = value_of(middle);
		size_t found =
			pairs->a == NULL ? averages_up_to(pairs, x) : differences_up_to(pairs, x);
		if (found > rank)
			high = middle;
		else
			low = middle + 1;
	}
	return value_of(high);
}

double difference_of_rank(const double *a, size_t a_count, const double *b, size_t b_count,
			  size_t rank)
{
	struct sorted_pairs pairs = {a, b, a_count, b_count};
	return value_of_rank(&pairs, rank, b[0] - a[a_count - 1], b[b_count - 1] - a[0]);
}

size_t walsh_count(size_t count)
{
	return count * (count + 1) / 2;
}

double walsh_of_rank(const double *values, size_t count, size_t rank)
{
	struct sorted_pairs pairs = {NULL, values, 0, count};
	return value_of_rank(&pairs, rank, values[0], values[count - 1]);
}
