/* A figure after the times: the share of the device's capability. plots/roofline.gp draws it. */
#include "../section.h"

static const struct figure figures[] = {
	{.name = "roofline",
	 .alt = "Share of the capability of the device, by nodes, one line per engine, "
		"cold cells.",
	 .caption = "The least time that the device needs, divided by the time of the "
		    "walk: at 100 % the device is the limit."},
};

const struct report_section section_roofline = {
	.order = 430,
	.figures = figures,
	.figures_count = sizeof figures / sizeof *figures,
};
