/* What each level of a walk takes: time, nodes, edges, calls and bytes. */
#ifndef IOWALK_MEASURE_LEVELS_H
#define IOWALK_MEASURE_LEVELS_H

#include "measurement.h"

/*
 * Walks once with a reading of the clock and of the engine's counts after each level. *out is an array of levels
 * (docs/FORMATS.md), the first LEVELS_RECORDED one by one and the others as one; new reference, or NULL if
 * the workload has no levels or several threads. Errors of the walk, with the reason in m->why.
 */
int measure_levels(struct measurement *m, json_t **out);

#endif
