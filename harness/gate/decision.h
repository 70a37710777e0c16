/*
 * How a gate decides from its blocks. Pure functions, so that recorded or resampled blocks can be
 * judged by the same rules (docs/METHOD.md, "The gate").
 *
 * A block has four fresh processes, ABBA or BAAB, which take turns. A is the baseline, B the
 * candidate. In a turn, a process's value is the logarithm of its least sample, and a side's value
 * the mean over its two processes, so that a candidate that is slow in some of its processes only
 * is slower. The block's effect, B - A, is the median over the turns: a moment in which the machine
 * is faster does not matter. The effect on the mean of all samples is computed as well: it shows
 * stalls, which the least sample of a turn hides.
 * The order is random, so without a change a difference is negative as often as positive, whatever
 * the distribution of the noise.
 *
 * screen   All cells, evaluated after each of screen_looks blocks. A cell is cleared if the upper
 *          bound of its effect and the least detectable effect are below the threshold, and nothing
 *          hints at stalls. The first looks have few blocks; there the variance of a cell counts
 *          together with that of its class (warm, cold). A cell is suspect if the lower bound is
 *          above half the threshold, if its mean grew in nearly every block, or if it is much slower
 *          in eight blocks and faster in none. The last look leaves the others inconclusive. If the budget ends
 *          before it, see promote.h.
 * confirm  Suspect cells only, on new blocks only, evaluated after each of confirm_looks blocks. A
 *          cell is a regression if Holm's procedure rejects at FAMILY_ALPHA / looks and the effect
 *          is at least the threshold. It is cleared as in the screen. At the last look the remaining
 *          cells are inconclusive. A cell that is suspect for stalls only is judged by its mean. One that had
 *          slow blocks in the screen is judged by two tests, and each counts half: the signed ranks of all
 *          blocks, and the signs of those that lie far off, which find a candidate some of whose processes are slow.
 */
#ifndef IOWALK_GATE_DECISION_H
#define IOWALK_GATE_DECISION_H

#include "../judge/comparison.h"
#include "../judge/statistics.h"

#define GATE_BLOCKS_MAX 80
#define GATE_SIDES      2
#define GATE_POSITIONS  4 /* processes of a block */

enum gate_stage { GATE_SCREEN, GATE_CONFIRM, GATE_STAGES_COUNT };

struct gate_series {
	double effect[GATE_BLOCKS_MAX],
		mean_effect[GATE_BLOCKS_MAX]; /* differences of logarithms */
	double baseline[GATE_BLOCKS_MAX];     /* logarithm of A's time, ns */
	size_t count;
};

struct gate_cell {
	struct gate_series series[GATE_STAGES_COUNT];
	enum gate_stage stage;    /* current stage, or the one in which it was decided */
	double threshold_percent; /* of this cell, if above the gate's; else 0 */
	bool is_cold;             /* its class */
	bool by_mean; /* suspect for stalls: the confirmation judges the mean of all samples */
	bool by_tail; /* a regression because of its slow blocks (struct gate_tails) */
	bool is_decided;
	enum verdict verdict;    /* of the times, if decided */
	struct interval cleared; /* if NO_CHANGE: the bounds that decided */
	const char
		*why; /* static, or NULL: what a verdict rests on that is not the figures alone */
};

/*
 * The blocks in which the candidate is much slower (four thresholds), and those in which it is much faster. p: of the sign test on
 * these alone, one-sided: without a change a block is on either side with equal probability, however far off it lies. Unlike the
 * signed-rank test it does not look at the blocks between, which are most of them if some processes only are slow.
 */
struct gate_tails {
	size_t slower, faster;
	double p;
};

/* Statistics of the cell's last stage, in per cent; p is one-sided. NaN if unknown. low and high: the 95 %
 * interval that inverts the signed-rank test; of a cleared cell the two one-sided bounds that decided. Of a cell that is judged by
 * its slow blocks the effect is the mean over all blocks, the interval Student's, and p that of the tails. found: the
 * slowdown that a gate finds in 90 % of all repetitions, at this spread and threshold. */
struct gate_figures {
	double a_ns, b_ns; /* time of a walk: location estimate over the blocks */
	double effect_percent, low_percent, high_percent, found_percent, p, mean_percent;
	size_t blocks_count;
};

/* The order of block number `block` of a stage: ABBA or BAAB, and a 0. */
void gate_order(uint64_t seed, enum gate_stage stage, size_t block, char order[GATE_POSITIONS + 1]);

/* Must this cell be measured in the next block of the stage? */
bool gate_wants(const struct gate_cell *cell, enum gate_stage stage);

/* The samples of one cell in a block. */
struct gate_turns {
	const char *order; /* of the processes, by gate_order() */
	size_t count;      /* of turns, ≥ 1 */
	const double *
		least_ns; /* [strlen(order)][count] the least sample of each process in each turn */
	const double *mean_ns; /* [strlen(order)] the mean of all samples of each process */
};

/* The differences of a cell in one block, in logarithms. */
struct gate_difference {
	double effect, mean_effect; /* of the least of a turn, and of the mean of all samples */
	double baseline;            /* logarithm of A's time in ns */
};

/* Computes the differences of one cell in a block. -ENOMEM. */
int gate_difference(const struct gate_turns *turns, struct gate_difference *out);

/* Adds a block to a cell for which gate_wants() is true. */
void gate_add(struct gate_cell *cell, const struct gate_difference *difference);

/* `threshold` is a logarithm, gate_threshold(). */
struct gate_tails gate_tails(const struct gate_series *series, double threshold);

/* The threshold of a cell in a gate with this one, as a logarithm. */
double gate_threshold(const struct gate_cell *cell, double threshold_percent);

/* Evaluates all cells whose number of blocks is one of the looks. Call it after each block. */
void gate_look(struct gate_cell *cells, size_t cells_count, enum gate_stage stage,
	       double threshold_percent);

/* There will be no more blocks: undecided cells become inconclusive. */
void gate_give_up(struct gate_cell *cells, size_t cells_count, const char *why);

/* Computes the statistics of the last stage, for a gate with this threshold. */
void gate_figures(const struct gate_cell *cell, double threshold_percent, struct gate_figures *out);

/*
 * About how many blocks of its last stage, in all, a cell needs to be decided if they go on as so far: as many as
 * make the least detectable effect as small as the threshold, and the margin smaller than the distance of the
 * centre from it. 0 if its blocks do not say, which are too few.
 */
size_t gate_blocks_wanted(const struct gate_cell *cell, double threshold_percent);

/*
 * The blocks of the confirmation for which the screening leaves time: of a suspect cell, so that cells that spread too much to be
 * cleared do not use up the budget before it is judged; else 0.
 */
size_t gate_blocks_reserved(const struct gate_cell *cell);

/* The least number of blocks that can clear a cell, and the most that a stage takes. */
size_t gate_blocks_min(void);
size_t gate_blocks_max(enum gate_stage stage);

#endif
