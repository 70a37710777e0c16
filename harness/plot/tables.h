/* The tables of figures that need more than columns of cells.tsv (struct figure, member data).
 * `data` is of the last phase. `history` is NULL if a single run is drawn. 0 or -ENOMEM. */
#ifndef IOWALK_PLOT_TABLES_H
#define IOWALK_PLOT_TABLES_H

#include "data.h"

int plot_put_latency(FILE *out, const struct plot_data *data, const struct history *history);
int plot_put_heatmap(FILE *out, const struct plot_data *data, const struct history *history);
int plot_put_changes(FILE *out, const struct plot_data *data, const struct history *history);
int plot_put_trend(FILE *out, const struct plot_data *data, const struct history *history);

/* Variables of run.gp: the names of the phases, and what the figures above need in addition. */
int plot_put_history(FILE *out, const struct plot_data *data, const struct history *history);

#endif
