/* Percentiles of the latency of single operations. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../plot/tables.h"
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

static const struct figure figures[] = {
	{.name = "latency",
	 .alt = "Latency by percentile, from 50 to 99.99 on a scale of nines, one line "
		"per engine.",
	 .caption = "Latency by percentile, at the largest size of each panel.",
	 .data = plot_put_latency},
};

const struct report_section section_latency = {
	.order = 500,
	.write = put,
	.figures = figures,
	.figures_count = sizeof figures / sizeof *figures,
};
