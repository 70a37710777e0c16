/* Accepted regressions: see accept.h. */
#include "accept.h"

#include "../base/pattern.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_MAX 16 /* "2027-01-31" */

static void read_today(char text[DAY_MAX])
{
	time_t now = time(NULL);
	struct tm utc;

	gmtime_r(&now, &utc);
	strftime(text, DAY_MAX, "%Y-%m-%d", &utc);
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

		if (pattern_compile("", text_of(accept, "pattern"), &regex, NULL))
			continue; /* the suite's reader refuses it */
		if (pattern_matches(&regex, cell)) {
			found = accept;
			*ended = strcmp(today, text_of(accept, "until")) > 0;
		}
		regfree(&regex);
	}
	return found;
}

bool accept_has(const json_t *accepts, const char *cell)
{
	char today[DAY_MAX];
	bool ended;

	read_today(today);
	return find(accepts, cell, today, &ended) && !ended;
}

int accept_known(struct comparison *comparison, const json_t *accepts)
{
	char today[DAY_MAX];
	int err = 0;

	read_today(today);
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
