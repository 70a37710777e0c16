/* The result of a gate: a verdict for each cell. */
#ifndef IOWALK_GATE_RESULT_H
#define IOWALK_GATE_RESULT_H

#include "state.h"

/* Compares the two sides by what is known so far. The caller releases *out, also after -ENOMEM. */
int gate_compare(const struct gate *gate, struct comparison *out);

#endif
