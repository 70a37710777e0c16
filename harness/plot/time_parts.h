/* Where the time of each profiled cell goes, as stacked bars. */
#ifndef IOWALK_PLOT_TIME_PARTS_H
#define IOWALK_PLOT_TIME_PARTS_H

#include "../record/run.h"

/* Writes an SVG with a row per profiled cell. -ENODATA if the run has no profiles; -ENOMEM. */
int time_parts_svg(FILE *out, const struct run *run);

#endif
