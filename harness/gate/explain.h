/* A gate explains the regressions that it found, by profiles of both builds. */
#ifndef IOWALK_GATE_EXPLAIN_H
#define IOWALK_GATE_EXPLAIN_H

#include "state.h"

#define GATE_EXPLAINED_MAX 3 /* cells; a profile of both builds takes about five seconds */

/* A build may be slower in some processes only. At most this many are profiled until a slow one is found: a slowdown in a
 * quarter of them is found with a probability of 94 %. */
#define GATE_EXPLAIN_PROCESSES_MAX 10

/*
 * Profiles both builds in the worst cells that regressed, at most GATE_EXPLAINED_MAX, and explains them: what
 * grew, and the command that shows it, which names the suite. A build or a machine without profiles leaves
 * them unexplained. Nothing is done after an injection. -ENOMEM.
 */
int gate_explain(struct gate *gate, struct comparison *comparison, const char *suite);

#endif
