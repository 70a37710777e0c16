/* Sync, and what it promises: see graph_playing.h. */
#include "graph_playing.h"

/* A sync has failed: does a second one promise what the file does not have? */
static bool sync_again(struct graph_player *player)
{
	if (!player->play.is_excused)
		return false;
	int got = PLAY_HOOK(player, player->layout->ops->sync(player->store));
	return !got && atomic_load(&player->play.intercept->lost) && player->demand.is_dirty &&
	       play_differs(&player->play,
			    "a second sync reports success, though nothing was written "
			    "again after the first has failed");
}

bool graph_play_promises(const struct graph_player *player)
{
	return (player->states.writable && !player->is_never_durable) ||
	       !(player->layout->ops->capabilities & LAYOUT_REFERENCE);
}

bool graph_play_sync(struct graph_player *player)
{
	int got = PLAY_HOOK(player, player->layout->ops->sync(player->store));
	struct intercept *intercept = graph_play_promises(player) ? player->play.intercept : NULL;

	if (!got && intercept && player->demand.is_dirty && atomic_load(&intercept->lost))
		return play_differs(&player->play, "sync reports success, though the kernel's has "
						   "failed");
	if (!got && intercept && player->demand.is_dirty && atomic_load(&intercept->unsynced))
		return play_differs(&player->play, "sync reports success, with a write after the "
						   "kernel's");
	return play_same_result(&player->play, "sync", got, 0, &player->store->why) ||
	       sync_again(player);
}
