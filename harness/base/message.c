/* Messages and exit statuses: see message.h. */
#include "message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

void message(const char *format, ...)
{
	va_list arguments;

	fputs("iowalk: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
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
