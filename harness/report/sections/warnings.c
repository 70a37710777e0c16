/* Warnings, failed and skipped cells. */
#include "../parts.h"
#include "../section.h"

static void put(struct document *document, const struct report_context *context)
{
	report_warnings(document, context->history, context->no_plots);
}

const struct report_section section_warnings = {
	.order = 900,
	.write = put,
};
