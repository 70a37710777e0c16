/*
 * What a gate does with undecided cells when the screening has used up its part of the budget. On a
 * noisy machine that is before the last look, and the rest of the budget would be of use to nobody: so
 * the cells that lean most to the slower side go to the confirmation, as many as it suffices for. It
 * judges them by new blocks only, at its own levels, so that promoting a cell cannot make it a
 * regression.
 */
#ifndef IOWALK_GATE_PROMOTE_H
#define IOWALK_GATE_PROMOTE_H

#include <jansson.h>

#include "decision.h"

/*
 * The part of the budget for counts and screening, so that a gate that finds nothing suspect ends after it. The rest is for what is
 * suspect: a slowdown in a quarter of the processes needs 50 to 80 blocks.
 */
#define GATE_SCREEN_SHARE .75

/*
 * Moves cells from the screening to the confirmation. `blocks`: how many blocks of one cell there is
 * still time for; the cells that are in the confirmation already come first. A cell leans to the slower
 * side if the mean over its blocks is beyond the threshold, and larger than its standard error. The numbers of the
 * moved cells go into promoted[cells_count]; returns how many they are.
 */
size_t gate_promote(struct gate_cell *cells, size_t cells_count, double threshold_percent,
		    double blocks, size_t *promoted);

/* Moves the cells `promoted` of a line of blocks.jsonl, which other lines do not have. */
void gate_take_promoted(const json_t *line, struct gate_cell *cells, size_t cells_count);

#endif
