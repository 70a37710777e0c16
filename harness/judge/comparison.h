/*
 * Two sides cell by cell, and what is said of each: what `iowalk compare`, `iowalk gate` and the
 * report print. Side a is the baseline, b the candidate. A comparison owns all its strings.
 *
 * Who builds one: comparison_of_runs() from two stored runs; a gate cell by cell with
 * comparison_add_cell(), counts_compare() and its own figures of time. writers.h writes it.
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
	VERDICT_INCONCLUSIVE, /* the times cannot tell at this threshold */
	VERDICT_FAILED,       /* an error or a wrong answer on a side; the note says which */
	VERDICT_ONLY_A,
	VERDICT_ONLY_B,
	VERDICTS_COUNT
};

/* A count that is not what it was. */
struct count_change {
	char *metric;
	double a, b;           /* NaN where it is no number */
	char *a_text, *b_text; /* of what is no number (levels_hash), else NULL */
	bool is_regression;    /* more than its budget allows, or another answer */
};

struct cell_change {
	char *name;
	enum verdict verdict;      /* of counts and times together; cell_decide() */
	enum verdict time_verdict; /* NO_CHANGE … INCONCLUSIVE, of the times alone */
	bool has_times;        /* else the figures below are NaN and time_verdict is NO_CHANGE */
	double a_ns, b_ns;     /* medians of one walk */
	double effect_percent; /* of b over a: 5 is 5 % slower */
	double low_percent, high_percent; /* interval of the effect */
	double mde_percent;               /* the least slowdown that would have been found */
	double p;                         /* one-sided, of "b is slower" */
	struct count_change *counts;
	size_t counts_count;
	char *note;      /* or NULL */
	json_t *details; /* more figures, name → number or text, for JSON and JUnit; or NULL */
};

struct comparison {
	const char *command;   /* "compare", "gate": static */
	char *a_name, *b_name; /* what the sides are called: a run's folder, a revision */
	struct cell_change *cells;
	size_t cells_count;
	/* array of {"key":"machine.cpu_model", "a":…, "b":…, "same_machine":false}: what differs;
	 * same_machine: such as may differ on one machine */
	json_t *environment_differences;
	bool same_machine; /* and settings without which times or counts are not comparable */
	bool is_weaker;    /* times rest on one process a side: see comparison_of_runs() */
	double threshold_percent; /* NaN: each cell's own mde_percent */
	char *note;               /* what holds for the whole; or NULL */
	json_t *details;          /* as a cell's */
};

/* Copies the names. -ENOMEM. Release also after an error. */
int comparison_init(struct comparison *comparison, const char *command, const char *a_name,
		    const char *b_name, double threshold_percent);
void comparison_release(struct comparison *comparison);

/* A new cell without times, counts or verdict, or NULL without memory. Pointers to earlier cells
 * are good until the next. */
struct cell_change *comparison_add_cell(struct comparison *comparison, const char *name);

/* Adds a change; texts may be NULL, else stand for numbers. -ENOMEM. */
int cell_add_count(struct cell_change *cell, const char *metric, double a, double b,
		   const char *a_text, const char *b_text, bool is_regression);

/* Appends to the note, after "; " where there is one. -ENOMEM. */
int cell_add_note(struct cell_change *cell, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Sets the cell's verdict from its counts and time_verdict: a regression of either is one; else what
 * the times cannot tell is inconclusive; else what either gained is an improvement. Leaves FAILED,
 * ONLY_A and ONLY_B as they are.
 */
void cell_decide(struct cell_change *cell);

/* "regression", "no change", …: for people; "regression", "no_change", …: for programs. */
const char *verdict_text(enum verdict verdict);
const char *verdict_key(enum verdict verdict);

/* How many cells have it. */
size_t comparison_count(const struct comparison *comparison, enum verdict verdict);

/* Verdicts on the counts alone. */
void comparison_leave_times_out(struct comparison *comparison);

/* The exit status: 1 where a cell failed, else 3 with a regression, else 4 where one is
 * inconclusive, else 0. */
int comparison_status(const struct comparison *comparison);

/* ---- counts ---- */

/* What a metric may gain before it is a regression: more than `percent` of it and than `absolute`
 * a walk, both. 0, 0: any gain is one. */
struct count_budget {
	const char *metric; /* a trailing '*' stands for every ending */
	double percent, absolute;
	bool warm_only; /* in a cold cell a change is not even told */
};

/* The budgets of METHOD.md; the first that fits a metric counts. Metrics that none fits are not
 * compared. */
extern const struct count_budget count_budgets[];
extern const size_t count_budgets_count;

/*
 * Adds to `cell` every count that changed. a and b: the metrics objects (name → number, per walk)
 * of the usable count passes of each side, a_count and b_count ≥ 1 of them. Where the passes of a
 * side differ among themselves, a change is one only if the two ranges do not touch. A system call
 * that a side does not name is 0 there, if it has `syscalls` at all. is_warm: see warm_only.
 */
int counts_compare(struct cell_change *cell, const json_t *const *a, size_t a_count,
		   const json_t *const *b, size_t b_count, bool is_warm,
		   const struct count_budget *budgets, size_t budgets_count);

/* ---- runs ---- */

/* What a comparison of runs takes for granted, since one process a side cannot show it: the standard
 * deviation between fresh processes of the same program, in per cent. Measured: 3.8 to 5.0. */
#define PROCESS_SPREAD_PERCENT 5.0

/* What the times of cold cells vary from run to run beside that: the device. */
#define COLD_SPREAD_PERCENT 25.0

/*
 * Compares run b with run a. Cells of one run only become ONLY_A or ONLY_B. Times come from the
 * repetitions of one process a side, which are no replicates: the interval is widened by
 * PROCESS_SPREAD_PERCENT a side and never finds a small effect (is_weaker). With a threshold, what it
 * cannot find at that size is inconclusive; with NaN each cell is judged at its own mde_percent, and
 * inconclusive where that is beyond a doubling. On other machines the times are shown and not judged.
 * exact_counts: any gain of a count beyond count_budgets is a regression, as in the gate; else counts
 * have 1 % to move, and the times decide where the two disagree.
 * Does not refuse anything: see same_machine. -ENOMEM.
 */
int comparison_of_runs(const struct run *a, const struct run *b, double threshold_percent,
		       bool exact_counts, struct comparison *out, struct why *why);

/* What differs between two records of the machine (environment.json; either may be empty): the array
 * of struct comparison. *same_machine as there. NULL without memory. */
json_t *environment_compare(const json_t *a, const json_t *b, bool *same_machine);

#endif
