/*
 * One cell of a block as its line in blocks.jsonl has it:
 *   "order": "ABBA", "cells": {"0": [[samples of a process, ns], ...]}, "samples_a_turn": {"0": 3}
 * The samples of a process are in the order they were taken in, so many a turn (the last may have fewer).
 */
#ifndef IOWALK_GATE_TURNS_H
#define IOWALK_GATE_TURNS_H

#include <jansson.h>

#include "../plan/cell.h"
#include "decision.h"

/* How many samples a process takes of a cell before the next process has its turn. */
unsigned gate_samples_a_turn(const struct cell *cell);

/*
 * The processes of cell number `cell`, an array as long as *order, of arrays of equal length; both
 * borrowed from `line`. NULL where it has none such.
 */
const json_t *gate_processes(const json_t *line, size_t cell, const char **order);

/* What the line says of it. -EBADMSG where that is nothing. */
int gate_line_difference(const json_t *line, size_t cell, struct gate_difference *out);

#endif
