/* Between figures.c (which figures), cells.c and changes.c (their numbers) and gnuplot.c (who
 * draws them). */
#ifndef IOWALK_PLOT_INTERNAL_H
#define IOWALK_PLOT_INTERNAL_H

#include <string.h>

#include "../report/history.h"

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

/* Whose colour a cell has: its engine's, or that of the store which reads by itself. */
static inline const char *plot_engine(const struct cell_summary *summary)
{
	return strcmp(summary->engine, "own") == 0 ? summary->layout : summary->engine;
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

/*
 * The numbers of figures that are not drawn from cells.tsv; data is of the last phase. history may be
 * NULL: a run that is drawn by itself. -ENOMEM.
 */
int plot_put_latency(FILE *out, const struct plot_data *data, const struct history *history);
int plot_put_heatmap(FILE *out, const struct plot_data *data, const struct history *history);
int plot_put_changes(FILE *out, const struct plot_data *data, const struct history *history);
int plot_put_trend(FILE *out, const struct plot_data *data, const struct history *history);

/* history.gp: names of the phases, and what the figures above need beside run.gp. */
int plot_put_history(FILE *out, const struct plot_data *data, const struct history *history);

/* Makes a drawn SVG file dark where its reader's system is; negative errno. */
int svg_follow_reader(const char *path);

/*
 * Runs gnuplot once, with the script on its standard input, and waits. What it says on stderr goes
 * to `why` where it fails. -ENOENT with the remedy where there is none; -EIO where it failed.
 */
int gnuplot_run(const char *script, size_t len_bytes, struct why *why);

#endif
