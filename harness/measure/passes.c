/* Opening a cell and taking its samples: see passes.h. */
#include "measurement.h"

#include "../base/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WARM_TRIES        5 /* samples that are taken again because pages were evicted */
#define WARM_UP_WALKS_MAX 64
#define WARM_UP_S_MAX     0.02 /* after it no further walk begins */
#define STATIONARY        0.95 /* times of walks that have settled still differ by some per cent */

/* ---- a sample ---- */

/* Does the page cache matter to this cell: has it a file that its engine does not hold in
 * memory? */
static bool has_page_cache(const struct measurement *m)
{
	return m->prepared->file_bytes && !(m->cell->engine->capabilities & ENGINE_HOLDS_FILE) &&
	       !(measure_ops(m)->capabilities & WORKLOAD_BUILDS);
}

static json_t *hash_json(uint64_t hash)
{
	return json_sprintf("%016" PRIx64, hash);
}

static json_t *walk_json(const struct walk_summary *walk)
{
	json_t *counts = json_array();
	uint64_t levels =
		walk->levels_count < LEVELS_RECORDED ? walk->levels_count : LEVELS_RECORDED;

	for (uint64_t i = 0; i < levels; i++)
		json_array_append_new(counts, json_integer((json_int_t)walk->level_counts[i]));
	return json_pack("{so sI sI so}", "levels_hash", hash_json(walk->levels_hash),
			 "reached_count", (json_int_t)walk->reached_count, "levels_count",
			 (json_int_t)walk->levels_count, "level_counts", counts);
}

/* What a pass returns. All references are owned. */
struct taken {
	json_t *metrics, *sources;
	json_t *profile; /* of the profile pass; else NULL */
	uint64_t iterations;
};

static json_t *sample_json(struct measurement *m, const struct taken *taken)
{
	const struct prepared *prepared = m->prepared;
	json_t *sample = json_pack("{sI sO sb sI}", "iterations", (json_int_t)taken->iterations,
				   "metrics", taken->metrics, "verified", 1, "operations_count",
				   (json_int_t)m->found.operations_count);

	if (!sample)
		return NULL;
	if (json_object_size(taken->sources))
		json_object_set(sample, "sources", taken->sources);
	if (taken->profile)
		json_object_set(sample, "profile", taken->profile);
	if (prepared->file_bytes)
		json_object_set_new(sample, "file_bytes",
				    json_integer((json_int_t)prepared->file_bytes));
	if (!m->cell->command)
		json_object_set_new(sample, "root", json_integer((json_int_t)prepared->root));
	else if (m->cell->command->hash_stdout)
		json_object_set_new(sample, "stdout_hash", hash_json(m->found.fold));
	if (m->has_residency) {
		json_object_set_new(sample, "residency_percent",
				    json_real(measure_residency_percent(m)));
		json_object_set_new(sample, "residency_source", json_string(m->residency.source));
	}
	if (has_page_cache(m) && m->has_device_bytes)
		json_object_set_new(sample, "residency_device_bytes",
				    json_integer((json_int_t)m->device_bytes));
	if (measure_ops(m)->capabilities & WORKLOAD_WALKS) {
		json_object_set_new(sample, "edges_count",
				    json_integer((json_int_t)measure_edges_count(m)));
		json_object_set_new(sample, "walk", walk_json(&m->found.walk));
	}
	return sample;
}

/* Reads the file again if pages of it were evicted since the last sample; one walk then loads page
 * tables. */
static int keep_warm(struct measurement *m)
{
	int err = measure_read_residency(m);

	if (err || measure_is_warm(m))
		return err;
	err = measure_make_warm(m);
	if (!err && measure_ops(m)->prepare)
		return 0; /* each of its walks begins anew */
	if (!err && (err = measure_ops(m)->run(m->state)))
		err = measure_failed(m, measure_action(m), err);
	return err ? err : measure_check(m);
}

static int take_pass(struct measurement *m, enum sample_pass pass, struct taken *taken)
{
	int err;

	measure_watch_device(m);
	if (pass == PASS_TIME)
		err = measure_time(m, taken->metrics, &taken->iterations);
	else if (pass == PASS_LATENCY)
		err = measure_latency(m, taken->metrics, &taken->iterations);
	else if (pass == PASS_COUNT)
		err = measure_count(m, taken->metrics, taken->sources, &taken->iterations);
	else
		err = measure_profile(m, taken->metrics, taken->sources, &taken->profile,
				      &taken->iterations);
	measure_stop_watching(m);
	return err ? err : m->cell->cold ? measure_check_cold(m, pass) : 0;
}

/* A warm sample counts only if the file was in the page cache before and after it, and if nothing was read from
 * the device in between: another process may drop the file, and the kernel may reclaim it. Otherwise it is taken
 * again. */
static int take_warm(struct measurement *m, enum sample_pass pass, struct taken *taken)
{
	for (int tries = 0; tries < WARM_TRIES; tries++) {
		int err = keep_warm(m);

		json_object_clear(taken->metrics);
		json_object_clear(taken->sources);
		json_decref(taken->profile);
		taken->profile = NULL;
		taken->iterations = 1;
		err = err ? err : take_pass(m, pass, taken);
		err = err ? err : measure_read_residency(m);
		if (err || (measure_is_warm(m) && !measure_read_past_cache(m)))
			return err;
	}
	if (measure_is_warm(m))
		return measure_past_cache(m, -EBUSY);
	return why_set(
		&m->why, -EBUSY,
		"not warm: %.1f %% of the file were in the page cache after the sample, and no "
		"more after %d attempts (another process drops it, or something reclaims pages: "
		"iowalk doctor)",
		measure_residency_percent(m), WARM_TRIES);
}

