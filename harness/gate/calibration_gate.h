/*
 * One gate of a calibration as it is recorded: what the gate decided by, without the samples, which would take ten times
 * the room.
 *   {"kind":"alike", "exit_status":0, "elapsed_s":…, "order_seed":…, "cell":N, "verdicts":["no_change",…],
 *    "also":[{"kind":"half-10", "cell":N},…], "rank":[[P, P],…], "blocks":[[BLOCK…],…]}
 * cell: the cell with the injected slowdown, -1: none. also: what else was injected, into other cells; such a gate counts as one of
 * each kind that it has. The arrays have one element per cell of calibration.json.
 *   rank    p of the rank test on the first process of each side, and on all processes of the screen (Mann-Whitney, as
 *           Google Benchmark's compare.py); [] if the cell has no times
 *   BLOCK   [stage, effect, mean effect, baseline, A least, A mean, A least, A mean, B least, B mean, B least, B mean]
 *           stage: 0 screen, 1 confirmation; the next three as in struct gate_difference; then each process's least
 *           sample and mean of all samples, ns
 */
#ifndef IOWALK_GATE_CALIBRATION_GATE_H
#define IOWALK_GATE_CALIBRATION_GATE_H

#include <jansson.h>
#include <stdbool.h>

#include "decision.h"

/* Is it a gate of this kind? *cell, unless NULL: where its slowdown is, -1: nowhere. */
bool calibration_gate_is(const json_t *gate, const char *kind, json_int_t *cell);

/* Is something injected into this cell? */
bool calibration_gate_injects(const json_t *gate, size_t cell);

/* Adds "rank" and "blocks" to `gate`, from "lines" (those of blocks.jsonl), which it removes. A gate without "lines" is
 * left as it is. -ENOMEM. */
int calibration_gate_condense(json_t *gate, size_t cells_count);

#define CALIBRATION_RANK_ALPHA .05 /* as in Google Benchmark's compare.py */

/* p of both rank tests. False if the cell has no times. */
bool calibration_gate_rank(const json_t *gate, size_t cell, double *single, double *pooled);

/* Block number n of a cell. False if it has fewer. */
bool calibration_gate_block(const json_t *gate, size_t cell, size_t n, struct gate_difference *out);

#endif
