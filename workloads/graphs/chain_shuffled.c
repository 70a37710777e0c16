/*
 * chain-shuffled: a chain through nodes in random order, p[0] → p[1] → … → p[N - 1], with the edges
 * inserted in that order. It is as deep as chain, but each step goes to another place in the file,
 * so that read-ahead by address cannot help.
 *
 * The permutation p is a Fisher-Yates shuffle in Durstenfeld's form (Algorithm 235, CACM 7(7),
 * 1964; Knuth's Algorithm P), drawn from the seed. Memory: 8 bytes per node while the graph is
 * open.
 */
#include "../verify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "../support/generator.h"
#include "../support/mix.h"

extern const struct graph_ops graph_chain_shuffled;

struct shuffled {
	struct graph base;   /* first member: the graph pointer is cast to this */
	uint64_t *positions; /* p: [nodes_count] the ids, in the order of the chain */
};

static uint64_t shuffled_edges_count(const struct graph_params *params)
{
	return params->nodes_count ? params->nodes_count - 1 : 0;
}

static size_t shuffled_next(void *context, uint64_t *cursor, struct edge *edges, size_t max)
{
	const struct shuffled *shuffled = context;
	uint64_t first = *cursor;
	size_t count = generator_take(shuffled->base.stream.edges_count, cursor, max);
	const uint64_t *ids = shuffled->positions + (count ? first : 0);

	for (size_t i = 0; i < count; i++)
		edges[i] = (struct edge){.from = ids[i], .to = ids[i + 1]};
	return count;
}

static void shuffle(uint64_t *ids, uint64_t count, uint64_t seed)
{
	uint64_t key = mix_key(seed, MIX_PERMUTATION);

	for (uint64_t i = 0; i < count; i++)
		ids[i] = i;
	for (uint64_t i = count - 1; i > 0; i--) {
		uint64_t other = mix_reduce(mix_at(key, i), i + 1);
		uint64_t id = ids[i];

		ids[i] = ids[other];
		ids[other] = id;
	}
}

static int shuffled_open(const struct graph_params *params, struct graph **out, struct why *why)
{
	struct shuffled *shuffled;
	int err = generator_check(params, why);

	if (err)
		return err;
	shuffled = calloc(1, sizeof(*shuffled));
	if (shuffled)
		shuffled->positions = reallocarray(NULL, params->nodes_count, sizeof(uint64_t));
	if (!shuffled || !shuffled->positions) {
		free(shuffled);
		return why_set(why, -ENOMEM,
			       "chain-shuffled: out of memory for %" PRIu64 " nodes of 8 bytes",
			       params->nodes_count);
	}
	shuffle(shuffled->positions, params->nodes_count, params->seed);
	generator_init(&shuffled->base, &graph_chain_shuffled, params, shuffled_edges_count(params),
		       shuffled->positions[0], shuffled_next);
	*out = &shuffled->base;
	return 0;
}

static void shuffled_close(struct graph *graph)
{
	struct shuffled *shuffled = (struct shuffled *)graph;

	if (!shuffled)
		return;
	free(shuffled->positions);
	free(shuffled);
}

static void shuffled_levels(const struct graph *graph, uint32_t *levels)
{
	const struct shuffled *shuffled = (const struct shuffled *)graph;
	uint32_t level = LEVEL_UNREACHED;

	for (uint64_t i = 0; i < graph->stream.nodes_count; i++) {
		uint64_t id = shuffled->positions[i];

		if (id == graph->root)
			level = 0;
		levels[id] = level;
		if (level != LEVEL_UNREACHED)
			level++;
	}
}

const struct graph_ops graph_chain_shuffled = {
	.name = "chain-shuffled",
	.summary = "a chain through nodes in random order: one node per level, each elsewhere in "
		   "the file",
	.capabilities = GRAPH_USES_SEED,
	.version = 1,
	.edges_count = shuffled_edges_count,
	.open = shuffled_open,
	.close = shuffled_close,
	.levels = shuffled_levels,
};
