/* The columns of a table of profiles, and their texts. */
#ifndef IOWALK_REPORT_PROFILE_COLUMNS_H
#define IOWALK_REPORT_PROFILE_COLUMNS_H

#include <stddef.h>

#include "../record/cell_profile.h"

#define PROFILE_COLUMNS_COUNT 7
#define PROFILE_MOST_MAX      400 /* bytes of any of the texts */

extern const char *const profile_column_titles[PROFILE_COLUMNS_COUNT];

/* The share of a column in the wall time; NaN if no part of it is known. */
double profile_share(const struct cell_profile *profile, size_t column);

/* "53%", "-"; "0%" only for less than a twentieth of one. */
void profile_share_text(double share, char *text, size_t size);

/* The largest part by span: "53% blocked in pread64, slotted.neighbors_batch > pread.read_batch". Empty if the
 * profile has no spans. */
void profile_most_text(const struct cell_profile *profile, char *text, size_t size);

#endif
