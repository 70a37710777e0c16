/* The share of what the device can do that cold walks used. */
#include <math.h>
#include <stdio.h>

#include "../bars.h"
#include "../section.h"

#define ABOVE_PERCENT 110.0 /* more than this is a bound that was too high, not a fast walk */

static double share_percent(const struct cell_summary *summary)
{
	return summary_metric(summary, "roofline_percent");
}

static void percent_text(char *text, size_t size, double percent)
{
	snprintf(text, size, percent < 9.95 ? "%.1f %%" : "%.0f %%", percent);
}

static void put(struct document *document, const struct report_context *context)
{
	static const struct report_bars column = {share_percent,
						  {.title = "of what the device can do",
						   .end = 100,
						   .suspect = ABOVE_PERCENT,
						   .text = percent_text}};

	report_bars(document, &history_last(context->history)->report, "device_share",
		    "Share of the device",
		    "The least time that the device needs for the pages of the walk, divided by "
		    "the time "
		    "of the walk: near 100 % the device is the limit, far below it the engine is. "
		    "Hatched: "
		    "above 110 %, where the estimate of the device was too low.",
		    &column, 1);
}

const struct report_section section_roofline = {
	.order = 320,
	.write = put,
};
