/*
 * A comparison for programs:
 *   {"format":1, "command":"compare", "baseline":…, "candidate":…, "threshold_percent":2.5 | null,
 *    "same_machine":true, "times":"interleaved"|"runs"|"not_judged", "exit_status":3,
 *    "baseline_runs":5, "candidate_runs":1 (of runs),
 *    "verdicts":{"regression":1, "no_change":7, …}, "environment_differences":[{"key", "a", "b",
 *    "same_machine"}], "note":…, "details":{…}, "cells":[CELL…]}, the worst first
 * CELL:
 *   {"cell":NAME, "verdict":…, "time":{"verdict", "baseline_ns", "candidate_ns", "effect_percent",
 *    "low_percent", "high_percent", "mde_percent", "p"}, "counts":[{"metric", "baseline",
 *    "candidate", "regression":true}], "note":…, "explanation":…, "details":{…}}
 * What is not known or has no bound is left out.
 */
#include <math.h>
#include <stdlib.h>

#include "../base/text.h"
#include "writers.h"

static void set_number(json_t *object, const char *key, double value)
{
	if (isfinite(value))
		json_object_set_new(object, key, json_real(value));
}

/* JSON must be UTF-8, a path need not be. */
static void set_text(json_t *object, const char *key, const char *text)
{
	json_t *string = text == NULL ? NULL : json_string(text);
	if (text != NULL && string == NULL) {
		char *clean = strdup_utf8(text);
		string = clean == NULL ? NULL : json_string(clean);
		free(clean);
	}
	if (string != NULL)
		json_object_set_new(object, key, string);
}

static json_t *time_json(const struct cell_change *cell)
{
	json_t *json = json_object();
	set_text(json, "verdict",
		 cell->time_verdict == VERDICT_SAME_COUNTS ? "not_judged"
							   : verdict_key(cell->time_verdict));
	set_number(json, "baseline_ns", cell->a_ns);
	set_number(json, "candidate_ns", cell->b_ns);
	set_number(json, "effect_percent", cell->effect_percent);
	set_number(json, "low_percent", cell->low_percent);
	set_number(json, "high_percent", cell->high_percent);
	set_number(json, "mde_percent", cell->mde_percent);
	set_number(json, "p", cell->p);
	return json;
}

static json_t *count_json(const struct count_change *change)
{
	json_t *json = json_object();
	set_text(json, "metric", change->metric);
	set_number(json, "baseline", change->a);
	set_number(json, "candidate", change->b);
	set_text(json, "baseline", change->a_text);
	set_text(json, "candidate", change->b_text);
	json_object_set_new(json, "regression", json_boolean(change->is_regression));
	return json;
}

json_t *comparison_cell_json(const struct cell_change *cell)
{
	json_t *json = json_object(), *counts = json_array();
	set_text(json, "cell", cell->name);
	set_text(json, "verdict", verdict_key(cell->verdict));
	if (cell->has_times)
		json_object_set_new(json, "time", time_json(cell));
	for (size_t i = 0; i < cell->counts_count; i++)
		json_array_append_new(counts, count_json(&cell->counts[i]));
	json_object_set_new(json, "counts", counts);
	set_text(json, "note", cell->note);
	set_text(json, "explanation", cell->explanation);
	if (cell->details != NULL)
		json_object_set(json, "details", cell->details);
	return json;
}

json_t *comparison_json(const struct comparison *comparison)
{
	size_t *order = comparison_order(comparison);
	json_t *json = order == NULL ? NULL : json_object();
	json_t *cells = json_array(), *verdicts = json_object();
	json_object_set_new(json, "format", json_integer(1));
	set_text(json, "command", comparison->command);
	set_text(json, "baseline", comparison->a_name);
	set_text(json, "candidate", comparison->b_name);
	json_object_set_new(json, "threshold_percent", json_null());
	set_number(json, "threshold_percent", comparison->threshold_percent);
	json_object_set_new(json, "same_machine", json_boolean(comparison->same_machine));
	set_text(json, "times", comparison_times_key(comparison));
	if (comparison->of_runs) {
		json_object_set_new(json, "baseline_runs",
				    json_integer((json_int_t)comparison->a_runs_count));
		json_object_set_new(json, "candidate_runs",
				    json_integer((json_int_t)comparison->b_runs_count));
	}
	json_object_set_new(json, "exit_status", json_integer(comparison_status(comparison)));
	for (int i = 0; i < VERDICTS_COUNT; i++) {
		size_t count = comparison_count(comparison, (enum verdict)i);
		json_object_set_new(verdicts, verdict_key((enum verdict)i),
				    json_integer((json_int_t)count));
	}
	json_object_set_new(json, "verdicts", verdicts);
	json_object_set(json, "environment_differences", comparison->environment_differences);
	set_text(json, "note", comparison->note);
	if (comparison->details != NULL)
		json_object_set(json, "details", comparison->details);
	for (size_t i = 0; order != NULL && i < comparison->cells_count; i++)
		json_array_append_new(cells, comparison_cell_json(&comparison->cells[order[i]]));
	json_object_set_new(json, "cells", cells);
	free(order);
	return json;
}

static void write_table(FILE *out, const struct comparison *comparison)
{
	comparison_write_table(out, comparison, false);
}

static void write_json(FILE *out, const struct comparison *comparison)
{
	json_t *json = comparison_json(comparison);
	json_dumpf(json, out, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
	fputc('\n', out);
	json_decref(json);
}

const struct comparison_format comparison_formats[] = {{"table", write_table},
						       {"markdown", comparison_write_markdown},
						       {"junit", comparison_write_junit},
						       {"github", comparison_write_annotations},
						       {"json", write_json}};
const size_t comparison_formats_count = sizeof comparison_formats / sizeof *comparison_formats;
