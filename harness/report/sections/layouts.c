/* Time of an edge by engine and layout, where there are several layouts. */
#include "../../plot/grid_chart.h"
#include "../own_figure.h"
#include "../section.h"

static int draw(FILE *out, double width, const void *report)
{
	return grid_chart(out, report, width);
}

static void put(struct document *document, const struct report_context *context)
{
	const struct own_figure figure = {.name = "layouts",
					  .heading = "Engine by layout",
					  .alt = "Grids of engines by layouts with the time of an "
						 "edge in each field; the values "
						 "are in the table of all cells.",
					  .caption = "Time of an edge at the largest size; the "
						     "darker, the farther from the best of "
						     "the grid, which is bold.",
					  .draw = draw,
					  .context = &history_last(context->history)->report};

	report_own_figure(document, &figure);
}

const struct report_section section_layouts = {
	.order = 410,
	.write = put,
};
