/* The flame graphs of all profiled cells of a run. */
#ifndef IOWALK_PLOT_FLAMES_H
#define IOWALK_PLOT_FLAMES_H

#include "../record/run.h"

/* Draws one profile (a line of stacks.jsonl.gz) as FOLDER/flame-CELL.svg, beside another of the same cell if `before` is not
 * NULL; *path, of size bytes, gets its name. 0, -ENAMETOOLONG, or what writing gives. */
int flames_draw(const char *folder, const char *cell, const json_t *profile, const json_t *before,
		char *path, size_t size);

/* Writes plots/flame-CELL.svg for each profiled cell into the folder of the run; slashes and colons in
 * the name become hyphens. Does nothing without profiles. *count: how many. 0 or negative errno with the reason. */
int flames_draw_run(const struct run *run, size_t *count, struct why *why);

#endif
