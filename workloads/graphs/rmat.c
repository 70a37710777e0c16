/*
 * rmat: degree × N directed edges, most of them between few nodes, as in social graphs: R-MAT
 * (Chakrabarti, Zhan and Faloutsos, SDM 2004) with Graph500's probabilities of 57, 19, 19 and 5
 * percent. Every bit of the two ids is drawn with the same probabilities; an edge with an id of N
 * or more is drawn again. Duplicates and self-loops are kept, and many nodes have no edges.
 *
 * Edge i is computed from random numbers that no other edge uses, so that a stream can continue
 * from any cursor and needs no memory. Walks start at node 0, which has the most edges, unless a
 * root is given.
 */
#include "../graph.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "../support/generator.h"
#include "../support/mix.h"

extern const struct graph_ops graph_rmat;

#define DRAWS_MAX 64 /* draws per edge; after the last one, ids are taken modulo N */

/* A 16-bit number below CHANCE_BOTH draws 0 for both bits, below CHANCE_TO 1 for `to` only, below
 * CHANCE_FROM 1 for `from` only, else 1 for both. */
#define CHANCE_BOTH 37355 /* 0.57 */
#define CHANCE_TO   49807 /* 0.57 + 0.19 */
#define CHANCE_FROM 62259 /* 0.57 + 0.19 + 0.19 */

struct rmat_graph {
	struct graph base; /* first member: the graph pointer is cast to this */
	uint64_t key;
	unsigned bits; /* of an id */
};

static uint64_t rmat_edges_count(const struct graph_params *params)
{
	uint64_t degree = params->degree ? params->degree : GRAPH_DEFAULT_DEGREE;
	uint64_t count;

	return __builtin_mul_overflow(params->nodes_count, degree, &count) ? UINT64_MAX : count;
}

static struct edge draw_edge(const struct rmat_graph *rmat, uint64_t key)
{
	struct edge edge = {0};
	uint64_t numbers = 0;

	for (unsigned bit = 0; bit < rmat->bits; bit++) {
		if (bit % 4 == 0)
			numbers = mix_at(key, bit / 4);
		unsigned chance = (unsigned)(numbers & 0xffff);
		numbers >>= 16;
		edge.from |= (uint64_t)(chance >= CHANCE_TO) << bit;
		edge.to |= (uint64_t)((chance >= CHANCE_BOTH && chance < CHANCE_TO) ||
				      chance >= CHANCE_FROM)
			   << bit;
	}
	return edge;
}

static size_t rmat_next(void *context, uint64_t *cursor, struct edge *edges, size_t max)
{
	const struct rmat_graph *rmat = context;
	uint64_t nodes_count = rmat->base.stream.nodes_count, first = *cursor;
	size_t count = generator_take(rmat->base.stream.edges_count, cursor, max);

	for (size_t i = 0; i < count; i++) {
		uint64_t draw = (first + i) * DRAWS_MAX, end = draw + DRAWS_MAX;

		do
			edges[i] = draw_edge(rmat, mix_at(rmat->key, draw++));
		while ((edges[i].from >= nodes_count || edges[i].to >= nodes_count) && draw < end);
		edges[i].from %= nodes_count;
		edges[i].to %= nodes_count;
	}
	return count;
}

static int rmat_open(const struct graph_params *params, struct graph **out, struct why *why)
{
	uint64_t edges_count = rmat_edges_count(params);
	int err = generator_check(params, why);

	if (err)
		return err;
	if (edges_count > UINT64_MAX / DRAWS_MAX)
		return why_set(why, -EINVAL,
			       "rmat: %" PRIu64 " nodes of degree %" PRIu64
			       " have more edges than can be counted",
			       params->nodes_count, params->degree);
	struct rmat_graph *rmat = calloc(1, sizeof(*rmat));
	if (!rmat)
		return why_set(why, -ENOMEM, "rmat: out of memory");
	rmat->key = mix_key(params->seed, MIX_EDGES);
	while (rmat->bits < 63 && UINT64_C(1) << rmat->bits < params->nodes_count)
		rmat->bits++;
	generator_init(&rmat->base, &graph_rmat, params, edges_count, 0, rmat_next);
	*out = &rmat->base;
	return 0;
}

static void rmat_close(struct graph *graph)
{
	free(graph);
}

const struct graph_ops graph_rmat = {
	.name = "rmat",
	.summary = "degree x nodes edges, most of them between few nodes; many nodes without edges",
	.capabilities = GRAPH_USES_DEGREE | GRAPH_USES_SEED,
	.version = 1,
	.edges_count = rmat_edges_count,
	.open = rmat_open,
	.close = rmat_close,
};
