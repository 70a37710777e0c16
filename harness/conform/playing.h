/* Shared by the files that play a history: comparing.c, access.c and player.c. */
#ifndef IOWALK_CONFORM_PLAYING_H
#define IOWALK_CONFORM_PLAYING_H

#include "player.h"

/* Calls a hook of the engine: only then faults are injected. */
#define HOOK(player, call)                                                                         \
	({                                                                                         \
		intercept_arm((player)->intercept);                                                \
		__auto_type result_ = (call);                                                      \
		intercept_unarm((player)->intercept);                                              \
		result_;                                                                           \
	})

/* Records a difference, the first one only, and returns false. */
bool player_differs(struct player *player, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Does the engine discard all that is written, the file as well? */
static inline bool player_keeps_nothing(const struct player *player)
{
	return player->subject->ops->capabilities & ENGINE_NO_DATA;
}

/* Has a fault been injected? */
bool player_has_fault(const struct player *player);

/*
 * Is the result of a hook as expected? An error after a fault is no difference: the result is false, and
 * player->is_excused is set.
 */
bool player_same_result(struct player *player, const char *what, int got, int expected);

/* Are these the bytes of the array from `offset` on? */
bool player_same_bytes(struct player *player, const char *what, const unsigned char *got,
		       size_t offset, size_t len_bytes);

/* read() of the engine, compared. */
bool player_read(struct player *player, const struct history_operation *operation);

/* map() of the engine, compared. */
bool player_map(struct player *player, const struct history_operation *operation);

/* The hooks that ask what the machine can do, compared: probe() in a folder beside the file, and huge_pages(). */
bool player_probe(struct player *player);
bool player_huge_pages(struct player *player);

/* Plays an operation up to HISTORY_ADVISE: those that access a range. */
bool player_access(struct player *player, const struct history_operation *operation);

#endif
