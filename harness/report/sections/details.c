/* At the end of the page: what is known of each cell. */
#include "../cell_detail.h"
#include "../section.h"

static void put(struct document *document, const struct report_context *context)
{
	document_page_only(document);
	report_cell_details(document, context->history, context->plots);
	document_page_only_end(document);
}

const struct report_section section_details = {
	.order = 1100,
	.write = put,
};
