/* Time: the clock that measures, and the date of a record. */
#ifndef IOWALK_BASE_CLOCK_H
#define IOWALK_BASE_CLOCK_H

#include "../../engines/support/clock.h"

#define UTC_STAMP_MAX 32 /* bytes; enough for both forms */

/* The current time as in records: "2026-01-31T12:00:00Z". */
void utc_stamp(char text[UTC_STAMP_MAX]);

/* The current time as in folder names, without colons: "2026-01-31T120000Z". */
void utc_folder_stamp(char text[UTC_STAMP_MAX]);

#endif
