/*
 * Calibrating the gate: many gates of identical and of different builds show how often each kind is
 * reported as a regression. `iowalk calibrate` writes to DIR:
 *   calibration.json   suite, threshold, environment, settings
 *   gates.jsonl.gz     one line and one gzip member per gate (base/json_lines.h), see calibration_gate.h
 *   summary.md         calibration_report()
 */
#ifndef IOWALK_GATE_CALIBRATION_H
#define IOWALK_GATE_CALIBRATION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../../engines/option.h"

struct calibration_kind {
	const char *name, *what;
	double inject_percent; /* of the slowdown injected into one cell, a different cell each time */
	double share_percent; /* of the processes that are slower; 0: all */
	bool stalls;          /* it is a share of the samples instead */
	bool inject_syscall;
	bool other_layout; /* the candidate is a build with another code layout */
	size_t wanted_count;
};
#define CALIBRATION_KINDS_COUNT 10
extern const struct calibration_kind calibration_kinds[CALIBRATION_KINDS_COUNT];

#define CALIBRATION_FORMAT 2 /* format 1 had the samples of all processes; it is read, too */

/*
 * Reads all gates; new references. Damaged lines are left out, and `why` names the first one
 * although the result is 0. -EBADMSG, -EIO with the reason.
 */
int calibration_load(const char *folder, json_t **info, json_t **gates, struct why *why);

/* Appends a gate. Negative errno with the reason. */
int calibration_append(const char *folder, const json_t *gate, struct why *why);

/* Writes Markdown: rates, a rank test on the same samples for comparison, and the rates of `resamples` gates that
 * are resampled from the blocks of identical builds. -ENOMEM. */
int calibration_report(FILE *out, const json_t *info, const json_t *gates, size_t resamples);

#endif
