/*
 * The shards of one suite, measured by several runs, as the one run that a single machine would have made.
 *
 * The result has the cells of all shards in the order of the plan, and their samples as they were taken: each cell is in one
 * shard, so nothing is averaged or added up. run.json has "merged" in place of "shard":
 *   {"count":4, "runs":[{"from", "number", "started", "host_name", "cells_count", "samples_count"}…], "missing":[3]}
 * Runs of several kinds of machine are kept apart (machines.h).
 */
#ifndef IOWALK_RECORD_MERGE_H
#define IOWALK_RECORD_MERGE_H

#include "run.h"

struct merge_settings {
	bool partial; /* shards may be missing or interrupted */
	/* May times of these two environments stand in one figure? */
	bool (*same_machine)(const json_t *a, const json_t *b);
};

/*
 * Merges runs[count], 1 ≤ count, which are sorted by their shards. *out has the path of the first; the caller releases it, before
 * or after the runs. -EINVAL, with the runs and what differs in `why`: a run that is no shard, another suite, build, seed or
 * option, a shard or a cell twice, a cell that no shard has; unless `partial`, shards that are missing or were interrupted. With
 * `partial` they are named in `why`, and 0 is returned. -ENOMEM.
 */
int runs_merge(struct run *runs, size_t count, const struct merge_settings *settings,
	       struct run *out, struct why *why);

#endif
