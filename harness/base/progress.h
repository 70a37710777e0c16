/* The progress of a run and the time that is left, on stderr: a line that changes on a terminal, elsewhere a line
 * every half a minute. */
#ifndef IOWALK_BASE_PROGRESS_H
#define IOWALK_BASE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/*
 * The progress of a long step, such as building a large file, in the same place as that of the run. Nothing
 * is shown in the first second, and where the output is no terminal not before half a minute.
 */
struct step_progress {
	bool shown;             /* on a terminal */
	const char *what;       /* borrowed */
	double began_s, said_s; /* of `what`, and of the last line */
};

void step_progress_begin(struct step_progress *step);

/* Prints at most a line now and then: `what` is being done, done of total, and the time left. A `what` at another
 * address begins anew. Costs reading the clock. */
void step_progress_show(struct step_progress *step, const char *what, uint64_t done,
			uint64_t total);

#endif
