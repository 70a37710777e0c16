/*
 * Engines by layouts: for each workload, graph and cache state at its largest size a grid with the time of an edge in each field,
 * the darker the farther from the best of that grid. Only with two layouts or more.
 */
#ifndef IOWALK_PLOT_GRID_CHART_H
#define IOWALK_PLOT_GRID_CHART_H

#include "../judge/rows.h"

/* Writes the SVG, `width` units wide. -ENODATA if there are fewer than two layouts. -ENOMEM. */
int grid_chart(FILE *out, const struct report *report, double width);

#endif
