/* Shared by the files that play a history of a layout: graph_player.c, graph_opening.c, graph_reading.c and graph_damaged.c. */
#ifndef IOWALK_CONFORM_GRAPH_PLAYING_H
#define IOWALK_CONFORM_GRAPH_PLAYING_H

#include "graph_player.h"

/* Opens or creates the file, then the graph. 0 or the error of the hook; then it is NULL in the player. */
int graph_play_open_engine(struct graph_player *player, unsigned flags);
int graph_play_open_store(struct graph_player *player, unsigned flags, struct why *why);

/* Closes what is open, and returns whether there was no error. graph_play_close_both(): with the errors of the two. */
bool graph_play_close(struct graph_player *player);
void graph_play_close_both(struct graph_player *player, int *err, int *engine_err);

/* session_compact() of the closed files: 0, or an error with its reason. */
int graph_play_compact(struct graph_player *player, struct why *why);

/* Does a sync promise anything? Not of a store with its own I/O that has none, or that is open for reading, whatever close left. */
bool graph_play_promises(const struct graph_player *player);

/* sync() of the layout; once more if it has failed. */
bool graph_play_sync(struct graph_player *player);

/* Plays an operation that only reads: GRAPH_WALK, GRAPH_FIND, GRAPH_LEVEL, GRAPH_CHECK, GRAPH_DROP and GRAPH_SHARE. */
bool graph_play_reading(struct graph_player *player, const struct graph_operation *operation);

/* Plays GRAPH_DAMAGE; or, on damaged files, any other operation, which may give an error that says what is broken. */
bool graph_play_damaged(struct graph_player *player, const struct graph_operation *operation);
bool graph_play_close_damaged(struct graph_player *player);

/* All of the graph; `what` in messages. */
bool graph_play_compare(struct graph_player *player, const char *what);

#endif
