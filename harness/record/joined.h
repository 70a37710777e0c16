/*
 * Several runs in one record: a phase of a baseline (phase.h).
 *
 * The runs are of one program on one machine, taken at different times. The record looks like one run:
 * its cells are those of all runs, its samples are numbered on: `process` counts over all runs in their
 * order, and `run` says which run a sample is of. run.json has "runs": [{"from", "started", "commit",
 * "dirty", "roofline"}], one entry a run; a record of one run has neither.
 */
#ifndef IOWALK_RECORD_JOINED_H
#define IOWALK_RECORD_JOINED_H

#include "run.h"

/* How many runs a record has: 1 if it is not joined. */
size_t run_joined_count(const struct run *run);

/* The number of the run that a sample is of, from 0. */
size_t sample_run_number(const json_t *sample);

/* The entry of `runs`, or run.json itself of a record of one run: "started" and "roofline". Borrowed. */
const json_t *run_joined_info(const struct run *run, size_t number);

/*
 * Joins runs[count], 1 ≤ count, which may be joined themselves. *out has the path and environment of the
 * first; the caller releases it. -EINVAL if their seeds differ, because their graphs do, then. -ENOMEM.
 */
int runs_join(const struct run *runs, size_t count, struct run *out, struct why *why);

#endif
