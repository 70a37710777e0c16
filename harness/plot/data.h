/* The cells of a run as figures draw them: panels, series and numbers. */
#ifndef IOWALK_PLOT_DATA_H
#define IOWALK_PLOT_DATA_H

#include <string.h>

#include "../../workloads/workload.h"
#include "../judge/history.h"

/* A cell and its place in the figures: numbers from 1, or 0 where it is in none. */
struct plot_row {
	const struct cell_summary *summary;
	char layout[LABEL_MAX], graph[LABEL_MAX], series[LABEL_MAX];
	json_int_t panel_column, panel_row, series_number;
	double warm_ns; /* of a cold cell: the warm one's time, or NaN */
};

struct plot_data {
	const struct run *run;
	struct cell_summary *summaries;
	size_t count;
	struct plot_row *rows;
	const char *workload;
	/* label → number from 1, in the order they came */
	json_t *graphs, *panels, *series, *engines;
	json_t *series_engines; /* array of {"engine":…, "variant":…} by series */
};

/* The name that decides the colour of a cell: its engine, or a reference store with I/O of its own. */
static inline const char *plot_engine(const struct cell_summary *summary)
{
	return summary_layout_capabilities(summary) & LAYOUT_REFERENCE ? summary->layout
								       : summary->engine;
}

/* Are both points of one line: of one series in one panel? */
static inline bool plot_same_line(const struct plot_row *a, const struct plot_row *b)
{
	return a->panel_column == b->panel_column && a->panel_row == b->panel_row &&
	       a->series_number == b->series_number;
}

int plot_data_init(struct plot_data *data, const struct run *run);
void plot_data_release(struct plot_data *data);

/* cells.tsv: a row a cell, with its place; in_lines: with a blank line behind each series of a panel. */
void plot_put_cells(FILE *out, const struct plot_data *data, bool in_lines);

/* run.gp: captions and the lists of graphs, rows and series. -ENOMEM. */
int plot_put_variables(FILE *out, const struct plot_data *data);

/* A field of a .tsv and the tab behind it: no tab, no line end and no quote in it. */
void plot_put_field(FILE *out, const char *text);

/* A number, or NaN, and what stands behind it. */
void plot_put_number(FILE *out, double value, char end);

/* A text as gnuplot reads it; NAME = TEXT. */
void plot_put_quoted(FILE *out, const char *text);
void plot_put_text(FILE *out, const char *name, const char *text);

#endif
