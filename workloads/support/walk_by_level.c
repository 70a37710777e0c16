/* The walks of walk.h over a store of either width of ids, and a walk that tells the end of each level. */
#include "walk_levels.h"

int walk_run(struct walk *walk, struct store *store, uint64_t root)
{
	return store->narrow_ids ? walk_run_ids32(walk, store, root)
				 : walk_run_ids64(walk, store, root);
}

int walk_run_latency(struct walk *walk, struct store *store, uint64_t root,
		     struct latency_sink *sink)
{
	return store->narrow_ids ? walk_run_ids32_latency(walk, store, root, sink)
				 : walk_run_ids64_latency(walk, store, root, sink);
}

int walk_run_levels(struct walk *walk, struct store *store, uint64_t root,
		    struct level_sink *levels)
{
	return store->narrow_ids
		       ? walk_levels(walk, store, root, walk->window, NULL, levels, true)
		       : walk_levels(walk, store, root, walk->window, NULL, levels, false);
}
