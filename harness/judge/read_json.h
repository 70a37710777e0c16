/* Reads what comparison_json() wrote: the result in the record of a gate. */
#ifndef IOWALK_JUDGE_READ_JSON_H
#define IOWALK_JUDGE_READ_JSON_H

#include "comparison.h"

/* The verdict of a cell, or of its time. VERDICTS_COUNT if there is none. */
enum verdict comparison_read_verdict(const json_t *object);

/* Fills in a cell from an element of "cells"; what it held is replaced. An unknown verdict becomes
 * SKIPPED. -ENOMEM. */
int comparison_read_cell(const json_t *from, struct cell_change *cell);

/* Reads a whole result of a gate. The caller releases *out, also after an error. -ENOMEM; -EBADMSG with the
 * reason. Differences of environments are not read: the builds of a gate share one machine. */
int comparison_read(const json_t *result, struct comparison *out, struct why *why);

#endif
