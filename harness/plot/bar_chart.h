/*
 * Bars on linear axes that begin at 0, in rows of text: one or several columns of bars, each with its own axis and unit. A value of
 * 0 is a "0" without a bar; longer bars are cut at the end of the axis; implausible values are hatched. The value stands next to its bar.
 */
#ifndef IOWALK_PLOT_BAR_CHART_H
#define IOWALK_PLOT_BAR_CHART_H

#include <stddef.h>
#include <stdio.h>

#define BAR_COLUMNS_MOST 4

struct bar_row {
	const char *cell;  /* its name */
	const char *group; /* rows of one group follow each other: "random, warm, 100k nodes" */
	const char *label, *engine;
	double values[BAR_COLUMNS_MOST]; /* NaN: none */
};

struct bar_column {
	const char *title;
	double end;     /* of the axis; 0: that of the largest value */
	double suspect; /* values above are hatched; 0: none */
	void (*text)(char *out, size_t size, double value); /* as format_count() */
};

/* Writes the SVG, `width` units wide. */
void bar_chart(FILE *out, const struct bar_row *rows, size_t rows_count,
	       const struct bar_column *columns, size_t columns_count, double width);

#endif
