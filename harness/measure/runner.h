/* Measuring all cells of a plan in their seeded order, sample by sample into the run's record. */
#ifndef IOWALK_MEASURE_RUNNER_H
#define IOWALK_MEASURE_RUNNER_H

#include "../count/counters.h"
#include "../prepare/preparer.h"
#include "../record/run.h"

struct run_outcome {
	size_t failed_count;  /* cells with an error */
	size_t skipped_count; /* cells this machine cannot do */
	bool interrupted;     /* by SIGINT or SIGTERM; what was measured is kept */
};

struct memory_groups;

/*
 * `groups` may be NULL where no cell has a memory limit.
 * Samples that the record has already are not taken again (--resume); those that failed are. Errors
 * of a cell are recorded and the run goes on; only what stops the record itself is returned.
 * Progress goes to stderr where it is a terminal.
 */
int run_plan(struct plan *plan, struct run *run, struct preparer *preparer,
	     struct counters *counters, struct memory_groups *groups, struct run_outcome *outcome,
	     struct why *why);

#endif
