/*
 * A gate: two builds, one suite, a verdict a cell. Counts first, then times (decision.h says by
 * which rules), each step kept (record.h).
 */
#ifndef IOWALK_GATE_SIDES_H
#define IOWALK_GATE_SIDES_H

#include "../plan/cell.h"
#include "../judge/comparison.h"
#include "decision.h"
#include "record.h"
#include "../prepare/preparer.h"
#include "worker_process.h"

#define GATE_COUNT_ROUNDS_MAX 4 /* two, and two more where something changed */

struct gate_settings {
	const char *baseline, *candidate; /* programs */
	double threshold_percent, budget_s, timeout_s;
	uint64_t order_seed;
	bool counts_only;
	bool keep_going; /* times also where the counts have decided */
	/* To see whether it can fail: this cell of the candidate is made slower; NULL: none. */
	const char *inject_cell;
	double inject_percent;
	bool inject_syscall; /* one more a walk, in place of time */
};

/* What is known of a cell of the plan, beside its times. */
struct gate_entry {
	struct prepared prepared;
	uint64_t iterations; /* walks of a sample, as the baseline's speed asks for */
	json_t *counts[2][GATE_COUNT_ROUNDS_MAX]; /* metrics of A and B; owned */
	enum verdict verdict; /* FAILED, ONLY_A, ONLY_B, or NO_CHANGE while it is in */
	bool is_out;          /* not measured (any more) */
	char *note;
	/* Where something is injected: the cell as it is measured, and as the candidate does. */
	bool is_injected;
	struct cell wrapped[2];
};

struct gate {
	const struct plan *plan;
	const struct gate_settings *settings;
	struct gate_record *record;
	struct worker_binary sides[GATE_SIDES];
	struct worker_settings worker;
	struct gate_entry *entries; /* [plan->cells_count] */
	struct gate_cell *cells;    /* the same */
	size_t count_rounds;
	double began_s, earlier_s; /* of this call, and what earlier calls took */
	bool counts_decided;       /* a regression that ended the gate */
	struct why why;            /* of what ended it */
};

/* Opens the builds and prepares files and answers. Errors name the side or the cell in gate->why. */
int gate_open(struct gate *gate, const struct plan *plan, const struct gate_settings *settings,
	      struct gate_record *record, struct preparer *preparer);

/*
 * Measures until all is decided or the budget is over. -EDQUOT: the budget is too small for one
 * screening, gate->why says the least; -EINTR; errors of a side as a whole, which is named.
 */
int gate_measure(struct gate *gate);

/* Verdicts of what is known; to be released by the caller. -ENOMEM. */
int gate_compare(const struct gate *gate, struct comparison *out);

void gate_close(struct gate *gate);

/* ---- between the gate's files ---- */

double gate_elapsed_s(const struct gate *gate);

/* A line's head. */
json_t *gate_line(const struct gate *gate, const char *stage, size_t block);

extern const char *const gate_stage_names[GATE_STAGES_COUNT];

/* Fresh copies of all builds; errors in gate->why. */
int gate_load_sides(struct gate *gate);

/* How a process is asked. */
struct gate_asking {
	enum sample_pass pass;
	bool paced;        /* beside others, step by step */
	unsigned position; /* among these */
};

/* Starts a process of one side for cells by number; *out is to be abandoned where that fails. */
int gate_start(struct gate *gate, unsigned side, const struct gate_asking *asking,
	       const size_t *chosen, size_t chosen_count, struct worker **out);

/*
 * Listens to its end, and checks what it said: (*answers)[i] belongs to chosen[i]. 1 where a cell has
 * failed, which is out from now on; negative where the side failed as a whole.
 */
int gate_finish(struct gate *gate, unsigned side, const struct gate_asking *asking,
		const size_t *chosen, size_t chosen_count, struct worker *worker, json_t **answers);

/*
 * The line with all samples of a block; NULL with *result 1 where a cell fell out, or with an error.
 */
json_t *gate_measure_block(struct gate *gate, enum gate_stage stage, size_t number,
			   const size_t *chosen, size_t chosen_count, int *result);

/*
 * Both at once: asks one side for cells by number. (*answers)[i] belongs to chosen[i]. 1 where a cell has failed,
 * which is out from now on; negative where the side failed as a whole.
 */
int gate_ask(struct gate *gate, unsigned side, enum sample_pass pass, const size_t *chosen,
	     size_t chosen_count, json_t **answers);

/* Takes the cell out, and records why. */
int gate_fail(struct gate *gate, size_t cell, unsigned side, const char *kind, const char *text);

/* The cells that are still in: their numbers, and how many. */
size_t gate_chosen(const struct gate *gate, size_t *chosen);

/* Both rounds of counts, and what they say: gate->counts_decided. */
int gate_count(struct gate *gate);

/* Compares the counts of one cell. */
int gate_compare_counts(const struct gate *gate, size_t cell, struct cell_change *out);

/* Wraps the cells that settings->inject_cell matches; -EINVAL where there is none. */
int gate_inject(struct gate *gate);

/* After a count pass of an injected cell: one call more a walk for the candidate. */
int gate_calibrate_syscall(struct gate *gate);

#endif
