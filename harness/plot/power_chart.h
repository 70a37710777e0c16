/* The share of gates that found a slowdown, against its size, with its 95 % interval; beside it the rank test that is commonly used. */
#ifndef IOWALK_PLOT_POWER_CHART_H
#define IOWALK_PLOT_POWER_CHART_H

#include <stdio.h>

#include "../gate/calibration_power.h"

/* Writes the SVG of points[count], sorted by size. */
void power_chart(FILE *out, const struct calibration_power *points, size_t count);

#endif
