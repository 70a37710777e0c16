/* Layouts in the groups `model`, `faults` and `damage` of `iowalk conform`. */
#ifndef IOWALK_CONFORM_GRAPH_GROUPS_H
#define IOWALK_CONFORM_GRAPH_GROUPS_H

#include "graph_history.h"
#include "setup.h"

/*
 * Plays histories of setup->graph on the engine until the time is over or one fails; that one is shrunk, and the reproducer is a
 * command line. Returns 0 with the outcome, which is a skip where the engine keeps no files, or negative errno.
 */
int conform_graph_model(const struct conform_subject *subject, const struct conform_setup *setup,
			struct outcome *outcome);

/*
 * The same with a fault in each: one history that calls every hook, with each fault that it can have, in the order of the
 * seed; then shorter ones of the seed.
 */
int conform_graph_faults(const struct conform_subject *subject, const struct conform_setup *setup,
			 struct outcome *outcome);

/* The same with files that were damaged (damage.h) between the operations: open, walks and check find it or are right; nothing crashes. */
int conform_graph_damage(const struct conform_subject *subject, const struct conform_setup *setup,
			 struct outcome *outcome);

/* Of a layout that holds no data: a chain, without a history. As conform_graph_model(). */
int conform_graph_chain(const struct conform_subject *subject, const struct conform_setup *setup,
			struct outcome *outcome);

/* One given history, which is not shrunk, with one fault (or NULL). */
int conform_graph_history(const struct conform_subject *subject, const struct conform_setup *setup,
			  const struct graph_history *history, const struct fault *fault,
			  struct outcome *outcome);

#endif
