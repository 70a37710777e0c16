/*
 * JSON lines: files that only grow, with one JSON value per line (https://jsonlines.org).
 *
 * Crash rules, the same for every such file:
 *   - a line is written by one write(2), so a killed process leaves at most one incomplete line at the end;
 *   - reading ignores an incomplete last line; opening for append removes it;
 *   - any other line that is not valid is counted as damaged and skipped, never silently;
 *   - one process at a time has the file open for append.
 * A compressed file has one gzip member per line, so it grows in the same way.
 */
#ifndef IOWALK_BASE_JSON_LINES_H
#define IOWALK_BASE_JSON_LINES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "../../engines/why.h"

enum json_lines_form { JSON_LINES_PLAIN, JSON_LINES_GZIP };

struct json_lines; /* a file open for append */

/*
 * Opens or creates the file for append, locks it and removes an incomplete last line. Reals are
 * written with `digits` significant digits. Negative errno with the reason in `why`: -EBUSY if
 * another process has it open for append, -EBADMSG if a compressed file is damaged before its end.
 */
int json_lines_open(const char *path, enum json_lines_form form, size_t digits,
		    struct json_lines **out, struct why *why);

/* Appends a line. On failure, negative errno, nothing of it stays in the file if that is
 * possible. */
int json_lines_append(struct json_lines *lines, const json_t *value);

/* NULL does nothing. */
void json_lines_close(struct json_lines *lines);

struct json_lines_damage {
	size_t count; /* of damaged lines; what follows a damaged place in a compressed file counts as one */
	size_t first_line; /* number of the first of them, from 1 */
};

/* Is this value what a line of the file has to be? NULL for a line that is not JSON. */
typedef bool json_lines_check(const json_t *value);

/*
 * Reads all lines of `file`, which may come from gzip_open(), and appends the valid values to
 * `array`. 0, -ENOMEM, or -EIO if a file that is not compressed cannot be read.
 */
int json_lines_read(FILE *file, enum json_lines_form form, json_lines_check *check, json_t *array,
		    struct json_lines_damage *damage);

#endif
