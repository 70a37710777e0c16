/*
 * Targets: what a phase of work is to reach, results/targets.ini:
 *
 *   [target NAME]
 *   cells = GLOB         of cell names: * any characters (slashes too), ? one, [abc] one of these
 *   require = BOUND      one of
 *       real_time_ns <= 5 ms                  a metric's median; units by its ending, below
 *       improves 46 % on PHASE                time is at most 54 % of what it was; any metric may
 *                                             stand before "improves"
 *       <= 0.5 x CELL                         ratio to another cell of the same run; a metric may stand
 *                                             before "<="; x, × and * are one; a part of CELL (between
 *                                             slashes) that is * is the measured cell's own, and a last
 *                                             one all that is left of it
 *   text = TEXT          shown in the report; NAME where it is absent
 * "<=" may be written "≤". Units: ns us µs ms s; B KiB MiB GiB kB MB GB; k M G; %. # and ; begin comments.
 */
#ifndef IOWALK_JUDGE_TARGETS_H
#define IOWALK_JUDGE_TARGETS_H

#include "limits.h"

#define TARGETS_FILE "results/targets.ini"

/* Reads a file of targets as an array of {"name":…, "cells":GLOB, "require":…, "metric":…,
 * "at_most":…} with "over":CELL or "phase":NAME where the bound is relative. Errors name file and
 * line. New reference in *out; -ENOENT, -EINVAL, -ENOMEM. */
int targets_load(const char *path, json_t **out, struct why *why);

/* One target over all cells that its pattern matches. */
struct target_result {
	const char *name, *require;     /* borrowed from the targets */
	size_t met_count, missed_count; /* of its cells */
	size_t unmeasured_count;
	enum limit_state state; /* missed where a cell is; else not measured where one is */
	const char *reason;     /* the first, where not measured */
	const struct limit_result
		*worst; /* the cell nearest to or farthest above its bound; or NULL */
};

struct targets {
	json_t *json;   /* targets_load()'s */
	json_t *limits; /* LIMITs of record/run.h: one a target and cell */
	struct limit_result *cells;
	size_t cells_count;
	size_t *owner; /* cells_count: the number of each cell's target */
	struct target_result *results;
	size_t results_count;
};

/*
 * Measures `json` (whose reference is taken) in `run`; bases are what "improves … on PHASE" may name.
 * The rest is borrowed and must outlive the result. -ENOMEM.
 */
int targets_evaluate(json_t *json, const struct limit_side *run, const struct limit_side *bases,
		     size_t bases_count, struct targets *out);
void targets_release(struct targets *targets);

/* "12 %" above the bound, or "3" where the bound is 0. */
void target_missed_by(const struct limit_result *limit, char *text, size_t size);

#endif
