/* Renames and removes a graph's file together with its sidecar: see layout.h. */
#include "../layout.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int layout_rename(const struct layout_ops *layout, const char *from, const char *to)
{
	char *old_beside = NULL, *new_beside = NULL;
	int err = 0;

	if (layout->sidecar && (asprintf(&old_beside, "%s%s", from, layout->sidecar) < 0 ||
				asprintf(&new_beside, "%s%s", to, layout->sidecar) < 0))
		return -ENOMEM;
	if (layout->sidecar && rename(old_beside, new_beside) && errno != ENOENT)
		err = -errno;
	if (!err && rename(from, to))
		err = -errno;
	free(old_beside);
	free(new_beside);
	return err;
}

/* Syncs the folder of `path`. */
static int sync_folder(const char *path)
{
	char *copy = strdup(path);

	if (!copy)
		return -ENOMEM;
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err = fd < 0 || fsync(fd) ? -errno : 0;
	if (fd >= 0)
		close(fd);
	free(copy);
	return err == -EINVAL ? 0 : err; /* the file system cannot sync folders */
}

int layout_replace(const struct layout_ops *layout, const char *from, const char *to)
{
	int err = layout_rename(layout, from, to);

	return err ? err : sync_folder(to);
}

int layout_unlink(const char *path)
{
	int err = unlink(path) ? -errno : 0;

	for (size_t i = 0; i < layout_table_count; i++) {
		char *beside;

		if (!layout_table[i]->sidecar ||
		    asprintf(&beside, "%s%s", path, layout_table[i]->sidecar) < 0)
			continue;
		unlink(beside);
		free(beside);
	}
	return err;
}
