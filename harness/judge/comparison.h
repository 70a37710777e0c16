/*
 * A comparison of two sides, cell by cell: `iowalk compare`, `iowalk gate` and the report print it.
 * Side a is the baseline, side b the candidate. A comparison owns all its strings.
 *
 * comparison_of_runs() makes one from stored runs. A gate adds its cells with
 * comparison_add_cell() and counts_compare(), and fills in its own times. The functions in
 * writers.h write it.
 */
#ifndef IOWALK_JUDGE_COMPARISON_H
#define IOWALK_JUDGE_COMPARISON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "../record/run.h"

enum verdict {
	VERDICT_NO_CHANGE,
	VERDICT_REGRESSION,
	VERDICT_IMPROVEMENT,
	VERDICT_INCONCLUSIVE, /* the times cannot decide at this threshold */
	VERDICT_SAME_COUNTS,  /* no count changed; the times are shown, but not judged */
	VERDICT_FAILED,       /* an error or a wrong answer on one side; the note names it */
	VERDICT_ONLY_A,       /* the candidate does not have the cell, or skips it: a lost cell */
	VERDICT_ONLY_B,
	VERDICT_SKIPPED,   /* neither side can measure the cell: nothing was compared */
	VERDICT_NOT_TIMED, /* no count changed; times were wanted but not measured */
	VERDICT_ACCEPTED,  /* a regression that the suite accepts: see accept.h */
	VERDICTS_COUNT
};

/* A count that differs between the sides. */
struct count_change {
	char *metric;
	double a, b;           /* NaN if it is not a number */
	char *a_text, *b_text; /* of a value that is not a number (levels_hash), else NULL */
	bool is_regression;    /* above its budget, or a different answer */
	bool is_noisy;         /* passes of one side disagree */
};

struct cell_change {
	char *name;
	enum verdict verdict;      /* of counts and times together: see cell_decide() */
	enum verdict time_verdict; /* NO_CHANGE … SAME_COUNTS: of the times alone */
	bool in_turns;             /* measured by a gate, beside cells of stored runs: in_turns.h */
	bool has_times;    /* if false, the values below are NaN and time_verdict is NO_CHANGE */
	double a_ns, b_ns; /* of one walk: medians; of runs: see comparison_of_runs() */
	double effect_percent;            /* of b relative to a: 5 means 5 % slower */
	double low_percent, high_percent; /* 95 % interval of the effect */
	double mde_percent;               /* the slowdown that 90 % of such comparisons find */
	double p;                         /* one-sided, of the hypothesis "b is slower" */
	struct count_change *counts;
	size_t counts_count;
	char *note;        /* or NULL */
	char *explanation; /* of a regression, from profiles of both sides; or NULL */
	json_t *details;   /* more values for JSON and JUnit, name → number or text; or NULL */
};

struct comparison {
	const char *command;   /* "compare", "gate": static */
	char *a_name, *b_name; /* names of the sides: a run's folder, a revision */
	struct cell_change *cells;
	size_t cells_count;
	/* The differences: array of {"key":"machine.cpu_model", "a":…, "b":…,
	 * "same_machine":false}. same_machine: this key may differ on one machine. */
	json_t *environment_differences;
	bool same_machine; /* and the settings allow times and counts to be compared */
	bool of_runs;      /* times come from stored runs: see comparison_of_runs() */
	bool times_judged; /* of runs: at least one cell's times were */
	size_t a_runs_count, b_runs_count; /* of runs */
	bool allow_lost;                   /* cells that only the baseline has do not count */
	double threshold_percent;
	char *note;      /* about the whole comparison; or NULL */
	json_t *details; /* as in a cell */
};

/* Copies the names. -ENOMEM. The comparison must be released even after an error. */
int comparison_init(struct comparison *comparison, const char *command, const char *a_name,
		    const char *b_name, double threshold_percent);
void comparison_release(struct comparison *comparison);

/* Adds a cell without times, counts and verdict. NULL if out of memory. The pointer is valid until
 * the next call. */
struct cell_change *comparison_add_cell(struct comparison *comparison, const char *name);

/* Adds a change. The texts replace the numbers; they may be NULL. -ENOMEM. */
int cell_add_count(struct cell_change *cell, const char *metric, double a, double b,
		   const char *a_text, const char *b_text, bool is_regression);

