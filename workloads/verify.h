/*
 * What a walk must find: worked out from the edge stream (or the graph's definition), never from a
 * layout or an engine. Outside every timer.
 */
#ifndef IOWALK_VERIFY_H
#define IOWALK_VERIFY_H

#include "graph.h"

#define LEVEL_UNREACHED UINT32_MAX
#define LEVELS_RECORDED 64 /* of a walk, so many levels go into its record one by one */

/* The answer of one walk, small enough to keep: two walks agree when these agree. */
struct walk_summary {
	uint64_t levels_hash;                   /* levels_hash() of all nodes */
	uint64_t reached_count;                 /* nodes, the root included */
	uint64_t edges_count;                   /* out-edges of the nodes reached */
	uint64_t levels_count;                  /* depth + 1 */
	uint64_t level_counts[LEVELS_RECORDED]; /* nodes on each of the first levels */
};

/* Order matters, so a hash of the whole array says which node is on which level. */
uint64_t levels_hash(const uint32_t *levels, uint64_t nodes_count);

/* Hash, reached nodes and nodes a level from an array; edges_count is left as it is. */
void levels_summarize(const uint32_t *levels, uint64_t nodes_count, struct walk_summary *out);

/*
 * The reference: levels by the graph's own levels() where it has one AND by a plain queue over
 * adjacency built from the stream; -EBADMSG where the two disagree. Memory: 20 bytes a node and 16
 * an edge, freed on return; callers who must not grow run it in a child process.
 */
int verify_expect(const struct graph *graph, struct walk_summary *out, struct why *why);

/* The same of a walk that expands no node of level depth_max. */
int verify_expect_depth(const struct graph *graph, uint32_t depth_max, struct walk_summary *out,
			struct why *why);

/*
 * 0 where they agree, else -EBADMSG with the first difference in words: "reached 12 of 100 nodes".
 */
int verify_compare(const struct walk_summary *expected, const struct walk_summary *found,
		   struct why *why);

/*
 * Random neighbour queries. Query i of `seed` asks for node verify_query_node(seed, i,
 * nodes_count); its answer is worth verify_fold(i, ids, count). verify_lookups() gives the sum of
 * what `queries_count` right answers are worth, from the stream alone: a sum, so that threads can
 * share the queries.
 */
uint64_t verify_query_node(uint64_t seed, uint64_t i, uint64_t nodes_count);
uint64_t verify_fold(uint64_t value, const uint64_t *ids, size_t count);
int verify_lookups(const struct edge_stream *stream, uint64_t seed, uint64_t queries_count,
		   uint64_t *value);

#endif
