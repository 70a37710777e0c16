/*
 * CSV for Apache Otava: a header and one row.
 *
 * Source: https://otava.apache.org/docs/csv/
 */
#include <math.h>
#include <stdlib.h>

#include "../base/text.h"
#include "format.h"
#include "support/medians.h"

/* Writes the row, or the header if value_of_row is false. */
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
	/* Columns for all cells and metrics, also for those that this run does not have: the rows of two
	 * runs with other passes, or on a machine that skips a cell, belong under one header. */
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < EXPORTED_COUNT + 1; j++) {
			const char *metric =
				j == 0 ? "real_time_ns" : exported_metrics[j - 1].metric;
			if (j > 0 && exported_metrics[j - 1].is_of_operations &&
			    summary_is_command(&summaries[i]))
				continue;
			double value = export_is_measured(&summaries[i])
					       ? summary_metric(&summaries[i], metric)
					       : NAN;
			char *name = NULL;
			if (asprintf(&name, "%s %s", summaries[i].name, metric) < 0)
				continue;
			fputc(',', out);
			if (!value_of_row)
				put_csv(out, name);
			else if (isfinite(value))
				fprintf(out, "%.15g", value);
			else
				fputs("nan",
				      out); /* Otava's reader takes it as a number; an empty cell it refuses */
			free(name);
		}
	}
	fputc('\n', out);
}

static int write_otava(const struct run *run, FILE *out)
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

const struct export_format export_otava = {
	.name = "otava",
	.summary = "CSV for Apache Otava, a header and one row: time, suite, version, commit, then "
		   "one\n"
		   "column `CELL METRIC` for each metric of bmf, nan where the run has no value; "
		   "append "
		   "the rows\n"
		   "of further runs of the same cells without the header",
	.write = write_otava,
};
