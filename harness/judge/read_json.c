/* Reading a comparison from JSON: see read_json.h. */
#include "read_json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static double number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

enum verdict comparison_read_verdict(const json_t *object)
{
	const char *key = json_string_value(json_object_get(object, "verdict"));
	int verdict = 0;

	while (verdict < VERDICTS_COUNT &&
	       (!key || strcmp(key, verdict_key((enum verdict)verdict)) != 0))
		verdict++;
	return (enum verdict)verdict;
}

/* Times that are not judged are written as such. */
static enum verdict time_verdict_of(const json_t *time)
{
	const char *key = json_string_value(json_object_get(time, "verdict"));
	enum verdict verdict = comparison_read_verdict(time);

	if (key && strcmp(key, "not_judged") == 0)
		return VERDICT_SAME_COUNTS;
	return verdict < VERDICTS_COUNT ? verdict : VERDICT_NO_CHANGE;
}

static int take_counts(struct cell_change *cell, const json_t *counts)
{
	const json_t *count;
	size_t i;
	int err = 0;

	for (i = 0; i < cell->counts_count; i++) {
		free(cell->counts[i].metric);
		free(cell->counts[i].a_text);
		free(cell->counts[i].b_text);
	}
	cell->counts_count = 0;
	json_array_foreach((json_t *)(uintptr_t)counts, i, count)
	{
		const char *metric = json_string_value(json_object_get(count, "metric"));

		if (metric && !err)
			err = cell_add_count(cell, metric, number(count, "baseline"),
					     number(count, "candidate"),
					     json_string_value(json_object_get(count, "baseline")),
					     json_string_value(json_object_get(count, "candidate")),
					     json_is_true(json_object_get(count, "regression")));
	}
	return err;
}

/* Replaces a text by that of a field, if it has one. -ENOMEM. */
static int take_text(char **text, const json_t *from, const char *key)
{
	const char *found = json_string_value(json_object_get(from, key));

	free(*text);
	*text = found ? strdup(found) : NULL;
	return found && !*text ? -ENOMEM : 0;
}

int comparison_read_cell(const json_t *from, struct cell_change *cell)
{
	const json_t *time = json_object_get(from, "time");
	enum verdict verdict = comparison_read_verdict(from), by_time = time_verdict_of(time);

	cell->verdict = verdict < VERDICTS_COUNT ? verdict : VERDICT_SKIPPED;
	cell->has_times = time != NULL;
	cell->time_verdict = by_time;
	cell->a_ns = number(time, "baseline_ns");
	cell->b_ns = number(time, "candidate_ns");
	cell->effect_percent = number(time, "effect_percent");
	cell->low_percent = number(time, "low_percent");
	cell->high_percent = number(time, "high_percent");
	cell->mde_percent = number(time, "mde_percent");
	cell->p = number(time, "p");
	json_decref(cell->details);
	cell->details = json_incref(json_object_get(from, "details"));
	int err = take_counts(cell, json_object_get(from, "counts"));
	err = err ? err : take_text(&cell->note, from, "note");
	return err ? err : take_text(&cell->explanation, from, "explanation");
}

int comparison_read(const json_t *result, struct comparison *out, struct why *why)
{
	const char *a_name = json_string_value(json_object_get(result, "baseline"));
	const char *b_name = json_string_value(json_object_get(result, "candidate"));
	const char *note = json_string_value(json_object_get(result, "note"));
	const json_t *cells = json_object_get(result, "cells"), *from;
	size_t i;
	int err = comparison_init(out, "gate", a_name ? a_name : "", b_name ? b_name : "",
				  number(result, "threshold_percent"));

	if (!err && !json_is_array(cells))
		return why_set(why, -EBADMSG, "it has no cells");
	out->same_machine = json_is_true(json_object_get(result, "same_machine"));
	json_array_foreach((json_t *)(uintptr_t)cells, i, from)
	{
		const char *name = json_string_value(json_object_get(from, "cell"));
		struct cell_change *cell = err || !name ? NULL : comparison_add_cell(out, name);

		if (!err && (!name || comparison_read_verdict(from) == VERDICTS_COUNT))
			err = why_set(why, -EBADMSG, "cell %zu has no name or no verdict", i);
		if (!err)
			err = cell ? comparison_read_cell(from, cell) : -ENOMEM;
	}
	if (!err && note) {
		out->note = strdup(note);
		err = out->note ? 0 : -ENOMEM;
	}
	return err;
}
