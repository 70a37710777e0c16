/* The tables of figures, as files and in gnuplot's script. */
#ifndef IOWALK_PLOT_COLUMNS_H
#define IOWALK_PLOT_COLUMNS_H

#include <stdio.h>

/* Writes those columns of a table (cells.tsv as text) that `script` names. gnuplot's run time grows
 * with the number of fields. */
void plot_put_columns(FILE *out, const char *table, const char *script);

/* Writes the file PATH into gnuplot's script as the data block $CELLS, and one block per panel ($CELLS_COLUMN_ROW, or $CELLS_PANEL_0),
 * because gnuplot would open a file again for each mark in each panel. DATA is set to $CELLS. */
void plot_put_data(FILE *out, const char *path);

#endif
