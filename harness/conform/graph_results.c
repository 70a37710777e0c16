/* Results of hooks, and sync: see graph_playing.h. */
#include "graph_playing.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool graph_differs(struct graph_player *player, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (!*player->error)
		vsnprintf(player->error, GRAPH_ERROR_BYTES, format, arguments);
	va_end(arguments);
	player->is_excused = false;
	return false;
}

bool graph_has_fault(const struct graph_player *player)
{
	return player->intercept && atomic_load(&player->intercept->injected) > 0;
}

bool graph_same_result(struct graph_player *player, const char *what, int got, int expected,
		       const struct why *why)
{
	if (got == expected)
		return true;
	player->is_excused = got < 0 && graph_has_fault(player);
	return !player->is_excused &&
	       graph_differs(player, "%s gives %d (%s), not %d%s%.100s", what, got,
			     strerror(got < 0 ? -got : got), expected,
			     why && *why->text ? ": " : "", why ? why->text : "");
}

/* A sync has failed: does a second one promise what the file does not have? */
static bool sync_again(struct graph_player *player)
{
	if (!player->is_excused)
		return false;
	int got = GRAPH_HOOK(player, player->layout->ops->sync(player->store));
	return !got && atomic_load(&player->intercept->lost) && player->demand.is_dirty &&
	       graph_differs(player, "a second sync reports success, though nothing was written "
				     "again after the first has failed");
}

bool graph_play_sync(struct graph_player *player)
{
	int got = GRAPH_HOOK(player, player->layout->ops->sync(player->store));
	struct intercept *intercept = player->intercept;

	if (!got && intercept && player->demand.is_dirty && atomic_load(&intercept->lost))
		return graph_differs(player, "sync reports success, though the kernel's has "
					     "failed");
	if (!got && intercept && player->demand.is_dirty && atomic_load(&intercept->unsynced))
		return graph_differs(player, "sync reports success, with a write after the "
					     "kernel's");
	return graph_same_result(player, "sync", got, 0, &player->store->why) || sync_again(player);
}