/* Appends to the note, after "; " if there is one. -ENOMEM. */
int cell_add_note(struct cell_change *cell, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Sets the cell's verdict from its counts and time_verdict. If either is a regression, so is the
 * cell. Otherwise inconclusive times make it inconclusive, and otherwise an improvement of either
 * makes it an improvement. Verdicts from FAILED on stay. */
void cell_decide(struct cell_change *cell);

/* Names of a verdict: "regression", "no change", … for people; "regression", "no_change", … for
 * programs. */
const char *verdict_text(enum verdict verdict);
const char *verdict_key(enum verdict verdict);

/* The number of cells with this verdict. */
size_t comparison_count(const struct comparison *comparison, enum verdict verdict);

/* Sets all verdicts from the counts alone. */
void comparison_leave_times_out(struct comparison *comparison);

/* The number of cells that both sides measured. */
size_t comparison_common_count(const struct comparison *comparison);

/* The exit status: 1 if a cell failed, else 3 if there is a regression, else 4 if a cell is inconclusive,
 * has times that are not judged, or is lost (unless allow_lost), or if nothing was compared, else 0. */
int comparison_status(const struct comparison *comparison);

/* ---- counts ---- */

/* How much a metric may grow. It is a regression if it grows by more than `percent` and also by
 * more than `absolute` per walk. With 0, 0 any growth is a regression. */
struct count_budget {
	const char *metric; /* a trailing '*' matches any ending */
	double percent, absolute;
	bool warm_only; /* changes in cold cells are not reported */
};

/* The budgets of METHOD.md. The first one that matches a metric is used. Metrics without a budget
 * are not compared. */
extern const struct count_budget count_budgets[];
extern const size_t count_budgets_count;

/*
 * Adds every count that changed to `cell`. a and b are the metrics objects (name → number per walk)
 * of the usable count passes of each side, a_count ≥ 1 and b_count ≥ 1 of them. If the passes of
 * one side disagree, only ranges that do not overlap are a change. A system call that a side does
 * not name counts as 0, provided that the side has `syscalls`. is_warm: see warm_only.
 */
int counts_compare(struct cell_change *cell, const json_t *const *a, size_t a_count,
		   const json_t *const *b, size_t b_count, bool is_warm,
		   const struct count_budget *budgets, size_t budgets_count);

/* ---- runs ---- */

#define BASELINE_RUNS_LEAST    3    /* with fewer, times are not judged */
#define RUNS_THRESHOLD_PERCENT 10.0 /* where none is given */

/*
 * Compares the runs b[b_count] (the candidate) with the runs a[a_count] (the baseline); both counts ≥ 1,
 * and a record may hold several runs. Cells that only one side has become ONLY_A or ONLY_B.
 *
 * A run's figure of a cell is the least of its processes' lower quartiles, over as many processes as
 * every run has; a_ns and b_ns are geometric means over the runs. The figures are judged by Student's t
 * over runs with variances shrunk over cells (moderated.h), if the cell has BASELINE_RUNS_LEAST runs or
 * more in the baseline and all are of one machine; else the cell's counts decide (SAME_COUNTS), and the
 * note of the comparison says what is missing. A change is significant at RUN_ALPHA a cell and at least
 * half of the threshold (NaN: RUNS_THRESHOLD_PERCENT). mde_percent is the slowdown that such a comparison
 * finds with RUN_POWER; a cell in which it is above the threshold is inconclusive, not "no change".
 *
 * exact_counts: any growth of a count beyond count_budgets is a regression, as in the gate.
 * Otherwise counts may change by 1 %, and the times decide if the two disagree.
 *
 * All runs are compared; the caller checks same_machine. -ENOMEM.
 */
int comparison_of_runs(const struct run *a, size_t a_count, const struct run *b, size_t b_count,
		       double threshold_percent, bool exact_counts, struct comparison *out,
		       struct why *why);

/* What mde_percent is called. */
extern const char comparison_found_word[];

/* The differences between two records of the machine (environment.json; either may be empty), as in
 * struct comparison, and *same_machine. NULL if out of memory. */
json_t *environment_compare(const json_t *a, const json_t *b, bool *same_machine);

/* Adds what differs between the first run of the baseline and another, of merged runs between the machines that measured the
 * same cell in both, to the differences of a comparison, and sets same_machine to false if it matters. -ENOMEM. */
int comparison_add_machines(struct comparison *out, const struct run *first,
			    const struct run *other);

#endif
