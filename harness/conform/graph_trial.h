/* One history of a layout, played in a process of its own, with a fault or without; then the file is opened once more. */
#ifndef IOWALK_CONFORM_GRAPH_TRIAL_H
#define IOWALK_CONFORM_GRAPH_TRIAL_H

#include "graph_history.h"
#include "trial.h"

/* As trial_run(). Plays it on a new file at `path`, and removes that and all that belongs to it. */
int graph_trial_run(const struct conform_subject *subject, const struct conform_layout *layout,
		    const char *path, const struct graph_history *history,
		    const struct fault *fault, unsigned limit_s, struct trial *trial);

#endif
