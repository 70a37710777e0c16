/*
 * The profile pass of a cell: see passes.h.
 *
 * Walks are profiled in slices. Every second slice is walked without recording, so that the sample says
 * what recording costs.
 */
#include "measurement.h"

#include "../base/clock.h"
#include "../base/signals.h"
#include "../count/hardware.h"
#include "../profile/calls.h"
#include "../profile/device.h"
#include "../profile/profiler.h"
#include "levels.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/resource.h>

/* Recorded walks take 500 times --min-time: 1 s. 3400 samples tell a share of 50 % within 1.7 points. */
#define MIN_TIMES   500
#define SLICE_S     0.02   /* beginning and ending a slice takes 50 µs */
#define PASS_FACTOR 6      /* with what lies between the walks; a walk that began is ended */
#define SLICES_MIN  2      /* recorded ones, so that one disturbance is not the whole profile */
#define CALLS_LEAST 200000 /* of a slice, where the engine does not count them */

/* Walks in which each call's time is recorded; the sample says nothing of calls where that is not possible. */
static int take_calls(struct measurement *m, uint64_t walks, uint64_t calls_count, json_t *detail)
{
	size_t count;
	const pid_t *ids = measure_thread_ids(m, &count);
	struct calls *calls;

	if (calls_new(ids, count, calls_count, &calls, NULL))
		return 0;
	int err = measure_before_walk(m);
	int record_err = err ? 0 : calls_begin(calls);
	uint64_t began_ns = clock_now_ns();
	if (!err && !record_err)
		err = measure_run_walks(m, walks);
	calls_walked(calls, began_ns, clock_now_ns());
	record_err = record_err ? record_err : calls_end(calls);
	json_t *result = err || record_err ? NULL : calls_result(calls, walks);
	if (result)
		json_object_set_new(detail, "calls", result);
	calls_free(calls);
	if (record_err)
		return why_set(&m->why, record_err, "recording system calls: %s",
			       strerror(-record_err));
	return err ? measure_failed(m, measure_action(m), err) : measure_check(m);
}

/* A cold walk with the requests to the device recorded; the sample says nothing of them where that is not
 * possible. */
static int take_device(struct measurement *m, json_t *detail)
{
	struct device_trace *trace;

	if (!m->cell->cold || device_trace_new(m->prepared->path, &trace, NULL))
		return 0;
	int err = measure_before_walk(m);
	int record_err = err ? 0 : device_trace_begin(trace);
	uint64_t began_ns = clock_now_ns();
	if (!err && !record_err)
		err = measure_run_walks(m, 1);
	device_trace_walked(trace, began_ns, clock_now_ns());
	record_err = record_err ? record_err : device_trace_end(trace);
	json_t *result = err || record_err ? NULL : device_trace_result(trace);
	if (result)
		json_object_set_new(detail, "device", result);
	device_trace_free(trace);
	if (record_err)
		return why_set(&m->why, record_err, "recording requests to the device: %s",
			       strerror(-record_err));
	return err ? measure_failed(m, measure_action(m), err) : measure_check(m);
}

/* Walks with the processor's counters; the sample says nothing of them on a machine without. */
static int take_hardware(struct measurement *m, uint64_t walks, json_t *detail)
{
	size_t count;
	const pid_t *ids = measure_thread_ids(m, &count);
	struct hardware *hardware;
	struct hardware_value value;

	if (hardware_new(hardware_events, HARDWARE_COUNT, ids, count, &hardware, NULL))
		return 0;
	int err = measure_before_walk(m);
	int count_err = err ? 0 : hardware_begin(hardware);
	if (!err && !count_err)
		err = measure_run_walks(m, walks);
	int end_err = hardware_end(hardware);
	count_err = count_err ? count_err : end_err;
	json_t *values = json_object();
	for (size_t i = 0; !err && !count_err && hardware_read(hardware, i, &value) == 0; i++)
		json_object_set_new(values, value.name,
				    json_pack("{sf sf}", "count", value.count / (double)walks,
					      "running_percent", value.running_percent));
	json_object_set_new(detail, "hardware", values);
	hardware_free(hardware);
	if (count_err)
		return why_set(&m->why, count_err, "counting hardware events: %s",
			       strerror(-count_err));
	return err ? measure_failed(m, measure_action(m), err) : measure_check(m);
}

/* The times of the slices with and without recording. */
struct slices {
	double recorded_ns, plain_ns;
	uint64_t recorded_walks, plain_walks;
	unsigned recorded_count;
	uint64_t calls_count; /* of a slice, by the engine's own count */
};

static uint64_t walks_of_slice(const struct measurement *m)
{
	return cell_walks_anew(m->cell)
		       ? 1
		       : (uint64_t)fmax(ceil(SLICE_S / fmax(m->walk_seconds, 1e-9)), 1);
}

