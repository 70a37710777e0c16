/* See graph_states.h. */
#include "graph_states.h"

#include "../../workloads/support/mix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN ((size_t)256)

void graph_states_begin(struct graph_states *states, uint64_t degree_max)
{
	*states = (struct graph_states){.degree_max = degree_max, .writable = true};
}

void graph_states_release(struct graph_states *states)
{
	free(states->edges);
	free(states->begins);
	free(states->lists);
	states->edges = NULL;
	states->begins = states->lists = NULL;
}

/* ---- the edges of operations ---- */

uint64_t graph_edges_count(const struct graph_operation *operation)
{
	switch (operation->kind) {
	case GRAPH_EDGE:
		return 1;
	case GRAPH_MANY:
		return operation->to;
	case GRAPH_LOAD:
		return 2 * (uint64_t)operation->from;
	case GRAPH_BULK:
		return (uint64_t)operation->from * GRAPH_SHAPE_DEGREE(operation->to);
	default:
		return 0;
	}
}

static struct edge bulk_edge(const struct graph_operation *operation, uint64_t nodes_count,
			     uint64_t i)
{
	enum graph_ends ends = (enum graph_ends)GRAPH_SHAPE_ENDS(operation->to);
	uint64_t k = ends == GRAPH_ENDS_BOTH ? i / 2 : i;
	struct edge edge = {mix_at(43, k) % nodes_count, mix_at(44, k) % nodes_count};

	if (ends == GRAPH_ENDS_HUB && i % 2)
		edge.from = 0;
	if (ends == GRAPH_ENDS_LAST)
		edge.from = nodes_count - 1;
	if (ends == GRAPH_ENDS_BOTH && i % 2)
		edge = (struct edge){edge.to, edge.from};
	return edge;
}

struct edge graph_edge(const struct graph_operation *operation, uint64_t nodes_count, uint64_t i)
{
	switch (operation->kind) {
	case GRAPH_MANY:
		return (struct edge){operation->from % nodes_count, i % nodes_count};
	case GRAPH_LOAD:
		return (struct edge){mix_at(41, i) % nodes_count, mix_at(42, i) % nodes_count};
	case GRAPH_BULK:
		return bulk_edge(operation, nodes_count, i);
	default:
		return (struct edge){operation->from % nodes_count, operation->to % nodes_count};
	}
}

struct edge graph_far_edge(const struct graph_operation *operation, uint64_t nodes_count)
{
	uint64_t near = nodes_count ? operation->from % nodes_count : 0;
	uint64_t far = UINT64_C(1) << operation->to % 64;

	far = far < nodes_count ? nodes_count : far;
	return operation->from % 2 ? (struct edge){far, near} : (struct edge){near, far};
}

/* ---- what is expected ---- */

static bool is_bulk(const struct graph_operation *operation)
{
	return operation->kind == GRAPH_LOAD || operation->kind == GRAPH_BULK;
}

/* Out-edges of a node. */
static uint64_t degree_of(const struct graph_states *states, uint64_t node)
{
	uint64_t degree = 0;

	for (uint64_t i = 0; i < states->edges_count; i++)
		degree += states->edges[i].from == node;
	return degree;
}

/* Has a node of a bulk more edges than it may? */
static bool is_too_many(const struct graph_states *states, const struct graph_operation *operation)
{
	bool too_many = false;
	uint64_t *degrees;

	if (!states->degree_max || !operation->from)
		return false;
	degrees = calloc(operation->from, sizeof(*degrees));
	for (uint64_t i = 0; degrees && i < graph_edges_count(operation); i++)
		too_many |= ++degrees[graph_edge(operation, operation->from, i).from] >
			    states->degree_max;
	free(degrees);
	return too_many;
}

static int expect_bulk(const struct graph_states *states, const struct graph_operation *operation)
{
	unsigned wrong = operation->kind == GRAPH_BULK ? GRAPH_SHAPE_WRONG(operation->to) : 0;

	if (operation->kind == GRAPH_LOAD && (!operation->from || states->nodes_count))
		return 0; /* not called */
	if (!states->writable)
		return -EBADF;
	if (states->nodes_count)
		return -EBUSY;
	if (!operation->from || !graph_edges_count(operation))
		wrong = GRAPH_RIGHT; /* there is no edge that could be wrong */
	if (wrong)
		return wrong == GRAPH_UNKNOWN_NODE ? -ERANGE : -EINVAL;
	return is_too_many(states, operation) ? -E2BIG : 0;
}

