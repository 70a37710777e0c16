/* One block: workers of all sides are alive at the same time and take turns, sample by sample. */
#ifndef IOWALK_GATE_BLOCK_H
#define IOWALK_GATE_BLOCK_H

#include "state.h"

/*
 * Measures block `number` of a stage. Returns its line for blocks.jsonl (turns.h), new reference;
 * or NULL with *result 1 if a cell failed and was excluded, or with a negative errno and gate->why.
 */
json_t *gate_measure_block(struct gate *gate, enum gate_stage stage, size_t number,
			   const size_t *chosen, size_t chosen_count, int *result);

#endif