/* Walks that begin and end with the recording; the answer of the last is compared. */
static int take_slice(struct measurement *m, struct profiler *profiler, uint64_t walks,
		      struct slices *slices)
{
	int err = measure_before_walk(m), end_err = 0;

	if (err)
		return err;
	if (signals_caught())
		return -EINTR;
	if (profiler && (err = profiler_begin(profiler)))
		return why_set(&m->why, err, "recording the profile: %s", strerror(-err));
	uint64_t began_ns = clock_now_ns();
	for (uint64_t i = 0; !err && i < walks; i++)
		err = measure_ops(m)->run(m->state);
	uint64_t ended_ns = clock_now_ns();
	if (profiler) {
		end_err = profiler_walked(profiler, began_ns, ended_ns);
		int record_err = profiler_end(profiler);
		end_err = end_err ? end_err : record_err;
	}
	if (err)
		return measure_failed(m, measure_action(m), err);
	if (end_err)
		return why_set(&m->why, end_err, "recording the profile: %s", strerror(-end_err));
	*(profiler ? &slices->recorded_ns : &slices->plain_ns) += (double)(ended_ns - began_ns);
	*(profiler ? &slices->recorded_walks : &slices->plain_walks) += walks;
	slices->recorded_count += profiler != NULL;
	return measure_check(m);
}

/* Of this process or, if the cell is a command, of those that have ended. */
static uint64_t switches_now(const struct measurement *m)
{
	struct rusage usage;
	int who = m->cell->command ? RUSAGE_CHILDREN : RUSAGE_SELF;

	return getrusage(who, &usage) ? 0 : (uint64_t)(usage.ru_nvcsw + usage.ru_nivcsw);
}

static uint64_t calls_now(const struct measurement *m)
{
	struct workload_counts counts;

	measure_ops(m)->counts(m->state, &counts);
	return measure_engine_calls(&counts);
}

/* A slice without recording tells how much a recorded one will record. */
static int open_profiler(struct measurement *m, uint64_t walks, struct slices *slices,
			 struct profiler **out)
{
	struct profiler_settings settings = {.cell = m->cell,
					     .without_events = m->counters_mode == COUNTERS_NONE};
	uint64_t switches_count = switches_now(m), calls_count = calls_now(m);
	int err = take_slice(m, NULL, walks, slices);

	/* Twice as many: a reference does not count its calls, and preparing a walk makes some. */
	slices->calls_count = CALLS_LEAST + 2 * (calls_now(m) - calls_count);
	if (err)
		return err;
	settings.ids = measure_thread_ids(m, &settings.ids_count);
	settings.slice_ns = (uint64_t)slices->plain_ns;
	settings.switches_count = switches_now(m) - switches_count;
	return profiler_new(&settings, out, &m->why);
}

static int take_slices(struct measurement *m, struct profiler *profiler, uint64_t walks,
		       struct slices *slices)
{
	double wanted_s = MIN_TIMES * m->cell->min_time_s;
	double until_s = clock_now_s() + PASS_FACTOR * wanted_s;
	int err = 0;

	while (!err && (slices->recorded_count < SLICES_MIN ||
			(slices->recorded_ns < wanted_s * 1e9 && clock_now_s() < until_s))) {
		err = take_slice(m, profiler, walks, slices);
		err = err ? err : take_slice(m, NULL, walks, slices);
	}
	return err;
}

/* What walks of their own tell: each level, each call, each request, and the processor's counters. */
static int take_details(struct measurement *m, uint64_t walks, uint64_t calls_count, json_t *detail)
{
	bool has_stacks = json_object_get(detail, "stacks") != NULL;
	json_t *levels = NULL;
	int err = measure_levels(m, &levels);

	if (levels)
		json_object_set_new(detail, "levels", levels);
	if (!err && has_stacks)
		err = take_calls(m, walks, calls_count, detail);
	if (!err && has_stacks)
		err = take_device(m, detail);
	if (!err && m->counters_mode != COUNTERS_NONE)
		err = take_hardware(m, walks, detail);
	return err;
}

int measure_profile(struct measurement *m, json_t *metrics, json_t *sources, json_t **detail,
		    uint64_t *iterations)
{
	struct profiler *profiler = NULL;
	struct slices slices = {0};
	uint64_t walks = walks_of_slice(m);

	int err = open_profiler(m, walks, &slices, &profiler);
	if (err)
		return err;
	err = take_slices(m, profiler, walks, &slices);
	err = err ? err
		  : profiler_result(profiler, slices.recorded_walks, metrics, sources, detail);
	profiler_free(profiler);
	if (!err && !m->cell->command) /* whose work is done by other processes */
		err = take_details(m, walks, slices.calls_count, *detail);
	*iterations = slices.recorded_walks;
	if (!err)
		json_object_set_new(
			metrics, "profile_cost_percent",
			json_real(100 * (slices.recorded_ns / (double)slices.recorded_walks /
						 (slices.plain_ns / (double)slices.plain_walks) -
					 1)));
	return err;
}
