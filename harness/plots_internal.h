/* Between plots.c (what is drawn) and gnuplot.c (who draws it). */
#ifndef IOWALK_PLOTS_INTERNAL_H
#define IOWALK_PLOTS_INTERNAL_H

#include "../engines/option.h"

/*
 * Runs gnuplot once, with the script on its standard input, and waits. What it says on stderr goes
 * to `why` where it fails. -ENOENT with the remedy where there is none; -EIO where it failed.
 */
int gnuplot_run(const char *script, size_t len_bytes, struct why *why);

#endif
