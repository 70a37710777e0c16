/* The cells of a run as figures show them: panels, series and values. */
#ifndef IOWALK_PLOT_DATA_H
#define IOWALK_PLOT_DATA_H

#include <string.h>

#include "../../workloads/workload.h"
#include "../judge/history.h"

/* A cell and its position in the figures. The numbers begin with 1; they are 0 if it is in no
 * figure. */
struct plot_row {
	const struct cell_summary *summary;
	char layout[LABEL_MAX], graph[LABEL_MAX], series[LABEL_MAX];
	const char *panel_layout; /* the layout, or "profiles": these are compared in one panel */
	json_int_t panel_column, panel_row, series_number;
};

struct plot_data {
	const struct run *run;
	struct cell_summary *summaries;
	size_t count;
	struct plot_row *rows;
	const char *workload;
	/* label → number from 1, in the order of first use */
	json_t *graphs, *panels, *series, *engines;
	json_t *series_engines; /* array of {"engine":…, "variant":…} by series */
};

/* The name that decides the colour of a cell: its engine, or a reference store with I/O of its
 * own. */
static inline const char *plot_engine(const struct cell_summary *summary)
{
	return summary_layout_capabilities(summary) & LAYOUT_REFERENCE ? summary->layout
								       : summary->engine;
}

/* Do both points belong to one line, that is to one series in one panel? */
static inline bool plot_same_line(const struct plot_row *a, const struct plot_row *b)
{
	return a->panel_column == b->panel_column && a->panel_row == b->panel_row &&
	       a->series_number == b->series_number;
}

static inline bool plot_same_panel(const struct plot_row *a, const struct plot_row *b)
{
	return a->panel_column == b->panel_column && a->panel_row == b->panel_row;
}

int plot_data_init(struct plot_data *data, const struct run *run);
void plot_data_release(struct plot_data *data);

/* Writes cells.tsv: one row per cell with its position. in_lines: with a blank line after each
 * series of a panel. */
void plot_put_cells(FILE *out, const struct plot_data *data, bool in_lines);

/* Writes the variables of run.gp that all figures share: captions, the names of the phases, and the lists of
 * graphs, rows and series. `history` is NULL if a single run is drawn. -ENOMEM. */
int plot_put_variables(FILE *out, const struct plot_data *data, const struct history *history);

/* The number of a label in a set, from 1; a new label is added. 0 if out of memory. */
json_int_t plot_number_of(json_t *set, const char *label);

/* Writes the labels of a set as the gnuplot array NAME, which has at least one element. */
void plot_put_array(FILE *out, const char *name, json_t *labels);

/* Writes the names of a set of engines and stores, and their numbers for style.gp's color_of(), as the arrays
 * PREFIX_ENGINES and PREFIX_ENGINE_NUMBERS. */
void plot_put_engines(FILE *out, const char *prefix, json_t *engines);

/* Writes the numbers of the row's panel and series, each with a tab. */
void plot_put_place(FILE *out, const struct plot_row *row);

/* Writes a field of a .tsv and a tab. Tabs, line ends and quotes in the text are escaped. */
void plot_put_field(FILE *out, const char *text);

/* Writes a number, or NaN, and the character `end`. */
void plot_put_number(FILE *out, double value, char end);

/* Writes a text as a gnuplot string; or NAME = TEXT. */
void plot_put_quoted(FILE *out, const char *text);
void plot_put_text(FILE *out, const char *name, const char *text);

#endif
