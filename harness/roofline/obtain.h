/* The roofline of a run. */
#ifndef IOWALK_ROOFLINE_OBTAIN_H
#define IOWALK_ROOFLINE_OBTAIN_H

#include "../plan/cell.h"

/*
 * Puts "roofline" into run.json's object where a cell of the plan is cold: the result kept in
 * `folder`, else measured in ≤ 5 s. What fails is said on stderr, and the run goes on without.
 */
void roofline_for_run(const struct plan *plan, const char *folder, json_t *info);

#endif
