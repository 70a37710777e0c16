/*
 * A comparison as JUnit XML, which CI systems show as tests. See verdict_junit().
 */
#include <math.h>
#include <stdlib.h>

#include "text_out.h"
#include "verdict_out.h"

static void put_attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	put_xml(out, value);
	fputc('"', out);
}

static void put_property(FILE *out, const char *indent, const char *name, const char *value)
{
	fprintf(out, "%s<property", indent);
	put_attribute(out, "name", name);
	put_attribute(out, "value", value);
	fputs("/>\n", out);
}

static void put_number(FILE *out, const char *indent, const char *name, double value)
{
	char text[40];
	if (!isfinite(value))
		return;
	snprintf(text, sizeof text, "%.15g", value);
	put_property(out, indent, name, text);
}

static void put_details(FILE *out, const char *indent, json_t *details)
{
	const char *name;
	json_t *value;
	json_object_foreach(details, name, value)
	{
		char *text = json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY);
		put_property(out, indent, name,
			     json_is_string(value) ? json_string_value(value)
			     : text == NULL        ? ""
						   : text);
		free(text);
	}
}

static void put_case_properties(FILE *out, const struct cell_change *cell)
{
	static const char indent[] = "        ";
	char name[256];
	fputs("      <properties>\n", out);
	put_property(out, indent, "verdict", verdict_key(cell->verdict));
	put_number(out, indent, "baseline_ns", cell->a_ns);
	put_number(out, indent, "candidate_ns", cell->b_ns);
	put_number(out, indent, "effect_percent", cell->effect_percent);
	put_number(out, indent, "low_percent", cell->low_percent);
	put_number(out, indent, "high_percent", cell->high_percent);
	put_number(out, indent, "mde_percent", cell->mde_percent);
	put_number(out, indent, "p", cell->p);
	for (size_t i = 0; i < cell->counts_count; i++) {
		const struct count_change *change = &cell->counts[i];
		for (int side = 0; side < 2; side++) {
			const char *text = side == 0 ? change->a_text : change->b_text;
			snprintf(name, sizeof name, "%s_%s", side == 0 ? "baseline" : "candidate",
				 change->metric);
			if (text != NULL)
				put_property(out, indent, name, text);
			else
				put_number(out, indent, name, side == 0 ? change->a : change->b);
		}
	}
	put_details(out, indent, cell->details);
	fputs("      </properties>\n", out);
}

static void put_case(FILE *out, const struct comparison *comparison, const struct cell_change *cell)
{
	char reason[2048];
	verdict_reason(cell, true, reason, sizeof reason);
	fputs("    <testcase", out);
	put_attribute(out, "name", cell->name);
	fprintf(out, " classname=\"iowalk.%s\"", comparison->command);
	if (isfinite(cell->b_ns))
		fprintf(out, " time=\"%.9f\"", cell->b_ns / 1e9);
	fputs(">\n", out);
	put_case_properties(out, cell);
	switch (cell->verdict) {
	case VERDICT_REGRESSION:
		fputs("      <failure type=\"PerformanceRegression\"", out);
		put_attribute(out, "message", reason);
		fputs("/>\n", out);
		break;
	case VERDICT_FAILED:
		fputs("      <error type=\"MeasurementFailed\"", out);
		put_attribute(out, "message", reason);
		fputs("/>\n", out);
		break;
	case VERDICT_INCONCLUSIVE:
	case VERDICT_ONLY_A:
	case VERDICT_ONLY_B: {
		char message[2200];
		snprintf(message, sizeof message, "%s%s%s", verdict_text(cell->verdict),
			 reason[0] == '\0' ? "" : ": ", reason);
		fputs("      <skipped", out);
		put_attribute(out, "message", message);
		fputs("/>\n", out);
		break;
	}
	default:
		break;
	}
	fputs("    </testcase>\n", out);
}

static void put_suite_properties(FILE *out, const struct comparison *comparison)
{
	static const char indent[] = "      ";
	char text[1024];
	fputs("    <properties>\n", out);
	put_property(out, indent, "baseline", comparison->a_name);
	put_property(out, indent, "candidate", comparison->b_name);
	put_number(out, indent, "threshold_percent", comparison->threshold_percent);
	put_property(out, indent, "same_machine", comparison->same_machine ? "true" : "false");
	put_property(out, indent, "times", comparison->is_weaker ? "weaker" : "interleaved");
	if (comparison->note != NULL)
		put_property(out, indent, "note", comparison->note);
	for (size_t i = 0; i < json_array_size(comparison->environment_differences); i++) {
		difference_text(json_array_get(comparison->environment_differences, i), true, text,
				sizeof text);
		put_property(out, indent, "differs", text);
	}
	put_details(out, indent, comparison->details);
	fputs("    </properties>\n", out);
}

void verdict_junit(FILE *out, const struct comparison *comparison)
{
	size_t failures = comparison_count(comparison, VERDICT_REGRESSION);
	size_t errors = comparison_count(comparison, VERDICT_FAILED);
	size_t skipped = comparison_count(comparison, VERDICT_INCONCLUSIVE) +
			 comparison_count(comparison, VERDICT_ONLY_A) +
			 comparison_count(comparison, VERDICT_ONLY_B);
	size_t *order = verdict_order(comparison);
	if (order == NULL)
		return;
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", out);
	for (int level = 0; level < 2; level++)
		fprintf(out,
			"%s name=\"iowalk %s\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
			"skipped=\"%zu\">\n",
			level == 0 ? "<testsuites" : "  <testsuite", comparison->command,
			comparison->cells_count, failures, errors, skipped);
	put_suite_properties(out, comparison);
	for (size_t i = 0; i < comparison->cells_count; i++)
		put_case(out, comparison, &comparison->cells[order[i]]);
	fputs("  </testsuite>\n</testsuites>\n", out);
	free(order);
}
