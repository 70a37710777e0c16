/* The group `power` of `iowalk conform`: each layout on the engine, and the files that a power failure may leave. */
#ifndef IOWALK_CONFORM_POWER_H
#define IOWALK_CONFORM_POWER_H

#include "graph_history.h"
#include "setup.h"

/*
 * Plays histories of each layout (or of setup->layout) on the engine, records what reaches the kernel (recording.h), makes
 * crash images of it (images.h) and opens each by the layout, until the time is over or an image is wrong; its history is
 * shrunk. At least the first history of each layout is played. Returns 0 with the outcome, which is a skip where the engine
 * keeps no files or system calls cannot be intercepted, or negative errno.
 */
int conform_power(const struct conform_subject *subject, const struct conform_setup *setup,
		  struct outcome *outcome);

/* The same with one given history of setup->layout, which is not shrunk. */
int conform_power_history(const struct conform_subject *subject, const struct conform_setup *setup,
			  const struct graph_history *history, struct outcome *outcome);

#endif
