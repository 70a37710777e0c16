/* Taking samples of one cell: see passes.h. */
#include "internal.h"

#include "gbench.h"
#include "../base/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define GROUP_NS          50e3 /* walks are timed in groups of at least so long: 25 ns of clock are 0.05 % */
#define ITERATIONS_MAX    10000000 /* walks of one sample */
#define LATENCIES_WANTED  20000 /* operations of a latency sample, so that its p99.9 stands on 20 */
#define LATENCY_WALKS_MAX 200
#define COLD_PERCENT_MAX  1.0 /* more of the file resident than this is not cold */
#define WARM_PERCENT_MIN  99.0
#define COLD_TRIES        3

const char *measure_running(const struct measurement *m)
{
	return measure_ops(m)->capabilities & WORKLOAD_BUILDS ? "building" : "walking";
}

int measure_failed(struct measurement *m, const char *what, int err)
{
	const char *words = measure_ops(m)->why(m->state);

	if (err == -EOPNOTSUPP)
		return err;
	return why_set(&m->why, err, "%s: %s%s%s", what, strerror(-err), *words ? ": " : "", words);
}

int measure_check(struct measurement *m)
{
	int err = measure_ops(m)->answer(m->state, &m->found);

	if (err)
		return measure_failed(m, "reading the answer", err);
	return answer_compare(measure_ops(m), &m->prepared->expected, &m->found, &m->why);
}

/* ---- cache state ---- */

/* True where the cell has a file whose pages the page cache holds or does not. */
static bool has_page_cache(const struct measurement *m)
{
	return m->prepared->file_bytes && !(m->cell->engine->capabilities & ENGINE_HOLDS_FILE);
}

static double residency_percent(const struct residency *residency)
{
	return residency->pages_count
		       ? 100.0 * (double)residency->resident_count / (double)residency->pages_count
		       : 100.0;
}

static int look_at_residency(struct measurement *m)
{
	int err = cache_residency(m->prepared->path, &m->residency);

	m->has_residency = err == 0;
	return err ? why_set(&m->why, err, "cannot tell whether '%.120s' is in the page cache: %s",
			     m->prepared->path, strerror(-err))
		   : 0;
}

static int make_cold(struct measurement *m)
{
	for (int tries = 0; tries < COLD_TRIES; tries++) {
		int err = measure_ops(m)->drop_cache(m->state);
		if (err)
			return measure_failed(m, "dropping the cache", err);
		err = look_at_residency(m);
		if (err)
			return err;
		if (residency_percent(&m->residency) <= COLD_PERCENT_MAX)
			return 0;
	}
	return why_set(&m->why, -EBUSY,
		       "not cold: %.1f %% of the file stay in the page cache after dropping it "
		       "(another process maps it, or the file system keeps it in memory)",
		       residency_percent(&m->residency));
}

static int make_warm(struct measurement *m)
{
	for (int tries = 0;; tries++) {
		int err = look_at_residency(m);
		if (err)
			return err;
		if (m->residency.resident_count == m->residency.pages_count)
			return 0;
		if (tries)
			break;
		err = cache_fill(m->prepared->path);
		if (err)
			return why_set(&m->why, err, "cannot read '%.120s': %s", m->prepared->path,
				       strerror(-err));
	}
	if (residency_percent(&m->residency) >= WARM_PERCENT_MIN)
		return 0;
	return why_set(&m->why, -ENOMEM,
		       "not warm: only %.1f %% of the file fit into the page cache",
		       residency_percent(&m->residency));
}

int measure_before_walk(struct measurement *m)
{
	int err = measure_ops(m)->prepare ? measure_ops(m)->prepare(m->state) : 0;

	if (err)
		return measure_failed(m, "preparing", err);
	return m->cell->cold ? make_cold(m) : 0;
}

/* ---- time ---- */

