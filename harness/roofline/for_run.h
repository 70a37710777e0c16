/* The roofline of a run. */
#ifndef IOWALK_ROOFLINE_OBTAIN_H
#define IOWALK_ROOFLINE_OBTAIN_H

#include "../plan/cell.h"

/*
 * Adds "roofline" to the object of run.json if a cell of the plan is cold: the result cached in
 * `folder`, else a new measurement of at most 5 s. A failure is reported on stderr, and the run
 * continues without a roofline.
 */
void roofline_for_run(const struct plan *plan, const char *folder, json_t *info);

#endif
