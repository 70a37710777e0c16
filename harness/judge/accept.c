/* Accepted regressions: see accept.h. */
#include "accept.h"

#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_MAX 16 /* "2027-01-31" */

static const char *day_or_now(const char *today, char text[DAY_MAX])
{
	time_t now = time(NULL);
	struct tm utc;

	if (today)
		return today;
	gmtime_r(&now, &utc);
	strftime(text, DAY_MAX, "%Y-%m-%d", &utc);
	return text;
}

static const char *text_of(const json_t *accept, const char *key)
{
	const char *text = json_string_value(json_object_get(accept, key));

	return text ? text : "";
}

/* The acceptance of the cell: one that has not ended, else one that has; NULL if there is none. */
static const json_t *find(const json_t *accepts, const char *cell, const char *today, bool *ended)
{
	const json_t *found = NULL;

	*ended = true;
	for (size_t i = 0; *ended && i < json_array_size(accepts); i++) {
		const json_t *accept = json_array_get(accepts, i);
		regex_t regex;

		if (regcomp(&regex, text_of(accept, "pattern"), REG_EXTENDED | REG_NOSUB))
			continue; /* the suite's reader refuses it */
		if (regexec(&regex, cell, 0, NULL, 0) == 0) {
			found = accept;
			*ended = strcmp(today, text_of(accept, "until")) > 0;
		}
		regfree(&regex);
	}
	return found;
}

bool accept_has(const json_t *accepts, const char *cell, const char *today)
{
	char day[DAY_MAX];
	bool ended;

	return find(accepts, cell, day_or_now(today, day), &ended) && !ended;
}

int accept_known(struct comparison *comparison, const json_t *accepts, const char *today)
{
	char day[DAY_MAX];
	int err = 0;

	today = day_or_now(today, day);
	for (size_t i = 0; !err && i < comparison->cells_count; i++) {
		struct cell_change *cell = &comparison->cells[i];
		bool ended;
		const json_t *accept = cell->verdict == VERDICT_REGRESSION
					       ? find(accepts, cell->name, today, &ended)
					       : NULL;
		if (!accept)
			continue;
		if (!ended)
			cell->verdict = VERDICT_ACCEPTED;
		err = cell_add_note(cell, "%s %s: %s",
				    ended ? "its acceptance ended on" : "accepted until",
				    text_of(accept, "until"), text_of(accept, "reason"));
	}
	return err;
}
