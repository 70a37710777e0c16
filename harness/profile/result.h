/* A profile as it is recorded: the metrics and sources of a sample, its spans and its stacks. */
#ifndef IOWALK_PROFILE_RESULT_H
#define IOWALK_PROFILE_RESULT_H

#include <jansson.h>

#include "coarse.h"
#include "events.h"
#include "spans.h"
#include "timeline.h"

struct profile_result { /* all borrowed */
	const struct stacks *stacks;
	const struct spans *spans;
	struct symbols *symbols;
	const struct timeline_sums *sums;
	const struct timeline *timeline; /* the last recording */
	const struct coarse *coarse;
	const struct profile_sources *sources; /* NULL: no perf events */
	const char *why_no_events;
	uint64_t lost_count;
	bool is_command; /* the stacks are those of its processes */
	double walks;
	double wall_ns; /* of all walks, times the threads */
};

/* As profiler_result(). */
int profile_result_write(const struct profile_result *result, json_t *metrics, json_t *sources,
			 json_t **detail);

#endif
