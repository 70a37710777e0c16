/* The times of one cell as a small picture: a row for each process, a dot for each sample, on one linear axis from the least to
 * the largest. One path for each process, so that a thousand cells stay small. */
#ifndef IOWALK_PLOT_SAMPLE_STRIP_H
#define IOWALK_PLOT_SAMPLE_STRIP_H

#include <stdio.h>

#include "../record/run.h"

/* Writes the SVG of refs[count], all of one cell; those that are no times are left out. -ENODATA if there is no time. */
int sample_strip(FILE *out, const struct sample_ref *refs, size_t count);

#endif
