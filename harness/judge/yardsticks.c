/* What the machine itself did between the two sides of a comparison: see yardsticks.h. */
#include "yardsticks.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../engines/engine.h"
#include "../../workloads/workload.h"
#include "../base/spread.h"
#include "../base/text.h"
#include "../record/joined.h"
#include "../record/labels.h"

#define MEDIAN "median"
/* A change of bare loops that would be a verdict at the usual threshold. */
#define FAR_PERCENT (RUNS_THRESHOLD_PERCENT / 2)

/* Is it a bare loop: a workload without a store, or an engine without I/O? */
static bool is_yardstick(const struct cell_summary *summary)
{
	uint32_t engine = summary_engine_capabilities(summary);
	return (engine & (ENGINE_NO_DATA | ENGINE_HOLDS_FILE)) != 0 ||
	       (summary_workload_capabilities(summary) & WORKLOAD_BARE) != 0;
}

/* ---- rates of a roofline ---- */

static double memory_rate(const json_t *roofline, const char *key)
{
	const json_t *spread = json_object_get(json_object_get(roofline, "memory"), key);
	return json_number_value(json_object_get(spread, MEDIAN));
}

static double copy_rate(const json_t *roofline)
{
	return memory_rate(roofline, "copy_bytes_per_second");
}

static double latency(const json_t *roofline)
{
	return memory_rate(roofline, "latency_ns");
}

static double read_rate(const json_t *roofline, const char *pattern)
{
	const json_t *reads = json_object_get(roofline, "reads");
	for (size_t i = 0; i < json_array_size(reads); i++) {
		const json_t *read = json_array_get(reads, i);
		const char *name = json_string_value(json_object_get(read, "pattern"));
		if (name != NULL && strcmp(name, pattern) == 0)
			return json_number_value(
				json_object_get(json_object_get(read, "reads_per_second"), MEDIAN));
	}
	return 0;
}

static double random_rate(const json_t *roofline) /* the first: at depth 1 */
{
	return read_rate(roofline, "random");
}

static double sequential_rate(const json_t *roofline)
{
	return read_rate(roofline, "sequential");
}

static const struct {
	const char *name;
	double (*value)(const json_t *roofline); /* 0 if unknown */
} rates[] = {{"memory copy", copy_rate},
	     {"memory latency", latency},
	     {"random reads a second", random_rate},
	     {"sequential reads a second", sequential_rate}};

/* The rooflines of a side's runs, in order. The caller frees. NULL if out of memory. */
static const json_t **rooflines_of(const struct side *side, size_t *count)
{
	const json_t **out = calloc(side->runs_count + 1, sizeof(const json_t *));
	*count = 0;
	for (size_t i = 0; out != NULL && i < side->records_count; i++) {
		for (size_t j = 0; j < side->records[i].runs_count; j++) {
			const json_t *info = run_joined_info(side->records[i].run, j);
			const json_t *roofline = json_object_get(info, "roofline");
			if (roofline != NULL)
				out[(*count)++] = roofline;
		}
	}
	return out;
}

/* A run takes over a measurement of the last hour: did both sides use only one? */
static bool are_the_same(const json_t *const *a, size_t a_count, const json_t *const *b,
			 size_t b_count)
{
	const json_t *when = a_count > 0 ? json_object_get(a[0], "measured_at_s") : NULL;
	bool same = when != NULL;
	for (size_t i = 0; i < a_count; i++)
		same = same && json_equal(when, json_object_get(a[i], "measured_at_s"));
	for (size_t i = 0; i < b_count; i++)
		same = same && json_equal(when, json_object_get(b[i], "measured_at_s"));
	return same;
}

/* The median over a side, or NaN. values[count] is scratch space. */
static double median_rate(const json_t *const *rooflines, size_t count,
			  double (*value)(const json_t *), double *values)
{
	size_t used = 0;
	for (size_t i = 0; i < count; i++) {
		values[used] = value(rooflines[i]);
		used += values[used] > 0 && isfinite(values[used]);
	}
	return used == 0 ? (double)NAN : quantile(values, used, 0.5);
}

/* ---- the sentence ---- */

static void append_part(char *text, size_t size, bool *begun, const char *name, double ratio)
{
	if (!isfinite(ratio) || ratio <= 0)
		return;
	text_append(text, size, "%s%s %+.1f%%",
		    *begun ? ", " : "The machine itself, candidate against baseline: ", name,
		    100 * (ratio - 1));
	*begun = true;
}

/* *shift: the logarithm of the change, 0 without bare loops. */
static int append_loops(const struct comparison *comparison, const struct side *a, bool *begun,
			char *text, size_t size, double *shift)
{
	double *logs = calloc(comparison->cells_count + 1, sizeof *logs);
	size_t used = 0;
	if (logs == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < comparison->cells_count; i++) {
		const struct cell_change *cell = &comparison->cells[i];
		const struct side_cell *in_a = cell->has_times ? side_find(a, cell->name) : NULL;
		if (in_a != NULL && is_yardstick(in_a->summary))
			logs[used++] = log1p(cell->effect_percent / 100);
	}
	if (used > 0) {
		*shift = quantile(logs, used, 0.5);
		append_part(text, size, begun, "time of bare loops", exp(*shift));
		text_append(text, size, " (median of %zu cell%s)", used, used == 1 ? "" : "s");
	}
	free(logs);
	return 0;
}

int yardsticks_text(const struct comparison *comparison, const struct side *a, const struct side *b,
		    double core_shift, char *text, size_t size)
{
	size_t a_count, b_count;
	bool begun = false;
	double loops = 0;
	const json_t **in_a = rooflines_of(a, &a_count), **in_b = rooflines_of(b, &b_count);
	double *values = calloc(a->runs_count + b->runs_count + 1, sizeof *values);
	int err = in_a == NULL || in_b == NULL || values == NULL ? -ENOMEM : 0;
	if (err == 0)
		err = append_loops(comparison, a, &begun, text, size, &loops);
	if (err == 0 && !are_the_same(in_a, a_count, in_b, b_count)) {
		for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
			append_part(text, size, &begun, rates[i].name,
				    median_rate(in_b, b_count, rates[i].value, values) /
					    median_rate(in_a, a_count, rates[i].value, values));
	}
	append_part(text, size, &begun, "time of independent instructions", exp(core_shift));
	if (begun)
		text_append(
			text, size, ". Verdicts %s.%s",
			isnan(core_shift) ? "are not corrected by it"
					  : "take the last of it into account, and nothing else",
			fabs(loops) >= log1p(FAR_PERCENT / 100)
				? " Bare loops changed by as much as a verdict: measure again, at "
				  "another time, before you believe one."
				: "");
	free(in_a);
	free(in_b);
	free(values);
	return err;
}
