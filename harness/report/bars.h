/* Figures of bars: figures of the cells at the largest size of each workload, graph and cache state. */
#ifndef IOWALK_REPORT_BARS_H
#define IOWALK_REPORT_BARS_H

#include "../base/document.h"
#include "../judge/rows.h"
#include "../plot/bar_chart.h"

struct report_bars {
	double (*value)(const struct cell_summary *summary); /* NaN: none */
	struct bar_column column;
};

/* Adds a heading (NULL: none) and the figure. Columns without values, or of zeros, are left out, and the caption says so. False, and
 * nothing is added, if there is no other. */
bool report_bars(struct document *document, const struct report *report, const char *name,
		 const char *heading, const char *caption, const struct report_bars *columns,
		 size_t columns_count);

#endif
