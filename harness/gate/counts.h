/* The counts of a gate: system calls and other exact numbers of both sides, compared before any
 * time. */
#ifndef IOWALK_GATE_COUNTS_H
#define IOWALK_GATE_COUNTS_H

#include "state.h"

/* Counts all cells on both sides and sets gate->counts_decided. Errors are in gate->why. */
int gate_count(struct gate *gate);

/* Takes the counts of a line of round `round`: {"A": {"0": REPLY}, "B": …}. */
void gate_take_counts(struct gate *gate, size_t round, const json_t *line);

/* Compares the counts of one cell and adds the result to `out`. -ENOMEM. */
int gate_compare_counts(const struct gate *gate, size_t cell, struct cell_change *out);

#endif
