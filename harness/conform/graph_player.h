/*
 * Plays a history of a layout on an engine and on the model of its graph (graph_states.h), and compares each result. At the begin and the
 * end of each operation is a mark for a recording (recording.h).
 */
#ifndef IOWALK_CONFORM_GRAPH_PLAYER_H
#define IOWALK_CONFORM_GRAPH_PLAYER_H

#include "damage.h"
#include "graph_judge.h"
#include "play.h"
#include "trial.h"

#define GRAPH_MOVED ".moved" /* after the path: where `rename` puts the file for a moment */

struct graph_player {
	const struct conform_subject *subject;
	const struct conform_layout *layout;
	const char *path; /* of the file, which is created anew */
	struct play play;
	bool is_recorded;      /* stores into a mapping are looked at after each write */
	struct engine *engine; /* NULL under a store with its own I/O */
	struct store *store;
	struct graph_states states;
	struct graph_demand demand; /* what may not be lost */
	/* Of a store with its own I/O, which was asked for more than it can: */
	bool is_read_only, has_no_inserts, is_never_durable;
	bool is_loaded; /* by a bulk, and not changed since */
	struct damage
		damage; /* is_saved: the files were damaged, and what they have is not known any more */
	volatile size_t *at; /* the caller's: index of the operation being played */
	/* The engine's table, with a look after each write: a page may reach the device between two writes. */
	struct engine_ops looking;
	const struct engine_ops *looked_at;
};

/* Begins with a new file. All return whether layout and model agree; a hook that reports a fault sets play.is_excused, and the result is false. */
bool graph_play_begin(struct graph_player *player);

/* The operations, after those that were played before. */
bool graph_play(struct graph_player *player, const struct graph_history *history);

/* Closes what is open; as an operation behind the last. */
bool graph_play_end(struct graph_player *player);

/* Frees what the model has. */
void graph_player_release(struct graph_player *player);

#endif
