/* A gate as a report tells it: its record, the comparison it came to, and each cell's blocks in order. */
#ifndef IOWALK_GATE_STORY_H
#define IOWALK_GATE_STORY_H

#include "record.h"
#include "../judge/comparison.h"
#include "decision.h"

/* The state of a gate's record. */
enum story_end {
	STORY_FINISHED,
	STORY_INTERRUPTED, /* or still running: the comparison says what is decided so far */
	STORY_FAILED       /* it ended by an error; likewise */
};

struct story_cell {
	const char *name; /* borrowed from the record */
	/* In the comparison; it may be NULL, in a record that was edited. */
	const struct cell_change *change;
	/* The blocks, evaluated by the rules of this program. A regression of a stored result stays one: verdicts
	 * are those of `change`. */
	struct gate_cell state;
	struct gate_figures figures;
	bool is_suspect;      /* it was confirmed, or would have been */
	bool is_left_out;     /* the budget did not suffice for it */
	size_t blocks_wanted; /* of an inconclusive cell: see gate_blocks_wanted(); else 0 */
};

struct gate_story {
	struct gate_record record; /* read only */
	enum story_end end;
	struct comparison comparison;
	struct story_cell *cells; /* [cells_count], numbered as in gate.json */
	size_t cells_count;
	double threshold_percent, budget_s, elapsed_s;
	double cell_block_s; /* what a cell took in the last block; 0: unknown */
	bool counts_only;
};

/*
 * Reads the gate in this folder. Verdicts are those of its result; without one, those of the steps so far. -ENOENT,
 * -EBADMSG, -ENOMEM with the reason. The caller releases *story, also after an error.
 */
int gate_story_init(struct gate_story *story, const char *path, struct why *why);
void gate_story_release(struct gate_story *story);

/* The cells in the order in which the report shows them: those of comparison_order(), and within a verdict by the
 * size of the effect, the worst first. The caller frees it. NULL if out of memory. */
struct story_cell **gate_story_order(const struct gate_story *story);

/* The blocks of a stage that decide the verdict, and how many there are: differences of logarithms. */
const double *gate_story_values(const struct story_cell *cell, enum gate_stage stage,
				size_t *count);

/* The blocks that the figures of the cell come from: those of its last stage, or of the screen while the confirmation has
 * too few. It may be empty. */
const struct gate_series *gate_story_series(const struct story_cell *cell);

/* The greatest change, in per cent and either direction, that an unchanged cell's interval does not exclude. NaN
 * where the interval does not lie within the threshold. */
double gate_story_within(const struct gate_story *story, const struct story_cell *cell);

/* What is known of a count on a side (0: baseline): the median over the rounds; NaN if it was not counted. */
double gate_story_count(const struct gate_story *story, size_t cell, unsigned side,
			const char *metric);

#endif
