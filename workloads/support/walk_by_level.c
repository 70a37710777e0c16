/* A walk that tells the end of each level: see walk.h. */
#include "walk_levels.h"

int walk_run_levels(struct walk *walk, struct store *store, uint64_t root,
		    struct level_sink *levels)
{
	return walk_levels(walk, store, root, walk->window, NULL, levels);
}
