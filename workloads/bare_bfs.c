/*
 * Breadth-first search as a plain loop over two arrays on the heap. It is the yardstick for `bfs`
 * over csr on engine memory. It has a queue of all nodes and levels of 4 bytes, no bitmaps, no frontier and no table of
 * functions.
 */
#include "support/walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct bare_bfs {
	uint64_t nodes_count, edges_count;
	uint32_t *levels;  /* [nodes] */
	uint64_t *queue;   /* [nodes] */
	uint64_t *offsets; /* [nodes + 1] */
	uint64_t *targets; /* [edges] */
	uint64_t root;
};

/* Counting sort of the stream by `from`, one edge at a time. */
static int load(struct bare_bfs *bare, const struct edge_stream *stream)
{
	uint64_t *ends = calloc(stream->nodes_count + 2, sizeof(*ends));
	uint64_t cursor = 0;
	struct edge edge;

	bare->offsets = calloc(stream->nodes_count + 1, sizeof(*bare->offsets));
	bare->targets = malloc((stream->edges_count + 1) * sizeof(*bare->targets));
	if (!ends || !bare->offsets || !bare->targets) {
		free(ends);
		return -ENOMEM;
	}
	while (stream->next(stream->context, &cursor, &edge, 1))
		bare->offsets[edge.from + 1]++;
	for (uint64_t n = 0; n < stream->nodes_count; n++)
		bare->offsets[n + 1] += bare->offsets[n];
	memcpy(ends, bare->offsets, (stream->nodes_count + 1) * sizeof(*ends));
	cursor = 0;
	while (stream->next(stream->context, &cursor, &edge, 1))
		bare->targets[ends[edge.from]++] = edge.to;
	free(ends);
	return 0;
}

static int bare_end(void *state)
{
	struct bare_bfs *bare = state;

	free(bare->levels);
	free(bare->queue);
	free(bare->offsets);
	free(bare->targets);
	free(bare);
	return 0;
}

static int bare_begin(const struct workload_env *env, void **state, struct why *why)
{
	struct bare_bfs *bare = calloc(1, sizeof(*bare));

	(void)why;
	if (!bare)
		return -ENOMEM;
	bare->nodes_count = env->nodes_count;
	bare->levels = reallocarray(NULL, env->nodes_count, sizeof(*bare->levels));
	bare->queue = reallocarray(NULL, env->nodes_count, sizeof(*bare->queue));
	int err = bare->levels && bare->queue ? load(bare, &env->graph->stream) : -ENOMEM;
	if (err) {
		bare_end(bare);
		return err;
	}
	bare->root = env->root;
	*state = bare;
	return 0;
}

static int bare_run(void *state)
{
	struct bare_bfs *bare = state;
	const uint64_t *offsets = bare->offsets, *targets = bare->targets;
	uint32_t *levels = bare->levels;
	uint64_t *queue = bare->queue;
	uint64_t head = 0, tail = 1, edges_count = 0;

	memset(levels, 0xff, bare->nodes_count * sizeof(*levels));
	levels[bare->root] = 0;
	queue[0] = bare->root;
	for (uint32_t next_level = 1; head < tail; next_level++) {
		for (uint64_t level_end = tail; head < level_end; head++) {
			uint64_t node = queue[head];
			uint64_t end = offsets[node + 1];

			edges_count += end - offsets[node];
			for (uint64_t k = offsets[node]; k < end; k++) {
				uint64_t id = targets[k];

				if (levels[id] == LEVEL_UNREACHED) {
					levels[id] = next_level;
					queue[tail++] = id;
				}
			}
		}
	}
	bare->edges_count = edges_count;
	return 0;
}

static int bare_answer(void *state, struct answer *out)
{
	struct bare_bfs *bare = state;

	memset(out, 0, sizeof(*out));
	levels_summarize(bare->levels, bare->nodes_count, &out->walk);
	out->walk.edges_count = bare->edges_count;
	out->operations_count = out->walk.reached_count;
	return 0;
}

static void bare_counts(const void *state, struct workload_counts *out)
{
	(void)state;
	memset(out, 0, sizeof(*out));
}

static const char *bare_why(const void *state)
{
	(void)state;
	return "";
}

const struct workload_ops workload_bare_bfs = {
	.name = "bare-bfs",
	.summary = "the same walk as a bare loop over two arrays: the yardstick for csr on memory",
	.capabilities = WORKLOAD_WALKS | WORKLOAD_NEEDS_STREAM | WORKLOAD_BARE,
	.expect = walk_expect,
	.begin = bare_begin,
	.run = bare_run,
	.answer = bare_answer,
	.counts = bare_counts,
	.why = bare_why,
	.end = bare_end,
};
