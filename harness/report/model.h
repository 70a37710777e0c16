/*
 * A run as rows of figures: what the table, summary.md and the table's JSON are written from, so
 * that they say the same.
 */
#ifndef IOWALK_REPORT_MODEL_H
#define IOWALK_REPORT_MODEL_H

#include "../record/run.h"

#define LABEL_MAX 128

enum report_column {
	COLUMN_NODES,
	COLUMN_SERIES,
	COLUMN_TIME,
	COLUMN_SPREAD,
	COLUMN_PER_NODE,
	COLUMN_P50,
	COLUMN_P99,
	COLUMN_SYSCALLS,
	COLUMN_SYSCALLS_EDGE,
	COLUMN_FAULTS,   /* minor+major */
	COLUMN_DEVICE,   /* read+written */
	COLUMN_RATIO,    /* to `memory` of the same block and nodes */
	COLUMN_ROOFLINE, /* cold: the least time the device needs, as a share of the time */
	REPORT_COLUMNS
};

/* A cell that has times. Figures that it does not have are NaN. */
struct report_row {
	const struct cell_summary *summary;
	char series[LABEL_MAX]; /* the engine and the options that are its own or nobody's */
	double per_node_ns;
	double syscalls_per_edge;
	double ratio_to_memory;
};

/* Cells that differ in nodes and engine only: rows[first … first + count - 1]. */
struct report_block {
	char workload[LABEL_MAX], graph[LABEL_MAX], layout[LABEL_MAX]; /* with their options */
	const char *cache;
	size_t first, count;
	bool is_floor; /* engine null: what the harness itself costs */
};

/* A cell that failed in at least one sample, or could not be run here. */
struct report_problem {
	const char *name;
	bool skipped;
	const char *reason;
};

enum limit_state { LIMIT_MET, LIMIT_MISSED, LIMIT_UNMEASURED };

/* One of run.json's limits with what was measured. */
struct limit_result {
	const char *name, *cell, *over, *metric; /* over: NULL where the bound is absolute */
	size_t alternatives_count; /* to `cell`, which is the best of them and itself */
	bool per_node;
	double at_least, at_most; /* 0 and infinity where absent */
	const json_t *json;       /* LIMIT or CLAIM of run.json */
	double value;             /* undefined where LIMIT_UNMEASURED */
	double low, high; /* 95 % bootstrap interval; NaN with less than two samples a side */
	enum limit_state state;
	const char *reason; /* of LIMIT_UNMEASURED */
};

struct report {
	const struct run *run;
	struct cell_summary *summaries;
	size_t summaries_count;
	struct report_row *rows;
	struct report_block *blocks; /* in the suite's order, the floor's last */
	size_t blocks_count;
	struct report_problem *problems;
	size_t problems_count;
	struct limit_result *limits;
	size_t limits_count;
	size_t missing_count; /* cells without a sample: the run was stopped */
};

/* Borrows the run, which must outlive the report. -ENOMEM. */
int report_init(struct report *report, const struct run *run);
void report_release(struct report *report);

/* The text of one figure; "-" where there is none. */
void report_cell_text(const struct report_row *row, enum report_column column, bool utf8,
		      char *text, size_t size);

/* Has any row a figure in this column? One that nothing fills is left out. */
bool report_has_column(const struct report *report, enum report_column column);

const char *report_column_title(enum report_column column);

/* "met", "MISSED", "not measured". */
const char *limit_state_text(enum limit_state state);

/* A limit's figures as texts; interval is "-" where there is none. */
struct limit_texts {
	char value[32], interval[80], bound[32];
	const char *sense; /* "at most" or "at least" the bound */
};
void limit_texts(const struct limit_result *limit, bool utf8, struct limit_texts *out);

/* A run as limits are measured in it. All borrowed. */
struct limit_side {
	const char *name; /* what a LIMIT's "phase" calls it; or NULL */
	const struct run *run;
	const struct cell_summary *summaries;
	size_t summaries_count;
};

/*
 * Measures `limits` (an array of LIMIT, record/run.h) in `side`; what a "phase" names is looked for
 * among the bases. Results borrow from the limits. Caller frees. -ENOMEM.
 */
int limits_evaluate(const json_t *limits, const struct limit_side *side,
		    const struct limit_side *bases, size_t bases_count, struct limit_result **out,
		    size_t *count);

/*
 * "mmap" and the options of the cell that OWNER has: "mmap_advised window:64". With `rest`, also
 * those that belong to neither workload, graph nor layout, so that none is lost.
 */
void cell_label(const struct cell_summary *summary, const char *owner, bool rest, char *text,
		size_t size);

/* The time of one node: by nodes reached; of a workload that creates by nodes made; else NaN. */
double time_per_node_ns(const struct cell_summary *summary, double time_ns);

/* A metric by edge walked, or NaN. */
double metric_per_edge(const struct cell_summary *summary, const char *metric);

/*
 * What makes roofline_percent doubtful, each with its remedy, without a full stop: slices that lie far
 * apart, cells that were faster than the roofline. How many there are.
 */
#define ROOFLINE_NOTES_MAX 2
size_t report_roofline_notes(const struct report *report, char notes[ROOFLINE_NOTES_MAX][512]);

/* One line: what ran, when. */
void report_heading(const struct run *run, char *text, size_t size);

/* The command as a shell would take it, without control characters. */
void report_command(const struct run *run, char *text, size_t size);

#endif
