/*
 * The expected answers: computed from the edge stream (or the definition of the graph), never
 * through a layout or an engine, and outside every timed region.
 */
#ifndef IOWALK_VERIFY_H
#define IOWALK_VERIFY_H

#include "graph.h"

#define LEVEL_UNREACHED UINT32_MAX
#define LEVELS_RECORDED 64 /* number of levels that a record lists */

/* The answer of a walk, in a form that is small enough to keep. */
struct walk_summary {
	uint64_t levels_hash;                   /* levels_hash() of all nodes */
	uint64_t reached_count;                 /* nodes, the root included */
	uint64_t edges_count;                   /* out-edges of the nodes reached */
	uint64_t levels_count;                  /* depth + 1 */
	uint64_t level_counts[LEVELS_RECORDED]; /* nodes on each of the first levels */
};

/* A hash of the whole array, which depends on the level of each node. */
uint64_t levels_hash(const uint32_t *levels, uint64_t nodes_count);

/* The same for levels that come in parts, the first node's first: begin, add for each part, end. */
struct levels_hashing {
	uint64_t lanes[4];
	uint64_t nodes_count;
};
void levels_hash_begin(struct levels_hashing *hashing);
/* `count` is a multiple of 8, except in the last part. */
void levels_hash_add(struct levels_hashing *hashing, const uint32_t *levels, uint64_t count);
uint64_t levels_hash_end(const struct levels_hashing *hashing);

/* Sets hash, reached nodes and nodes per level from an array; edges_count is not changed. */
void levels_summarize(const uint32_t *levels, uint64_t nodes_count, struct walk_summary *out);

/* The same in parts, as levels_hash_begin() and following; after the last part, out->levels_hash is the caller's to set
 * from levels_hash_end(). */
void levels_summarize_begin(struct levels_hashing *hashing, struct walk_summary *out);
void levels_summarize_add(struct levels_hashing *hashing, const uint32_t *levels, uint64_t count,
			  struct walk_summary *out);

/*
 * Computes the expected answer by a plain queue over the edge stream and, if the graph has
 * levels(), also by that; -EBADMSG if the two disagree. Memory: verify_queue_bytes(), freed on
 * return. If that exceeds the stream's budget, the answer comes from repeated passes over the stream
 * (support/verify_passes.c). A caller that must not grow runs it in a child process.
 */
int verify_expect(const struct graph *graph, struct walk_summary *out, struct why *why);

/* The same for a walk that expands no node of level depth_max. */
int verify_expect_depth(const struct graph *graph, uint32_t depth_max, struct walk_summary *out,
			struct why *why);

/* The same by the plain queue in memory, whatever the budget. */
int verify_expect_queue(const struct graph *graph, uint32_t depth_max, struct walk_summary *out,
			struct why *why);

/* The memory of the plain queue, and the least that passes over the stream need in addition to the
 * budget. UINT64_MAX if it cannot be counted. */
uint64_t verify_queue_bytes(uint64_t nodes_count, uint64_t edges_count);
uint64_t verify_passes_bytes(uint64_t nodes_count);

/*
 * 0 if they agree, else -EBADMSG with the first difference in `why`: "reached 12 of 100 nodes".
 */
int verify_compare(const struct walk_summary *expected, const struct walk_summary *found,
		   struct why *why);

/*
 * Random neighbour queries. Query i of `seed` is for node verify_query_node(seed, i, nodes_count),
 * and its answer has the value verify_fold(i, ids, count). verify_lookups() computes the sum of the
 * values of `queries_count` correct answers from the stream alone: 16 bytes for each node, or as many
 * passes over the stream as its budget makes necessary. It is a sum so that threads can share the
 * queries.
 */
uint64_t verify_query_node(uint64_t seed, uint64_t i, uint64_t nodes_count);
uint64_t verify_fold(uint64_t value, const uint64_t *ids, size_t count);
uint64_t verify_fold_narrow(uint64_t value, const uint32_t *ids, size_t count); /* the same value */
int verify_lookups(const struct edge_stream *stream, uint64_t seed, uint64_t queries_count,
		   uint64_t *value);

#endif
