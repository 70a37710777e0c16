/*
 * A gate on disk, results/gates/<UTC>-<suite>/:
 *   gate.json      what was asked: suite, selections, sides, seeds, threshold, environment; at the end
 *                  the result, and the exit status
 *   blocks.jsonl   a line a step, appended and flushed as it is done; raw samples, ns a walk
 * A line is {"stage":S, "block":N, "elapsed_s":…} and
 *   count      "A":[ANSWER…], "B":[ANSWER…]                       answers of a worker (worker.h)
 *   calibrate  "A":[ANSWER…]                                      for the walks of a sample
 *   screen, confirm   what turns.h says
 *   error      "cell":N, "side":"A"|"B", "kind":…, "error":…      the cell is out from there on
 * A gate that goes on takes the steps that are there and makes the others.
 */
#ifndef IOWALK_GATE_RECORD_H
#define IOWALK_GATE_RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "../../engines/option.h"

#define GATE_FORMAT 2 /* of both files; 1 had no turns */

struct gate_record {
	char *path;
	json_t *info;  /* gate.json */
	json_t *lines; /* array: what an earlier call left, and what was appended since */
	FILE *file;    /* NULL: nothing goes to a disk */
};

/* Makes the folder; borrows info. -EEXIST where it is there. */
int gate_record_create(struct gate_record *record, const char *path, json_t *info, struct why *why);

/* A half-written last line is cut off. -ENOENT, -EBADMSG: no gate. */
int gate_record_load(struct gate_record *record, const char *path, struct why *why);

/* Takes the line over. */
int gate_record_append(struct gate_record *record, json_t *line);

/* The line of such a step, borrowed, or NULL. */
const json_t *gate_record_find(const struct gate_record *record, const char *stage, size_t block);

#define SAMPLE_DIGITS 6 /* of a time: 1e-6 of it is far below any spread */

/* Writes gate.json anew. */
int gate_record_save(const struct gate_record *record);

void gate_record_release(struct gate_record *record);

#endif
