/* Regular expressions that the user gives: POSIX extended, regex(7). */
#ifndef IOWALK_BASE_PATTERN_H
#define IOWALK_BASE_PATTERN_H

#include <regex.h>
#include <stdbool.h>

#include "../../engines/why.h"

/* Release *out with regfree(). -EINVAL with "WHAT 'EXPRESSION': …" in `why`; nothing to release. */
int pattern_compile(const char *what, const char *expression, regex_t *out, struct why *why);

/* The expression that matches this text only. free() it; NULL: no memory. */
char *pattern_of_text(const char *text);

bool pattern_matches(const regex_t *pattern, const char *text);

#endif
