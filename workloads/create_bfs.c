/*
 * Creating a graph file and walking it once in one timed region, like the benchmarks of the seed
 * systems, for comparison with their figures. `create` and `bfs` time the two separately. Details:
 * support/create.h.
 */
#include "support/create.h"

const struct workload_ops workload_create_bfs = {
	.name = "create+bfs",
	.summary =
		"a new file and one walk over it in one timed region, as the seed systems time it",
	.capabilities = WORKLOAD_BUILDS | WORKLOAD_WALKS | WORKLOAD_NEEDS_STREAM | WORKLOAD_CREATES,
	.options_count = CREATE_OPTIONS_COUNT,
	.options = create_options,
	.expect = walk_expect,
	.begin = create_begin,
	.prepare = create_prepare,
	.run = create_run_and_walk,
	.run_latency = create_run_and_walk_latency,
	.answer = create_walk_answer,
	.counts = create_counts,
	.why = session_why,
	.end = create_end,
};
