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

static const struct metric_column columns[] = {{"lat_ns_p50", "p50"},    {"lat_ns_p90", "p90"},
					       {"lat_ns_p95", "p95"},    {"lat_ns_p99", "p99"},
					       {"lat_ns_p999", "p99.9"}, {"lat_ns_p9999", "p99.99"},
					       {"lat_ns_max", "largest"}};

/* Of the figure. */
static const struct {
	const char *metric;
	double percentile;
} points[] = {{"lat_ns_p50", 50}, {"lat_ns_p90", 90},    {"lat_ns_p95", 95},
	      {"lat_ns_p99", 99}, {"lat_ns_p999", 99.9}, {"lat_ns_p9999", 99.99}};

static void put(struct document *document, const struct report_context *context)
{
	const struct history *history = context->history;
	document_heading(document, 2, "Latency");
	document_text(
		document,
		"Time to expand one node in %s, measured in a separate pass. About %.0f ns of "
		"each value are spent on reading the clock. Percentiles above which fewer than %d "
		"latencies of a pass lie are left out.",
		history_last(history)->name, CLOCK_NS, REPORT_BEYOND_LEAST);
	if (!report_metrics(document, history, "latency percentiles", columns, COUNT_OF(columns),
			    false))
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
		if (summary->nodes_count > largest &&
		    !isnan(report_metric(summary, points[0].metric)))
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
		for (size_t j = 0; j < COUNT_OF(points); j++) {
			double value = report_metric(rows[i].summary, points[j].metric);
			struct line_point *point =
				isnan(value) ? NULL : lines_add_point(lines, &rows[i]);
			char percent[UNIT_TEXT_MAX];
			if (point == NULL)
				continue;
			point->x = -log10(1 - points[j].percentile / 100);
			point->y = value * 1e-9;
			snprintf(percent, sizeof percent, "%.4g", points[j].percentile);
			lines_add_tick(lines, range, point->x, percent);
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
		 REPORT_BEYOND_LEAST, CLOCK_NS);
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
