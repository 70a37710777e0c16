/* Percentiles of the latency of single operations. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../base/units.h"
#include "../../plot/lines.h"
#include "../parts.h"
#include "../section.h"

#define CLOCK_NS                                                                                   \
	25.0 /* of each value: two readings of the clock, as docs/METHOD.md measures them */
#define BEYOND_LEAST 10 /* latencies that must lie above a percentile */

static const struct {
	const char *metric, *title;
	double percentile; /* NaN: it is none */
} columns[] = {{"lat_ns_p50", "p50", 50},      {"lat_ns_p90", "p90", 90},
	       {"lat_ns_p95", "p95", 95},      {"lat_ns_p99", "p99", 99},
	       {"lat_ns_p999", "p99.9", 99.9}, {"lat_ns_p9999", "p99.99", 99.99},
	       {"lat_ns_max", "largest", NAN}};

/* Do so many latencies lie above the percentile that it says something about the next walk? A record without
 * their number has one for each operation. */
static bool is_carried(const struct cell_summary *summary, double percentile)
{
	double count = summary_metric(summary, "lat_count");
	if (isnan(count))
		count = (double)summary->operations_count;
	/* 1e-6: of 1000 latencies, 10 lie above p99 */
	return isnan(percentile) || count * (1 - percentile / 100) > BEYOND_LEAST - 1e-6;
}

static double value_of(const struct cell_summary *summary, size_t column)
{
	return is_carried(summary, columns[column].percentile)
		       ? summary_metric(summary, columns[column].metric)
		       : (double)NAN;
}

/* ---- the table ---- */

static bool has_column(const struct history *history, size_t column)
{
	for (size_t i = 0; i < history->cells_count; i++) {
		const struct cell_summary *summary = report_last_of(history, &history->cells[i]);
		if (summary != NULL && !isnan(value_of(summary, column)))
			return true;
	}
	return false;
}

static void begin_table(struct document *document, const struct history_cell *cell, const bool *has,
			size_t count)
{
	document_heading(document, 3, "%s, %s", cell->block->workload, cell->block->graph);
	document_table(document, "latency percentiles", REPORT_CELL_COLUMNS + count,
		       REPORT_CELL_LEFT);
	report_cell_titles(document);
	for (size_t i = 0; i < COUNT_OF(columns); i++) {
		if (has[i])
			document_cell(document, TONE_PLAIN, "%s", columns[i].title);
	}
}

static bool put_percentiles(struct document *document, const struct history *history)
{
	bool has[COUNT_OF(columns)], begun = false;
	size_t count = 0;
	for (size_t i = 0; i < COUNT_OF(columns); i++) {
		has[i] = has_column(history, i);
		count += has[i];
	}
	for (size_t i = 0; count > 0 && i < history->cells_count; i++) {
		const struct history_cell *cell = &history->cells[i];
		const struct cell_summary *summary = report_last_of(history, cell);
		begun = begun && i > 0 && history->cells[i - 1].group == cell->group;
		if (summary == NULL)
			continue;
		if (!begun)
			begin_table(document, cell, has, count);
		begun = true;
		report_cell_name(document, cell);
		for (size_t j = 0; j < COUNT_OF(columns); j++) {
			char text[UNIT_TEXT_MAX];
			double value = value_of(summary, j);
			format_metric(text, sizeof text, columns[j].metric, value, true);
			if (has[j])
				document_cell(document, isnan(value) ? TONE_DIM : TONE_PLAIN, "%s",
					      isnan(value) ? "–" : text);
		}
	}
	return count > 0;
}

static void put(struct document *document, const struct report_context *context)
{
	const struct history *history = context->history;
	document_heading(document, 2, "Latency");
	document_text(
		document,
		"Time to expand one node in %s, measured in a separate pass. About %.0f ns of "
		"each value are spent on reading the clock. “–”: fewer than %d latencies of a "
		"pass lie above that percentile.",
		history_last(history)->name, CLOCK_NS, BEYOND_LEAST);
	if (!put_percentiles(document, history))
		document_text(document, "Not measured.");
}

