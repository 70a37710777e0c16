/*
 * The state of a cell being measured, shared by the passes, and what each pass does around a walk.
 * Only the files of measure/ include it.
 */
#ifndef IOWALK_MEASURE_MEASUREMENT_H
#define IOWALK_MEASURE_MEASUREMENT_H

#include "../prepare/cell_files.h"
#include "../base/histogram.h"
#include "passes.h"

/* The latencies that one thread records; they are added up after all threads have stopped. */
struct thread_latencies {
	struct latency_sink sink; /* first member: record() casts it back */
	struct histogram histogram;
};

struct measurement {
	const struct cell *cell;
	const struct prepared *prepared;
	enum counters_mode counters_mode;
	struct counters *counters;
	struct graph *graph; /* if the cell needs the edges, else NULL */
	void *state;         /* the workload's */
	uint64_t iterations; /* walks of a time sample */
	double walk_seconds; /* of a walk, when the measurement was opened */
	uint64_t group;      /* walks between two readings of the clock */
	uint64_t latency_iterations;
	struct residency residency; /* before the last sample */
	bool has_residency;
	uint64_t walks_count; /* since measure_watch_device(); a group of a warm cell counts once */
	uint64_t device_bytes; /* read by the process during the sample: device_proof.c */
	bool has_device_bytes;
	double cpu_seconds; /* of the current time sample */
	struct answer found;
	struct histogram histogram;
	struct thread_latencies *threads; /* [cell->threads_count] */
	struct why why;
};

static inline const struct workload_ops *measure_ops(const struct measurement *m)
{
	return m->cell->workload;
}

/* ---- walk.c ---- */

/* What the workload's run() does, for messages: "building" or "walking". */
const char *measure_action(const struct measurement *m);

/* Sets m->why to `what`, the error, and the workload's own reason if it has one. Returns err. */
int measure_failed(struct measurement *m, const char *what, int err);

/* Compares the answer of the last walk with the expected one. */
int measure_check(struct measurement *m);

/* Brings the workload and, for a cold cell, the cache into the state that a walk begins with. It is
 * neither timed nor counted. */
int measure_before_walk(struct measurement *m);

/* Drops what the workload, or else the kernel, has cached of the cell's files. */
int measure_drop_cache(struct measurement *m);

/* Reads the file of a warm cell into the page cache. -ENOMEM if it does not stay there. */
int measure_make_warm(struct measurement *m);

/* Finds out how much of the file is in the page cache. */
int measure_read_residency(struct measurement *m);

/* Was enough of the file in the page cache when that was last read? */
bool measure_is_warm(const struct measurement *m);

/* Percentage of the file's pages that were in the page cache before the last sample. */
double measure_residency_percent(const struct measurement *m);

/* Edges of an iteration: those walked over, or all edges if the workload builds a file. */
uint64_t measure_edges_count(const struct measurement *m);

/* So many walks, up to the first error; -EINTR after a signal. */
int measure_run_walks(struct measurement *m, uint64_t walks);

/* The threads of the workload beside the calling one. */
const pid_t *measure_thread_ids(const struct measurement *m, size_t *count);

/* The system calls that the engine has counted itself. */
uint64_t measure_engine_calls(const struct workload_counts *counts);

/* ---- device_proof.c ---- */

/* Begins and ends counting what the process reads from devices. Where that cannot be counted, the
 * functions below find nothing wrong. */
void measure_watch_device(struct measurement *m);
void measure_stop_watching(struct measurement *m);

/* Did walks of a warm cell read more from the device than a full page cache explains? */
bool measure_read_past_cache(const struct measurement *m);

/* Says in m->why that they did, and the remedy. Returns err. */
int measure_past_cache(struct measurement *m, int err);

/* -EBUSY if a cold sample of that pass read less from the device than its walks need. */
int measure_check_cold(struct measurement *m, enum sample_pass pass);

/* ---- one sample of each pass: time_pass.c, latency_pass.c, count_pass.c, profile_pass.c ---- */

int measure_time(struct measurement *m, json_t *metrics, uint64_t *iterations);
int measure_latency(struct measurement *m, json_t *metrics, uint64_t *iterations);
int measure_count(struct measurement *m, json_t *metrics, json_t *sources, uint64_t *iterations);

/* *detail: the sample's `profile`; new reference. */
int measure_profile(struct measurement *m, json_t *metrics, json_t *sources, json_t **detail,
		    uint64_t *iterations);

/* Chooses how many walks a sample has, from the seconds that one takes. */
void measure_choose_iterations(struct measurement *m, double seconds);

#endif
