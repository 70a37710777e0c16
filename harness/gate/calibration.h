/*
 * Calibrating the gate: many gates of builds that are alike and of some that are not, to learn how
 * often each is called a regression. What `iowalk calibrate` keeps, in DIR:
 *   calibration.json   suite, threshold, environment, what was asked for
 *   gates.jsonl.gz     a line a gate, a gzip member each:
 *                      {"kind":"alike", "exit_status":0, "elapsed_s":…, "order_seed":…, "cell":N,
 *                       "verdicts":["no_change",…], "lines":[…]}
 *                      cell: into which was injected, -1: none; lines: as in blocks.jsonl
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
	double inject_percent; /* into one cell, another one each time */
	bool inject_syscall;
	bool other_layout; /* needs the other build */
	size_t wanted_count;
};
#define CALIBRATION_KINDS_COUNT 6
extern const struct calibration_kind calibration_kinds[CALIBRATION_KINDS_COUNT];

/*
 * Reads all gates; new references. Damaged lines are left out, and `why` names the first one although the
 * result is 0. -EBADMSG, -EIO with the reason.
 */
int calibration_load(const char *folder, json_t **info, json_t **gates, struct why *why);

/* Appends a gate. Negative errno with the reason. */
int calibration_append(const char *folder, const json_t *gate, struct why *why);

/* Rates, the rank test on the same samples, and `resamples` whole gates drawn from the alike ones'
 * blocks; Markdown. -ENOMEM. */
int calibration_report(FILE *out, const json_t *info, const json_t *gates, size_t resamples);

#endif
