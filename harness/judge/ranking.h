/*
 * Which way of doing the same work is fastest: the cells of one workload, graph, cache state and
 * number of nodes, over all layouts, engines and options, sorted by their median time. Cells are
 * ranked together only if their walks reached the same numbers of nodes and edges.
 */
#ifndef IOWALK_JUDGE_RANKING_H
#define IOWALK_JUDGE_RANKING_H

#include "rows.h"

struct ranked_row {
	const struct report_row *row;
	const struct report_block *block;
	size_t rank; /* from 1; equal for ties: 1, 1, 3 */
	bool tied;   /* with another row */
};

struct ranking {
	char workload[LABEL_MAX], graph[LABEL_MAX]; /* without the options in which rows differ */
	const char *cache;
	uint64_t nodes_count;
	size_t first, count; /* rows[first … first + count - 1] of the rankings */
};

struct rankings {
	struct ranked_row *rows;
	struct ranking *rankings; /* of at least two rows; see rankings_init() */
	size_t count;
};

/*
 * Two rows are tied if the 95 % intervals of their medians overlap (record/processes.h). Rows of fewer than six processes have
 * none: they are tied if the ranges between their quartiles overlap, or if their medians differ by less than
 * RANKING_TIE_PERCENT, as those of two processes of one program may (docs/METHOD.md).
 *
 * Borrows the report. -ENOMEM.
 */
#define RANKING_TIE_PERCENT 15.0
int rankings_init(struct rankings *rankings, const struct report *report);
void rankings_release(struct rankings *rankings);

/* Has no other ranking of the same workload, graph and cache state more nodes? */
bool ranking_is_largest(const struct rankings *rankings, const struct ranking *ranking);

/* May the two be equally fast? See rankings_init(). */
bool ranking_is_tie(const struct report_row *faster, const struct report_row *slower);

/* Its time divided by that of the fastest row. */
double ranking_ratio(const struct rankings *rankings, const struct ranking *ranking, size_t row);

/* "bfs, random, cold, 1000 nodes", or "command, any". */
void ranking_title(const struct rankings *rankings, const struct ranking *ranking, char *text,
		   size_t size);

/* "csr, mmap_advised window:64, bfs order:sorted": what tells the row from others of its ranking. */
void ranking_row_text(const struct ranked_row *ranked, char *text, size_t size);

#endif
