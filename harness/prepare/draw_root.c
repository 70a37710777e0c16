/*
 * Roots that are drawn: see draw_root.h.
 *
 * How it works: components by union-find with path halving (R. E. Tarjan and J. van Leeuwen,
 * "Worst-case Analysis of Set Union Algorithms", J. ACM 31(2), 1984). The nodes of the largest one
 * that have out-edges (from others a walk ends at once), in the order of their ids, are gone through
 * in steps whose length has no divisor in common with their number, so that no node comes twice.
 */
#include "draw_root.h"

#include "../../workloads/support/mix.h"

#include <errno.h>
#include <stdlib.h>

static uint64_t find(uint64_t *parents, uint64_t node)
{
	while (parents[node] != node) {
		parents[node] = parents[parents[node]];
		node = parents[node];
	}
	return node;
}

static void join_all(const struct edge_stream *stream, uint64_t *parents, bool *begins)
{
	struct edge edges[256];
	uint64_t cursor = 0;
	size_t count;

	while ((count = stream->next(stream->context, &cursor, edges, 256)) > 0) {
		for (size_t i = 0; i < count; i++) {
			begins[edges[i].from] = true;
			uint64_t from = find(parents, edges[i].from);
			uint64_t to = find(parents, edges[i].to);
			/* The smaller id leads, so that the result does not depend on the order. */
			parents[from < to ? to : from] = from < to ? from : to;
		}
	}
}

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

int draw_root(const struct graph *graph, uint64_t seed, unsigned number, uint64_t *root)
{
	uint64_t nodes = graph->stream.nodes_count, largest = 0;
	uint64_t *parents = calloc(nodes, sizeof(*parents));
	uint64_t *sizes = calloc(nodes, sizeof(*sizes));
	bool *begins = calloc(nodes, sizeof(*begins)); /* [nodes]: has out-edges */

	if (!parents || !sizes || !begins) {
		free(parents);
		free(sizes);
		free(begins);
		return -ENOMEM;
	}
	for (uint64_t node = 0; node < nodes; node++)
		parents[node] = node;
	join_all(&graph->stream, parents, begins);
	for (uint64_t node = 0; node < nodes; node++)
		sizes[find(parents, node)]++;
	for (uint64_t node = 1; node < nodes; node++)
		largest = sizes[node] > sizes[largest] ? node : largest;
	uint64_t size = 0;
	for (uint64_t node = 0; node < nodes; node++)
		size += begins[node] && find(parents, node) == largest;
	if (!size) { /* a graph without edges */
		begins[largest] = true;
		size = 1;
	}
	uint64_t step = 1 + mix64(seed + MIX_GOLDEN) % size;
	while (common_divisor(step, size) != 1)
		step++;
	uint64_t index =
		(mix64(seed + 2 * MIX_GOLDEN) % size + (number - 1) % size * (step % size)) % size;
	for (uint64_t node = 0; node < nodes; node++) {
		if (begins[node] && find(parents, node) == largest && index-- == 0) {
			*root = node;
			break;
		}
	}
	free(parents);
	free(sizes);
	free(begins);
	return 0;
}
