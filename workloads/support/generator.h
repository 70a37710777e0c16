/* Shared by all graphs in workloads/graphs/. */
#ifndef IOWALK_GENERATOR_H
#define IOWALK_GENERATOR_H

#include "../graph.h"

/* -EINVAL with the reason in `why` if nodes_count is 0 or the root is not a node. */
int generator_check(const struct graph_params *params, struct why *why);

/*
 * Initialises a zeroed graph: ops, sizes, and a stream whose context is the graph. The root is that
 * of `params` or else default_root.
 */
void generator_init(struct graph *graph, const struct graph_ops *ops,
		    const struct graph_params *params, uint64_t edges_count, uint64_t default_root,
		    size_t (*next)(void *context, uint64_t *cursor, struct edge *edges,
				   size_t max));

/*
 * The open() of a graph that needs only its parameters; the default root is 0. -EINVAL as above, or
 * -ENOMEM, with the reason in `why`. generator_close() is its close().
 */
int generator_open(const struct graph_ops *ops, const struct graph_params *params,
		   size_t (*next)(void *context, uint64_t *cursor, struct edge *edges, size_t max),
		   struct graph **out, struct why *why);
void generator_close(struct graph *graph);

/* For a stream whose cursor is an index: the number of edges to return; advances the cursor. */
static inline size_t generator_take(uint64_t edges_count, uint64_t *cursor, size_t max)
{
	uint64_t left_count = *cursor < edges_count ? edges_count - *cursor : 0;
	size_t count = left_count < max ? (size_t)left_count : max;

	*cursor += count;
	return count;
}

#endif
