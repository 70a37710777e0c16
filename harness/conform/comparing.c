/* Results and bytes of engine and array: see playing.h. */
#include "playing.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

bool player_differs(struct player *player, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (!*player->error)
		vsnprintf(player->error, PLAYER_ERROR_BYTES, format, arguments);
	va_end(arguments);
	player->is_excused = false;
	return false;
}

bool player_has_fault(const struct player *player)
{
	return player->intercept && atomic_load(&player->intercept->injected) > 0;
}

bool player_same_result(struct player *player, const char *what, int got, int expected)
{
	if (got == expected)
		return true;
	player->is_excused = got < 0 && got != -EPROTO && player_has_fault(player);
	return !player->is_excused && player_differs(player, "%s gives %d (%s), not %d", what, got,
						     strerror(got < 0 ? -got : got), expected);
}

bool player_same_bytes(struct player *player, const char *what, const unsigned char *got,
		       size_t offset, size_t len_bytes)
{
	size_t i = 0;

	if (len_bytes == 0 || memcmp(got, player->model + offset, len_bytes) == 0)
		return true;
	while (got[i] == player->model[offset + i])
		i++;
	return player_differs(player, "%s: byte %zu is 0x%02x, not 0x%02x", what, offset + i,
			      got[i], player->model[offset + i]);
}
