/*
 * Measured work inside a limit of memory: a cgroup of its own, which the process moves into for the
 * time of one cell. Its page cache counts as well as its arrays, so that a graph larger than the
 * limit is walked as one larger than memory would be; swap is shut.
 *
 * What was allocated, and the pages of files that were read, before entering belong to other groups
 * and stay there: drop a file's pages before, so that they are charged to this one.
 */
#ifndef IOWALK_PREPARE_MEMORY_GROUP_H
#define IOWALK_PREPARE_MEMORY_GROUP_H

#include <stdint.h>

#include "../plan/cell.h"

struct memory_groups;

/*
 * Finds where groups can be made (v2 memory.max, else v1 memory.limit_in_bytes), tries it, and
 * removes groups of runs that were killed. Negative errno with the reason and the remedy.
 */
int memory_groups_new(struct memory_groups **out, struct why *why);

/* Leaves, where the process is inside. NULL: nothing. */
void memory_groups_free(struct memory_groups *groups);

/* Makes a group of that size and moves the process, all its threads, in. */
int memory_groups_enter(struct memory_groups *groups, uint64_t limit_bytes, struct why *why);

/* Moves back and removes the group. Where the process is not inside: nothing, and 0. */
int memory_groups_leave(struct memory_groups *groups);

/* The most that was in use since the last memory_groups_reset_peak() where the kernel can start
 * anew (v1, v2 from Linux 6.12), else since entering. -ENOENT where it does not say (before 5.19). */
int memory_groups_peak(const struct memory_groups *groups, uint64_t *bytes);
void memory_groups_reset_peak(struct memory_groups *groups);

/* Bytes a cell needs beside the page cache: what its walk and its engine hold, and a fixed part. */
uint64_t cell_memory_bytes(const struct cell *cell, uint64_t nodes_count, uint64_t file_bytes);

/* -ENOMEM with both sizes where the cell's limit is below what it needs. */
int cell_check_memory(const struct cell *cell, uint64_t nodes_count, uint64_t file_bytes,
		      struct why *why);

/* Why a warm cell's file cannot be resident within the limit, or false. */
bool cell_too_large_for_warm(const struct cell *cell, uint64_t nodes_count, uint64_t file_bytes,
			     struct why *why);

#endif
