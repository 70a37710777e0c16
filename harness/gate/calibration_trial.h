/* What one gate of a calibration has injected, and into which cells. */
#ifndef IOWALK_GATE_CALIBRATION_TRIAL_H
#define IOWALK_GATE_CALIBRATION_TRIAL_H

#include "calibration.h"
#include "state.h"

struct calibration_trial {
	size_t count;                              /* of kinds; from 1 */
	size_t kinds[CALIBRATION_KINDS_COUNT];     /* indices of calibration_kinds */
	json_int_t cells[CALIBRATION_KINDS_COUNT]; /* where the slowdown of each is; -1: nowhere */
	char *patterns[CALIBRATION_KINDS_COUNT];   /* of these cells; owned */
};

/*
 * The next gate of kind `first`: done[k] and wanted[k] gates of each kind. Each cell of the plan in which the slowdown can be seen
 * has its turn. With `together`, and if `first` costs time, also every other kind that does and is still wanted, each in another cell.
 * Release with calibration_trial_release().
 */
struct calibration_trial calibration_choose(const struct plan *plan, const size_t *done,
					    const size_t *wanted, size_t first, bool together);

/* Fills injections[GATE_INJECTIONS_MAX], which borrows from the trial. -ENOMEM. */
int calibration_trial_inject(struct calibration_trial *trial, const struct plan *plan,
			     struct gate_injection *injections);

void calibration_trial_release(struct calibration_trial *trial);

#endif
