/*
 * The time pass of a cell: see passes.h. Google Benchmark's loop calls time_group(), which reads
 * the clock around a group of walks.
 */
#include "measurement.h"

#include "gbench.h"
#include "../base/clock.h"
#include "../base/proc.h"
#include "../base/signals.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#define GROUP_NS          50e3 /* a group takes at least this; 25 ns of clock are 0.05 % of it */
#define ITERATIONS_MAX    10000000 /* walks of one sample */
#define LATENCIES_WANTED  20000 /* operations of a latency sample, so that 20 lie beyond its p99.9 */
#define LATENCY_WALKS_MAX 200

/* Processor time of this process, or of those that the workload has started. */
static double cpu_now_s(const struct measurement *m)
{
	struct workload_counts counts;

	if (!m->cell->command)
		return (double)clock_read_ns(CLOCK_PROCESS_CPUTIME_ID) * 1e-9;
	measure_ops(m)->counts(m->state, &counts);
	return (double)(counts.user_ns + counts.system_ns) * 1e-9;
}

/* One iteration of Google Benchmark's loop: a group of walks between two readings of the clock. */
static int time_group(void *context, double *seconds)
{
	struct measurement *m = context;
	const struct workload_ops *ops = measure_ops(m);
	int err = measure_before_walk(m);

	if (err)
		return err;
	double cpu_began = cpu_now_s(m);
	double began = clock_now_s();
	if (signals_caught())
		return -EINTR;
	for (uint64_t i = 0; !err && i < m->group; i++)
		err = ops->run(m->state);
	*seconds = clock_now_s() - began;
	m->cpu_seconds += cpu_now_s(m) - cpu_began;
	return err ? measure_failed(m, measure_action(m), err) : measure_check(m);
}

uint64_t measurement_iterations(const struct cell *cell, double seconds)
{
	double wanted = cell_walks_anew(cell) ? 1 : ceil(cell->min_time_s / fmax(seconds, 1e-9));

	if (cell->iterations)
		wanted = (double)cell->iterations;
	return (uint64_t)fmin(fmax(wanted, 1), ITERATIONS_MAX);
}

/* Enough walks to fill min_time, a whole number of groups. */
void measure_choose_iterations(struct measurement *m, double seconds)
{
	const struct cell *cell = m->cell;
	bool single = cell_walks_anew(cell);

	m->walk_seconds = seconds;
	m->iterations = measurement_iterations(cell, seconds);
	m->group = single ? 1 : (uint64_t)fmax(ceil(GROUP_NS * 1e-9 / fmax(seconds, 1e-9)), 1);
	if (m->group > m->iterations)
		m->group = m->iterations;
	if (!cell->iterations)
		m->iterations = (m->iterations + m->group - 1) / m->group * m->group;
	else /* a given number of iterations is used exactly */
		while (m->group > 1 && m->iterations % m->group)
			m->group--;
	uint64_t operations = m->found.operations_count ? m->found.operations_count : 1;
	uint64_t walks = LATENCIES_WANTED / operations + 1;
	m->latency_iterations = single ? 1 : walks < LATENCY_WALKS_MAX ? walks : LATENCY_WALKS_MAX;
}

static uint64_t anonymous_memory_bytes(void)
{
	uint64_t bytes;

	return proc_status("RssAnon", &bytes) ? 0 : bytes;
}

static void set_processor_times(const struct measurement *m, const struct workload_counts *before,
				json_t *metrics)
{
	struct workload_counts after;
	double runs = (double)m->iterations;

	measure_ops(m)->counts(m->state, &after);
	json_object_set_new(metrics, "cpu_user_ns",
			    json_real((double)(after.user_ns - before->user_ns) / runs));
	json_object_set_new(metrics, "cpu_system_ns",
			    json_real((double)(after.system_ns - before->system_ns) / runs));
}

int measure_time(struct measurement *m, json_t *metrics, uint64_t *iterations)
{
	struct gbench_result result;
	struct workload_counts before;

	m->cpu_seconds = 0;
	measure_ops(m)->counts(m->state, &before);
	int err = gbench_measure(m->cell->name, m->iterations / m->group, time_group, m, &result);
	if (err)
		return *m->why.text ? err : why_set(&m->why, err, "the timing loop failed");
	double real_s = result.seconds_per_iteration / (double)m->group;
	*iterations = m->iterations;
	json_object_set_new(metrics, "real_time_ns", json_real(real_s * 1e9));
	json_object_set_new(metrics, "cpu_time_ns",
			    json_real(m->cpu_seconds * 1e9 / (double)m->iterations));
	if (measure_edges_count(m) && real_s > 0)
		json_object_set_new(metrics, "edges_per_second",
				    json_real((double)measure_edges_count(m) / real_s));
	if (m->cell->command) {
		set_processor_times(m, &before, metrics);
		return 0;
	}
	uint64_t memory = anonymous_memory_bytes();
	if (memory)
		json_object_set_new(metrics, "memory_anonymous_bytes",
				    json_integer((json_int_t)memory));
	return 0;
}
