/* A run as blocks of rows. The table on the terminal, its JSON and summary.md are written from
 * these rows, so they show the same values. */
#ifndef IOWALK_JUDGE_ROWS_H
#define IOWALK_JUDGE_ROWS_H

#include "../record/labels.h"
#include "limits.h"

enum report_column {
	COLUMN_NODES,
	COLUMN_SERIES,
	COLUMN_TIME,
	COLUMN_SPREAD,
	COLUMN_BETWEEN,       /* spread of the medians of its processes */
	COLUMN_SLOW,          /* processes that are slower than the others, of all */
	COLUMN_PRECISION,     /* runs with --precision: the reached interval */
	COLUMN_PER_OPERATION, /* per node, query or read */
	COLUMN_P50,
	COLUMN_P99,
	COLUMN_SYSCALLS,
	COLUMN_SYSCALLS_EDGE, /* per thousand edges */
	COLUMN_FAULTS,        /* minor+major */
	COLUMN_DEVICE,        /* read+written */
	COLUMN_RATIO, /* to the time of engine `memory` in the same block and with the same nodes */
	COLUMN_PEAK,  /* cells with a memory limit: the most that was charged */
	COLUMN_ROOFLINE, /* cold cells: the least time that the device needs, as a share of the time */
	REPORT_COLUMNS
};

/* A cell that has times. Values that it does not have are NaN. */
struct report_row {
	const struct cell_summary *summary;
	char series
		[LABEL_MAX]; /* the engine and those options that no other part of the cell has */
	double per_operation_ns;
	double syscalls_per_edge;
	double ratio_to_memory;
};

/* Cells that differ only in nodes and engine: rows[first … first + count - 1]. */
struct report_block {
	char workload[LABEL_MAX], graph[LABEL_MAX], layout[LABEL_MAX]; /* with their options */
	const char *cache;
	char per_operation[32]; /* title of COLUMN_PER_OPERATION: "per node", "per query" */
	size_t first, count;
	bool is_floor; /* of an engine without data: the cost of the harness itself */
};

/* A cell with at least one failed sample, or one that could not run here. */
struct report_problem {
	const char *name;
	bool skipped;
	const char *reason;
};

struct report {
	const struct run *run;
	struct cell_summary *summaries;
	size_t summaries_count;
	struct report_row *rows;
	struct report_block *blocks; /* in the suite's order; the harness floor last */
	size_t blocks_count;
	struct report_problem *problems;
	size_t problems_count;
	struct limit_result *limits;
	size_t limits_count;
	size_t missing_count; /* cells without a sample, because the run was stopped */
};

/* Borrows the run, which must outlive the report. -ENOMEM. */
int report_init(struct report *report, const struct run *run);
void report_release(struct report *report);

/* The text of one value; "-" if there is none. */
void report_cell_text(const struct report_row *row, enum report_column column, bool utf8,
		      char *text, size_t size);

/* Does any row have a value in this column? Columns without values are left out. */
/* For a walk that reaches less than half of its graph: "a walk reaches 1 of 4 nodes …". Else empty. */
void report_reach_text(const struct cell_summary *summary, char *text, size_t size);

bool report_has_column(const struct report *report, enum report_column column);

/* In a block; NULL: in general. */
const char *report_column_title(enum report_column column, const struct report_block *block);

/* Is the column aligned to the left? The others are numbers. */
bool report_column_is_left(enum report_column column);

#endif