/* One iteration of Google Benchmark's loop: a group of walks between two readings of the clock. */
static int time_group(void *context, double *seconds)
{
	struct measurement *m = context;
	const struct workload_ops *ops = measure_ops(m);
	int err = measure_before_walk(m);

	if (err)
		return err;
	double cpu_began = (double)clock_read_ns(CLOCK_PROCESS_CPUTIME_ID) * 1e-9;
	double began = clock_now_s();
	for (uint64_t i = 0; !err && i < m->group; i++)
		err = ops->run(m->state);
	*seconds = clock_now_s() - began;
	m->cpu_seconds += (double)clock_read_ns(CLOCK_PROCESS_CPUTIME_ID) * 1e-9 - cpu_began;
	return err ? measure_failed(m, measure_running(m), err) : measure_check(m);
}

/* So many walks fill the sample, a whole number of groups. Cold and building cells have one each. */
static void choose_iterations(struct measurement *m, double seconds)
{
	const struct cell *cell = m->cell;
	bool single = cell->cold || measure_ops(m)->prepare;
	double wanted = single ? 1 : ceil(cell->min_time_s / fmax(seconds, 1e-9));

	if (cell->iterations)
		wanted = (double)cell->iterations;
	m->iterations = (uint64_t)fmin(fmax(wanted, 1), ITERATIONS_MAX);
	m->group = single ? 1 : (uint64_t)fmax(ceil(GROUP_NS * 1e-9 / fmax(seconds, 1e-9)), 1);
	if (m->group > m->iterations)
		m->group = m->iterations;
	if (!cell->iterations)
		m->iterations = (m->iterations + m->group - 1) / m->group * m->group;
	else /* what was asked for is kept to the number */
		while (m->group > 1 && m->iterations % m->group)
			m->group--;
	uint64_t operations = m->found.operations_count ? m->found.operations_count : 1;
	uint64_t walks = LATENCIES_WANTED / operations + 1;
	m->latency_iterations = single ? 1 : walks < LATENCY_WALKS_MAX ? walks : LATENCY_WALKS_MAX;
}

/* The edges an iteration dealt with: those walked over, or where a file is made all of them. */
static uint64_t edges_of(const struct measurement *m)
{
	return measure_ops(m)->capabilities & WORKLOAD_BUILDS ? m->prepared->edges_count
							      : m->found.walk.edges_count;
}

static uint64_t anonymous_memory_bytes(void)
{
	unsigned long long kib = 0;
	char line[128];
	FILE *file = fopen("/proc/self/status", "re");

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "RssAnon: %llu", &kib) == 1)
			break;
	}
	if (file)
		fclose(file);
	return kib * 1024;
}

static int sample_time(struct measurement *m, json_t *metrics, uint64_t *iterations)
{
	struct gbench_result result;

	m->cpu_seconds = 0;
	int err = gbench_measure(m->cell->name, m->iterations / m->group, time_group, m, &result);
	if (err)
		return *m->why.text ? err : why_set(&m->why, err, "the timing loop failed");
	double real_s = result.seconds_per_iteration / (double)m->group;
	*iterations = m->iterations;
	json_object_set_new(metrics, "real_time_ns", json_real(real_s * 1e9));
	json_object_set_new(metrics, "cpu_time_ns",
			    json_real(m->cpu_seconds * 1e9 / (double)m->iterations));
	if (edges_of(m) && real_s > 0)
		json_object_set_new(metrics, "edges_per_second",
				    json_real((double)edges_of(m) / real_s));
	if (m->bound.touched_pages_count && real_s > 0)
		json_object_set_new(metrics, "roofline_percent",
				    json_real(100 * m->bound.bound_ns / (real_s * 1e9)));
	uint64_t memory = anonymous_memory_bytes();
	if (memory)
		json_object_set_new(metrics, "memory_anonymous_bytes",
				    json_integer((json_int_t)memory));
	return 0;
}

/* ---- latency ---- */

static void record_latency(struct latency_sink *sink, uint64_t lat_ns)
{
	histogram_record(&((struct thread_latencies *)sink)->histogram, lat_ns);
}

