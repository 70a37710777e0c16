/* Verdicts of a gate for a report: see in_turns.h. */
#include "in_turns.h"

#include "../record/phase_pair.h"
#include "read_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct cell_change *find_cell(const struct comparison *comparison, const char *name)
{
	for (size_t i = 0; i < comparison->cells_count; i++) {
		if (strcmp(comparison->cells[i].name, name) == 0)
			return &comparison->cells[i];
	}
	return NULL;
}

static int take_all(struct comparison *comparison, const json_t *cells, size_t *taken)
{
	const json_t *from;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)cells, i, from)
	{
		const char *name = json_string_value(json_object_get(from, "cell"));
		enum verdict verdict = comparison_read_verdict(from);

		if (!name || verdict == VERDICT_NOT_TIMED || verdict == VERDICT_SKIPPED ||
		    verdict == VERDICTS_COUNT)
			continue;
		struct cell_change *cell = find_cell(comparison, name);
		if (!cell)
			cell = comparison_add_cell(comparison, name);
		if (!cell || comparison_read_cell(from, cell))
			return -ENOMEM;
		cell->in_turns = true;
		++*taken;
	}
	return 0;
}

static int add_note(struct comparison *comparison, const json_t *record, size_t taken)
{
	const char *started = json_string_value(json_object_get(record, "started"));
	const char *suite = json_string_value(json_object_get(record, "suite"));
	const json_t *threshold =
		json_object_get(json_object_get(record, "settings"), "threshold_percent");
	char *note;

	if (asprintf(&note,
		     "%s%s%zu verdicts were measured in turns (iowalk phase compare, %.10s, suite "
		     "%s, threshold %g %%) and are marked so; the other %zu come from the stored "
		     "runs, which show only large changes",
		     comparison->note ? comparison->note : "", comparison->note ? "; " : "", taken,
		     started ? started : "-", suite ? suite : "-", json_number_value(threshold),
		     comparison->cells_count - taken) < 0)
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
