/* The flame graphs of all profiled cells of a run. */
#ifndef IOWALK_PLOT_FLAMES_H
#define IOWALK_PLOT_FLAMES_H

#include "../record/run.h"

/* Writes plots/flame-CELL.svg for each profiled cell into the folder of the run; slashes and colons in
 * the name become hyphens. Does nothing without profiles. *count: how many. 0 or negative errno with the reason. */
int flames_draw_run(const struct run *run, size_t *count, struct why *why);

#endif
