/* Results and bytes of engine and array: see playing.h. */
#include "playing.h"

#include <errno.h>
#include <string.h>

bool player_same_bytes(struct player *player, const char *what, const unsigned char *got,
		       size_t offset, size_t len_bytes)
{
	size_t i = 0;

	if (len_bytes == 0 || memcmp(got, player->model + offset, len_bytes) == 0)
		return true;
	while (got[i] == player->model[offset + i])
		i++;
	return play_differs(&player->play, "%s: byte %zu is 0x%02x, not 0x%02x", what, offset + i,
			    got[i], player->model[offset + i]);
}