int measurement_sample(struct measurement *m, enum sample_pass pass, json_t **out, struct why *why)
{
	struct taken taken = {.metrics = json_object(), .sources = json_object(), .iterations = 1};
	int err;

	*out = NULL;
	m->why.text[0] = '\0';
	err = !m->cell->cold && has_page_cache(m) ? take_warm(m, pass, &taken)
						  : take_pass(m, pass, &taken);
	if (!err)
		*out = sample_json(m, &taken);
	json_decref(taken.metrics);
	json_decref(taken.sources);
	json_decref(taken.profile);
	if (err)
		*why = m->why;
	return err ? err : *out ? 0 : -ENOMEM;
}

/* ---- opening and closing ---- */

int measurement_rest(struct measurement *m, struct why *why)
{
	m->why.text[0] = '\0';
	int err = m->cell->cold ? measure_drop_cache(m) : 0;

	if (err)
		*why = m->why;
	return err;
}

static int warm_up_walk(struct measurement *m, double *seconds)
{
	int err = measure_ops(m)->prepare ? measure_ops(m)->prepare(m->state) : 0;

	if (err)
		return measure_failed(m, "preparing", err);
	measure_watch_device(m);
	m->walks_count = 1;
	double began = clock_now_s();
	err = measure_ops(m)->run(m->state);
	*seconds = clock_now_s() - began;
	measure_stop_watching(m);
	if (err)
		return measure_failed(m, measure_action(m), err);
	return measure_check(m);
}

/* Walks of a cell with a given number of walks: their number must not depend on times, because system
 * calls are counted from outside, too. */
static int warm_up_fixed(struct measurement *m, double *seconds)
{
	int err = warm_up_walk(m, seconds);

	/* If the first walk fills a sample by itself, its time is exact enough. */
	if (!err && !cell_walks_anew(m->cell) && *seconds < m->cell->min_time_s)
		err = warm_up_walk(m, seconds);
	return err;
}

/*
 * Walks until their times are stationary: the least time of the later half of all walks is not below
 * that of the earlier half, so page tables, caches and the branch predictor have settled. The least
 * and not the mean, because disturbances only add time. *seconds is the least of the later half.
 */
static int warm_up_stationary(struct measurement *m, double *seconds)
{
	double until_s = clock_now_s() + WARM_UP_S_MAX, earlier = 0, second = 0;
	int err = warm_up_walk(m, &earlier);

	*seconds = earlier;
	for (unsigned half = 1; !err && half <= WARM_UP_WALKS_MAX / 2; half *= 2) {
		double later = INFINITY;

		for (unsigned walk = 0; walk < half; walk++) {
			if (clock_now_s() >= until_s)
				return 0;
			err = warm_up_walk(m, &second);
			if (err)
				return err;
			later = fmin(later, second);
			*seconds = later;
		}
		if (later >= STATIONARY * earlier)
			break;
		earlier = fmin(earlier, later);
	}
	return err;
}

/* The walk after the first is also where an engine shows whether it reads past the page cache. */
static int warm_up(struct measurement *m)
{
	double seconds = 0;
	bool is_warm = !m->cell->cold && has_page_cache(m);
	bool is_fixed = m->cell->iterations || cell_walks_anew(m->cell);
	int err = is_fixed ? warm_up_fixed(m, &seconds) : warm_up_stationary(m, &seconds);

	if (!err && is_warm && measure_read_past_cache(m))
		err = warm_up_walk(m, &seconds);
	if (err)
		return err;
	if (is_warm && measure_read_past_cache(m)) {
		err = measure_read_residency(m);
		if (err || measure_is_warm(m))
			return err ? err : measure_past_cache(m, -EOPNOTSUPP);
	}
	measure_choose_iterations(m, seconds);
	return 0;
}

/* Counts the threads of the workload, too. If that fails, the engines' own counts are used. */
static void count_threads(struct measurement *m)
{
	size_t count;
	const pid_t *ids = measure_thread_ids(m, &count);

	if (m->counters)
		counters_threads(m->counters, ids, count, NULL);
}

static void record_latency(struct latency_sink *sink, uint64_t lat_ns)
{
	histogram_record(&((struct thread_latencies *)sink)->histogram, lat_ns);
}

/* A list with one sink per thread of the cell. */
static int make_sinks(struct measurement *m)
{
	unsigned count = m->cell->threads_count;

	m->threads = calloc(count, sizeof(*m->threads));
	for (unsigned i = 0; m->threads && i < count; i++)
		m->threads[i].sink = (struct latency_sink){
			record_latency, i + 1 < count ? &m->threads[i + 1].sink : NULL};
	return m->threads ? 0 : -ENOMEM;
}

int measurement_open(const struct cell *cell, const struct prepared *prepared,
		     enum counters_mode mode, struct counters *counters, struct measurement **out,
		     struct why *why)
{
	struct workload_env env;
	struct measurement *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->cell = cell;
	m->prepared = prepared;
	m->counters_mode = mode;
	m->counters = counters;
	int err =
		cell_needs_stream(cell) ? cell->graph->open(&cell->params, &m->graph, &m->why) : 0;
	if (!err && has_page_cache(m) && !cell->cold)
		err = measure_make_warm(m);
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
