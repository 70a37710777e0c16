/* Explains the regressions of a comparison of runs whose records have profiles: see explanation.h. */
#include "explanation.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/pattern.h"
#include "../../workloads/workload.h"
#include "../record/cell_profile.h"
#include "../record/profile_stacks.h"

/* The profiles of one side: of its last run that has any. */
struct profiled {
	const struct run *run; /* NULL: none has */
	struct cell_profile *profiles;
	size_t count;
	json_t *stacks; /* by cell; NULL: there is no file */
};

static bool has_any(const struct cell_profile *profiles, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (profiles[i].sample != NULL)
			return true;
	}
	return false;
}

static int find_side(const struct run *runs, size_t runs_count, struct profiled *out)
{
	struct why why;
	*out = (struct profiled){.run = NULL};
	for (size_t i = runs_count; i-- > 0;) {
		int err = cell_profiles_find(&runs[i], &out->profiles, &out->count);
		if (err != 0)
			return err;
		if (has_any(out->profiles, out->count)) {
			out->run = &runs[i];
			/* A damaged file of stacks costs the name of the function only. */
			if (profile_stacks_load(runs[i].path, &out->stacks, &why) != 0)
				out->stacks = NULL;
			return 0;
		}
		free(out->profiles);
		out->profiles = NULL;
	}
	return 0;
}

static void release_side(struct profiled *side)
{
	free(side->profiles);
	json_decref(side->stacks);
}

/* false: this side has no profile of the cell. */
static bool side_of_cell(const struct profiled *side, const char *name, struct explained_side *out,
			 const json_t **sample, const json_t **cell)
{
	json_t *cells = json_object_get(side->run->info, "cells");
	for (size_t i = 0; i < side->count; i++) {
		const char *found =
			json_string_value(json_object_get(json_array_get(cells, i), "name"));
		if (found == NULL || strcmp(found, name) != 0 || side->profiles[i].sample == NULL)
			continue;
		*cell = json_array_get(cells, i);
		*sample = side->profiles[i].sample;
		*out = (struct explained_side){.metrics = json_object_get(*sample, "metrics"),
					       .spans = json_object_get(*sample, "spans"),
					       .calls = json_object_get(*sample, "calls"),
					       .stacks = json_object_get(side->stacks, name)};
		return true;
	}
	return false;
}

static const char *operation_of(const json_t *cell)
{
	const char *name = json_string_value(json_object_get(cell, "workload"));
	for (size_t i = 0; name != NULL && i < workload_table_count; i++) {
		if (strcmp(workload_table[i]->name, name) == 0 &&
		    workload_table[i]->operation != NULL)
			return workload_table[i]->operation;
	}
	return "node";
}

static int explain_cell(const struct profiled *a, const struct profiled *b,
			struct cell_change *change)
{
	struct explained_side before, after;
	const json_t *sample, *cell;
	char text[EXPLANATION_MAX];
	if (!side_of_cell(a, change->name, &before, &sample, &cell) ||
	    !side_of_cell(b, change->name, &after, &sample, &cell))
		return 0;
	double operations_count = json_number_value(json_object_get(sample, "operations_count"));
	json_t *details = json_object();
	explain_growth(&before, &after, operations_count > 0 ? operations_count : 1,
		       operation_of(cell), text, details);
	json_decref(details);
	if (text[0] == '\0')
		return 0;
	char *pattern = pattern_of_text(change->name);
	if (pattern == NULL ||
	    asprintf(&change->explanation,
		     "profile: %s (iowalk export %s --format flame --filter '%s' --against %s)",
		     text, b->run->path, pattern, a->run->path) < 0)
		change->explanation = NULL;
	free(pattern);
	return change->explanation == NULL ? -ENOMEM : 0;
}

int explain_runs(const struct run *a, size_t a_count, const struct run *b, size_t b_count,
		 struct comparison *comparison)
{
	struct profiled before, after = {.run = NULL};
	int err = find_side(a, a_count, &before);
	if (err == 0)
		err = find_side(b, b_count, &after);
	for (size_t i = 0;
	     err == 0 && before.run != NULL && after.run != NULL && i < comparison->cells_count;
	     i++) {
		if (comparison->cells[i].verdict == VERDICT_REGRESSION)
			err = explain_cell(&before, &after, &comparison->cells[i]);
	}
	release_side(&before);
	release_side(&after);
	return err;
}
