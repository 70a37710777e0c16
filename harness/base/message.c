/* What the commands share: see cli/commands.h. */
#include "../cli/commands.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void message(const char *format, ...)
{
	va_list arguments;

	fputs("iowalk: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

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

int status_of(int err)
{
	switch (-err) {
	case EINVAL:
	case ENOENT:
	case ENOTDIR:
	case EISDIR:
	case EBADMSG:
	case EEXIST:
		return STATUS_USAGE;
	default:
		return STATUS_FAILURE;
	}
}
