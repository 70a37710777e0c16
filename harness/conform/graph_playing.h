/* Shared by the files that play a history of a layout: graph_results.c, graph_reading.c and graph_player.c. */
#ifndef IOWALK_CONFORM_GRAPH_PLAYING_H
#define IOWALK_CONFORM_GRAPH_PLAYING_H

#include "graph_player.h"

/* Calls a hook: only then faults are injected. */
#define GRAPH_HOOK(player, call)                                                                   \
	({                                                                                         \
		intercept_arm((player)->intercept);                                                \
		__auto_type result_ = (call);                                                      \
		intercept_unarm((player)->intercept);                                              \
		result_;                                                                           \
	})

/* Records a difference, the first one only, and returns false. */
bool graph_differs(struct graph_player *player, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Is the result of a hook as expected? An error after a fault is no difference: the result is false, and
 * player->is_excused is set. `why` may be NULL: the reason of an error.
 */
bool graph_same_result(struct graph_player *player, const char *what, int got, int expected,
		       const struct why *why);

/* Has a fault been injected? */
bool graph_has_fault(const struct graph_player *player);

/* sync() of the layout; once more if it has failed. */
bool graph_play_sync(struct graph_player *player);

/* Plays an operation that only reads: GRAPH_WALK, GRAPH_FIND, GRAPH_LEVEL, GRAPH_CHECK, GRAPH_DROP and GRAPH_SHARE. */
bool graph_play_reading(struct graph_player *player, const struct graph_operation *operation);

/* All of the graph; `what` in messages. */
bool graph_play_compare(struct graph_player *player, const char *what);

#endif
