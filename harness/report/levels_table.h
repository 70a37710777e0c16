/* The levels of a profiled walk, as a table. */
#ifndef IOWALK_REPORT_LEVELS_TABLE_H
#define IOWALK_REPORT_LEVELS_TABLE_H

#include "../base/text.h"
#include "../record/cell_profile.h"

/* Time, nodes, edges, calls and bytes of each level of the profile's walk, the first 20 and the rest as one row. Nothing
 * if its levels are unknown or have one node each. */
void levels_table_print(FILE *out, const struct cell_profile *profile, const struct style *style);

#endif
