/* Time: the clock that measures, and the date of a record. */
#ifndef IOWALK_BASE_CLOCK_H
#define IOWALK_BASE_CLOCK_H

#include "../../engines/support/clock.h"

#define UTC_STAMP_MAX 32 /* bytes, more than either form needs */

/* Now, as records have it: "2026-01-31T12:00:00Z". */
void utc_stamp(char text[UTC_STAMP_MAX]);

/* Now, as folder names have it, without colons: "2026-01-31T120000Z". */
void utc_folder_stamp(char text[UTC_STAMP_MAX]);

#endif
