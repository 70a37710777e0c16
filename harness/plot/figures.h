/*
 * Figures: what is drawn of a run, or of phases, and by which gnuplot script.
 *
 * A figure NAME becomes NAME.svg, NAME.png and NAME.tsv, the table that it is drawn from. Without a
 * `data` function the table has those columns of cells.tsv that the script names. The smallest
 * script is
 *   load PLOTS.'/style.gp'; set terminal @TERMINAL; set output OUTPUT; plot DATA using 1:2
 */
#ifndef IOWALK_PLOT_FIGURES_H
#define IOWALK_PLOT_FIGURES_H

#include <stdio.h>

#include "../judge/history.h"

struct plot_data;

struct figure {
	const char *name;
	const char *alt;     /* a description of the picture in words */
	const char *caption; /* one sentence */
	/* Writes the table. `history` is NULL for a run by itself. 0 or -ENOMEM. NULL: see
	 * above. */
	int (*data)(FILE *out, const struct plot_data *data, const struct history *history);
	const char *script; /* gnuplot; NULL: plots/NAME.gp */
	/* Writes the whole picture, as SVG; no gnuplot, table or PNG then. -ENODATA: nothing to draw. */
	int (*svg)(FILE *out, const struct run *run);
	/* Writes further variables that the script needs into run.gp. 0 or -ENOMEM. May be NULL. */
	int (*variables)(FILE *out, const struct plot_data *data, const struct history *history);
};

/*
 * Draws figures[count], and the scripts of the plots folder that none of them names, into the
 * folder PATH as SVG and PNG by one gnuplot process. `history` may be NULL; else `run` is of its
 * last phase. -ENOENT with the remedy in `why` if there is no gnuplot or no plots folder (it is
 * looked for in $IOWALK_DATA_DIR, then in the folder of the program); cells.tsv is written in any
 * case. -ENODATA if no cell has times; -EIO if gnuplot failed, with its message; pictures of an
 * earlier call then stay as they are.
 */
int figures_draw(const struct figure *const *figures, size_t count, const struct run *run,
		 const struct history *history, const char *path, struct why *why);

#endif
