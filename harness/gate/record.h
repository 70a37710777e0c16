/*
 * A gate on disk, results/gates/<UTC>-<suite>/:
 *   gate.json      the settings: suite, selections, both programs, seeds, threshold, environment; at the end
 *                  the result and the exit status
 *   blocks.jsonl   one line per step, appended as the step ends; raw samples in ns per walk
 * A line is {"stage":S, "block":N, "elapsed_s":…} and
 *   count      "A":{"0":REPLY…}, "B":{"0":REPLY…}   replies of the workers (measure/worker/protocol.h) by cell number
 *   calibrate  "A":{"0":REPLY…}                      the walks per sample are chosen from it
 *   screen, confirm   see turns.h
 *   error      "cell":N, "side":"A"|"B", "kind":…, "error":…   the cell is excluded from here on
 * A gate that is resumed reads the steps that are recorded and measures the others.
 */
#ifndef IOWALK_GATE_RECORD_H
#define IOWALK_GATE_RECORD_H

#include <jansson.h>

#include "../../engines/why.h"

#define GATE_FORMAT      3 /* of both files; format 2 had a third side in the confirmation */
#define GATE_TIME_DIGITS 6 /* digits of a recorded time; the spread is far above 1e-6 */

struct json_lines;

struct gate_record {
	char *path;
	json_t *info;                  /* gate.json */
	json_t *lines;                 /* array: all lines, those of earlier calls first */
	struct json_lines *lines_file; /* NULL: nothing is written to disk */
};

/* Makes the folder and both files; borrows info. -EEXIST if the folder exists. */
int gate_record_create(struct gate_record *record, const char *path, json_t *info, struct why *why);

/*
 * Opens a gate to be resumed. An incomplete last line is removed (base/json_lines.h). -ENOENT;
 * -EBADMSG if it is not a gate or a line is damaged; -EBUSY if another process resumes it.
 */
int gate_record_load(struct gate_record *record, const char *path, struct why *why);

/* Opens a gate to be read only; it may be one that is still running, or one that is kept with two phases
 * (blocks.jsonl.gz). Errors as of gate_record_load(). */
int gate_record_read(struct gate_record *record, const char *path, struct why *why);

/* Appends a line. Takes over the reference, also on failure. */
int gate_record_append(struct gate_record *record, json_t *line);

/* The line of this step, borrowed, or NULL. */
const json_t *gate_record_find(const struct gate_record *record, const char *stage, size_t block);

/* Writes gate.json again. */
int gate_record_save(const struct gate_record *record);

void gate_record_release(struct gate_record *record);

#endif
