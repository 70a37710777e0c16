/* Shared by the files that play a history of a layout: graph_results.c, graph_reading.c and graph_player.c. */
#ifndef IOWALK_CONFORM_GRAPH_PLAYING_H
#define IOWALK_CONFORM_GRAPH_PLAYING_H

#include "graph_player.h"

/* sync() of the layout; once more if it has failed. */
bool graph_play_sync(struct graph_player *player);

/* Plays an operation that only reads: GRAPH_WALK, GRAPH_FIND, GRAPH_LEVEL, GRAPH_CHECK, GRAPH_DROP and GRAPH_SHARE. */
bool graph_play_reading(struct graph_player *player, const struct graph_operation *operation);

/* All of the graph; `what` in messages. */
bool graph_play_compare(struct graph_player *player, const char *what);

#endif
