/* The walks of walk.h over a store with ids of 4 bytes. */
#include "walk_levels.h"

int walk_run_ids32(struct walk *walk, struct store *store, uint64_t root)
{
	return walk_levels(walk, store, root, walk->window, NULL, NULL, true);
}

int walk_run_ids32_latency(struct walk *walk, struct store *store, uint64_t root,
			   struct latency_sink *sink)
{
	return walk_levels(walk, store, root, 1, sink, NULL, true);
}
