/* Time of an edge by engine and layout, where there are several layouts. */
#include <stdio.h>
#include <stdlib.h>

#include "../../plot/chart.h"
#include "../../plot/grid_chart.h"
#include "../section.h"

static char *draw(const struct report *report, double width)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int err = out == NULL ? -1 : grid_chart(out, report, width);

	if (out != NULL)
		fclose(out);
	if (err == 0)
		return text;
	free(text);
	return NULL;
}

static void put(struct document *document, const struct report_context *context)
{
	const struct report *report = &history_last(context->history)->report;
	char *wide = draw(report, CHART_WIDE), *narrow = draw(report, CHART_NARROW);

	if (wide != NULL) {
		document_heading(document, 2, "Engine by layout");
		document_svg(
			document, "layouts",
			"Grids of engines by layouts with the time of an edge in each field; the "
			"values are in the table of all cells.",
			"Time of an edge at the largest size; the darker, the farther from the "
			"best "
			"of the grid, which is bold.",
			wide);
	}
	if (wide != NULL && narrow != NULL)
		document_svg_narrow(document, narrow);
	free(wide);
	free(narrow);
}

const struct report_section section_layouts = {
	.order = 410,
	.write = put,
};
