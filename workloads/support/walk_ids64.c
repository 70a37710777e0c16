/* The walks of walk.h over a store with ids of 8 bytes. */
#include "walk_levels.h"

int walk_run_ids64(struct walk *walk, struct store *store, uint64_t root)
{
	return walk_levels(walk, store, root, walk->window, NULL, NULL, false);
}

int walk_run_ids64_latency(struct walk *walk, struct store *store, uint64_t root,
			   struct latency_sink *sink)
{
	return walk_levels(walk, store, root, 1, sink, NULL, false);
}