uint64_t graph_states_adds(const struct graph_states *states,
			   const struct graph_operation *operation)
{
	uint64_t count = graph_edges_count(operation), nodes = states->nodes_count;

	if (is_bulk(operation))
		return expect_bulk(states, operation) || (operation->kind == GRAPH_LOAD && nodes)
			       ? 0
			       : count;
	if (!states->writable || !nodes || !count)
		return 0;
	if (!states->degree_max)
		return count;
	uint64_t room = states->degree_max - degree_of(states, operation->from % nodes);
	return count < room ? count : room;
}

int graph_states_expect(const struct graph_states *states, const struct graph_operation *operation)
{
	switch (operation->kind) {
	case GRAPH_NODE:
		return states->writable ? 0 : -EBADF;
	case GRAPH_FAR:
		return states->writable ? -ERANGE : -EBADF;
	case GRAPH_EDGE:
	case GRAPH_MANY:
		if (!states->nodes_count || !graph_edges_count(operation))
			return 0; /* not called */
		return !states->writable ? -EBADF
		       : graph_states_adds(states, operation) < graph_edges_count(operation)
			       ? -E2BIG
			       : 0;
	case GRAPH_LOAD:
	case GRAPH_BULK:
		return expect_bulk(states, operation);
	case GRAPH_FIND:
		return operation->from < states->nodes_count ? 0 : -ERANGE;
	default:
		return 0;
	}
}

/* ---- the operations ---- */

static int add_edges(struct graph_states *states, const struct graph_operation *operation,
		     uint64_t count)
{
	uint64_t nodes = states->nodes_count;

	if (states->edges_count + count > states->edges_capacity) {
		size_t capacity = 2 * (size_t)(states->edges_count + count) + CAPACITY_MIN;
		void *edges = realloc(states->edges, capacity * sizeof(*states->edges));

		if (!edges)
			return -ENOMEM;
		states->edges = edges;
		states->edges_capacity = capacity;
	}
	for (uint64_t i = 0; i < count; i++)
		states->edges[states->edges_count++] = graph_edge(operation, nodes, i);
	return 0;
}

int graph_states_apply(struct graph_states *states, const struct graph_operation *operation,
		       bool done)
{
	uint64_t count =
		done || operation->kind == GRAPH_MANY ? graph_states_adds(states, operation) : 0;
	int err = 0;

	states->states_nodes[states->count] = states->nodes_count;
	states->states_edges[states->count] = states->edges_count;
	if (operation->kind == GRAPH_REOPEN_READ)
		states->writable = false;
	if (operation->kind == GRAPH_REOPEN || operation->kind == GRAPH_RENAME ||
	    operation->kind == GRAPH_COMPACT)
		states->writable = true;
	if (done && states->writable && operation->kind == GRAPH_NODE)
		states->nodes_count++;
	if (done && is_bulk(operation) && states->writable && !states->nodes_count)
		states->nodes_count = operation->from;
	if (count)
		err = add_edges(states, operation, count);
	states->count++;
	for (size_t i = states->count; i < states->count + 2; i++) {
		states->states_nodes[i] = states->nodes_count;
		states->states_edges[i] = states->edges_count;
	}
	return err;
}

int graph_states_init(struct graph_states *states, const struct graph_history *history,
		      uint64_t degree_max)
{
	int err = 0;

	graph_states_begin(states, degree_max);
	for (size_t i = 0; !err && i < history->count; i++)
		err = graph_states_apply(states, &history->operations[i],
					 graph_states_expect(states, &history->operations[i]) == 0);
	return err;
}

bool graph_changes(const struct graph_states *states, size_t i)
{
	return states->states_nodes[i] != states->states_nodes[i + 1] ||
	       states->states_edges[i] != states->states_edges[i + 1];
}

/* ---- lists ---- */

int graph_states_lists(struct graph_states *states, uint64_t nodes_count, uint64_t edges_count)
{
	if (states->has_lists && states->lists_nodes == nodes_count &&
	    states->lists_edges == edges_count)
		return 0;
	free(states->begins);
	free(states->lists);
	states->has_lists = false;
	states->begins = calloc(nodes_count + 2, sizeof(*states->begins));
	states->lists = malloc((edges_count + 1) * sizeof(*states->lists));
	if (!states->begins || !states->lists)
		return -ENOMEM;
	/* Counts two ahead, so that after placing begins[n + 1] is where node n ends. */
	for (uint64_t i = 0; i < edges_count; i++)
		states->begins[states->edges[i].from + 2]++;
	for (uint64_t n = 2; n < nodes_count + 2; n++)
		states->begins[n] += states->begins[n - 1];
	for (uint64_t i = 0; i < edges_count; i++)
		states->lists[states->begins[states->edges[i].from + 1]++] = states->edges[i].to;
	states->lists_nodes = nodes_count;
	states->lists_edges = edges_count;
	states->has_lists = true;
	return 0;
}
