/*
 * chain: 0 → 1 → … → N - 1, inserted in this order, so that neighbours in the graph are neighbours
 * in the file. This is the deepest possible walk: one node per level, so that an engine has no
 * frontier to look ahead in.
 */
#include "../verify.h"

#include "../support/generator.h"

extern const struct graph_ops graph_chain;

static uint64_t chain_edges_count(const struct graph_params *params)
{
	return params->nodes_count ? params->nodes_count - 1 : 0;
}

static size_t chain_next(void *context, uint64_t *cursor, struct edge *edges, size_t max)
{
	const struct graph *graph = context;
	uint64_t first = *cursor;
	size_t count = generator_take(graph->stream.edges_count, cursor, max);

	for (size_t i = 0; i < count; i++)
		edges[i] = (struct edge){.from = first + i, .to = first + i + 1};
	return count;
}

static int chain_open(const struct graph_params *params, struct graph **out, struct why *why)
{
	return generator_open(&graph_chain, params, chain_next, out, why);
}

static void chain_levels(const struct graph *graph, uint32_t *levels)
{
	for (uint64_t i = 0; i < graph->stream.nodes_count; i++)
		levels[i] = i < graph->root ? LEVEL_UNREACHED : (uint32_t)(i - graph->root);
}

const struct graph_ops graph_chain = {
	.name = "chain",
	.summary = "0 to 1 to 2 ... : one node per level, in the order of the file",
	.capabilities = GRAPH_IS_CHAIN,
	.version = 1,
	.edges_count = chain_edges_count,
	.open = chain_open,
	.close = generator_close,
	.levels = chain_levels,
};
