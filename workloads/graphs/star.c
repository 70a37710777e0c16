/*
 * star: 0 → 1, 0 → 2, … 0 → N - 1. This is the widest possible walk: one node with all edges, then
 * one level with all other nodes, which an engine may fetch in any order and at any depth.
 */
#include "../verify.h"

#include "../support/generator.h"

extern const struct graph_ops graph_star;

static uint64_t star_edges_count(const struct graph_params *params)
{
	return params->nodes_count ? params->nodes_count - 1 : 0;
}

static size_t star_next(void *context, uint64_t *cursor, struct edge *edges, size_t max)
{
	const struct graph *graph = context;
	uint64_t first = *cursor;
	size_t count = generator_take(graph->stream.edges_count, cursor, max);

	for (size_t i = 0; i < count; i++)
		edges[i] = (struct edge){.from = 0, .to = first + i + 1};
	return count;
}

static int star_open(const struct graph_params *params, struct graph **out, struct why *why)
{
	return generator_open(&graph_star, params, star_next, out, why);
}

static void star_levels(const struct graph *graph, uint32_t *levels)
{
	uint32_t leaf_level = graph->root == 0 ? 1 : LEVEL_UNREACHED;

	for (uint64_t i = 0; i < graph->stream.nodes_count; i++)
		levels[i] = leaf_level;
	levels[graph->root] = 0;
}

const struct graph_ops graph_star = {
	.name = "star",
	.summary = "0 to all others: two levels, all nodes but one on the second",
	.version = 1,
	.edges_count = star_edges_count,
	.open = star_open,
	.close = generator_close,
	.levels = star_levels,
};
