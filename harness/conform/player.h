/*
 * Plays a history on an engine and on a plain array of bytes, and compares each result, at intervals the whole
 * file as well: through the engine, through another instance, and directly.
 */
#ifndef IOWALK_CONFORM_PLAYER_H
#define IOWALK_CONFORM_PLAYER_H

#include <stdbool.h>

#include "history.h"
#include "play.h"
#include "subject.h"
#include "synced.h"

/* What a hook has shown to do in this instance: the contract leaves it the choice, but not the change. */
enum player_choice { PLAYER_UNKNOWN, PLAYER_DOES, PLAYER_DOES_NOT };

struct player {
	const struct conform_subject *subject;
	const char *path; /* of the file, which is created anew */
	struct engine *engine;
	bool writable;
	enum player_choice maps;   /* does map() give pointers? */
	enum player_choice copies; /* opened for reading: do writes go into copies? */
	size_t size_bytes;
	unsigned char *model; /* [HISTORY_SIZE_MAX_BYTES], zero beyond size_bytes */
	unsigned char
		*file; /* [size_bytes] of it: the file's content while writes go into copies */
	unsigned char *buffer; /* [HISTORY_BATCH_MAX * HISTORY_LEN_MAX_BYTES] */
	struct synced synced;  /* what may not be lost */
	struct play play;
	volatile size_t *at; /* the caller's: index of the operation being played */
};

/* Allocates the arrays. -ENOMEM. player_release() frees them. */
int player_init(struct player *player, const struct conform_subject *subject, const char *path);
void player_release(struct player *player);

/* Before another history: as after player_init(), with the same arrays. */
void player_reset(struct player *player);

/* Removes the folder in which probe() was tried by a process that has ended before it could. */
void player_remove_folder(const char *path);

/*
 * Plays a history on a new file, then opens the file again and compares all of it. Returns whether engine and
 * array agree; if not, *player->at is the operation at which they differ. The engine is closed, and what it left
 * open counts as a difference.
 *
 * With faults (`intercept`) a hook may report one. Reading goes on after that. After another hook the engine is
 * closed, and the file has to have what was synced. A fault that no hook reports may have no consequences.
 */
bool player_play(struct player *player, const struct history_operation *operations, size_t count);

#endif
