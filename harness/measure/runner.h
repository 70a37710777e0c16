/*
 * Measures all cells of a plan, each in several fresh processes, in rounds over the whole plan:
 * round k measures each cell in its process k, in an order that is drawn anew. So a minute of noise
 * is spread over all cells, and cells that are compared stand side by side (order.h). Counts follow
 * in rounds of their own, all cells in one process, because opening perf events takes seconds.
 */
#ifndef IOWALK_MEASURE_RUNNER_H
#define IOWALK_MEASURE_RUNNER_H

#include "../count/counters.h"
#include "../prepare/preparer.h"
#include "../record/run.h"
#include "cells.h"

#define RUN_TIMEOUT_S 600 /* of --timeout */

struct run_outcome {
	size_t failed_count;    /* cells with an error */
	size_t skipped_count;   /* cells that this machine does not support */
	size_t imprecise_count; /* cells that did not reach the precision asked for */
	bool interrupted;       /* by SIGINT or SIGTERM; what was measured so far is recorded */
};

/*
 * Recorded processes are not measured again (--resume), except those that are incomplete or have
 * failed. The precision that run->info asks for (precision.h) is met by further rounds. An error of
 * a cell is recorded and the run continues; only errors of the record itself are returned. Progress
 * is shown on stderr if it is a terminal.
 */
int run_plan(struct plan *plan, struct run *run, struct preparer *preparer,
	     const struct run_settings *settings, struct run_outcome *outcome, struct why *why);

#endif
