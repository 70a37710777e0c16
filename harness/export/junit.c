/* A run as JUnit XML: one test case per cell and per limit. A cell that failed or gave a wrong
 * answer is an error, a skipped cell is skipped, and a missed limit is a failure of type
 * LimitMissed. Medians are properties. */
#include <errno.h>
#include <math.h>

#include "../base/junit.h"
#include "../judge/rows.h"
#include "format.h"

static const char *cell_problem(const struct cell_summary *summary)
{
	return summary->error != NULL ? summary->error : !summary->verified ? "not measured" : NULL;
}

static void put_cell(FILE *out, const struct cell_summary *summary)
{
	double time_ns =
		summary->real_time_ns.count > 0 ? summary->real_time_ns.median : (double)NAN;
	junit_case_begin(out, "iowalk.cell", summary->name, time_ns);
	junit_properties_begin(out);
	junit_object(out, summary->metrics);
	junit_properties_end(out);
	if (summary->skipped != NULL)
		junit_outcome(out, "skipped", NULL, summary->skipped);
	else if (cell_problem(summary) != NULL)
		junit_outcome(out, "error", "MeasurementFailed", cell_problem(summary));
	junit_case_end(out);
}

static void put_limit(FILE *out, const struct limit_result *limit)
{
	struct limit_texts texts;
	char message[512];
	junit_case_begin(out, "iowalk.limit", limit->name, (double)NAN);
	junit_properties_begin(out);
	junit_property(out, "cell", limit->cell);
	junit_property(out, "metric", limit->metric);
	junit_number(out, "value", limit->state == LIMIT_UNMEASURED ? (double)NAN : limit->value);
	junit_number(out, "at_most", limit->at_most);
	junit_properties_end(out);
	limit_texts(limit, true, &texts);
	snprintf(message, sizeof message, "%s, %s %s (95 %%: %s)", texts.value, texts.sense,
		 texts.bound, texts.interval);
	if (limit->state == LIMIT_UNMEASURED)
		junit_outcome(out, "skipped", NULL, limit->reason);
	else if (limit->state == LIMIT_MISSED)
		junit_outcome(out, "failure", "LimitMissed", message);
	junit_case_end(out);
}

static int write_junit(const struct run *run, FILE *out)
{
	struct report report;
	struct junit_counts counts = {0};
	char heading[256];
	int err = report_init(&report, run);
	if (err != 0)
		return err;
	counts.tests = report.summaries_count + report.limits_count;
	for (size_t i = 0; i < report.summaries_count; i++) {
		bool skipped = report.summaries[i].skipped != NULL;
		counts.skipped += skipped;
		counts.errors += !skipped && cell_problem(&report.summaries[i]) != NULL;
	}
	for (size_t i = 0; i < report.limits_count; i++) {
		counts.skipped += report.limits[i].state == LIMIT_UNMEASURED;
		counts.failures += report.limits[i].state == LIMIT_MISSED;
	}
	run_heading(run, heading, sizeof heading);
	junit_begin(out, heading, &counts);
	for (size_t i = 0; i < report.summaries_count; i++)
		put_cell(out, &report.summaries[i]);
	for (size_t i = 0; i < report.limits_count; i++)
		put_limit(out, &report.limits[i]);
	junit_end(out);
	report_release(&report);
	return 0;
}

const struct export_format export_junit = {
	.name = "junit",
	.summary =
		"JUnit XML, a test case per cell (error: failed; skipped) and per limit (failure\n"
		"LimitMissed), metrics as properties",
	.write = write_junit,
};
