/* One walk by several threads: see walk.h, and crew.h for the threads. */
#ifndef IOWALK_WALK_CREW_H
#define IOWALK_WALK_CREW_H

#include "crew.h"
#include "walk.h"

struct walk_crew;

/* `walk` is initialised and stays the caller's: levels, queue and summary are its own. Memory: what
 * each thread finds, 8 bytes a node in all at most, or with uneven shares up to that for each. */
int walk_crew_new(struct walk *walk, struct crew *crew, struct walk_crew **out);
void walk_crew_free(struct walk_crew *team);

/*
 * A walk. `sink` may be NULL; else each thread records into its own, the nth of the list, and nodes
 * are expanded one at a time. The levels are those of walk_run(), the order within a level is not.
 */
int walk_crew_run(struct walk_crew *team, uint64_t root, struct latency_sink *sink);

#endif
