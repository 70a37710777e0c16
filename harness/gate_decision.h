/*
 * What a gate decides from its blocks: pure, so that recorded or drawn blocks can be put through the
 * very same rules (docs/METHOD.md, "The gate").
 *
 * A block is six fresh processes in an order that reads the same backwards (ABCCBA, BACCAB, …): A
 * and C are the baseline, B the candidate. Of each process the least sample counts, in logarithms:
 *   effect  = B − (A + C) / 2        control = C − A, the same program twice
 * which are independent of each other where noise is.
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

#include "comparison.h"
#include "statistics.h"

#define GATE_BLOCKS_MAX 80
#define GATE_SIDES      3
#define GATE_POSITIONS  6 /* processes of a block */

enum gate_stage { GATE_SCREEN, GATE_CONFIRM, GATE_STAGES_COUNT };

struct gate_series {
	double effect[GATE_BLOCKS_MAX], control[GATE_BLOCKS_MAX]; /* differences of logarithms */
	double baseline[GATE_BLOCKS_MAX]; /* mean logarithm of A and C, ns */
	size_t count;
};

struct gate_cell {
	struct gate_series series[GATE_STAGES_COUNT];
	enum gate_stage stage; /* that it is in, or was decided in */
	bool is_decided;
	enum verdict verdict; /* of the times, once decided */
	bool control_flagged;
	const char
		*why; /* static, or NULL: what a verdict rests on that is not the figures alone */
};

/* How the series of its last stage stands. Per cent; p one-sided. */
struct gate_figures {
	double a_ns, b_ns; /* the least times of a walk, a median over the blocks */
	double effect_percent, low_percent, high_percent, mde_percent, p, control_percent;
	size_t blocks_count;
};

/* The order of block number `block` of a stage: six of "ABC" and a 0. */
void gate_order(uint64_t seed, enum gate_stage stage, size_t block, char order[GATE_POSITIONS + 1]);

/* Whether this cell has to be measured in the stage's next block. */
bool gate_wants(const struct gate_cell *cell, enum gate_stage stage);

/* Adds a block of a wanted cell, from the least sample of each process, in ns. */
void gate_add(struct gate_cell *cell, const char order[GATE_POSITIONS],
	      const double least_ns[GATE_POSITIONS]);

/* The same from its differences. */
void gate_add_differences(struct gate_cell *cell, double effect, double control, double baseline);

/* The three differences of a block: effect, control, and the baseline's mean logarithm. */
void gate_differences(const char order[GATE_POSITIONS], const double least_ns[GATE_POSITIONS],
		      double differences[3]);

/* Looks at all cells, if it is time to; to be called after each block. */
void gate_look(struct gate_cell *cells, size_t cells_count, enum gate_stage stage,
	       double threshold_percent);

/* No more blocks will come: what is not decided is inconclusive. */
void gate_give_up(struct gate_cell *cells, size_t cells_count, const char *why);

void gate_figures(const struct gate_cell *cell, struct gate_figures *out);

/* The least number of blocks that can clear a cell. */
size_t gate_blocks_min(void);

#endif
