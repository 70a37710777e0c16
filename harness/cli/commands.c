/* What the commands share: see commands.h. */
#include "commands.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int usage_error(const char *command)
{
	message("try `iowalk %s --help`", command);
	return STATUS_USAGE;
}

bool color_parse(const char *when, FILE *stream, bool *color)
{
	const char *none = getenv("NO_COLOR"); /* https://no-color.org */

	if (strcmp(when, "auto") == 0)
		*color = isatty(fileno(stream)) && !(none && *none);
	else if (strcmp(when, "always") == 0 || strcmp(when, "never") == 0)
		*color = *when == 'a';
	else
		return false;
	return true;
}
