/*
 * A side of a comparison of runs: its records, each of one run or of several (record/joined.h), and each
 * cell in all of its runs.
 */
#ifndef IOWALK_JUDGE_SIDE_H
#define IOWALK_JUDGE_SIDE_H

#include <stdbool.h>

#include "../record/run.h"

struct side_record {
	const struct run *run; /* borrowed */
	struct cell_summary *summaries;
	size_t summaries_count;
	struct sample_ref *refs;
	size_t *first; /* [summaries_count + 1]: the samples of cell i are refs[first[i]] up to
			  refs[first[i + 1] − 1] */
	size_t runs_count;
};

struct side_cell {
	const char *name;
	const struct cell_summary *summary; /* of the first record in which it failed, else of the
					       first that measured it, else of the first that has it */
	size_t *places; /* [records_count]: index of its summary in each record; SIDE_NOWHERE */
};
#define SIDE_NOWHERE SIZE_MAX

struct side {
	struct side_record *records;
	size_t records_count;
	size_t runs_count; /* of all records together */
	struct side_cell *cells;
	size_t cells_count;
	size_t *places; /* storage of the cells' places */
	json_t *index;  /* name → index in cells */
};

/* Borrows runs[count], 1 ≤ count. O(n log n) in their samples. -ENOMEM. Release it even after an error. */
int side_init(struct side *side, const struct run *runs, size_t count);
void side_release(struct side *side);

/* NULL if no record has the cell. */
const struct side_cell *side_find(const struct side *side, const char *name);

/* Did two runs start in the same second? Then they are copies of one run, and no replicates. Runs of which
 * the start is unknown are none. */
bool side_has_copies(const struct side *side);

/* The seconds from the first to the last start of a side's runs; NaN if one is unknown. */
double side_span_s(const struct side *side);

/* The metrics of the usable count passes of a cell in all runs, borrowed. The caller frees the array.
 * -ENOMEM. */
int side_count_passes(const struct side *side, const struct side_cell *cell, const json_t ***out,
		      size_t *count);

/* `walk` of the first usable sample that has one, or NULL. */
const json_t *side_first_walk(const struct side *side, const struct side_cell *cell);

/* The times of a cell's processes, in ns, run by run. Runs without a usable time are left out. */
struct side_times {
	double *quartiles; /* the lower ones of the processes of the first run, of the second, … */
	double *medians;   /* [runs_count]: of the medians of a run's processes */
	size_t *counts;    /* [runs_count]: processes of each run, ≥ 1 */
	size_t *runs;      /* [runs_count]: number of the run in its side */
	size_t runs_count;
};

/* -ENOMEM. The caller frees with side_times_release(), even after an error. */
int side_times(const struct side *side, const struct side_cell *cell, struct side_times *out);
void side_times_release(struct side_times *times);

/* The least number of processes that a run has; SIZE_MAX if there is no run. */
size_t side_times_processes(const struct side_times *times);

/* The least of quartiles[processes], processes >= 1. */
double side_least(const double *quartiles, size_t processes);

/* The number of processes, among the first `processes` of each run, whose quartile is more than PROCESSES_SLOW_FACTOR times the
 * least of their run. */
size_t side_times_slow(const struct side_times *times, size_t processes);

/*
 * The mean of the logarithms of `core_ns` over the time samples of each run, logs[side->runs_count]: what its processors had of
 * their cores. *known: it is known of all of them. -ENOMEM.
 */
int side_core_logs(const struct side *side, double *logs, bool *known);

#endif
