/* See graph_compare.h. */
#include "graph_compare.h"

#include "../../workloads/support/mix.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define WALK_MAX 64 /* nodes expanded at once */

int graph_compare_node(const struct store *store, const struct graph_states *states, uint64_t node,
		       const struct neighbors *found, struct why *why)
{
	const uint64_t *expected = states->lists + states->begins[node];
	uint64_t count = states->begins[node + 1] - states->begins[node];

	for (size_t k = 0; k < found->count && k < count; k++) {
		uint64_t id = neighbor_id(store, found, k);

		if (id != expected[k])
			return why_set(why, GRAPH_DIFFERS,
				       "neighbour %zu of node %" PRIu64 " is %" PRIu64
				       ", not %" PRIu64,
				       k, node, id, expected[k]);
	}
	return found->count == count ? 0
				     : why_set(why, GRAPH_DIFFERS,
					       "node %" PRIu64 " has %zu neighbours, not %" PRIu64,
					       node, found->count, count);
}

int graph_expand(struct store *store, struct frontier *level, bool in, struct neighbors *found,
		 size_t max, size_t *count, struct why *why)
{
	size_t first = level->next;
	ssize_t got = in ? store->ops->in_neighbors_batch(store, level, found, max)
			 : store->ops->neighbors_batch(store, level, found, max);

	*count = 0;
	if (got < 0) {
		*why = store->why;
		return (int)got;
	}
	if (got == 0 || (size_t)got > max || level->next != first + (size_t)got ||
	    level->next > level->count)
		return why_set(why, GRAPH_DIFFERS,
			       "%sneighbors_batch gives %zd of %zu nodes and moves %zu of them",
			       in ? "in_" : "", got, max, level->next - first);
	*count = (size_t)got;
	return 0;
}

int graph_compare_level(struct store *store, const struct graph_states *states,
			const uint64_t *nodes, size_t count, size_t max, struct why *why)
{
	struct frontier level = {.nodes = nodes, .count = count};
	struct neighbors found[WALK_MAX];
	int err = 0;

	max = max < WALK_MAX ? max : WALK_MAX;
	while (!err && level.next < count) {
		size_t first = level.next, got;

		err = graph_expand(store, &level, false, found, max, &got, why);
		for (size_t i = 0; !err && i < got; i++)
			err = graph_compare_node(store, states, nodes[first + i], &found[i], why);
	}
	return err;
}

static int compare_edges(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct edge)); /* any order will do */
}

/* Is each edge there in both directions, equally often? */
static bool is_both_ways(const struct edge *edges, size_t count)
{
	struct edge *there = malloc((count + 1) * sizeof(*there));
	struct edge *back = malloc((count + 1) * sizeof(*back));
	bool same = true;

	for (size_t i = 0; there && back && i < count; i++) {
		there[i] = edges[i];
		back[i] = (struct edge){edges[i].to, edges[i].from};
	}
	if (there && back) {
		qsort(there, count, sizeof(*there), compare_edges);
		qsort(back, count, sizeof(*back), compare_edges);
		same = memcmp(there, back, count * sizeof(*there)) == 0;
	}
	free(there);
	free(back);
	return same;
}

/* What the lists of in-edges must have, in any order. */
struct in_lists {
	uint64_t *counts,
		*sums; /* [nodes] in-neighbours of a node, and the sum of mix64() of each */
};

static int in_lists_init(struct in_lists *lists, const struct graph_states *states,
			 uint64_t nodes_count, uint64_t edges_count)
{
	lists->counts = calloc(nodes_count + 1, sizeof(*lists->counts));
	lists->sums = calloc(nodes_count + 1, sizeof(*lists->sums));
	if (!lists->counts || !lists->sums)
		return -ENOMEM;
	for (uint64_t i = 0; i < edges_count; i++) {
		lists->counts[states->edges[i].to]++;
		lists->sums[states->edges[i].to] += mix64(states->edges[i].from);
	}
	return 0;
}

static int compare_in_list(const struct store *store, const struct graph_states *states,
			   const struct in_lists *lists, uint64_t node,
			   const struct neighbors *found, struct why *why)
{
	uint64_t out_count = states->begins[node + 1] - states->begins[node], sum = 0;

	if (found->count != lists->counts[node] + 1)
		return why_set(why, GRAPH_DIFFERS,
			       "node %" PRIu64 " has a list of %zu in-edges, not of 1 + %" PRIu64,
			       node, found->count, lists->counts[node]);
	if (neighbor_id(store, found, 0) != out_count)
		return why_set(why, GRAPH_DIFFERS,
			       "the in-edges of node %" PRIu64 " begin with %" PRIu64
			       ", not with its %" PRIu64 " out-edges",
			       node, neighbor_id(store, found, 0), out_count);
	for (size_t k = 1; k < found->count; k++)
		sum += mix64(neighbor_id(store, found, k));
	return sum == lists->sums[node]
		       ? 0
		       : why_set(why, GRAPH_DIFFERS,
				 "node %" PRIu64 " has other in-neighbours than edges to it", node);
}

/* The in-edges of nodes[count], all that there are. */
static int compare_in_edges(struct store *store, const struct graph_states *states,
			    const uint64_t *nodes, size_t count, struct why *why)
{
	struct frontier level = {.nodes = nodes, .count = count};
	struct neighbors found[WALK_MAX];
	struct in_lists lists;
	int err = in_lists_init(&lists, states, count, store->edges_count);

	while (!err && level.next < count) {
		size_t first = level.next, got;

		err = graph_expand(store, &level, true, found, WALK_MAX, &got, why);
		for (size_t i = 0; !err && i < got; i++)
			err = compare_in_list(store, states, &lists, nodes[first + i], &found[i],
					      why);
	}
	free(lists.counts);
	free(lists.sums);
	return err;
}

int graph_compare_all(struct store *store, struct graph_states *states, struct why *why)
{
	uint64_t count = store->nodes_count;
	uint64_t *nodes = malloc((count + 1) * sizeof(*nodes));
	int err = nodes ? graph_states_lists(states, count, store->edges_count) : -ENOMEM;

	for (uint64_t i = 0; !err && i < count; i++)
		nodes[i] = i;
	if (!err)
		err = graph_compare_level(store, states, nodes, count, WALK_MAX, why);
	if (!err && store->in_edges)
		err = compare_in_edges(store, states, nodes, count, why);
	free(nodes);
	if (!err && store->both_ways && !is_both_ways(states->edges, store->edges_count))
		err = why_set(why, GRAPH_DIFFERS,
			      "both_ways is set, but not all edges are there in both directions");
	return err;
}
