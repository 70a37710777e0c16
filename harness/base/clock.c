/* Dates of records: see clock.h. */
#include "clock.h"

static void stamp(char text[UTC_STAMP_MAX], const char *format)
{
	time_t now = time(NULL);
	struct tm utc;

	text[0] = '\0';
	if (gmtime_r(&now, &utc) != NULL)
		strftime(text, UTC_STAMP_MAX, format, &utc);
}

void utc_stamp(char text[UTC_STAMP_MAX])
{
	stamp(text, "%Y-%m-%dT%H:%M:%SZ");
}

void utc_folder_stamp(char text[UTC_STAMP_MAX])
{
	stamp(text, "%Y-%m-%dT%H%M%SZ");
}
