/*
 * A part of a plan: one of N shards, which N runs measure at the same time, on as many machines, and which
 * `iowalk merge` joins again.
 */
#ifndef IOWALK_MEASURE_SHARD_H
#define IOWALK_MEASURE_SHARD_H

#include "../plan/cell.h"
#include "../record/run.h"

#define SHARDS_MAX 100000

struct shard {
	unsigned number, count; /* number: from 1 to count; count 0: no shard, the whole plan */
};

/*
 * "I/N", or "slurm": the task of a Slurm job array, from SLURM_ARRAY_TASK_ID, _COUNT, _MIN, _MAX and _STEP. -EINVAL with the
 * reason, also for an array that leaves out numbers, because its tasks would not be all shards.
 */
int shard_parse(const char *text, struct shard *out, struct why *why);

/*
 * How long each cell of a run took, in s: name → number, from `cost_s` of its samples. An empty object if they have none (older
 * records). The caller releases it with json_decref(); NULL if out of memory.
 */
json_t *shard_costs(const struct run *run);

/*
 * Which shard each cell of a plan is in, from 0: places[plan->cells_count]. Every cell is in exactly one. Cells that are
 * compared stay together: the blocks of a run's order (order.h), and the cells that one limit or claim names. Without `costs`
 * (NULL or empty) such a unit is placed by a hash of the least of its names. With costs the dearest unit goes first, each to
 * the shard that has the least so far; cells without a cost count as the median of the others. The same plan, count and
 * costs give the same places on every machine. -ENOMEM.
 */
int shard_places(const struct plan *plan, unsigned count, const json_t *costs, unsigned *places);

/*
 * Keeps the cells of one shard, which may be none, and sets plan->shard: {"number", "count", "cells": the names of all cells of
 * the plan, in order}; the end of the run adds "complete":true. -ENOMEM.
 */
int shard_keep(struct plan *plan, const struct shard *shard, const json_t *costs);

#endif
