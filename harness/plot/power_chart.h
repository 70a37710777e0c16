/* The share of gates that found a slowdown, by its size, with 95 % intervals; and the same for a common rank test. */
#ifndef IOWALK_PLOT_POWER_CHART_H
#define IOWALK_PLOT_POWER_CHART_H

#include <stdio.h>

#include "../gate/calibration_power.h"

/* Writes the SVG of points[count], sorted by size. */
void power_chart(FILE *out, const struct calibration_power *points, size_t count);

#endif
