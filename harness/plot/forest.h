/*
 * A forest plot: changes of times, a row for cells that belong together, and in it a dot with its interval for each of them, one
 * below the other. Filled: found; hollow: undecided. What leaves the axis ends in an arrow.
 *
 * Source: Lewis and Clarke, Forest plots: trying to see the wood and the trees, BMJ 322 (2001)
 */
#ifndef IOWALK_PLOT_FOREST_H
#define IOWALK_PLOT_FOREST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct forest_point {
	const char *cell;                          /* its name */
	double percent, low_percent, high_percent; /* change, and its interval or NaN */
	bool found;
	const char *title; /* what it says under the pointer */
};

struct forest_row {
	const char *label, *group; /* "buffered", "random, warm" */
	const char *engine;        /* decides the colour */
	const char *note;          /* at the end: counts that changed; or "" */
	const struct forest_point *points;
	size_t count;
};

/* Writes the SVG, `width` units wide. threshold_percent: guides at ± it; NaN: none. */
void forest_plot(FILE *out, const struct forest_row *rows, size_t rows_count, double width,
		 double threshold_percent);

/* "−12 %", "+2.3 %"; from +100 % on "2.1×". */
void forest_percent_text(double percent, char *text, size_t size);

#endif
