/*
 * The order of a gate: counts first, then times in two stages (decision.h has the rules). Each step
 * is recorded (record.h); a step that is already in the record is read instead of measured.
 */
#ifndef IOWALK_GATE_STAGES_H
#define IOWALK_GATE_STAGES_H

#include "state.h"

/* Opens the builds, and prepares graph files and expected answers. gate->why names the side or cell
 * of an error. gate_close() must be called in any case. */
int gate_open(struct gate *gate, const struct plan *plan, const struct gate_settings *settings,
	      struct gate_record *record, struct preparer *preparer);

/*
 * Measures until all cells are decided or the time budget is spent. -EDQUOT: the budget is too
 * small for one screening, and gate->why says the minimum. -EINTR: interrupted by a signal. Other
 * errors are those of a side as a whole, named in gate->why.
 */
int gate_measure(struct gate *gate);

void gate_close(struct gate *gate);

#endif
