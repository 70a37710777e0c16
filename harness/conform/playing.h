/* Shared by the files that play a history: comparing.c, access.c and player.c. */
#ifndef IOWALK_CONFORM_PLAYING_H
#define IOWALK_CONFORM_PLAYING_H

#include "player.h"

/* Does the engine discard all that is written, the file as well? */
static inline bool player_keeps_nothing(const struct player *player)
{
	return player->subject->ops->capabilities & ENGINE_NO_DATA;
}

/* play_same_result() of a hook that gives no reason. */
static inline bool player_same_result(struct player *player, const char *what, int got,
				      int expected)
{
	return play_same_result(&player->play, what, got, expected, NULL);
}

/* Are these the bytes of the array from `offset` on? */
bool player_same_bytes(struct player *player, const char *what, const unsigned char *got,
		       size_t offset, size_t len_bytes);

/* read() of the engine, compared. */
bool player_read(struct player *player, const struct history_operation *operation);

/* map() of the engine, compared. */
bool player_map(struct player *player, const struct history_operation *operation);

/* Call probe(), in a folder beside the file, and huge_pages(), and check what they say of the machine. */
bool player_probe(struct player *player);
bool player_huge_pages(struct player *player);

/* Plays an operation up to HISTORY_ADVISE: those that access a range. */
bool player_access(struct player *player, const struct history_operation *operation);

#endif
