/*
 * Figures of lines in a grid of panels, with the name of each line at its end.
 *
 * A section adds ticks, panels and points, in the order of panel, series and x. lines_arrange() then places
 * panels and names, and plots/lines.gp draws what lines_put_table() and lines_put_variables() wrote.
 */
#ifndef IOWALK_PLOT_LINES_H
#define IOWALK_PLOT_LINES_H

#include "data.h"

#define LINES_TEXT_MAX 512
#define LINES_NAME_GAP 13.0 /* px between the names at the ends of lines: letters of 11 px */

struct line_panel {
	char title[2 * LABEL_MAX + 64];
	size_t row;          /* a panel of another row than the one before begins a new line */
	size_t range;        /* panels of one range have the same axes */
	size_t line, column; /* in the grid, from 0 */
	double low, high;    /* of the y axis, as logarithms to the base */
};

/* A point of a line. Values that it does not have are NaN. */
struct line_point {
	size_t panel; /* index */
	json_int_t series_number;
	const char *series; /* borrowed */
	const char *cell;   /* name of the cell; borrowed */
	double x, y;
	double low, high;                   /* quartiles between processes */
	double interval_low, interval_high; /* 95 % */
	bool is_marked;                     /* a change that was decided */
	bool is_under;                      /* drawn before the other lines */
	double name_y;                      /* at the last point of a line: place of the name */
};

/* A tick of the x axis of the panels of one range. */
struct line_tick {
	size_t range;
	double x;
	char text[LABEL_MAX];
};

struct lines {
	char title[LINES_TEXT_MAX], about[LINES_TEXT_MAX], note[LINES_TEXT_MAX];
	double base;   /* of the logarithmic y axis: 2 or 10 */
	double x_base; /* of a logarithmic x axis; 0: linear */
	double shade;  /* y below this is shaded; NaN: nothing is */
	struct line_panel *panels;
	size_t panels_count;
	struct line_point *points;
	size_t points_count;
	struct line_tick *ticks;
	size_t ticks_count;
	int err; /* the first -ENOMEM; further additions do nothing then */
	/* px, by lines_arrange() */
	double panel_width, panel_height, names_width;
	size_t columns, grid_lines;
};

void lines_init(struct lines *lines, double base, double x_base);
void lines_release(struct lines *lines);

/* Adds a tick unless the range has one at x; keeps them sorted by x. */
void lines_add_tick(struct lines *lines, size_t range, double x, const char *text);
/* A new panel without a title; valid until the next call. NULL if out of memory. */
struct line_panel *lines_add_panel(struct lines *lines, size_t row, size_t range);
/* A point of the last panel without values; valid until the next call. NULL if out of memory. */
struct line_point *lines_add_point(struct lines *lines, const struct plot_row *row);

void lines_arrange(struct lines *lines);

/* Moves places[count] apart, in ascending order, until they are `gap` apart and within low to high, if there
 * is room, and otherwise evenly. Each stays as near to where it was as the others allow. */
void lines_spread(double *places, size_t count, double gap, double low, double high);

/* "100k" */
void lines_nodes_text(uint64_t nodes_count, char *text, size_t size);

/* NAME.tsv, and the variables PREFIX_… of run.gp. lines->err. */
int lines_put_table(FILE *out, const struct lines *lines);
int lines_put_variables(FILE *out, const struct lines *lines, const char *prefix);

#endif
