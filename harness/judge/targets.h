/*
 * Targets: goals of a phase of work, read from results/targets.ini:
 *
 *   [target NAME]
 *   cells = GLOB         cell names: * matches any characters including slashes, ? one, [abc] one of these
 *   require = BOUND      one of
 *       real_time_ns <= 5 ms                  a bound on the median of a metric
 *       improves 46 % on PHASE                the time is at most 54 % of that in PHASE; another metric may
 *                                             be named before "improves"
 *       <= 0.5 x CELL                         a bound on the ratio to another cell of the same run; a metric
 *                                             may be named before "<="; x, × and * mean the same. A part of
 *                                             CELL (between slashes) that is * is that of the measured
 *                                             cell; a trailing * is all of its remaining parts
 *   text = TEXT          shown in the report; NAME by default
 * "<=" may be written "≤". Units, by the ending of the metric: ns us µs ms s; B KiB MiB GiB kB MB
 * GB; k M G; %. # and ; begin comments.
 */
#ifndef IOWALK_JUDGE_TARGETS_H
#define IOWALK_JUDGE_TARGETS_H

#include "limits.h"

#define TARGETS_FILE "results/targets.ini"

/* Reads a file of targets as an array of {"name":…, "cells":GLOB, "require":…, "metric":…,
 * "at_most":…} with "over":CELL or "phase":NAME if the bound is relative. Errors name file and
 * line. New reference in *out. -ENOENT, -EINVAL, -ENOMEM. */
int targets_load(const char *path, json_t **out, struct why *why);

/* One target over all cells that its pattern matches. */
struct target_result {
	const char *name, *require;     /* borrowed from the targets */
	size_t met_count, missed_count; /* of its cells */
	size_t unmeasured_count;
	enum limit_state
		state;      /* missed if any cell is missed; else not measured if any cell is not */
	const char *reason; /* why the first unmeasured cell was not measured */
	const struct limit_result
		*worst; /* the cell nearest to its bound, or farthest above it; or NULL */
};

struct targets {
	json_t *json;   /* from targets_load() */
	json_t *limits; /* LIMITs of record/run.h: one per target and cell */
	struct limit_result *cells;
	size_t cells_count;
	size_t *owner; /* [cells_count]: index of each cell's target */
	struct target_result *results;
	size_t results_count;
};

/* Measures `json` in `run` and takes over its reference. `bases` are the phases that "improves … on
 * PHASE" may name. Everything else is borrowed and must outlive the result. -ENOMEM. */
int targets_evaluate(json_t *json, const struct limit_side *run, const struct limit_side *bases,
		     size_t bases_count, struct targets *out);
void targets_release(struct targets *targets);

/* How far a limit was missed: "12 %" above the bound, or "3" if the bound is 0. */
void target_missed_by(const struct limit_result *limit, char *text, size_t size);

#endif
