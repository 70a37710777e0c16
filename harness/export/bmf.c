/*
 * Bencher Metric Format: cell → measure → value.
 *
 * Source: https://bencher.dev/docs/reference/bencher-metric-format/
 */
#include <math.h>

#include "format.h"
#include "support/json_out.h"
#include "support/medians.h"

/* {CELL: {"latency": {"value", "lower_value", "upper_value"}, "syscalls": {"value"}, …}} */
static json_t *bmf_cell(const struct cell_summary *summary)
{
	const struct spread *time = &summary->real_time_ns;
	json_t *cell = json_pack("{s:{s:f,s:f,s:f}}", "latency", "value", time->median,
				 "lower_value", time->low, "upper_value", time->high);
	for (size_t i = 0; i < EXPORTED_COUNT; i++) {
		double value = summary_metric(summary, exported_metrics[i].metric);
		if (isfinite(value))
			json_object_set_new(cell, exported_metrics[i].metric,
					    json_pack("{s:f}", "value", value));
	}
	return cell;
}

static json_t *bmf_json(const struct run *run)
{
	struct cell_summary *summaries = NULL;
	size_t count = 0;
	json_t *json = json_object();
	if (run_summarize(run, &summaries, &count) != 0) {
		json_decref(json);
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		if (export_is_measured(&summaries[i]))
			json_object_set_new(json, summaries[i].name, bmf_cell(&summaries[i]));
	}
	summaries_free(summaries, count);
	return json;
}

static int write_bmf(const struct run *run, FILE *out)
{
	return export_write_json(bmf_json(run), out);
}

const struct export_format export_bmf = {
	.name = "bmf",
	.summary = "Bencher Metric Format, {CELL: {MEASURE: {value}}}: latency is the median time "
		   "of a\n"
		   "walk in ns, with its quartiles as lower_value and upper_value; also syscalls,\n"
		   "faults_minor, device_read_bytes and lat_ns_p99 where they were counted",
	.write = write_bmf,
};
