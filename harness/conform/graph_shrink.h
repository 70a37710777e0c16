/* Makes a history of a layout that fails as short as possible, and its numbers small. */
#ifndef IOWALK_CONFORM_GRAPH_SHRINK_H
#define IOWALK_CONFORM_GRAPH_SHRINK_H

#include "graph_history.h"

/*
 * Leaves out operations, then makes numbers smaller, for as long as fails(context, candidate) gives 1: it fails, and `context` keeps
 * how. 0: it does not; negative errno ends it, and is returned. At least one operation stays.
 */
int graph_shrink(struct graph_history *history,
		 int (*fails)(void *context, const struct graph_history *candidate), void *context);

#endif
