/*
 * Creating a graph file. Timed: create, inserts or bulk load, sync if requested, close. The answer
 * is that of a walk after opening the file again, outside the timed region. Details:
 * support/create.h.
 */
#include "support/create.h"

const struct workload_ops workload_create = {
	.name = "create",
	.summary = "a new file: all nodes and edges, close",
	.capabilities = WORKLOAD_BUILDS | WORKLOAD_WALKS | WORKLOAD_NEEDS_STREAM | WORKLOAD_CREATES,
	.options_count = CREATE_OPTIONS_COUNT,
	.options = create_options,
	.expect = walk_expect,
	.begin = create_begin,
	.prepare = create_prepare,
	.run = create_run,
	.run_latency = create_run_latency,
	.answer = create_answer,
	.counts = create_counts,
	.why = session_why,
	.end = create_end,
};
