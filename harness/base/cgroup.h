/* Control groups (cgroups): where this process is, and the files of a group. */
#ifndef IOWALK_BASE_CGROUP_H
#define IOWALK_BASE_CGROUP_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The folder of the memory group of this process in the hierarchy of `version` 1 or 2, and `point`,
 * where that hierarchy is mounted; both have `size` bytes. -ENOENT if there is no such hierarchy.
 */
int cgroup_own_folder(int version, char *folder, char *point, size_t size);

/* Writes a text of up to 63 bytes, built like printf, to a file of the group. 0 or negative
 * errno. */
int cgroup_write(const char *folder, const char *file, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Is `word` one of the words in the first line of a file of the group? */
bool cgroup_has(const char *folder, const char *file, const char *word);

/* Is this process the only one in the group? */
bool cgroup_is_alone(const char *folder);

#endif
