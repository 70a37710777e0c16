/* What a plan takes of disks and of memory, before anything is written. */
#ifndef IOWALK_PREPARE_ROOM_H
#define IOWALK_PREPARE_ROOM_H

#include "../plan/cell.h"

/*
 * Checks that each edge list of the plan is valid, that memory suffices for each walk, and that the
 * disks have room for everything that the plan writes, taken together: the graph files that are not
 * in the cache folder yet, the temporary files of sorting the largest within build_memory_bytes
 * (see build_budget()), the largest file that a cell builds while it is measured, and the record in
 * `record_folder` (NULL: no record is written; the folder need not exist). -ENOSPC or -ENOMEM
 * with both sizes in `why`, or the error of the edge list.
 */
int room_check(const char *cache_folder, const struct plan *plan, uint64_t build_memory_bytes,
	       const char *record_folder, struct why *why);

/*
 * What a plan will take, without doing anything: bytes of the graph files that `cache_folder` does
 * not have yet, and seconds of its warm time samples. Graphs from files, cold samples and what
 * preparing takes are not known before.
 */
struct plan_cost {
	uint64_t new_files_bytes;
	double warm_samples_s;
	size_t unknown_count; /* cells with a graph from a file */
};
void plan_cost(const char *cache_folder, const struct plan *plan, struct plan_cost *out);

#endif
