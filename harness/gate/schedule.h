/* How a gate measures a cell in a block: how many samples, in how many turns. The gate decides it, not
 * the suite: the schedule is what makes a gate quick and its verdicts comparable. */
#ifndef IOWALK_GATE_SCHEDULE_H
#define IOWALK_GATE_SCHEDULE_H

#include "../plan/cell.h"

#define GATE_MIN_TIME_S .0007 /* of a warm sample: short, so that most are undisturbed */

#define GATE_TRIAL_SAMPLES 5 /* of the baseline, from the least of which the schedule is chosen */

struct gate_schedule {
	uint64_t iterations; /* walks of a sample; 0: not chosen yet */
	unsigned turns_count;
	unsigned a_turn; /* samples in a turn; the least of them counts */
	double block_s;  /* estimate of what a block takes */
};

/* For a cell in which a walk of the baseline takes walk_ns. */
struct gate_schedule gate_schedule(const struct cell *cell, double walk_ns);

#endif
