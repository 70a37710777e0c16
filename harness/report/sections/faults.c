/* Page faults of a walk. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../parts.h"
#include "../section.h"

static void put(struct document *document, const struct report_context *context)
{
	const struct history *history = context->history;
	static const struct metric_column columns[] = {{"faults_minor", "minor"},
						       {"faults_major", "major"},
						       {"faults_minor_rusage", "minor, getrusage"},
						       {"faults_major_rusage", "major, getrusage"},
						       {"context_switches", "context switches"}};
	document_heading(document, 2, "Page faults");
	document_text(document, "Per walk%s.",
		      history->has_changes ? "; first phase → last phase if they differ" : "");
	if (!report_metrics(document, history, "page faults", columns, COUNT_OF(columns), true))
		document_text(document, "Not measured.");
}

const struct report_section section_faults = {
	.order = 700,
	.write = put,
};
