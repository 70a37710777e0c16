/* One line on stderr that says where a run stands and how long it will take; only on a terminal. */
#ifndef IOWALK_BASE_PROGRESS_H
#define IOWALK_BASE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

struct progress {
	bool shown;
	size_t total, done; /* steps: samples of all cells */
	size_t skipped;     /* steps that were there already: no measure of speed */
	double began_s;
};

void progress_begin(struct progress *progress, size_t total);

/* Says what is being done now. */
void progress_show(const struct progress *progress, const char *what);

/* Steps that took time, and steps that did not. */
void progress_step(struct progress *progress, size_t steps, bool skipped);

/* Clears the line, so that what is printed next stands alone. */
void progress_clear(const struct progress *progress);

#endif
