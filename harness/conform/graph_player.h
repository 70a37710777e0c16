/* Plays a history of a layout on an engine, with a mark at the begin and the end of each operation (recording.h). */
#ifndef IOWALK_CONFORM_GRAPH_PLAYER_H
#define IOWALK_CONFORM_GRAPH_PLAYER_H

#include "power_history.h"
#include "subject.h"

/*
 * Creates `path`, plays all operations, and closes, which is the operation after the last. 0, or an error with the operation
 * and the reason in `why`.
 */
int graph_play(const struct conform_subject *subject, const struct layout_ops *layout,
	       const char *path, const struct power_history *history, struct why *why);

#endif
