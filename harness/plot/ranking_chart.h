/*
 * The figure of a run's first screen: which engine is fastest, and by how much. Each cache state is a panel; in it each workload
 * and graph at its largest size, its rows sorted by time: a dot for the median, a thick bar for the quartiles between processes,
 * a thin line for the 95 % interval, the value, and × the fastest, or "tie".
 */
#ifndef IOWALK_PLOT_RANKING_CHART_H
#define IOWALK_PLOT_RANKING_CHART_H

#include "../judge/ranking.h"

/* Writes the SVG, `width` units wide. rows_most: of a panel; graphs that do not fit are left out, and *left_out counts their
 * rows. 0, -ENODATA if nothing can be ranked, -ENOMEM. */
int ranking_chart(FILE *out, const struct report *report, double width, size_t rows_most,
		  size_t *left_out);

#endif
