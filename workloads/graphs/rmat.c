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

/*
 * Four bits of both ids from a number of four chances of 16 bits, the first in the lowest: bit i is 1
 * where chance i is CHANCE_TO or more (from), or between CHANCE_BOTH and CHANCE_TO, or CHANCE_FROM or
 * more (to). All four are compared at once: chance + 65536 - limit has bit 16 set where chance >=
 * limit. Even and odd chances are added apart, so that there is room for that bit.
 */
static inline void draw_bits(uint64_t chances, uint64_t *from, uint64_t *to)
{
	const uint64_t ones = UINT64_C(0x0000000100000001), low = ones * 0xffff;
	const uint64_t gather = UINT64_C(1) << 48 | UINT64_C(1) << 33 | 1 << 18 | 1 << 3;
	uint64_t even = chances & low, odd = chances >> 16 & low;
	uint64_t from_even = even + ones * (65536 - CHANCE_TO);
	uint64_t from_odd = odd + ones * (65536 - CHANCE_TO);
	uint64_t to_even = from_even ^ (even + ones * (65536 - CHANCE_BOTH)) ^
			   (even + ones * (65536 - CHANCE_FROM));
	uint64_t to_odd = from_odd ^ (odd + ones * (65536 - CHANCE_BOTH)) ^
			  (odd + ones * (65536 - CHANCE_FROM));

	/* Bits 0, 16, 32 and 48; the multiplication moves them to 48, 49, 50 and 51. */
	*from = ((from_even >> 16 & ones) | (from_odd & ones << 16)) * gather >> 48 & 15;
	*to = ((to_even >> 16 & ones) | (to_odd & ones << 16)) * gather >> 48 & 15;
}

static struct edge draw_edge(const struct rmat_graph *rmat, uint64_t key)
{
	uint64_t mask = rmat->bits < 64 ? (UINT64_C(1) << rmat->bits) - 1 : UINT64_MAX;
	struct edge edge = {0};

	for (unsigned bit = 0; bit < rmat->bits; bit += 4) {
		uint64_t from, to;

		draw_bits(mix_at(key, bit / 4), &from, &to);
		edge.from |= from << bit;
		edge.to |= to << bit;
	}
	return (struct edge){edge.from & mask, edge.to & mask};
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
