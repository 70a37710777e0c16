/* Control groups (cgroups): where this process is, and the files of a group. */
#ifndef IOWALK_BASE_CGROUP_H
#define IOWALK_BASE_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

struct memory_limit {
	uint64_t limit_bytes;     /* of the group that leaves the least; UINT64_MAX: no limit */
	uint64_t available_bytes; /* that this process may still use; UINT64_MAX: unknown */
	char folder[2048];        /* of that group, or "" */
};

/*
 * The memory that this process may use: the least of what the machine has available and of what each group
 * from its own up to the root leaves. Pages of files count as available, since they can be dropped.
 */
void memory_limit_read(struct memory_limit *out);

#endif
