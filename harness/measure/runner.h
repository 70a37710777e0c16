/* Measures all cells of a plan in random order, and records each sample as soon as it is taken. */
#ifndef IOWALK_MEASURE_RUNNER_H
#define IOWALK_MEASURE_RUNNER_H

#include "../count/counters.h"
#include "../prepare/preparer.h"
#include "../record/run.h"

struct run_outcome {
	size_t failed_count;  /* cells with an error */
	size_t skipped_count; /* cells that this machine does not support */
	bool interrupted;     /* by SIGINT or SIGTERM; the samples taken so far are recorded */
};

struct memory_groups;

/*
 * `groups` may be NULL if no cell has a memory limit. Recorded samples are not taken again
 * (--resume), except failed ones. An error of a cell is recorded and the run continues; only errors
 * of the record itself are returned. Progress is shown on stderr if it is a terminal.
 */
int run_plan(struct plan *plan, struct run *run, struct preparer *preparer,
	     struct counters *counters, struct memory_groups *groups, struct run_outcome *outcome,
	     struct why *why);

#endif
