/* All cells in one table. In the page a row opens below itself what sections/details.c has about its cell; without scripts its
 * link leads there. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../base/text.h"
#include "../../base/units.h"
#include "../parts.h"
#include "../section.h"

/* Columns that are shown if any cell has a value. */
struct shown {
	bool workload, change, interval, memory, syscalls, faults, device, latency;
};

static struct shown shown_columns(const struct history *history)
{
	struct shown shown = {.change = history->has_changes};

	for (size_t i = 0; i < history->cells_count; i++) {
		const struct history_cell *cell = &history->cells[i], *first = &history->cells[0];
		const struct cell_summary *summary = report_last_of(history, cell);

		shown.workload |= strcmp(cell->block->workload, first->block->workload) != 0;
		if (summary == NULL)
			continue;
		shown.interval |= summary->processes.low > 0;
		shown.memory |= !isnan(cell->row->ratio_to_memory);
		shown.syscalls |= !isnan(summary_metric(summary, "syscalls"));
		shown.faults |= !isnan(summary_metric(summary, "faults_minor"));
		shown.device |= !isnan(summary_metric(summary, "device_read_bytes"));
		shown.latency |= !isnan(summary_metric(summary, "lat_ns_p50"));
	}
	return shown;
}

static void put_titles(struct document *document, const struct shown *shown)
{
	static const char *const change_titles[] = {"change", "95 % of it", "time is",
						    "counts are"};
	const char *titles[24];
	size_t count = 0;
	uint64_t left = 0;

	titles[count++] = "engine";
	if (shown->workload)
		titles[count++] = "workload";
	titles[count++] = "graph";
	titles[count++] = "layout";
	titles[count++] = "cache";
	left = ((uint64_t)1 << count) - 1;
	titles[count++] = "nodes";
	titles[count++] = "time";
	titles[count++] = shown->interval ? "95 % interval" : "spread";
	titles[count++] = "ns/edge";
	if (shown->memory)
		titles[count++] = "× memory";
	if (shown->change) {
		left |= (uint64_t)REPORT_CHANGE_LEFT << count;
		for (size_t i = 0; i < REPORT_CHANGE_COLUMNS; i++)
			titles[count++] = change_titles[i];
	}
	if (shown->latency) {
		titles[count++] = "p50";
		titles[count++] = "p99";
	}
	if (shown->syscalls)
		titles[count++] = "calls";
	if (shown->faults)
		titles[count++] = "faults";
	if (shown->device)
		titles[count++] = "device";
	document_table(document, "all cells", count, left);
	document_table_id(document, "cells");
	document_cells(document, TONE_PLAIN, count, titles);
}

static void put_metric(struct document *document, const struct cell_summary *summary,
		       const char *metric)
{
	double value = report_metric(summary, metric);
	char text[UNIT_TEXT_MAX];

	report_metric_text(metric, value, text, sizeof text);
	document_cell_value(document, isnan(value) ? TONE_DIM : TONE_PLAIN, value, "%s", text);
}

/* Where the middle of the processes lies for certain; else the spread of the samples. */
static void put_precision(struct document *document, const struct cell_summary *summary,
			  const struct shown *shown)
{
	const struct process_figures *figures = &summary->processes;
	const struct spread *time_ns = &summary->real_time_ns;
	double low = shown->interval ? figures->low : time_ns->low;
	double high = shown->interval ? figures->high : time_ns->high;
	double half = 50 * (high - low) / time_ns->median;

	if (!(half >= 0) || time_ns->count < 2)
		document_cell(document, TONE_DIM, "–");
	else
		document_cell_value(document, half > 10 ? TONE_WARN : TONE_PLAIN, half, "±%.*f %%",
				    half < 9.95 ? 1 : 0, half);
}

static void put_row(struct document *document, const struct history_cell *cell,
		    const struct cell_summary *summary, const struct shown *shown)
{
	const struct spread *time_ns = &summary->real_time_ns;
	double edge_ns = summary->walked_edges_count > 0
				 ? time_ns->median / (double)summary->walked_edges_count
				 : NAN;
	char text[UNIT_TEXT_MAX];

	document_row_key(document, summary->name);
	document_cell(document, TONE_PLAIN, "%s", cell->row->series);
	if (shown->workload)
		document_cell(document, TONE_PLAIN, "%s", cell->block->workload);
	document_cell(document, TONE_PLAIN, "%s", cell->block->graph);
	document_cell(document, TONE_PLAIN, "%s", cell->block->layout);
	document_cell(document, TONE_PLAIN, "%s", cell->block->cache);
	format_whole(text, sizeof text, (double)summary->nodes_count);
	document_cell_value(document, TONE_PLAIN, (double)summary->nodes_count, "%s", text);
	format_time_ns(text, sizeof text, time_ns->median, true);
	document_cell_time(document, summary->error != NULL ? TONE_BAD : TONE_PLAIN,
			   time_ns->median, "%s%s", text,
			   summary->error != NULL ? " (failed)" : "");
	put_precision(document, summary, shown);
	format_count(text, sizeof text, edge_ns);
	document_cell_value(document, TONE_PLAIN, edge_ns, "%s", text);
	format_ratio(text, sizeof text, cell->row->ratio_to_memory, true);
	if (shown->memory)
		document_cell_value(document, TONE_PLAIN, cell->row->ratio_to_memory, "%s", text);
	if (shown->change)
		report_change(document, cell->change);
	if (shown->latency) {
		put_metric(document, summary, "lat_ns_p50");
		put_metric(document, summary, "lat_ns_p99");
	}
	if (shown->syscalls)
		put_metric(document, summary, "syscalls");
	if (shown->faults)
		put_metric(document, summary, "faults_minor");
	if (shown->device)
		put_metric(document, summary, "device_read_bytes");
}

static void put(struct document *document, const struct report_context *context)
{
	const struct history *history = context->history;
	struct shown shown = shown_columns(history);

	if (history->cells_count == 0)
		return;
	document_heading(document, 2, "All cells");
	document_text(
		document,
		"Medians of one walk%s%s. “faults” are minor ones, “device” bytes read from it.",
		history->phases_count > 1 ? " in " : "",
		history->phases_count > 1 ? history_last(history)->name : "");
	document_page_only(document);
	document_text(document, "A row opens at its name: samples, percentiles, system calls by "
				"name, where the time went, and the command that repeats it.");
	document_page_only_end(document);
	put_titles(document, &shown);
	for (size_t i = 0; i < history->cells_count; i++) {
		const struct cell_summary *summary = report_last_of(history, &history->cells[i]);

		if (summary != NULL)
			put_row(document, &history->cells[i], summary, &shown);
	}
}

const struct report_section section_cells = {
	.order = 150,
	.write = put,
};
