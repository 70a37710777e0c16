/*
 * The tables of figures that need more than columns of cells.tsv (struct figure, member data). `data` is of
 * the last phase; `history` is NULL for a run that is drawn by itself. 0 or -ENOMEM.
 */
#ifndef IOWALK_PLOT_TABLES_H
#define IOWALK_PLOT_TABLES_H

#include "data.h"

int plot_put_latency(FILE *out, const struct plot_data *data, const struct history *history);
int plot_put_heatmap(FILE *out, const struct plot_data *data, const struct history *history);
int plot_put_changes(FILE *out, const struct plot_data *data, const struct history *history);
int plot_put_trend(FILE *out, const struct plot_data *data, const struct history *history);

/* history.gp: names of the phases, and what the figures above need beside run.gp. */
int plot_put_history(FILE *out, const struct plot_data *data, const struct history *history);

#endif
