/* The model of a layout: the graph after each operation of a history, as lists of neighbours. */
#ifndef IOWALK_CONFORM_GRAPH_STATES_H
#define IOWALK_CONFORM_GRAPH_STATES_H

#include "graph_history.h"

/* The shape of a bulk: its edges, the memory for sorting, and what is wrong with the stream. */
#define GRAPH_SHAPE_BUDGET(shape) ((shape)&3)         /* of enum graph_budget */
#define GRAPH_SHAPE_ENDS(shape)   ((shape) >> 2 & 3)  /* of enum graph_ends */
#define GRAPH_SHAPE_DEGREE(shape) ((shape) >> 4 & 15) /* edges for each node */
#define GRAPH_SHAPE_WRONG(shape)  ((shape) >> 8 & 3)  /* of enum graph_wrong */
#define GRAPH_SHAPE_MAX           1023

enum graph_budget {
	GRAPH_BUDGET_NONE,  /* as much memory as it takes */
	GRAPH_BUDGET_LEAST, /* one byte: everything is sorted in parts */
	GRAPH_BUDGET_LIMIT, /* the same, and none for what cannot be sorted in parts: it may be refused */
	GRAPH_BUDGET_LARGE,
};

enum graph_ends {
	GRAPH_ENDS_ANY,
	GRAPH_ENDS_HUB,  /* every other edge begins at node 0 */
	GRAPH_ENDS_BOTH, /* each edge in both directions */
	GRAPH_ENDS_LAST, /* each edge begins at the last node */
};

enum graph_wrong { GRAPH_RIGHT, GRAPH_UNKNOWN_NODE, GRAPH_TOO_FEW, GRAPH_TOO_MANY };

/* The graph after each operation: the first edges_count of one list of edges, between the first nodes. */
struct graph_states {
	uint64_t degree_max; /* of the layout; 0: any number */
	bool writable;       /* the file is open for writing */
	size_t count;        /* operations so far */
	struct edge *edges;  /* [edges_count], in the order of insertion */
	size_t edges_capacity;
	uint64_t edges_count, nodes_count; /* at the end */
	uint64_t states_nodes[GRAPH_OPERATIONS_MAX +
			      2]; /* [count + 2]: before operation i; the last two are equal */
	uint64_t states_edges[GRAPH_OPERATIONS_MAX + 2];
	/* Made by graph_states_lists(): targets of node n are lists[begins[n] .. begins[n + 1]). */
	uint64_t *begins, *lists;
	uint64_t lists_nodes, lists_edges;
	bool has_lists;
};

void graph_states_begin(struct graph_states *states, uint64_t degree_max);
void graph_states_release(struct graph_states *states);

/* The result that the operation must have as the next one: 0 or a negative errno of the contract. */
int graph_states_expect(const struct graph_states *states, const struct graph_operation *operation);

/* The edges that it adds: less than it asks for, where a node has no room for more. */
uint64_t graph_states_adds(const struct graph_states *states,
			   const struct graph_operation *operation);

/* The next operation is done; `done`: without an error, else it has changed nothing. -ENOMEM. */
int graph_states_apply(struct graph_states *states, const struct graph_operation *operation,
		       bool done);

/* All operations of a history, each as it must be. -ENOMEM. */
int graph_states_init(struct graph_states *states, const struct graph_history *history,
		      uint64_t degree_max);

/* Does operation i change the graph? */
bool graph_changes(const struct graph_states *states, size_t i);

/* Makes begins[nodes + 1] and lists[edges] of the first nodes and edges. -ENOMEM. */
int graph_states_lists(struct graph_states *states, uint64_t nodes_count, uint64_t edges_count);

/* The ends of edge number i of GRAPH_EDGE, GRAPH_MANY, GRAPH_LOAD and GRAPH_BULK, in a graph of nodes_count nodes, or of a load. */
struct edge graph_edge(const struct graph_operation *operation, uint64_t nodes_count, uint64_t i);

/* The edges that it asks for. */
uint64_t graph_edges_count(const struct graph_operation *operation);

/* The edge of GRAPH_FAR: one of its nodes does not exist. */
struct edge graph_far_edge(const struct graph_operation *operation, uint64_t nodes_count);

#endif
