/* What an edge costs beside time: system calls, page faults and bytes from the device, as bars. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../base/units.h"
#include "../bars.h"
#include "../section.h"

static void kib_text(char *text, size_t size, double bytes)
{
	format_count(text, size, bytes / 1024);
}

/* Faults of both kinds. */
static double faults_per_edge(const struct cell_summary *summary)
{
	double minor = metric_per_edge(summary, "faults_minor");
	double major = metric_per_edge(summary, "faults_major");

	return isnan(major) ? minor : minor + major;
}

static double calls_per_edge(const struct cell_summary *summary)
{
	return metric_per_edge(summary, "syscalls");
}

static double bytes_per_edge(const struct cell_summary *summary)
{
	return metric_per_edge(summary, "device_read_bytes");
}

static void put(struct document *document, const struct report_context *context)
{
	static const struct report_bars columns[] = {
		{calls_per_edge, {.title = "calls/edge", .text = format_count}},
		{faults_per_edge, {.title = "faults/edge", .text = format_count}},
		{bytes_per_edge, {.title = "KiB/edge", .text = kib_text}},
	};
	document_heading(document, 2, "What an edge costs");
	if (!report_bars(
		    document, &history_last(context->history)->report, "cost", NULL,
		    "System calls, page faults and bytes from the device for each edge walked, at "
		    "the largest size of each graph and cache state. Each column has its own axis "
		    "from 0.",
		    columns, sizeof columns / sizeof *columns))
		document_text(document, "Nothing was counted, or all counts are 0.");
}

const struct report_section section_cost = {
	.order = 310,
	.write = put,
};
