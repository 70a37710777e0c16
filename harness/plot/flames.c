/* Files of flame graphs: see flames.h. */
#include "flames.h"

#include "../base/files.h"
#include "../record/profile_stacks.h"
#include "flame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int flames_draw(const char *folder, const char *cell, const json_t *profile, const json_t *before,
		char *path, size_t size)
{
	struct flame flame = {
		.title = cell, .profile = profile, .before = before, .time = FLAME_WALL};
	char *text = NULL;
	size_t len = 0, name_at = strlen(folder) + 1;

	if (snprintf(path, size, "%s/flame-%s.svg", folder, cell) >= (int)size)
		return -ENAMETOOLONG;
	for (char *c = path + name_at; *c; c++)
		*c = *c == '/' || *c == ':' ? '-' : *c;
	FILE *out = open_memstream(&text, &len);
	if (!out)
		return -errno;
	int err = flame_write(&flame, out);
	if (fclose(out) && !err)
		err = -ENOMEM;
	err = err ? err : write_text_file(path, text, len);
	free(text);
	return err;
}

int flames_draw_run(const struct run *run, size_t *count, struct why *why)
{
	json_t *profiles, *profile;
	char folder[4096], path[4096 + 512];
	const char *cell;
	int err = profile_stacks_load(run->path, &profiles, why);

	*count = 0;
	if (err)
		return err;
	snprintf(folder, sizeof(folder), "%s/plots", run->path);
	if (json_object_size(profiles) && mkdir(folder, 0777) && errno != EEXIST)
		err = -errno;
	json_object_foreach(profiles, cell, profile)
	{
		err = err ? err : flames_draw(folder, cell, profile, NULL, path, sizeof(path));
		*count += err == 0;
	}
	json_decref(profiles);
	return err ? why_set(why, err, "cannot write flame graphs to '%s': %s", folder,
			     strerror(-err))
		   : 0;
}
