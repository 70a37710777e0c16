/* The profiles of a run as a table: where the time of each cell goes. */
#ifndef IOWALK_REPORT_PROFILE_TABLE_H
#define IOWALK_REPORT_PROFILE_TABLE_H

#include "../record/run.h"

/*
 * One row a cell: the wall time of a walk, the shares of user code, system calls, faults, waiting for a processor
 * and waiting for a device or a lock, what is left, and the span and call with the largest share. Cells without a
 * profile are left out. Below it, notes that change the reading, what the device saw, the levels if there is one cell, and, with_problems, the cells that failed or were skipped.
 */
void profile_table_print(FILE *out, const struct run *run, bool with_problems, bool color);

/* The same as an array of {"cell", "metrics", "spans", "calls", "levels", "device", "hardware"}, what there is of them. New
 * reference. */
json_t *profile_table_json(const struct run *run);

#endif
