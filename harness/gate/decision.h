/*
 * What a gate decides from its blocks: pure, so that recorded or drawn blocks can be put through the
 * very same rules (docs/METHOD.md, "The gate").
 *
 * A block is fresh processes in an order that reads the same backwards, which take turns. A and C are
 * the baseline, B the candidate. In a turn the least sample of a side's two processes counts (what slows
 * a process down for its whole life spares the other), in logarithms; over the turns the median of the
 * differences, so that a moment in which the machine is faster decides nothing:
 *   screen    ABBA or BAAB        effect = B − A
 *   confirm   ABCCBA, BACCAB, …   the same, and control = C − A, the same program twice
 * A, B and C change places at random, so without a change each difference is as likely to be negative,
 * whatever the noise is like: (A + C) / 2 in A's place would have less spread, but a skewed noise would
 * then move its centre.
 *
 * screen   all cells, looked at after SCREEN_LOOKS blocks: cleared where the upper bound of the effect
 *          and the minimum detectable effect are below the threshold, flagged where the lower bound is
 *          above half of it or, at the last look, where it was not cleared
 * confirm  flagged cells only, on fresh blocks alone, looked at after CONFIRM_LOOKS: a regression
 *          where Holm rejects at FAMILY_ALPHA / looks and the effect is at least the threshold; passed
 *          as in the screen; at the end inconclusive where it could not have been seen. Where the
 *          control is rejected too the machine tells a program from itself: inconclusive.
 */
#ifndef IOWALK_GATE_DECISION_H
#define IOWALK_GATE_DECISION_H

#include "../judge/comparison.h"
#include "../judge/statistics.h"

#define GATE_BLOCKS_MAX 80
#define GATE_SIDES      3
#define GATE_POSITIONS  6 /* processes of a block, at most */

enum gate_stage { GATE_SCREEN, GATE_CONFIRM, GATE_STAGES_COUNT };

struct gate_series {
	double effect[GATE_BLOCKS_MAX], control[GATE_BLOCKS_MAX]; /* differences of logarithms */
	double baseline[GATE_BLOCKS_MAX];                         /* logarithm of A's time, ns */
	size_t count;
};

struct gate_cell {
	struct gate_series series[GATE_STAGES_COUNT];
	enum gate_stage stage;    /* that it is in, or was decided in */
	double threshold_percent; /* its own, where that is above the gate's; else 0 */
	bool is_decided;
	enum verdict verdict; /* of the times, once decided */
	bool control_flagged;
	const char
		*why; /* static, or NULL: what a verdict rests on that is not the figures alone */
};

/* How the series of its last stage stands. Per cent; p one-sided. */
struct gate_figures {
	double a_ns, b_ns; /* the times of a walk, a median over the blocks */
	double effect_percent, low_percent, high_percent, mde_percent, p, control_percent;
	size_t blocks_count;
};

/* The order of block number `block` of a stage: four of "AB" or six of "ABC", and a 0. */
void gate_order(uint64_t seed, enum gate_stage stage, size_t block, char order[GATE_POSITIONS + 1]);

/* Whether this cell has to be measured in the stage's next block. */
bool gate_wants(const struct gate_cell *cell, enum gate_stage stage);

/* One cell of a block. */
struct gate_turns {
	const char *order; /* of the processes: gate_order() */
	size_t count;      /* of the turns, ≥ 1 */
	const double *
		least_ns; /* [strlen(order)][count] the least sample of each process in each turn */
};

/* What a block says of a cell, in logarithms. */
struct gate_difference {
	double effect, control; /* control: 0 where it has none */
	double baseline;        /* A's own, ns */
};

/* -ENOMEM. */
int gate_difference(const struct gate_turns *turns, struct gate_difference *out);

/* Adds a block of a wanted cell. */
void gate_add(struct gate_cell *cell, const struct gate_difference *difference);

/* Looks at all cells, if it is time to; to be called after each block. */
void gate_look(struct gate_cell *cells, size_t cells_count, enum gate_stage stage,
	       double threshold_percent);

/* No more blocks will come: what is not decided is inconclusive. */
void gate_give_up(struct gate_cell *cells, size_t cells_count, const char *why);

void gate_figures(const struct gate_cell *cell, struct gate_figures *out);

/* The least number of blocks that can clear a cell. */
size_t gate_blocks_min(void);

#endif
