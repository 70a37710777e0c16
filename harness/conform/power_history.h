/*
 * A history of a layout: operations on one graph. Any part of a history is a valid history: an operation that the graph
 * does not allow changes nothing.
 *
 * As text: node, edge:FROM+TO, sync, walk, reopen, load:NODES, compact, with commas between them. FROM and TO count modulo
 * the nodes that there are.
 */
#ifndef IOWALK_CONFORM_POWER_HISTORY_H
#define IOWALK_CONFORM_POWER_HISTORY_H

#include "../../layouts/layout.h"

#define POWER_OPERATIONS_MAX 64
#define POWER_NODES_MAX      64 /* of one load */
#define POWER_TEXT_BYTES     (POWER_OPERATIONS_MAX * 24)
#define POWER_EXHAUSTIVE_MAX 3 /* operations of the histories that are all played */

enum power_kind {
	POWER_NODE,
	POWER_EDGE,
	POWER_SYNC,
	POWER_WALK,   /* reads all neighbours, which makes some layouts write */
	POWER_REOPEN, /* close, without a sync, and open for writing */
	POWER_LOAD,   /* bulk load, into a graph without nodes */
	POWER_COMPACT, /* close, session_compact() and open again; nothing where the layout has no compact() */
	POWER_KINDS_COUNT
};

struct power_operation {
	enum power_kind kind;
	uint32_t from, to; /* of an edge; of a load `from` is the number of nodes */
};

struct power_history {
	struct power_operation operations[POWER_OPERATIONS_MAX]; /* [count] */
	size_t count;
};

/* The graph after each operation: the first edges_count of one list of edges, between the first nodes. */
struct power_graph {
	struct edge *edges;                /* the whole list, in the order of insertion */
	uint64_t edges_count, nodes_count; /* at the end */
	uint64_t states_nodes[POWER_OPERATIONS_MAX +
			      2]; /* [count + 2]: before operation i; the last two are equal */
	uint64_t states_edges[POWER_OPERATIONS_MAX + 2];
};

/*
 * History number i of a seed. First the one that has everything; then, in turn, all histories of at most
 * POWER_EXHAUSTIVE_MAX operations (on an empty file, and on a graph that was loaded and synced, whose two operations come in
 * addition), and longer ones of the seed. *is_exhaustive: of the former kind.
 */
void power_generate(struct power_history *history, uint64_t seed, uint64_t i, bool *is_exhaustive);

/* How many histories of the exhaustive kind there are; number i of power_generate() of the k-th of them, from 0. */
uint64_t power_exhaustive_count(void);
uint64_t power_exhaustive_number(uint64_t k);

/* Writes the text; POWER_TEXT_BYTES are enough. */
void power_format(const struct power_history *history, char *text, size_t size);

/* -EINVAL with the reason in `why`. */
int power_parse(const char *text, struct power_history *history, struct why *why);

/* Edge number i of a load of `nodes_count` nodes; there are twice as many edges as nodes. */
struct edge power_load_edge(uint32_t nodes_count, uint64_t i);

/* Computes the states. -ENOMEM. power_graph_release() frees the edges. */
int power_graph_init(struct power_graph *graph, const struct power_history *history);
void power_graph_release(struct power_graph *graph);

/* Does operation i change the graph? */
bool power_changes(const struct power_graph *graph, size_t i);

#endif
