/* Verdicts of a gate for a report: see in_turns.h. */
#include "in_turns.h"

#include "../record/phase_pair.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static double number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

/* VERDICTS_COUNT if it is none. */
static enum verdict verdict_of(const json_t *object)
{
	const char *key = json_string_value(json_object_get(object, "verdict"));
	int verdict = 0;

	while (verdict < VERDICTS_COUNT &&
	       (!key || strcmp(key, verdict_key((enum verdict)verdict)) != 0))
		verdict++;
	return (enum verdict)verdict;
}

static struct cell_change *find_cell(const struct comparison *comparison, const char *name)
{
	for (size_t i = 0; i < comparison->cells_count; i++) {
		if (strcmp(comparison->cells[i].name, name) == 0)
			return &comparison->cells[i];
	}
	return NULL;
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

static int take_cell(struct cell_change *cell, const json_t *from, enum verdict verdict)
{
	const json_t *time = json_object_get(from, "time");
	const char *note = json_string_value(json_object_get(from, "note"));
	enum verdict by_time = verdict_of(time);

	cell->in_turns = true;
	cell->verdict = verdict;
	cell->has_times = time != NULL;
	cell->time_verdict = by_time < VERDICTS_COUNT ? by_time : VERDICT_NO_CHANGE;
	cell->a_ns = number(time, "baseline_ns");
	cell->b_ns = number(time, "candidate_ns");
	cell->effect_percent = number(time, "effect_percent");
	cell->low_percent = number(time, "low_percent");
	cell->high_percent = number(time, "high_percent");
	cell->mde_percent = number(time, "mde_percent");
	cell->p = number(time, "p");
	free(cell->note);
	cell->note = NULL;
	json_decref(cell->details);
	cell->details = json_incref(json_object_get(from, "details"));
	int err = take_counts(cell, json_object_get(from, "counts"));
	return err || !note ? err : cell_add_note(cell, "%s", note);
}

static int take_all(struct comparison *comparison, const json_t *cells, size_t *taken)
{
	const json_t *from;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)cells, i, from)
	{
		const char *name = json_string_value(json_object_get(from, "cell"));
		enum verdict verdict = verdict_of(from);

		if (!name || verdict == VERDICT_NOT_TIMED || verdict == VERDICT_SKIPPED ||
		    verdict == VERDICTS_COUNT)
			continue;
		struct cell_change *cell = find_cell(comparison, name);
		if (!cell)
			cell = comparison_add_cell(comparison, name);
		if (!cell || take_cell(cell, from, verdict))
			return -ENOMEM;
		++*taken;
	}
	return 0;
}

static int add_note(struct comparison *comparison, const json_t *record, size_t taken)
{
	const char *started = json_string_value(json_object_get(record, "started"));
	const char *suite = json_string_value(json_object_get(record, "suite"));
	const json_t *settings = json_object_get(record, "settings");
	char *note;

	if (asprintf(&note,
		     "%s%s%zu verdicts were measured in turns (iowalk phase compare, %.10s, suite "
		     "%s, threshold %g %%) and are marked so; the other %zu come from the stored "
		     "runs, which show only large changes",
		     comparison->note ? comparison->note : "", comparison->note ? "; " : "", taken,
		     started ? started : "-", suite ? suite : "-",
		     number(settings, "threshold_percent"), comparison->cells_count - taken) < 0)
		return -ENOMEM;
	free(comparison->note);
	comparison->note = note;
	return 0;
}

int comparison_take_turns(struct comparison *comparison, const char *folder, const char *a_name,
			  const char *b_name, struct why *why)
{
	json_t *record = phase_pair_load(folder, a_name, b_name);
	const json_t *cells = json_object_get(json_object_get(record, "result"), "cells");
	size_t taken = 0;

	if (!record)
		return 0;
	int err = json_is_array(cells)
			  ? take_all(comparison, cells, &taken)
			  : why_set(why, -EBADMSG, "the record of %s and %s has no result", a_name,
				    b_name);
	if (!err)
		err = add_note(comparison, record, taken);
	json_decref(record);
	return err;
}
