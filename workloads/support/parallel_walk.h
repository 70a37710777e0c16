/* One walk by several threads: see walk.h and thread_pool.h. */
#ifndef IOWALK_PARALLEL_WALK_H
#define IOWALK_PARALLEL_WALK_H

#include "thread_pool.h"
#include "walk.h"

struct parallel_walk;

/* `walk` is initialised, not with WALK_ORDER_FOUND (threads have no one order of finding); it stays the caller's and holds
 * levels, queue and summary. Memory: a bit per node for each thread but the first, and at most 128 KiB per
 * thread. */
int parallel_walk_new(struct walk *walk, struct thread_pool *pool, struct parallel_walk **out);
void parallel_walk_free(struct parallel_walk *parallel);

/*
 * A walk. `sink` may be NULL; else each thread records into its own, the nth of the list, and nodes
 * are expanded one at a time. The levels are those of walk_run(), the order within a level is not.
 */
int parallel_walk_run(struct parallel_walk *parallel, uint64_t root, struct latency_sink *sink);

#endif
