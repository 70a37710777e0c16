/* A flame graph of one profiled cell, as SVG: see plot/flame.h. */
#include "format.h"

#include <errno.h>

#include "../base/message.h"
#include "../plot/flame.h"
#include "../record/profile_stacks.h"

/* The profile of the run's only cell with one. */
static int only_profile(const struct run *run, const json_t *profiles, const char **name)
{
	size_t count = 0, i;
	json_t *cell;

	json_array_foreach(json_object_get(run->info, "cells"), i, cell)
	{
		const char *cell_name = json_string_value(json_object_get(cell, "name"));

		if (!cell_name || !json_object_get(profiles, cell_name))
			continue;
		*name = cell_name;
		count++;
	}
	if (count > 1)
		message("a flame graph is of one cell, and %zu are profiled: choose by --filter",
			count);
	return count == 1 ? 0 : count ? -EINVAL : -ENODATA;
}

static int write_with(const struct run *run, const struct run *before, FILE *out)
{
	struct why why = {0};
	json_t *profiles = NULL, *earlier = NULL;
	const char *name = NULL;
	int err = profile_stacks_load(run->path, &profiles, &why);

	err = err || !before ? err : profile_stacks_load(before->path, &earlier, &why);
	err = err ? err : only_profile(run, profiles, &name);
	if (!err && before && !json_object_get(earlier, name)) {
		message("'%s' has no profile of %s", before->path, name);
		err = -EINVAL;
	}
	if (!err) {
		struct flame flame = {.title = name,
				      .profile = json_object_get(profiles, name),
				      .before = json_object_get(earlier, name),
				      .time = FLAME_WALL};
		err = flame_write(&flame, out);
	}
	json_decref(profiles);
	json_decref(earlier);
	return err;
}

static int write_flame(const struct run *run, FILE *out)
{
	return write_with(run, NULL, out);
}

const struct export_format export_flame = {
	.name = "flame",
	.summary =
		"flame graph of one profiled cell (--filter), as SVG: processor and waiting; with\n"
		"--against also how the shares changed",
	.of_profiles = true,
	.write = write_flame,
	.compare = write_with,
};
