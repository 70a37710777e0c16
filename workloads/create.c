/*
 * Building a graph file from nothing. Timed: create, inserts or bulk load, sync where asked for,
 * close. The answer is what a walk finds after opening the file again, outside the timer. What is
 * done: support/create.h.
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
