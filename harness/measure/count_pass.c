/* The count pass of a cell: see passes.h. */
#include "measurement.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Divides a total by the number of walks: an integer if it divides evenly, else a real. */
static void set_per_walk(json_t *metrics, const char *name, uint64_t total, uint64_t iterations)
{
	json_object_set_new(metrics, name,
			    total % iterations ? json_real((double)total / (double)iterations)
					       : json_integer((json_int_t)(total / iterations)));
}

/* The system calls that the engine counts itself. If they are the `only_source`, they also stand in for the
 * kernel's counts. */
static void set_self_calls(const struct workload_counts *before,
			   const struct workload_counts *after, bool only_source,
			   uint64_t iterations, json_t *metrics, json_t *sources)
{
	uint64_t total =
		engine_stats_syscalls(&after->engine) - engine_stats_syscalls(&before->engine);

	for (size_t i = 0; i < ENGINE_SYSCALLS_COUNT; i++) {
		uint64_t calls = after->engine.syscalls[i] - before->engine.syscalls[i];
		char name[64];

		if (!calls || !only_source)
			continue;
		snprintf(name, sizeof(name), "syscalls_%s", engine_syscall_names[i]);
		set_per_walk(metrics, name, calls, iterations);
		json_object_set_new(sources, name, json_string("engine"));
	}
	if (only_source) {
		set_per_walk(metrics, "syscalls", total, iterations);
		json_object_set_new(sources, "syscalls", json_string("engine"));
	}
	set_per_walk(metrics, "syscalls_self", total, iterations);
}

/* The other counts that engine and layout keep, as differences. */
static void set_self_counts(const struct workload_counts *before,
			    const struct workload_counts *after, uint64_t iterations,
			    json_t *metrics)
{
	set_per_walk(metrics, "logical_read_bytes",
		     after->layout.logical_read_bytes - before->layout.logical_read_bytes,
		     iterations);
	uint64_t hits = after->engine.buffer_hits - before->engine.buffer_hits;
	uint64_t misses = after->engine.buffer_misses - before->engine.buffer_misses;
	if (hits + misses) {
		set_per_walk(metrics, "buffer_hits", hits, iterations);
		set_per_walk(metrics, "buffer_misses", misses, iterations);
	}
	if (after->has_huge && after->mapped_bytes)
		json_object_set_new(
			metrics, "huge_page_percent",
			json_real(100.0 * (double)after->huge_bytes / (double)after->mapped_bytes));
	uint64_t extents = after->engine.prefetch_extents - before->engine.prefetch_extents;
	if (extents)
		set_per_walk(metrics, "prefetch_extents", extents, iterations);
}

static void set_counters(const struct counter_set *set, uint64_t iterations, json_t *metrics,
			 json_t *sources)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct counter_value *value = &set->values[i];

		set_per_walk(metrics, value->name, value->value, iterations);
		json_object_set_new(sources, value->name, json_string(value->source));
	}
}

/* The system calls, in walks of their own, where they are traced. */
static int trace_walks(struct measurement *m, uint64_t walks)
{
	int err = measure_before_walk(m);

	if (err)
		return err;
	err = counters_trace_start(m->counters);
	if (err)
		return why_set(&m->why, err, "tracing system calls: %s", strerror(-err));
	err = measure_run_walks(m, walks);
	int stop_err = counters_trace_stop(m->counters);
	if (err)
		return measure_failed(m, measure_action(m), err);
	if (stop_err)
		return why_set(&m->why, stop_err, "tracing system calls: %s", strerror(-stop_err));
	return measure_check(m);
}

int measure_count(struct measurement *m, json_t *metrics, json_t *sources, uint64_t *iterations)
{
	struct workload_counts before, after;
	struct counter_set set;
	bool single = m->cell->cold || measure_ops(m)->prepare;
	uint64_t walks = m->cell->iterations && !single ? m->cell->iterations : 1;
	int err = measure_before_walk(m);

	if (err)
		return err;
	measure_ops(m)->counts(m->state, &before);
	err = counters_start(m->counters);
	if (err)
		return why_set(&m->why, err, "starting the counters: %s", strerror(-err));
	err = measure_run_walks(m, walks);
	int stop_err = counters_stop(m->counters);
	if (err)
		return measure_failed(m, measure_action(m), err);
	if (stop_err)
		return why_set(&m->why, stop_err, "stopping the counters: %s", strerror(-stop_err));
	measure_ops(m)->counts(m->state, &after);
	err = measure_check(m);
	if (!err && counters_trace(m->counters))
		err = trace_walks(m, walks);
	if (err)
		return err;
	counters_read(m->counters, &set);
	*iterations = walks;
	set_counters(&set, walks, metrics, sources);
	/* A reference does not count its calls, and some plug-ins do not: without the kernel's counts they are
	 * unknown, not 0. */
	if ((m->cell->layout->counts || !(m->cell->layout->capabilities & LAYOUT_REFERENCE)) &&
	    !(m->cell->engine->capabilities & ENGINE_UNCOUNTED))
		set_self_calls(&before, &after, counter_find(&set, "syscalls") == NULL, walks,
			       metrics, sources);
	if (!m->cell->command)
		set_self_counts(&before, &after, walks, metrics);
	const struct counter_value *device = counter_find(&set, "device_read_bytes");
	uint64_t logical = after.layout.logical_read_bytes - before.layout.logical_read_bytes;
	if (device && logical)
		json_object_set_new(metrics, "read_amplification",
				    json_real((double)device->value / (double)logical));
	return 0;
}