/* A list of one for each thread of the cell. */
static int make_sinks(struct measurement *m)
{
	unsigned count = m->cell->threads_count;

	m->threads = calloc(count, sizeof(*m->threads));
	for (unsigned i = 0; m->threads && i < count; i++)
		m->threads[i].sink = (struct latency_sink){
			record_latency, i + 1 < count ? &m->threads[i + 1].sink : NULL};
	return m->threads ? 0 : -ENOMEM;
}

static int sample_latency(struct measurement *m, json_t *metrics, uint64_t *iterations)
{
	static const struct {
		const char *name;
		double quantile;
	} wanted[] = {{"lat_ns_p50", .5},  {"lat_ns_p90", .9},    {"lat_ns_p95", .95},
		      {"lat_ns_p99", .99}, {"lat_ns_p999", .999}, {"lat_ns_p9999", .9999}};

	if (!measure_ops(m)->run_latency)
		return -EOPNOTSUPP;
	histogram_reset(&m->histogram);
	for (unsigned i = 0; i < m->cell->threads_count; i++)
		histogram_reset(&m->threads[i].histogram);
	for (uint64_t i = 0; i < m->latency_iterations; i++) {
		int err = measure_before_walk(m);
		if (err)
			return err;
		err = measure_ops(m)->run_latency(m->state, &m->threads[0].sink);
		if (err)
			return measure_failed(m, measure_running(m), err);
		err = measure_check(m);
		if (err)
			return err;
	}
	for (unsigned i = 0; i < m->cell->threads_count; i++)
		histogram_add(&m->histogram, &m->threads[i].histogram);
	*iterations = m->latency_iterations;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		uint64_t lat_ns = histogram_quantile(&m->histogram, wanted[i].quantile);
		json_object_set_new(metrics, wanted[i].name, json_integer((json_int_t)lat_ns));
	}
	json_object_set_new(metrics, "lat_ns_max",
			    json_integer((json_int_t)m->histogram.max_value));
	json_object_set_new(metrics, "lat_count",
			    json_integer((json_int_t)m->histogram.total_count));
	return 0;
}

/* ---- all passes ---- */

static json_t *walk_json(const struct walk_summary *walk)
{
	json_t *counts = json_array();
	char hash[24];
	uint64_t levels =
		walk->levels_count < LEVELS_RECORDED ? walk->levels_count : LEVELS_RECORDED;

	for (uint64_t i = 0; i < levels; i++)
		json_array_append_new(counts, json_integer((json_int_t)walk->level_counts[i]));
	snprintf(hash, sizeof(hash), "%016" PRIx64, walk->levels_hash);
	return json_pack("{ss sI sI so}", "levels_hash", hash, "reached_count",
			 (json_int_t)walk->reached_count, "levels_count",
			 (json_int_t)walk->levels_count, "level_counts", counts);
}

/* What `roofline_percent` was reckoned with. */
static json_t *bound_json(const struct roofline_bound *bound)
{
	return json_pack("{ss sf sI sf}", "pattern", bound->pattern, "depth", bound->depth,
			 "touched_pages_count", (json_int_t)bound->touched_pages_count, "bound_ns",
			 bound->bound_ns);
}

static json_t *sample_json(struct measurement *m, uint64_t iterations, json_t *metrics,
			   json_t *sources)
{
	const struct prepared *prepared = m->prepared;
	json_t *sample =
		json_pack("{sI so sb sI}", "iterations", (json_int_t)iterations, "metrics", metrics,
			  "verified", 1, "operations_count", (json_int_t)m->found.operations_count);

	if (!sample)
		return NULL;
	if (json_object_size(sources))
		json_object_set(sample, "sources", sources);
	if (prepared->file_bytes)
		json_object_set_new(sample, "file_bytes",
				    json_integer((json_int_t)prepared->file_bytes));
	json_object_set_new(sample, "root", json_integer((json_int_t)prepared->root));
	if (m->has_residency) {
		json_object_set_new(sample, "residency_percent",
				    json_real(residency_percent(&m->residency)));
		json_object_set_new(sample, "residency_source", json_string(m->residency.source));
	}
	if (m->bound.touched_pages_count && json_object_get(metrics, "roofline_percent"))
		json_object_set_new(sample, "roofline", bound_json(&m->bound));
	if (measure_ops(m)->capabilities & WORKLOAD_WALKS) {
		json_object_set_new(sample, "edges_count", json_integer((json_int_t)edges_of(m)));
		json_object_set_new(sample, "walk", walk_json(&m->found.walk));
	}
	return sample;
}

