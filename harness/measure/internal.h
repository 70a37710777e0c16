/* A cell being measured, between the files that take its samples. */
#ifndef IOWALK_MEASURE_INTERNAL_H
#define IOWALK_MEASURE_INTERNAL_H

#include "../prepare/cache_state.h"
#include "histogram.h"
#include "passes.h"

/* What one thread records; they are added up when none of them runs. */
struct thread_latencies {
	struct latency_sink sink; /* first: record() gets back from it */
	struct histogram histogram;
};

struct measurement {
	const struct cell *cell;
	const struct prepared *prepared;
	struct roofline_bound bound; /* without touched pages: not known */
	struct counters *counters;
	struct graph *graph; /* where the cell needs the edges */
	void *state;
	uint64_t iterations, group; /* walks of a time sample, and of one of its groups */
	uint64_t latency_iterations;
	struct residency residency; /* before the last sample */
	bool has_residency;
	double cpu_seconds; /* of the sample that is being taken */
	struct answer found;
	struct histogram histogram;
	struct thread_latencies *threads; /* [threads_count of the cell] */
	struct why why;
};

static inline const struct workload_ops *measure_ops(const struct measurement *m)
{
	return m->cell->workload;
}

/* What a workload's run() does, for messages. */
const char *measure_running(const struct measurement *m);

/* Names the failure of a workload's hook, with its own words where it has some. */
int measure_failed(struct measurement *m, const char *what, int err);

/* Is the last walk's answer right? */
int measure_check(struct measurement *m);

/* What has to be so before a walk begins; none of it is timed or counted. */
int measure_before_walk(struct measurement *m);

/* One sample of the count pass. */
int measure_count(struct measurement *m, json_t *metrics, json_t *sources, uint64_t *iterations);

#endif
