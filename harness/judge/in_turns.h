/* Verdicts of a gate in place of those of two stored runs. */
#ifndef IOWALK_JUDGE_IN_TURNS_H
#define IOWALK_JUDGE_IN_TURNS_H

#include "comparison.h"

/*
 * Replaces the cells that the gate of the two phases decided, and adds those that only the gate
 * has; each is marked in_turns. `folder` is that of either phase. A cell that the gate did not time
 * (not timed, skipped) stays as it is. The note of the comparison says how many there are, and when
 * they were measured. Without such a record (record/phase_pair.h) nothing changes. -ENOMEM; -EBADMSG
 * with the reason in `why` if the record has no result.
 */
int comparison_take_turns(struct comparison *comparison, const char *folder, const char *a_name,
			  const char *b_name, struct why *why);

#endif
