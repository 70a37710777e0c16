/* Shared by all graphs: see generator.h. */
#include "generator.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

int generator_check(const struct graph_params *params, struct why *why)
{
	if (params->nodes_count == 0)
		return why_set(why, -EINVAL, "a graph needs at least 1 node");
	if (params->has_root && params->root >= params->nodes_count)
		return why_set(why, -EINVAL,
			       "root %" PRIu64 " is not a node: the graph has nodes 0 to %" PRIu64,
			       params->root, params->nodes_count - 1);
	return 0;
}

void generator_init(struct graph *graph, const struct graph_ops *ops,
		    const struct graph_params *params, uint64_t edges_count, uint64_t default_root,
		    size_t (*next)(void *context, uint64_t *cursor, struct edge *edges, size_t max))
{
	graph->ops = ops;
	graph->stream.next = next;
	graph->stream.context = graph;
	graph->stream.nodes_count = params->nodes_count;
	graph->stream.edges_count = edges_count;
	graph->root = params->has_root ? params->root : default_root;
}

int generator_open(const struct graph_ops *ops, const struct graph_params *params,
		   size_t (*next)(void *context, uint64_t *cursor, struct edge *edges, size_t max),
		   struct graph **out, struct why *why)
{
	int err = generator_check(params, why);

	if (err)
		return err;
	struct graph *graph = calloc(1, sizeof(*graph));
	if (!graph)
		return why_set(why, -ENOMEM, "%s: out of memory", ops->name);
	generator_init(graph, ops, params, ops->edges_count(params), 0, next);
	*out = graph;
	return 0;
}

void generator_close(struct graph *graph)
{
	free(graph);
}
