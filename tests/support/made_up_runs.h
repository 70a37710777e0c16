/*
 * Runs in memory, for comparisons. The noise is that of fresh processes of one program: processes differ, some are in a slow state,
 * samples vary within each, and runs taken at different times differ in all of their processes. All times are of warm cells.
 */
#ifndef IOWALK_TESTS_MADE_UP_RUNS_H
#define IOWALK_TESTS_MADE_UP_RUNS_H

#include <stdint.h>

#include "../../harness/judge/comparison.h"

#define MADE_UP_CELLS     40
#define MADE_UP_PROCESSES 8
#define MADE_UP_TIME_NS   1e6
#define MADE_UP_SPREAD    0.01 /* of runs, processes and samples */

/* A run without samples. All its cells are of this engine. The caller drops it; `path` is borrowed. */
struct run made_up_empty_run(const char *path, const char *engine, int cells_count);
void made_up_drop(struct run *runs, size_t count);

void made_up_add(struct run *run, int cell, int process, int repetition, double time_ns);

/* A run of MADE_UP_CELLS cells; some processes are slow. */
struct run made_up_run(uint64_t *seed);

/* A run of one cell: processes[count] have one sample each. */
struct run made_up_plain_run(const char *path, const double *processes, int count);

/* Compares at the usual threshold. */
struct comparison made_up_compare(const struct run *a, size_t a_count, const struct run *b,
				  size_t b_count);

#endif