/* ---- the figure ---- */

/* The percentiles of the cells of the largest size among rows[count], which are one panel. */
static void put_panel(struct lines *lines, const struct plot_data *data,
		      const struct plot_row *rows, size_t count)
{
	uint64_t largest = 0;
	char nodes[UNIT_TEXT_MAX];
	for (size_t i = 0; i < count; i++) {
		const struct cell_summary *summary = rows[i].summary;
		if (summary->nodes_count > largest && !isnan(value_of(summary, 0)))
			largest = summary->nodes_count;
	}
	struct line_panel *panel =
		largest == 0 ? NULL : lines_add_panel(lines, (size_t)rows->panel_row, 0);
	if (panel == NULL)
		return;
	panel->range = strcmp(rows->summary->cache, "cold") == 0;
	lines_nodes_text(largest, nodes, sizeof nodes);
	snprintf(panel->title, sizeof panel->title, "%s, %s%s%s, %s nodes, log", rows->graph,
		 rows->summary->cache, json_object_size(data->panels) > 2 ? ", " : "",
		 json_object_size(data->panels) > 2 ? rows->panel_layout : "", nodes);
	size_t range = panel->range;
	for (size_t i = 0; i < count; i++) {
		if (rows[i].summary->nodes_count != largest)
			continue;
		for (size_t j = 0; j < COUNT_OF(columns); j++) {
			double value = value_of(rows[i].summary, j);
			double above = 1 - columns[j].percentile / 100;
			struct line_point *point = isnan(value) || isnan(above)
							   ? NULL
							   : lines_add_point(lines, &rows[i]);
			if (point == NULL)
				continue;
			point->x = -log10(above);
			point->y = value * 1e-9;
			lines_add_tick(lines, range, point->x, columns[j].title + strlen("p"));
		}
	}
}

static void collect(struct lines *lines, const struct plot_data *data)
{
	lines_init(lines, 10, 0);
	lines->shade = CLOCK_NS * 1e-9;
	for (json_int_t row = 1; row <= (json_int_t)json_object_size(data->panels); row++) {
		for (size_t first = 0, end; first < data->count; first = end) {
			const struct plot_row *rows = &data->rows[first];
			for (end = first + 1;
			     end < data->count && plot_same_panel(rows, &data->rows[end]); end++)
				;
			if (rows->panel_column > 0 && rows->panel_row == row)
				put_panel(lines, data, rows, end - first);
		}
	}
	snprintf(lines->title, sizeof lines->title, "Latency of one operation, by percentile");
	snprintf(lines->about, sizeof lines->about,
		 "time of one operation, against the percentage of operations that took no longer");
	snprintf(lines->note, sizeof lines->note,
		 "Only percentiles that %d latencies of a pass or more lie above. Shaded: the "
		 "clock's own %.0f ns.",
		 BEYOND_LEAST, CLOCK_NS);
	lines_arrange(lines);
}

static int put_table(FILE *out, const struct plot_data *data, const struct history *history)
{
	struct lines lines;
	(void)history;
	collect(&lines, data);
	int err = lines_put_table(out, &lines);
	lines_release(&lines);
	return err;
}

static int put_variables(FILE *out, const struct plot_data *data, const struct history *history)
{
	struct lines lines;
	(void)history;
	collect(&lines, data);
	int err = lines_put_variables(out, &lines, "LATENCY");
	lines_release(&lines);
	return err;
}

static const struct figure figures[] = {
	{.name = "latency",
	 .alt = "Latency by percentile on a scale of nines, one line per engine; the values are in "
		"the tables above.",
	 .caption =
		 "Latency by percentile, at the largest size of each panel, as far as the number "
		 "of latencies carries.",
	 .data = put_table,
	 .variables = put_variables},
};

const struct report_section section_latency = {
	.order = 500,
	.write = put,
	.figures = figures,
	.figures_count = sizeof figures / sizeof *figures,
};
