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

/* For how many further cells the confirmation has time, if it has time for so many blocks of one cell. */
size_t gate_promotions(const struct gate_cell *cells, size_t cells_count, double blocks);

/* The undecided cell of the screening that leans most to the slower side: the mean over its blocks is beyond
 * the threshold, and larger than its error. cells_count if there is none. */
size_t gate_leaning(const struct gate_cell *cells, size_t cells_count, double threshold_percent);

/* Takes the cells `promoted` of a line of blocks.jsonl to the confirmation. */
void gate_take_promoted(const json_t *line, struct gate_cell *cells, size_t cells_count);

#endif
