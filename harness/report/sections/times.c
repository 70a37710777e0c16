/* The time of each cell in each phase, a table per graph. A single run has the table of all cells. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../base/units.h"
#include "../parts.h"
#include "../section.h"

/* "1.23 ms ±2%" */
static void put_time(struct document *document, const struct cell_summary *summary)
{
	char time[UNIT_TEXT_MAX], spread[UNIT_TEXT_MAX];
	if (summary == NULL) {
		document_cell(document, TONE_DIM, "-");
		return;
	}
	const struct spread *time_ns = &summary->real_time_ns;
	format_time_ns(time, sizeof time, time_ns->median, true);
	format_spread(spread, sizeof spread, time_ns->count > 1 ? time_ns->median : (double)NAN,
		      time_ns->low, time_ns->high, true);
	document_cell_time(document, summary->error != NULL ? TONE_BAD : TONE_PLAIN,
			   time_ns->median, "%s %s%s", time, spread,
			   summary->error != NULL ? " (failed)" : "");
}

/* Writes the heading of a new group. True if cell i begins one. */
static bool begin_group(struct document *document, const struct history *history, size_t i)
{
	const struct history_cell *cell = &history->cells[i];
	if (i > 0 && history->cells[i - 1].group == cell->group)
		return false;
	document_heading(document, 3, "%s, %s", cell->block->workload, cell->block->graph);
	return true;
}

static void begin_times(struct document *document, const struct history *history,
			const struct history_cell *cell)
{
	char label[2 * LABEL_MAX + 16];
	size_t phases_count = history->phases_count;
	size_t columns = REPORT_CELL_COLUMNS + phases_count + REPORT_CHANGE_COLUMNS;
	uint64_t left = REPORT_CELL_LEFT | (uint64_t)REPORT_CHANGE_LEFT
						   << (REPORT_CELL_COLUMNS + phases_count);
	snprintf(label, sizeof label, "times of %s, %s", cell->block->workload, cell->block->graph);
	document_table(document, label, columns, left);
	report_cell_titles(document);
	report_phase_titles(document, history);
	report_change_titles(document);
}

static bool any_in_turns(const struct history *history)
{
	for (size_t i = 0; i < history->cells_count; i++) {
		if (history->cells[i].change != NULL && history->cells[i].change->in_turns)
			return true;
	}
	return false;
}

static void put(struct document *document, const struct report_context *context)
{
	const struct history *history = context->history;
	if (!history->has_changes)
		return;
	document_heading(document, 2, "Times in each phase");
	document_text(
		document,
		"Medians of one walk, ± half the interquartile range of the samples; the change "
		"is that of the last phase relative to the first, of the figures under What "
		"changed%s.",
		any_in_turns(history)
			? "; where it was measured in turns, it is not that of the two columns, "
			  "which are of runs at different times"
			: "");
	document_fold(document, "Table: times in each phase");
	for (size_t i = 0; i < history->cells_count; i++) {
		const struct history_cell *cell = &history->cells[i];
		if (begin_group(document, history, i))
			begin_times(document, history, cell);
		report_cell_name(document, cell);
		for (size_t j = 0; j < history->phases_count; j++)
			put_time(document, cell->times[j]);
		report_change(document, cell->change);
	}
	document_fold_end(document);
}

const struct report_section section_times = {.order = 400, .write = put};
