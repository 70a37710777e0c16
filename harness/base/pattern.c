/* Regular expressions: see pattern.h. */
#include "pattern.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

int pattern_compile(const char *what, const char *expression, regex_t *out, struct why *why)
{
	char text[96];
	int failed = regcomp(out, expression, REG_EXTENDED | REG_NOSUB);

	if (!failed)
		return 0;
	regerror(failed, out, text, sizeof(text));
	return why_set(why, -EINVAL, "%s '%.80s': %s", what, expression, text);
}

char *pattern_of_text(const char *text)
{
	char *pattern = malloc(2 * strlen(text) + 3),
	     *to = pattern; /* '^', each character escaped, '$', '\0' */

	if (!pattern)
		return NULL;
	*to++ = '^';
	for (; *text; text++) {
		if (strchr("\\^$.[]|()*+?{}", *text))
			*to++ = '\\';
		*to++ = *text;
	}
	*to++ = '$';
	*to = '\0';
	return pattern;
}

bool pattern_matches(const regex_t *pattern, const char *text)
{
	return regexec(pattern, text, 0, NULL, 0) == 0;
}
