/* What several sections of a report share. */
#ifndef IOWALK_REPORT_PARTS_H
#define IOWALK_REPORT_PARTS_H

#include "../base/document.h"
#include "../judge/history.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* The columns that name a cell within its graph: layout, cache, nodes, engine. */
#define REPORT_CELL_COLUMNS 4
#define REPORT_CELL_LEFT    0xB /* all are text except nodes */
void report_cell_titles(struct document *document);
void report_cell_name(struct document *document, const struct history_cell *cell);

/* The names of the phases, one cell each. */
void report_phase_titles(struct document *document, const struct history *history);

/* Four cells of a table: change and interval as `iowalk compare` prints them, what the times say (and ", in turns" where a gate
 * decided), and what the counts say. NULL: none. */
#define REPORT_CHANGE_COLUMNS 4
#define REPORT_CHANGE_LEFT    0xC
void report_change_titles(struct document *document);
void report_change(struct document *document, const struct cell_change *change);

/* The tone of a verdict. */
enum tone verdict_tone(enum verdict verdict);

/* The cell's summary in the last phase; NULL if it was not timed there. */
const struct cell_summary *report_last_of(const struct history *history,
					  const struct history_cell *cell);

/*
 * The median of a metric, or NaN: also for percentiles of the latency that the samples do not carry, because fewer than
 * REPORT_BEYOND_LEAST latencies of a pass lie above them: such a one is but the largest of a few.
 */
#define REPORT_BEYOND_LEAST 10
double report_metric(const struct cell_summary *summary, const char *metric);

/* A metric's text: as format_metric(), but counts in full. */
void report_metric_text(const char *metric, double value, char *text, size_t size);

/* A column of a table of metrics. */
struct metric_column {
	const char *metric, *title;
};

/*
 * A table per graph of the metrics that any cell of the last phase has; false if there are none.
 * `with_first`: a count that differs in the first phase is shown as "199 → 99".
 */
bool report_metrics(struct document *document, const struct history *history, const char *label,
		    const struct metric_column *wanted, size_t wanted_count, bool with_first);

/*
 * Conditions that make the numbers doubtful, each with its remedy; returns how many there are. With
 * a NULL document they are only counted. no_plots: why there are no figures, or NULL.
 */
size_t report_warnings(struct document *document, const struct history *history,
		       const char *no_plots);

#endif
