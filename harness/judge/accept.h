/* Regressions that a suite accepts: [accept PATTERN] with a reason and a last day. */
#ifndef IOWALK_JUDGE_ACCEPT_H
#define IOWALK_JUDGE_ACCEPT_H

#include "comparison.h"

/*
 * Turns the regressions of cells whose name matches a pattern (POSIX extended) of `accepts`, an
 * array of {"pattern", "reason", "until"}, into VERDICT_ACCEPTED, up to and with the day `until`
 * (YYYY-MM-DD, UTC). Later they stay regressions. The note says the reason and the day. -ENOMEM.
 */
int accept_known(struct comparison *comparison, const json_t *accepts);

/* Does a regression of the cell count as accepted? */
bool accept_has(const json_t *accepts, const char *cell);

#endif
