/*
 * The profile of a cell's walks: where their time goes, by what a thread did and in which span.
 *
 * Of a command it is the profile of all processes that it starts, in which each thread counts from its beginning to its
 * end.
 *
 * Order of calls: new; then for each walk, or group of walks, begin, walked, end; at last result. All from the
 * thread that walks. Only the time between the two readings of the clock given to profiler_walked()
 * counts.
 */
#ifndef IOWALK_PROFILE_PROFILER_H
#define IOWALK_PROFILE_PROFILER_H

#include <jansson.h>
#include <sys/types.h>

#include "../plan/cell.h"
#include "events.h"

/* Between samples of a thread. A sample takes 10 µs in a virtual machine, most of it to set the timer. It is no
 * round number, so that it is not in step with a walk. */
#define PROFILE_PERIOD_NS 293000

struct profiler;

struct profiler_settings {
	const struct cell *cell; /* borrowed, as the next */
	const pid_t *ids;        /* [ids_count] the threads of the pool, beside the calling one */
	size_t ids_count;
	/* What a thread has between begin and end, about. */
	uint64_t slice_ns, switches_count;
	bool without_events; /* only the clocks that every user may read */
	enum profile_clock clock;
};

/*
 * Where perf events are not allowed or not wanted, the profile is coarser and says so in its sources, and of a command
 * there is none: -EACCES or an error of perf_event_open(2). -ENOMEM, -EOPNOTSUPP. With the reason.
 */
int profiler_new(const struct profiler_settings *settings, struct profiler **out, struct why *why);
void profiler_free(struct profiler *profiler);

/* Begin and end recording. 0 or negative errno. */
int profiler_begin(struct profiler *profiler);
int profiler_end(struct profiler *profiler);

/* The walks took from began_ns to ended_ns of CLOCK_MONOTONIC. To be called before profiler_end(). */
int profiler_walked(struct profiler *profiler, uint64_t began_ns, uint64_t ended_ns);

/*
 * The profile per walk of `walks`: metrics and sources as in samples.jsonl, and *detail with the spans and the
 * stacks (docs/FORMATS.md); new reference.
 */
int profiler_result(struct profiler *profiler, uint64_t walks, json_t *metrics, json_t *sources,
		    json_t **detail);

#endif
