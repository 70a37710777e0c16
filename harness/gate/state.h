/*
 * The state of one gate: two builds, the cells of a plan, and what was found about each cell so
 * far. stages.h fills it in, result.h reads it.
 */
#ifndef IOWALK_GATE_STATE_H
#define IOWALK_GATE_STATE_H

#include "../machine/noise.h"
#include "../plan/cell.h"
#include "../judge/comparison.h"
#include "decision.h"
#include "record.h"
#include "schedule.h"
#include "../prepare/preparer.h"
#include "../measure/worker/process.h"

#define GATE_COUNT_ROUNDS_MAX 8 /* see gate_count() */

/* Test of the gate itself: the candidate is made slower in the cells that match. */
struct gate_injection {
	const char *cell;     /* regular expression; NULL: no injection */
	double percent;       /* of the time of its samples */
	double share_percent; /* of its processes, drawn at random; 0: all */
	bool is_stalls;       /* it is a share of its samples instead */
	bool is_syscall;      /* one system call per walk instead of time */
};
#define GATE_INJECTIONS_MAX 8 /* as many as a calibration has kinds that cost time, and one */

struct gate_settings {
	const char *baseline, *candidate; /* paths of programs */
	double threshold_percent, budget_s, timeout_s;
	uint64_t order_seed;
	bool counts_only;
	bool allow_lost;     /* cells that only the baseline has are no reason for exit status 4 */
	bool keep_going;     /* measure times even if the counts have already decided */
	const char *prepare; /* shell command before each worker, or NULL */
	/* Plug-ins that the baseline loads (plugins_against()), borrowed; NULL: those of this program, as the candidate. */
	const json_t *baseline_plugins;
	struct gate_injection injections
		[GATE_INJECTIONS_MAX]; /* the command line has the first; a calibration more */
};

/* What is known about a cell of the plan, except its times. */
struct gate_entry {
	struct prepared prepared;
	struct gate_schedule schedule;            /* chosen by the baseline's speed */
	json_t *counts[2][GATE_COUNT_ROUNDS_MAX]; /* metrics of A and B; owned */
	enum verdict verdict; /* FAILED, ONLY_A or ONLY_B if excluded, else NO_CHANGE */
	bool is_excluded;     /* failed or skipped: not measured any more */
	char *note;
	const struct gate_injection
		*injection; /* the first of the settings that it matches, or NULL */
	struct cell
		wrapped[2]; /* if system calls are: the cell as baseline and candidate measure it */
};

struct gate {
	const struct plan *plan;
	const struct gate_settings *settings;
	struct gate_record *record;
	struct worker_binary sides[GATE_SIDES];
	struct worker_settings worker;
	struct gate_entry *entries; /* [plan->cells_count] */
	struct gate_cell *cells;    /* [plan->cells_count] */
	size_t count_rounds;
	double cell_block_s;      /* seconds that a cell took in the last block */
	double began_s;           /* when this call began */
	double earlier_s;         /* time spent by earlier calls, before --resume */
	bool counts_decided;      /* the counts show a regression, so no times are measured */
	struct noise_start noise; /* what else happens while times are measured */
	struct why why;           /* the error that ended the gate */
};

extern const char *const gate_stage_names[GATE_STAGES_COUNT];
extern const char *const gate_side_labels[GATE_SIDES];

/* Seconds spent on this gate, earlier calls included. */
double gate_elapsed_s(const struct gate *gate);

/* A new line of blocks.jsonl with its stage, block number and time. NULL if out of memory. */
json_t *gate_line(const struct gate *gate, const char *stage, size_t block);

/* Does the suite ask for the times of this cell, and not for its counts only? */
bool gate_is_timed(const struct gate *gate, size_t cell);

/* Is one more system call injected into this cell? Then both sides are measured by the wrapper. */
bool gate_injects_syscall(const struct gate_entry *entry);

/* Writes the numbers of the cells that are not excluded to `chosen`; returns how many there are. */
size_t gate_remaining(const struct gate *gate, size_t *chosen);

/*
 * Excludes the cell from now on and records the reason. `kind` is that of a worker's error
 * (measure/worker/protocol.h). Returns the error of writing the record.
 */
int gate_exclude(struct gate *gate, size_t cell, unsigned side, const char *kind,
		 const char *reason);

/* Excludes the cells whose errors are in the record, and reads the time spent by earlier calls. */
void gate_replay_errors(struct gate *gate);

/* Releases entries and cells. */
void gate_release(struct gate *gate);

/* Makes fresh copies of all builds in memory (measure/worker/process.h). Errors are in gate->why. */
int gate_load_sides(struct gate *gate);

#endif
