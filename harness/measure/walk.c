/* What each pass does around a walk: see measurement.h. */
#include "measurement.h"

#include "../base/signals.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define COLD_PERCENT_MAX 1.0 /* with more of what it reads resident, a cell is not cold */
#define WARM_PERCENT_MIN 99.0
#define COLD_TRIES       3
#define FILL_TRIES       5 /* while a file is read, the kernel may reclaim some of its pages */

const char *measure_action(const struct measurement *m)
{
	return m->cell->command                                 ? "running"
	       : measure_ops(m)->capabilities & WORKLOAD_BUILDS ? "building"
								: "walking";
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

uint64_t measure_edges_count(const struct measurement *m)
{
	return measure_ops(m)->capabilities & WORKLOAD_BUILDS ? m->prepared->edges_count
							      : m->found.walk.edges_count;
}

/* ---- cache state ---- */

double measure_residency_percent(const struct measurement *m)
{
	const struct residency *residency = &m->residency;

	return residency->pages_count
		       ? 100.0 * (double)residency->resident_count / (double)residency->pages_count
		       : 100.0;
}

/* The files of the cell, for messages. */
static const char *files_of(const struct measurement *m)
{
	return m->cell->command ? m->cell->command->files : m->prepared->path;
}

int measure_read_residency(struct measurement *m)
{
	int err = cell_files_residency(m->cell, m->prepared, &m->residency);

	m->has_residency = err == 0;
	return err ? why_set(&m->why, err,
			     "cannot find out whether '%.120s' is in the page cache: %s",
			     files_of(m), strerror(-err))
		   : 0;
}

/* Resident pages of the file, compared with the pages that the walk reads if they are known, because these may
 * be fewer than the tolerated share of the file. */
static bool is_cold(const struct measurement *m)
{
	uint64_t read_count = m->residency.pages_count;

	if (m->prepared->working_set_pages_count &&
	    m->prepared->working_set_pages_count < read_count)
		read_count = m->prepared->working_set_pages_count;
	return (double)m->residency.resident_count <= COLD_PERCENT_MAX / 100 * (double)read_count;
}

bool measure_is_warm(const struct measurement *m)
{
	return measure_residency_percent(m) >= WARM_PERCENT_MIN;
}

int measure_drop_cache(struct measurement *m)
{
	int err = measure_ops(m)->drop_cache ? measure_ops(m)->drop_cache(m->state)
					     : cell_files_drop(m->cell, m->prepared);

	return err ? measure_failed(m, "dropping the cache", err) : 0;
}

static int make_cold(struct measurement *m)
{
	for (int tries = 0; tries < COLD_TRIES; tries++) {
		int err = measure_drop_cache(m);
		err = err ? err : measure_read_residency(m);
		if (err)
			return err;
		if (is_cold(m))
			return 0;
	}
	return why_set(
		&m->why, -EBUSY,
		"not cold: %" PRIu64 " pages (%.1f %%) of the file stay in the page cache after "
		"dropping it (another process maps it, or the file system keeps it in memory)",
		m->residency.resident_count, measure_residency_percent(m));
}

int measure_make_warm(struct measurement *m)
{
	for (int tries = 0;; tries++) {
		int err = measure_read_residency(m);
		if (err)
			return err;
		if (m->residency.resident_count == m->residency.pages_count)
			return 0;
		if (tries == FILL_TRIES || (tries && measure_is_warm(m)))
			break;
		err = cell_files_fill(m->cell, m->prepared);
		if (err)
			return why_set(&m->why, err, "cannot read '%.120s': %s", files_of(m),
				       strerror(-err));
	}
	if (measure_is_warm(m))
		return 0;
	return why_set(&m->why, -ENOMEM,
		       "not warm: only %.1f %% of the file stay in the page cache after reading it "
		       "%d times "
		       "(too little memory, or something reclaims pages: iowalk doctor)",
		       measure_residency_percent(m), FILL_TRIES);
}

int measure_before_walk(struct measurement *m)
{
	int err = measure_ops(m)->prepare ? measure_ops(m)->prepare(m->state) : 0;

	m->walks_count++;
	if (err)
		return measure_failed(m, "preparing", err);
	return m->cell->cold ? make_cold(m) : 0;
}

int measure_run_walks(struct measurement *m, uint64_t walks)
{
	int err = 0;

	for (uint64_t i = 0; !err && i < walks; i++)
		err = signals_caught() ? -EINTR : measure_ops(m)->run(m->state);
	return err;
}

const pid_t *measure_thread_ids(const struct measurement *m, size_t *count)
{
	*count = 0;
	return measure_ops(m)->thread_ids ? measure_ops(m)->thread_ids(m->state, count) : NULL;
}

uint64_t measure_engine_calls(const struct workload_counts *counts)
{
	return engine_stats_syscalls(&counts->engine);
}
