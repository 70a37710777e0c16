/* Plans from suites and records, and cells that this machine cannot run: see cell.h. */
#include "cell.h"
#include "../base/data_folder.h"
#include "../plugin/load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void plan_suite_path(const char *suite, char *path, size_t path_size)
{
	struct stat status;
	char name[256];

	snprintf(path, path_size, "%s", suite);
	/* A folder with the name of a suite is not the suite, but a pipe may be. */
	if (strchr(suite, '/') || (stat(path, &status) == 0 && !S_ISDIR(status.st_mode)))
		return;
	snprintf(name, sizeof(name), "suites/%s.ini", suite);
	if (data_path(name, path, path_size, NULL))
		snprintf(path, path_size, "%s", suite);
}

static bool keeps_name(const struct cell *cell, size_t i, void *names)
{
	(void)i;
	return json_object_get(names, cell->name) != NULL;
}

/* Keeps the cells that the record of a shard has: which they are is not worked out again, because the costs that
 * placed them may be gone. -ENOMEM. */
static int keep_shard(struct plan *plan, const json_t *cells)
{
	json_t *names = json_object();
	int err = names ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < json_array_size(cells); i++) {
		const char *name =
			json_string_value(json_object_get(json_array_get(cells, i), "name"));

		if (name && json_object_set_new(names, name, json_true()) != 0)
			err = -ENOMEM;
	}
	if (!err)
		plan_keep(plan, keeps_name, names);
	json_decref(names);
	return err;
}

int plan_restore(struct plan *plan, const json_t *info, const char *path, struct why *why)
{
	json_t *selections = json_object_get(info, "selections"), *given, *value;
	const char *filter = json_string_value(json_object_get(info, "filter"));
	const char *exclude = json_string_value(json_object_get(info, "exclude"));
	const char *prepare = json_string_value(json_object_get(info, "prepare"));
	const char *suite = json_string_value(json_object_get(info, "suite"));
	const char *key;
	size_t i;
	int err = 0;

	plan->seed = (uint64_t)json_integer_value(json_object_get(info, "seed"));
	plan->suite = strdup(suite ? suite : "run");
	json_array_foreach(selections, i, given)
	{
		struct selection selection = {0};
		json_object_foreach(given, key, value)
		{
			const char *text = json_string_value(value);
			if (!err)
				err = text ? selection_set(&selection, key, text, why)
					   : why_set(why, -EBADMSG,
						     "'%s': selection %zu: %s is no text", path,
						     i + 1, key);
		}
		if (!err)
			err = plan_add(plan, &selection, why);
		selection_release(&selection);
		if (err)
			return err;
	}
	if (prepare && !(plan->prepare = strdup(prepare)))
		return -ENOMEM;
	err = plan_select(plan, filter, exclude, why);
	if (err)
		return err;
	json_t *cells = json_object_get(info, "cells");
	if (json_object_get(info, "shard"))
		err = keep_shard(plan, cells);
	if (err)
		return err;
	bool same = json_array_size(cells) == plan->cells_count;
	for (i = 0; same && i < plan->cells_count; i++) {
		const char *name =
			json_string_value(json_object_get(json_array_get(cells, i), "name"));
		same = name && strcmp(name, plan->cells[i].name) == 0;
	}
	return same ? 0
		    : why_set(why, -EINVAL,
			      "this program makes other cells of what was asked for: it is "
			      "of another version");
}

static void skip(struct cell *cell, const char *text)
{
	char named[512];

	cell_reason(cell, text, named, sizeof(named));
	cell->skipped = strdup(named);
}

void plan_probe(struct plan *plan, const char *folder)
{
	for (size_t i = 0; i < plan->cells_count; i++) {
		struct cell *cell = &plan->cells[i];
		struct why why = {0};

		if (cell->skipped)
			continue;
		int err = plugin_probe(cell->engine, folder, cell->engine_options, &why);
		/* A probe that does not return fails in the worker, and so does its cell. */
		if (err && err != -ECHILD && err != -EPROTO)
			skip(cell, *why.text ? why.text : "this machine cannot");
	}
}
