/* Running gnuplot, and its SVG files. */
#ifndef IOWALK_PLOT_GNUPLOT_H
#define IOWALK_PLOT_GNUPLOT_H

#include <stddef.h>

#include "../../engines/why.h"

/* Makes a drawn SVG file follow the colour scheme of its reader, and titles it; negative errno. */
int svg_adapt(const char *path, const char *title);

/*
 * Runs gnuplot once, with the script on its standard input, and waits. If it fails, `why` has what
 * it wrote to stderr. -ENOENT with the remedy if gnuplot is missing; -EIO if it failed.
 */
int gnuplot_run(const char *script, size_t len_bytes, struct why *why);

#endif
