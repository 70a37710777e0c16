/*
 * Parts of figures with rows of text and marks, as SVG: the texts, one axis, and marks with intervals.
 *
 * An SVG of these is valid by itself and inside a page, whose light or dark setting it follows; its rules are for
 * `svg.chart` only, and it has no ids, so several can be in one page.
 */
#ifndef IOWALK_PLOT_CHART_H
#define IOWALK_PLOT_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CHART_WIDE   1100 /* units of a picture on a screen, as many pixels */
#define CHART_NARROW 360  /* on a phone */
#define CHART_ROW    18   /* height of a row */
#define CHART_CHAR                                                                                 \
	7.1 /* width of a character of 12 px, on average; DejaVu Sans is among the widest fonts */

struct chart_axis {
	double left, right; /* x of the ends */
	double min, max;    /* values there; above 0 if is_log */
	bool is_log;
};

/* Opens and closes the picture. The title is what a screen reader says. */
void chart_begin(FILE *out, double width, double height, const char *title);
void chart_end(FILE *out);

enum chart_anchor { CHART_START, CHART_MIDDLE, CHART_END };

/* `style`: classes: "dim", "strong", "good", "bad", or "". */
void chart_text(FILE *out, double x, double y, enum chart_anchor anchor, const char *style,
		const char *format, ...) __attribute__((format(printf, 6, 7)));

/* The text, which loses its end where it would be wider than `room` units; then a <title> has the whole. */
void chart_label(FILE *out, double x, double y, double room, const char *style, const char *text);

void chart_line(FILE *out, double x1, double y1, double x2, double y2, const char *style);

/* A group of marks about one cell, so that the page can filter it. */
void chart_begin_cell(FILE *out, const char *cell);
void chart_end_cell(FILE *out);

/* x of a value, or that of the axis's end that it lies beyond. */
double chart_x(const struct chart_axis *axis, double value);

/* Widens the ends of a logarithmic axis to values like 1, 2, 5, 10; of a linear one to 0 and such a value. */
void chart_round_axis(struct chart_axis *axis);

/* Grid lines from y1 to y2 and their values below y2. `text` writes a value. */
void chart_grid(FILE *out, const struct chart_axis *axis, double y1, double y2,
		void (*text)(double value, char *out, size_t size));

/* What a row shows: a value with intervals. NaN: it has none. */
struct chart_mark {
	double value;
	double low, high;            /* thin line: 95 % interval */
	double quartile1, quartile3; /* thick bar: quartiles between processes */
	bool is_hollow;              /* undecided */
	const char *engine;          /* decides the colour */
	const char *title;           /* what it says under the pointer */
};

/* Ends of an interval that lie beyond the axis become arrows. */
void chart_mark(FILE *out, const struct chart_axis *axis, double y, const struct chart_mark *mark);

#endif
