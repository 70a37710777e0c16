/*
 * The samples of a block in its line of blocks.jsonl:
 *   "order": "ABBA", "cells": {"0": [[samples of a process, ns], …]}, "samples_a_turn": {"0": 3}
 * The samples of a process are in the order in which they were taken, "samples_a_turn" per turn
 * (the last turn may have fewer).
 */
#ifndef IOWALK_GATE_TURNS_H
#define IOWALK_GATE_TURNS_H

#include <jansson.h>

#include "../plan/cell.h"
#include "decision.h"

/*
 * The samples of cell number `cell`: an array with one array per process, in the order *order, all
 * of equal length. Both are borrowed from `line`. NULL if the line has no valid samples of the
 * cell.
 */
const json_t *gate_processes(const json_t *line, size_t cell, const char **order);

/* The differences of a cell in this block. -EBADMSG if the line has no valid samples of it. */
int gate_line_difference(const json_t *line, size_t cell, struct gate_difference *out);

#endif
