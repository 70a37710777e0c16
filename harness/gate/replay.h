/* A recorded gate taken up again: its settings and plan, and what its rules say about the blocks so far. Nothing
 * is measured. */
#ifndef IOWALK_GATE_REPLAY_H
#define IOWALK_GATE_REPLAY_H

#include "state.h"

/* Settings from gate.json; the texts are borrowed from the record. -EBADMSG with the reason. */
int gate_restore_settings(struct gate_settings *settings, const struct gate_record *record,
			  struct why *why);

/* The plan, with the budgets and acceptances that the suite had. Errors are those of plan_restore(). */
int gate_restore_plan(struct plan *plan, const struct gate_record *record, struct why *why);

/*
 * Takes the blocks of the record into cells[cells_count], which are zeroed and numbered as in gate.json, and
 * evaluates them as the gate did (decision.h). A cell that a block does not have any more is given up; cells
 * without a decision stay undecided.
 */
void gate_replay_blocks(const struct gate_record *record, double threshold_percent,
			struct gate_cell *cells, size_t cells_count);

/*
 * The comparison of a gate that has no result yet, from the steps in its record: decided cells have their
 * verdict, undecided ones are inconclusive, and those without a block not timed. The caller releases *out, also
 * after an error.
 */
int gate_replay(struct gate_record *record, struct comparison *out, struct why *why);

#endif
