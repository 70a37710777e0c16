/* A store and the model of its graph, compared. */
#ifndef IOWALK_CONFORM_GRAPH_COMPARE_H
#define IOWALK_CONFORM_GRAPH_COMPARE_H

#include "graph_states.h"

#define GRAPH_DIFFERS 1 /* no error of a hook: what was found is wrong, and `why` says how */

/*
 * Compares what neighbors() or neighbors_batch() gave of a node with the first nodes and edges of the states, as of
 * graph_states_lists(). 0 or GRAPH_DIFFERS.
 */
int graph_compare_node(const struct store *store, const struct graph_states *states, uint64_t node,
		       const struct neighbors *found, struct why *why);

/*
 * Expands the next nodes of a level into found[max] by neighbors_batch(), or in_neighbors_batch() if `in`. *count of them, at least
 * one; or GRAPH_DIFFERS where the hook breaks its contract; or its negative errno with its reason.
 */
int graph_expand(struct store *store, struct frontier *level, bool in, struct neighbors *found,
		 size_t max, size_t *count, struct why *why);

/*
 * Expands nodes[count] as one level, at most `max` (from 1 on) at once. 0, GRAPH_DIFFERS, or the negative errno of the hook
 * with its reason.
 */
int graph_compare_level(struct store *store, const struct graph_states *states,
			const uint64_t *nodes, size_t count, size_t max, struct why *why);

/*
 * Counts, a walk over all nodes, their in-edges (store->in_edges), and store->both_ways, against the store's number of nodes and edges of the states. As above;
 * -ENOMEM without a reason.
 */
int graph_compare_all(struct store *store, struct graph_states *states, struct why *why);

#endif
