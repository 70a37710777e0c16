/* Percentiles of the latency of single operations. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../plot/data.h"
#include "../parts.h"
#include "../section.h"

static void put(struct document *document, const struct report_context *context)
{
	const struct history *history = context->history;
	static const struct metric_column columns[] = {
		{"lat_ns_p50", "p50"},    {"lat_ns_p90", "p90"},    {"lat_ns_p95", "p95"},
		{"lat_ns_p99", "p99"},    {"lat_ns_p999", "p99.9"}, {"lat_ns_p9999", "p99.99"},
		{"lat_ns_max", "largest"}};
	document_heading(document, 2, "Latency");
	document_text(document,
		      "Time to expand one node in %s, measured in a separate pass. About 25 "
		      "ns of each value are spent on reading the clock.",
		      history_last(history)->name);
	if (!report_metrics(document, history, "latency percentiles", columns, COUNT_OF(columns),
			    false))
		document_text(document, "Not measured.");
}

/* The percentiles of each cell at the largest size of its panel. */
static int put_table(FILE *out, const struct plot_data *data, const struct history *history)
{
	static const struct {
		const char *metric;
		double percentile;
	} points[] = {{"lat_ns_p50", 50}, {"lat_ns_p90", 90},    {"lat_ns_p95", 95},
		      {"lat_ns_p99", 99}, {"lat_ns_p999", 99.9}, {"lat_ns_p9999", 99.99}};
	uint64_t largest = 0;
	(void)history;
	fputs("panel_column\tpanel_row\tseries_number\tcell\tnodes\tpercentile\tnines\tlat_ns\n",
	      out);
	for (size_t i = 0; i < data->count; i++) {
		const struct plot_row *row = &data->rows[i];
		if (row->panel_column == 0)
			continue;
		if (i == 0 || !plot_same_panel(row, row - 1)) {
			largest = 0;
			for (size_t j = i; j < data->count && plot_same_panel(row, &data->rows[j]);
			     j++)
				largest = data->rows[j].summary->nodes_count > largest
						  ? data->rows[j].summary->nodes_count
						  : largest;
		}
		if (row->summary->nodes_count != largest)
			continue;
		fputc('\n', out); /* ends the line that joins the points before */
		for (size_t k = 0; k < sizeof points / sizeof *points; k++) {
			plot_put_place(out, row);
			plot_put_field(out, row->summary->name);
			fprintf(out, "%llu\t%g\t%.6g\t", (unsigned long long)largest,
				points[k].percentile, -log10(1 - points[k].percentile / 100));
			plot_put_number(out, summary_metric(row->summary, points[k].metric), '\n');
		}
	}
	return 0;
}

static const struct figure figures[] = {
	{.name = "latency",
	 .alt = "Latency by percentile, from 50 to 99.99 on a scale of nines, one line "
		"per engine.",
	 .caption = "Latency by percentile, at the largest size of each panel.",
	 .data = put_table},
};

const struct report_section section_latency = {
	.order = 500,
	.write = put,
	.figures = figures,
	.figures_count = sizeof figures / sizeof *figures,
};
