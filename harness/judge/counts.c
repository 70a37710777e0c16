/*
 * Compares counts. They are exact, so one system call more is a change and needs no statistics.
 *
 * How it works: for each side the range over its count passes is taken, which is a single value if
 * they agree. Ranges that do not overlap are a change. It is a regression if the candidate's
 * minimum exceeds the baseline's maximum by more than the budget. `syscalls` is the sum over all
 * system calls, and `syscalls_self` the sum that the engine counted. They are not reported if the
 * single calls already show the change.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "comparison.h"

/* Minor faults: half a per cent, and more than the few faults that the C library causes now and
 * then. In cold walks read-ahead decides how many faults are major, how many bytes the device
 * delivers and how many pages one fault maps. These are reported for warm walks only. */
const struct count_budget count_budgets[] = {
	{"syscalls*", 0, 0, false},           {"logical_read_bytes", 0, 0, false},
	{"logical_write_bytes", 0, 0, false}, {"file_bytes", 0, 0, false},
	{"device_read_bytes", 0, 0, true},    {"faults_minor", 0.5, 16, true},
};
const size_t count_budgets_count = sizeof count_budgets / sizeof *count_budgets;

/* A count that differs between passes of one side must differ by this much between the sides. */
#define NOISY_PERCENT 1.0

static const struct count_budget *find_budget(const char *metric,
					      const struct count_budget *budgets, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t len = strcspn(budgets[i].metric, "*");
		bool any_ending = budgets[i].metric[len] == '*';
		if (strncmp(metric, budgets[i].metric, len) == 0 &&
		    (any_ending || metric[len] == '\0'))
			return &budgets[i];
	}
	return NULL;
}

struct range {
	double low, high;
};

/* The engine's own count has a name different from perf's. */
static bool is_call_name(const char *metric)
{
	return strncmp(metric, "syscalls_", 9) == 0 && strcmp(metric, "syscalls_self") != 0;
}

/* NaN if a pass does not have it. */
static struct range range_of(const char *metric, const json_t *const *passes, size_t count)
{
	struct range range = {NAN, NAN};
	for (size_t i = 0; i < count; i++) {
		const json_t *value = json_object_get(passes[i], metric);
		bool is_zero = value == NULL && is_call_name(metric) &&
			       json_object_get(passes[i], "syscalls") != NULL;
		if (!json_is_number(value) && !is_zero)
			return (struct range){NAN, NAN};
		double number = is_zero ? 0 : json_number_value(value);
		range.low = i == 0 ? number : fmin(range.low, number);
		range.high = i == 0 ? number : fmax(range.high, number);
	}
	return range;
}

static int compare_metric(struct cell_change *cell, const char *metric, struct range a,
			  struct range b, const struct count_budget *budget)
{
	if (isnan(a.low) || isnan(b.low) || (b.low <= a.high && a.low <= b.high))
		return 0;
	bool noisy = a.low < a.high || b.low < b.high;
	double percent = noisy ? fmax(budget->percent, NOISY_PERCENT) : budget->percent;
	bool more = b.low > a.high;
	double gain = b.low - a.high;
	bool beyond = more && gain > budget->absolute && gain > a.high * percent / 100;
	double lost = a.low - b.high;
	bool is_reported =
		beyond || (!more && lost > budget->absolute && lost > a.low * percent / 100);
	if (!is_reported)
		return 0;
	int err = cell_add_count(cell, metric, more ? a.high : a.low, more ? b.low : b.high, NULL,
				 NULL, beyond);
	if (err == 0)
		cell->counts[cell->counts_count - 1].is_noisy = noisy;
	return err;
}

/* The sums over all calls: perf's and the engine's. */
static bool is_call_sum(const char *metric)
{
	return strcmp(metric, "syscalls") == 0 || strcmp(metric, "syscalls_self") == 0;
}

static bool has_call_name(const struct cell_change *cell)
{
	for (size_t i = 0; i < cell->counts_count; i++) {
		if (is_call_name(cell->counts[i].metric))
			return true;
	}
	return false;
}

/* Is a call among the names that may grow by more than the sum may? Then the sum says nothing. */
static bool has_wider_part(json_t *names, const struct count_budget *budgets, size_t budgets_count)
{
	const struct count_budget *sum = find_budget("syscalls", budgets, budgets_count);
	const char *metric;
	json_t *value;
	json_object_foreach(names, metric, value)
	{
		const struct count_budget *own = find_budget(metric, budgets, budgets_count);
		if (is_call_name(metric) && own != NULL && sum != NULL &&
		    own->percent > sum->percent)
			return true;
	}
	return false;
}

int counts_compare(struct cell_change *cell, const json_t *const *a, size_t a_count,
		   const json_t *const *b, size_t b_count, bool is_warm,
		   const struct count_budget *budgets, size_t budgets_count)
{
	json_t *names = json_object(), *value;
	const char *metric;
	int err = names == NULL ? -ENOMEM : 0;
	for (size_t i = 0; err == 0 && i < a_count + b_count; i++) {
		json_t *pass = (json_t *)(i < a_count ? a[i] : b[i - a_count]);
		err = json_object_update_missing(names, pass) != 0 ? -ENOMEM : 0;
	}
	bool free_part = has_wider_part(names, budgets, budgets_count);
	for (int sums = 0; sums < 2 && (!sums || (!has_call_name(cell) && !free_part)); sums++) {
		json_object_foreach(names, metric, value)
		{
			const struct count_budget *budget =
				find_budget(metric, budgets, budgets_count);
			if (err == 0 && budget != NULL && (is_warm || !budget->warm_only) &&
			    is_call_sum(metric) == (sums == 1))
				err = compare_metric(cell, metric, range_of(metric, a, a_count),
						     range_of(metric, b, b_count), budget);
		}
	}
	json_decref(names);
	return err;
}