int measurement_sample(struct measurement *m, enum sample_pass pass, json_t **out, struct why *why)
{
	json_t *metrics = json_object(), *sources = json_object();
	uint64_t iterations = 1;
	int err;

	*out = NULL;
	m->why.text[0] = '\0';
	if (pass == PASS_TIME)
		err = sample_time(m, metrics, &iterations);
	else if (pass == PASS_LATENCY)
		err = sample_latency(m, metrics, &iterations);
	else
		err = measure_count(m, metrics, sources, &iterations);
	if (!err)
		*out = sample_json(m, iterations, json_incref(metrics), sources);
	json_decref(metrics);
	json_decref(sources);
	if (err)
		*why = m->why;
	return err ? err : *out ? 0 : -ENOMEM;
}

int measurement_rest(struct measurement *m, struct why *why)
{
	m->why.text[0] = '\0';
	int err = m->cell->cold ? measure_ops(m)->drop_cache(m->state) : 0;

	if (err) {
		err = measure_failed(m, "dropping the cache", err);
		*why = m->why;
	}
	return err;
}

/* One walk to touch everything once and to see that the answer is right; a second to see how long. */
static int warm_up(struct measurement *m)
{
	double began, seconds = 0;
	int walks = m->cell->cold || measure_ops(m)->prepare ? 1 : 2;

	/* A walk that fills a sample by itself need not be timed more closely. */
	for (int i = 0; i < walks && seconds < m->cell->min_time_s; i++) {
		int err = measure_ops(m)->prepare ? measure_ops(m)->prepare(m->state) : 0;
		if (err)
			return measure_failed(m, "preparing", err);
		began = clock_now_s();
		err = measure_ops(m)->run(m->state);
		seconds = clock_now_s() - began;
		if (err)
			return measure_failed(m, measure_running(m), err);
		err = measure_check(m);
		if (err)
			return err;
	}
	choose_iterations(m, seconds);
	return 0;
}

/* Where their events cannot be opened the engines' own counts stand in. */
static void count_threads(struct measurement *m)
{
	size_t count = 0;
	const pid_t *ids =
		measure_ops(m)->thread_ids ? measure_ops(m)->thread_ids(m->state, &count) : NULL;

	if (m->counters)
		counters_threads(m->counters, ids, count, NULL);
}

void measurement_set_bound(struct measurement *measurement, const struct roofline_bound *bound)
{
	measurement->bound = *bound;
}

int measurement_open(const struct cell *cell, const struct prepared *prepared,
		     struct counters *counters, struct measurement **out, struct why *why)
{
	struct workload_env env;
	struct measurement *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->cell = cell;
	m->prepared = prepared;
	m->counters = counters;
	int err =
		cell_needs_stream(cell) ? cell->graph->open(&cell->params, &m->graph, &m->why) : 0;
	if (!err && has_page_cache(m) && !cell->cold)
		err = make_warm(m);
	if (!err) {
		prepared_env(prepared, cell, m->graph, &env);
		err = cell->workload->begin(&env, &m->state, &m->why);
	}
	if (!err)
		err = make_sinks(m);
	if (!err) {
		count_threads(m);
		err = warm_up(m);
	}
	if (err) {
		*why = m->why;
		if (!*why->text)
			why_set(why, err, "%s", strerror(-err));
		measurement_close(m);
		return err;
	}
	*out = m;
	return 0;
}

int measurement_close(struct measurement *m)
{
	int err = 0;

	if (m->state) {
		if (m->counters)
			counters_threads(m->counters, NULL, 0, NULL);
		err = measure_ops(m)->end(m->state);
	}
	free(m->threads);

	if (m->graph)
		m->cell->graph->close(m->graph);
	free(m);
	return err;
}
