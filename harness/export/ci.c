/*
 * A run for services that watch benchmarks over time: Bencher, github-action-benchmark, Apache
 * Otava. Each gets the medians of the cells that were measured; what failed or was skipped is left
 * out, since none of them knows a value that is absent.
 *
 * Sources: https://bencher.dev/docs/reference/bencher-metric-format/;
 * https://github.com/benchmark-action/github-action-benchmark#examples (customSmallerIsBetter);
 * https://otava.apache.org/docs/csv/
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "formats.h"
#include "../base/text.h"

/* What is exported of a cell beside its time. */
static const struct {
	const char *metric, *unit;
} exported[] = {{"syscalls", "calls/walk"},
		{"faults_minor", "faults/walk"},
		{"device_read_bytes", "bytes/walk"},
		{"lat_ns_p99", "ns"}};
#define EXPORTED_COUNT (sizeof exported / sizeof *exported)

static bool is_measured(const struct cell_summary *summary)
{
	return summary->error == NULL && summary->skipped == NULL &&
	       summary->real_time_ns.count > 0 && isfinite(summary->real_time_ns.median);
}

/* {CELL: {"latency": {"value", "lower_value", "upper_value"}, "syscalls": {"value"}, …}} */
static json_t *bmf_cell(const struct cell_summary *summary)
{
	const struct spread *time = &summary->real_time_ns;
	json_t *cell = json_pack("{s:{s:f,s:f,s:f}}", "latency", "value", time->median,
				 "lower_value", time->low, "upper_value", time->high);
	for (size_t i = 0; i < EXPORTED_COUNT; i++) {
		double value = summary_metric(summary, exported[i].metric);
		if (isfinite(value))
			json_object_set_new(cell, exported[i].metric,
					    json_pack("{s:f}", "value", value));
	}
	return cell;
}

json_t *export_bmf(const struct run *run)
{
	struct cell_summary *summaries = NULL;
	size_t count = 0;
	json_t *json = json_object();
	if (run_summarize(run, &summaries, &count) != 0) {
		json_decref(json);
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		if (is_measured(&summaries[i]))
			json_object_set_new(json, summaries[i].name, bmf_cell(&summaries[i]));
	}
	summaries_free(summaries, count);
	return json;
}

static json_t *smaller_row(const struct cell_summary *summary, const char *metric, const char *unit,
			   double value)
{
	char *name = NULL;
	if (asprintf(&name, "%s %s", summary->name, metric) < 0)
		return NULL;
	json_t *row = json_pack("{s:s,s:s,s:f}", "name", name, "unit", unit, "value", value);
	free(name);
	return row;
}

json_t *export_smaller(const struct run *run)
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
		if (!is_measured(summary))
			continue;
		snprintf(range, sizeof range, "± %.6g", (time->high - time->low) / 2);
		snprintf(extra, sizeof extra, "median of %zu repetitions; range: quartiles",
			 time->count);
		json_t *row = smaller_row(summary, "time", "ns/walk", time->median);
		json_object_set_new(row, "range", json_string(range));
		json_object_set_new(row, "extra", json_string(extra));
		json_array_append_new(rows, row);
		for (size_t j = 0; j < EXPORTED_COUNT; j++) {
			double value = summary_metric(summary, exported[j].metric);
			if (isfinite(value))
				json_array_append_new(rows, smaller_row(summary, exported[j].metric,
									exported[j].unit, value));
		}
	}
	summaries_free(summaries, count);
	return rows;
}

/* The header where value_of_row is false, else the row. */
static void put_otava(FILE *out, const struct run *run, const struct cell_summary *summaries,
		      size_t count, bool value_of_row)
{
	const json_t *build = json_object_get(run->environment, "build");
	const struct {
		const char *name;
		const json_t *value;
	} attributes[] = {{"time", json_object_get(run->info, "started")},
			  {"suite", json_object_get(run->info, "suite")},
			  {"version", json_object_get(build, "version")},
			  {"commit", json_object_get(build, "commit")}};
	for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) {
		const char *value = json_string_value(attributes[i].value);
		fputs(i == 0 ? "" : ",", out);
		put_csv(out, value_of_row ? value == NULL ? "unknown" : value : attributes[i].name);
	}
	for (size_t i = 0; i < count; i++) {
		if (!is_measured(&summaries[i]))
			continue;
		for (size_t j = 0; j < EXPORTED_COUNT + 1; j++) {
			const char *metric = j == 0 ? "real_time_ns" : exported[j - 1].metric;
			double value = summary_metric(&summaries[i], metric);
			char *name = NULL;
			if (!isfinite(value) ||
			    asprintf(&name, "%s %s", summaries[i].name, metric) < 0)
				continue;
			fputc(',', out);
			if (value_of_row)
				fprintf(out, "%.15g", value);
			else
				put_csv(out, name);
			free(name);
		}
	}
	fputc('\n', out);
}

int export_otava(const struct run *run, FILE *out)
{
	struct cell_summary *summaries = NULL;
	size_t count = 0;
	int err = run_summarize(run, &summaries, &count);
	if (err != 0)
		return err;
	put_otava(out, run, summaries, count, false);
	put_otava(out, run, summaries, count, true);
	summaries_free(summaries, count);
	return 0;
}
