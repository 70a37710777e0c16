/*
 * Precision of a run: a cell is precise enough when the interval of its median over processes
 * (record/processes.h) is within the asked percentage of it, after two processes in succession.
 *
 * The figure is the median over processes of each process's median time. Stopping as soon as an
 * interval is narrow favours intervals that are narrow by chance, so the interval is one of 96 %;
 * stopped by this rule it covers in 95 % of runs and more (tests/test_precision.c simulates it).
 *
 * Until then all cells get the same time, not the same number of processes: a process of one cell may
 * take a hundred times as long as that of another, and the budget would go to a few expensive ones. So the
 * cells that need the least time are precise first, and within a budget the most of them.
 */
#ifndef IOWALK_MEASURE_PRECISION_H
#define IOWALK_MEASURE_PRECISION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "../../engines/why.h"
#include "../record/processes.h"

#define PRECISION_PROCESSES_MIN 10   /* before, quantiles of so few processes are too coarse */
#define PRECISION_PROCESSES_MAX 1000 /* of a cell */
#define PRECISION_BUDGET_S      300

/* What --precision and --budget ask for. */
struct precision {
	double asked_percent; /* 0: none is asked for */
	double budget_s;      /* no process begins after this time */
};

/* "2%" or "2": above 0, below 100. -EINVAL. */
int precision_parse(const char *text, double *percent, struct why *why);

/* medians[count]: of the processes in the order in which they were measured. Fills `figures`. */
bool precision_reached(const double *medians, size_t count, double asked_percent,
		       struct process_figures *figures);

/* What a cell has had so far. */
struct precision_share {
	bool wants;       /* a further process */
	double process_s; /* the least time that a process of it took: without making the file warm */
	size_t processes_count;
};

/* Which cells measure a further process in the next round: those of which precision_due() is true with this
 * value. Of the cells that want one it is at least the one that has had the least time. NaN if there are none. */
double precision_round(const struct precision_share *shares, size_t count);
bool precision_due(const struct precision_share *share, double round_s);

/* `precision` of a cell in run.json. New reference. */
json_t *precision_cell_json(const struct process_figures *figures, bool reached);

/* `precision` of run.json, and back. Without one, asked_percent is 0. */
json_t *precision_json(const struct precision *precision);
struct precision precision_of(const json_t *info);

#endif
