/*
 * customSmallerIsBetter of github-action-benchmark: a row per cell and metric.
 *
 * Source: https://github.com/benchmark-action/github-action-benchmark#examples
 */
#include <math.h>
#include <stdlib.h>

#include "format.h"
#include "support/json_out.h"
#include "support/medians.h"

/* `unit`: of a walk or, with is_whole, as it is. */
static json_t *smaller_row(const struct cell_summary *summary, const char *metric,
			   const char *of_walk, bool is_whole, double value)
{
	char *name = NULL, unit[40];
	if (asprintf(&name, "%s %s", summary->name, metric) < 0)
		return NULL;
	snprintf(unit, sizeof unit, is_whole ? "%s" : "%s/%s", of_walk, export_what(summary));
	json_t *row = json_pack("{s:s,s:s,s:f}", "name", name, "unit", unit, "value", value);
	free(name);
	return row;
}

static json_t *smaller_json(const struct run *run)
{
	struct cell_summary *summaries = NULL;
	size_t count = 0;
	json_t *rows = json_array();
	if (run_summarize(run, &summaries, &count) != 0) {
		json_decref(rows);
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		const struct cell_summary *summary = &summaries[i];
		const struct spread *time = &summary->real_time_ns;
		char range[64], extra[128];
		if (!export_is_measured(summary))
			continue;
		snprintf(range, sizeof range, "± %.6g", (time->high - time->low) / 2);
		snprintf(extra, sizeof extra, "median of %zu repetitions; range: quartiles",
			 time->count);
		json_t *row = smaller_row(summary, "time", "ns", false, time->median);
		json_object_set_new(row, "range", json_string(range));
		json_object_set_new(row, "extra", json_string(extra));
		json_array_append_new(rows, row);
		for (size_t j = 0; j < EXPORTED_COUNT; j++) {
			double value = summary_metric(summary, exported_metrics[j].metric);
			if (isfinite(value))
				json_array_append_new(
					rows,
					smaller_row(summary, exported_metrics[j].metric,
						    exported_metrics[j].unit,
						    exported_metrics[j].is_of_operations, value));
		}
	}
	summaries_free(summaries, count);
	return rows;
}

static int write_smaller(const struct run *run, FILE *out)
{
	return export_write_json(smaller_json(run), out);
}

const struct export_format export_smaller_is_better = {
	.name = "smaller-is-better",
	.summary = "github-action-benchmark's customSmallerIsBetter, [{name, unit, value}]: the "
		   "time with\n"
		   "range (half the interquartile range) and extra; the same metrics as bmf",
	.write = write_smaller,
};
