/* The progress of a run and the time that is left, on stderr: a line that changes on a terminal, elsewhere a line
 * every half a minute. */
#ifndef IOWALK_BASE_PROGRESS_H
#define IOWALK_BASE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

struct progress {
	bool shown;
	size_t total, done; /* steps: samples of all cells */
	size_t skipped; /* of `done`: steps that took no time, because they were recorded before */
	double began_s, said_s; /* said_s: when the last line of its own was written */
};

void progress_begin(struct progress *progress, size_t total);

/* Prints the line, with `what` is being done now. */
void progress_show(struct progress *progress, const char *what);

/* Adds steps that are done; skipped: they took no time. */
void progress_step(struct progress *progress, size_t steps, bool skipped);

/* Clears the line before other output. */
void progress_clear(const struct progress *progress);

#endif
