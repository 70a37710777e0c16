/*
 * A breadth-first search as somebody writes it in an hour, for scripts/peers/run.sh: edge list in, offsets and
 * 4-byte targets in memory, one queue, one byte of "seen" for each node. It shares no line with iowalk, and so
 * says whether iowalk's times and answers are those of the graph.
 *
 *   bare_bfs EDGES ROOT TRIALS     EDGES: lines "from to"; each edge is taken in both directions
 *
 * Prints a line for each trial: nanoseconds, nodes reached, levels.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct graph {
	uint64_t nodes_count, edges_count;
	uint64_t *offsets; /* [nodes_count + 1] */
	uint32_t *targets; /* [edges_count] */
};

static void *must(void *memory)
{
	if (memory)
		return memory;
	fputs("bare_bfs: out of memory\n", stderr);
	exit(1);
}

/* The ends of all lines, two words each; ends the program where a line is none. */
static uint32_t *read_edges(const char *path, uint64_t *count, uint64_t *nodes_count)
{
	FILE *file = fopen(path, "r");
	uint64_t room = 1 << 20;
	uint32_t *ends = must(malloc(room * 2 * sizeof(*ends)));
	char line[64];

	if (!file) {
		fprintf(stderr, "bare_bfs: '%s': %s\n", path, strerror(errno));
		exit(1);
	}
	*count = *nodes_count = 0;
	while (fgets(line, sizeof(line), file)) {
		char *second, *end;
		uint64_t from = strtoull(line, &second, 10), to = strtoull(second, &end, 10);
		if (*end != '\n' || end == second || from > UINT32_MAX || to > UINT32_MAX) {
			fprintf(stderr, "bare_bfs: '%s' line %" PRIu64 ": no edge\n", path,
				*count + 1);
			exit(1);
		}
		if (*count == room)
			ends = must(realloc(ends, (room *= 2) * 2 * sizeof(*ends)));
		ends[2 * *count] = (uint32_t)from;
		ends[2 * (*count)++ + 1] = (uint32_t)to;
		uint64_t larger = from > to ? from : to;
		*nodes_count = larger >= *nodes_count ? larger + 1 : *nodes_count;
	}
	fclose(file);
	return ends;
}

/* Counting sort by the first end, each edge twice. */
static struct graph build(const uint32_t *ends, uint64_t count, uint64_t nodes_count)
{
	struct graph graph = {nodes_count, 2 * count, must(calloc(nodes_count + 2, 8)),
			      must(malloc(2 * count * sizeof(uint32_t) + 1))};
	uint64_t *next =
		graph.offsets +
		1; /* where a node's next target goes; at the end, where the next node begins */

	for (uint64_t i = 0; i < 2 * count; i++)
		graph.offsets[ends[i] + 2]++;
	for (uint64_t node = 2; node <= nodes_count; node++)
		graph.offsets[node] += graph.offsets[node - 1];
	for (uint64_t i = 0; i < 2 * count; i++)
		graph.targets[next[ends[i]]++] = ends[i ^ 1];
	return graph;
}

static void walk(const struct graph *graph, uint32_t root, uint32_t *queue, uint8_t *seen)
{
	struct timespec begin, end;
	uint64_t head = 0, tail = 0, levels = 0;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	memset(seen, 0, graph->nodes_count);
	queue[tail++] = root;
	seen[root] = 1;
	while (head < tail) {
		uint64_t level_end = tail;
		levels++;
		for (; head < level_end; head++) {
			uint32_t node = queue[head];
			for (uint64_t i = graph->offsets[node]; i < graph->offsets[node + 1]; i++) {
				uint32_t to = graph->targets[i];
				if (!seen[to]) {
					seen[to] = 1;
					queue[tail++] = to;
				}
			}
		}
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%lld %" PRIu64 " %" PRIu64 "\n",
	       (long long)(end.tv_sec - begin.tv_sec) * 1000000000 + (end.tv_nsec - begin.tv_nsec),
	       tail, levels);
}

int main(int argc, char **argv)
{
	uint64_t count, nodes_count;

	if (argc != 4) {
		fputs("usage: bare_bfs EDGES ROOT TRIALS\n", stderr);
		return 2;
	}
	uint32_t *ends = read_edges(argv[1], &count, &nodes_count);
	uint64_t root = strtoull(argv[2], NULL, 10);
	if (root >= nodes_count) {
		fprintf(stderr, "bare_bfs: there is no node %" PRIu64 "\n", root);
		return 2;
	}
	struct graph graph = build(ends, count, nodes_count);
	free(ends);
	uint32_t *queue = must(malloc(nodes_count * sizeof(*queue)));
	uint8_t *seen = must(malloc(nodes_count));
	for (long trial = strtol(argv[3], NULL, 10); trial > 0; trial--)
		walk(&graph, (uint32_t)root, queue, seen);
	free(graph.offsets);
	free(graph.targets);
	free(queue);
	free(seen);
	return 0;
}
