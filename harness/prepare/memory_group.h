/*
 * Memory limits: a cgroup with a limit, which the process that measures enters. The limit
 * applies to the process's page cache as well as to its arrays, and swap is disabled. So a graph
 * that is larger than the limit behaves like one that is larger than memory.
 *
 * Memory that was allocated, and file pages that were read, before entering stay charged to other
 * groups. Drop a file's pages first, so that they are charged to this group.
 */
#ifndef IOWALK_PREPARE_MEMORY_GROUP_H
#define IOWALK_PREPARE_MEMORY_GROUP_H

#include <stdint.h>

#include "../../engines/why.h"

struct memory_groups;

/*
 * Finds a group below which groups can be made (v2 memory.max, else v1 memory.limit_in_bytes),
 * makes one as a test, and removes groups left by runs that were killed. Negative errno with the
 * reason and a remedy.
 */
int memory_groups_new(struct memory_groups **out, struct why *why);

/* Removes the group if there is one, and frees. NULL does nothing. */
void memory_groups_free(struct memory_groups *groups);

/* Makes a group with this limit. A process enters it by writing its id to `cgroup.procs` of its
 * folder. */
int memory_groups_make(struct memory_groups *groups, uint64_t limit_bytes, struct why *why);
const char *memory_groups_folder(const struct memory_groups *groups);

/* Removes the group; no process may be left in it. Returns 0 if there is none. */
int memory_groups_remove(struct memory_groups *groups);

/*
 * The peak of memory in use, page cache included, since memory_groups_reset_peak() or, if the
 * kernel cannot reset it (v2), since it was made. -ENOENT if the kernel does not report it (v2 before
 * Linux 5.19).
 */
int memory_groups_peak(const struct memory_groups *groups, uint64_t *bytes);
void memory_groups_reset_peak(struct memory_groups *groups);

#endif
