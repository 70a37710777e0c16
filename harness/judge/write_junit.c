/* A comparison as JUnit XML, which CI systems show as tests: see comparison_write_junit(). */
#include <math.h>
#include <stdlib.h>

#include "../base/junit.h"
#include "../base/text.h"
#include "writers.h"

static void put_count(FILE *out, const char *side, const char *metric, double value,
		      const char *text)
{
	char name[256] = "";
	text_append(name, sizeof name, "%s_%s", side, metric);
	if (text != NULL)
		junit_property(out, name, text);
	else
		junit_number(out, name, value);
}

static void put_case_properties(FILE *out, const struct cell_change *cell)
{
	junit_properties_begin(out);
	junit_property(out, "verdict", verdict_key(cell->verdict));
	junit_number(out, "baseline_ns", cell->a_ns);
	junit_number(out, "candidate_ns", cell->b_ns);
	junit_number(out, "effect_percent", cell->effect_percent);
	junit_number(out, "low_percent", cell->low_percent);
	junit_number(out, "high_percent", cell->high_percent);
	junit_number(out, "mde_percent", cell->mde_percent);
	junit_number(out, "p", cell->p);
	for (size_t i = 0; i < cell->counts_count; i++) {
		const struct count_change *change = &cell->counts[i];
		put_count(out, "baseline", change->metric, change->a, change->a_text);
		put_count(out, "candidate", change->metric, change->b, change->b_text);
	}
	junit_object(out, cell->details);
	junit_properties_end(out);
}

static void put_case(FILE *out, const struct comparison *comparison, const struct cell_change *cell)
{
	char reason[2048], message[2200] = "", class_name[64] = "";
	change_reason(cell, true, reason, sizeof reason);
	text_append(class_name, sizeof class_name, "iowalk.%s", comparison->command);
	text_append(message, sizeof message, "%s%s%s", verdict_text(cell->verdict),
		    reason[0] == '\0' ? "" : ": ", reason);
	junit_case_begin(out, class_name, cell->name, cell->has_times ? cell->b_ns : (double)NAN);
	put_case_properties(out, cell);
	switch (cell->verdict) {
	case VERDICT_REGRESSION:
		if (cell->explanation != NULL)
			text_append(reason, sizeof reason, "; %s", cell->explanation);
		junit_outcome(out, "failure", "PerformanceRegression", reason);
		break;
	case VERDICT_FAILED:
		junit_outcome(out, "error", "MeasurementFailed", reason);
		break;
	case VERDICT_INCONCLUSIVE:
	case VERDICT_ONLY_A:
	case VERDICT_ONLY_B:
	case VERDICT_SKIPPED:
	case VERDICT_NOT_TIMED:
	case VERDICT_SAME_COUNTS:
	case VERDICT_ACCEPTED:
		junit_outcome(out, "skipped", NULL, message);
		break;
	default:
		break;
	}
	junit_case_end(out);
}

static void put_suite_properties(FILE *out, const struct comparison *comparison)
{
	char text[1024];
	junit_properties_begin(out);
	junit_property(out, "baseline", comparison->a_name);
	junit_property(out, "candidate", comparison->b_name);
	junit_number(out, "threshold_percent", comparison->threshold_percent);
	junit_property(out, "same_machine", comparison->same_machine ? "true" : "false");
	junit_property(out, "times", comparison_times_key(comparison));
	if (comparison->note != NULL)
		junit_property(out, "note", comparison->note);
	for (size_t i = 0; i < json_array_size(comparison->environment_differences); i++) {
		difference_text(json_array_get(comparison->environment_differences, i), true, text,
				sizeof text);
		junit_property(out, "differs", text);
	}
	junit_object(out, comparison->details);
	junit_properties_end(out);
}

void comparison_write_junit(FILE *out, const struct comparison *comparison)
{
	struct junit_counts counts = {.tests = comparison->cells_count,
				      .failures = comparison_count(comparison, VERDICT_REGRESSION),
				      .errors = comparison_count(comparison, VERDICT_FAILED),
				      .skipped =
					      comparison_count(comparison, VERDICT_INCONCLUSIVE) +
					      comparison_count(comparison, VERDICT_ONLY_A) +
					      comparison_count(comparison, VERDICT_ONLY_B) +
					      comparison_count(comparison, VERDICT_SKIPPED) +
					      comparison_count(comparison, VERDICT_NOT_TIMED) +
					      comparison_count(comparison, VERDICT_SAME_COUNTS) +
					      comparison_count(comparison, VERDICT_ACCEPTED)};
	char name[64] = "";
	size_t *order = comparison_order(comparison);
	if (order == NULL)
		return;
	text_append(name, sizeof name, "iowalk %s", comparison->command);
	junit_begin(out, name, &counts);
	put_suite_properties(out, comparison);
	for (size_t i = 0; i < comparison->cells_count; i++)
		put_case(out, comparison, &comparison->cells[order[i]]);
	junit_end(out);
	free(order);
}
