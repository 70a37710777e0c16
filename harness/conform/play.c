/* See play.h. */
#include "play.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool play_differs(struct play *play, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (!*play->error)
		vsnprintf(play->error, PLAY_ERROR_BYTES, format, arguments);
	va_end(arguments);
	play->is_excused = false;
	return false;
}

bool play_has_fault(const struct play *play)
{
	return play->intercept && atomic_load(&play->intercept->injected) > 0;
}

bool play_same_result(struct play *play, const char *what, int got, int expected,
		      const struct why *why)
{
	if (got == expected)
		return true;
	play->is_excused = got < 0 && got != -EPROTO && play_has_fault(play);
	return !play->is_excused &&
	       play_differs(play, "%s gives %d (%s), not %d%s%.100s", what, got,
			    strerror(got < 0 ? -got : got), expected, why && *why->text ? ": " : "",
			    why ? why->text : "");
}
