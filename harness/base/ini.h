/*
 * INI files, read by libinih: suites, profiles and targets. All errors have the same form:
 * "'PATH', line N: REASON".
 */
#ifndef IOWALK_BASE_INI_H
#define IOWALK_BASE_INI_H

#include "../../engines/why.h"

/* The hooks return 0, or negative errno with the reason in `why`, which ends reading. */
struct ini_hooks {
	/* Called at "[SECTION]". NULL: any section is valid. */
	int (*begin)(void *context, const char *section, struct why *why);
	/* Called for each "KEY = VALUE"; `section` is "" before the first. */
	int (*key)(void *context, const char *section, const char *key, const char *value,
		   struct why *why);
	/* Called after the last key of a section; errors name the line of its "[SECTION]". May be
	 * NULL. */
	int (*end)(void *context, struct why *why);
};

/* Reads `path`, UTF-8 text.
 * The error of a hook, -EINVAL if a line is not INI, or the error of open and read. */
int ini_read(const char *path, const struct ini_hooks *hooks, void *context, struct why *why);

#endif
