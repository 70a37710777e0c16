/*
 * The order of a run, and its record: see runner.h.
 *
 * How it works: cells that share a graph file are measured together, so that the file is read into
 * memory once. Within such a group the order is random, from the seed, so that no cell benefits
 * from its position. In a section with `interleave` each repetition measures all cells of the
 * section, in a new random order, because drift would distort ratios between cells.
 */
#include "runner.h"

#include "../base/shell.h"
#include "../machine/noise.h"

#include "../../workloads/support/mix.h"
#include "../prepare/cell_files.h"
#include "passes.h"
#include "../prepare/memory_group.h"
#include "../prepare/memory_need.h"
#include "../base/progress.h"
#include "../roofline/rates.h"
#include "../base/clock.h"
#include "../base/files.h"
#include "../base/signals.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct runner {
	struct plan *plan;
	struct run *run;
	struct preparer *preparer;
	struct counters *counters;
	struct memory_groups *groups;
	struct roofline roofline; /* of run.json, or empty */
	struct progress progress;
	struct noise_start noise;
	bool *failed;    /* [cells] */
	unsigned *taken; /* [cells * PASSES_COUNT] recorded repetitions without error */
	uint64_t random; /* state of the generator for the order */
	struct why *why;
};

/* ---- order ---- */

static void shuffle(size_t *items, size_t count, uint64_t *state)
{
	for (size_t i = count; i > 1; i--) {
		size_t k = (size_t)(mix_next(state) % i);
		size_t item = items[i - 1];
		items[i - 1] = items[k];
		items[k] = item;
	}
}

static bool same_graph(const struct cell *a, const struct cell *b)
{
	return a->graph == b->graph && a->params.nodes_count == b->params.nodes_count &&
	       a->params.degree == b->params.degree && a->params.seed == b->params.seed &&
	       a->params.undirected == b->params.undirected &&
	       strcmp(a->params.path ? a->params.path : "", b->params.path ? b->params.path : "") ==
		       0;
}

/* ---- the record ---- */

#define COUNT_SAMPLES 3

/* Does the number of system calls depend on when reads complete, or on which thread waits for which? Then
 * several count samples show its range. */
static bool counts_vary(const struct cell *cell)
{
	uint32_t has = cell->engine->capabilities;

	return cell->threads_count > 1 ||
	       ((has & ENGINE_BATCH) && (cell->cold || (has & ENGINE_DIRECT)));
}

static unsigned repetitions_of(const struct cell *cell, enum sample_pass pass)
{
	if (!(cell->passes & 1u << pass))
		return 0;
	if (pass == PASS_TIME)
		return cell->repetitions;
	/* One sample of the other passes is enough: percentiles pool thousands, and counts repeat
	 * exactly, but for some. */
	return pass == PASS_COUNT && counts_vary(cell) ? COUNT_SAMPLES : 1;
}

static void record_time(json_t *sample)
{
	char text[UTC_STAMP_MAX];

	utc_stamp(text);
	json_object_set_new(sample, "time", json_string(text));
}

/* Takes over `sample`. */
static int record(struct runner *runner, size_t c, enum sample_pass pass, unsigned repetition,
		  json_t *sample)
{
	const struct cell *cell = &runner->plan->cells[c];
	json_t *line = json_pack("{ss ss si}", "cell", cell->name, "pass", pass_names[pass],
				 "repetition", (int)repetition);
	int err = line && sample ? json_object_update(line, sample) : -ENOMEM;

	json_decref(sample);
	if (err) {
		json_decref(line);
		return -ENOMEM;
	}
	record_time(line);
	err = run_append(runner->run, line);
	return err ? why_set(runner->why, err, "cannot write to '%s': %s", runner->run->path,
			     strerror(-err))
		   : 0;
}

/* Records the error of a cell instead of a sample, and prints it on stderr. */
static int record_failure(struct runner *runner, size_t c, enum sample_pass pass,
			  unsigned repetition, const char *text)
{
	runner->failed[c] = true;
	progress_clear(&runner->progress);
	fprintf(stderr, "iowalk: %s: %s\n", runner->plan->cells[c].name, text);
	return record(runner, c, pass, repetition, json_pack("{ss}", "error", text));
}

/* A damaged graph file is one cause of a wrong walk; a large one is not checked before (see
 * graph_files.c), and the cell would fail again and again. */
static void name_graph_file(const struct prepared *prepared)
{
	if (prepared->file_bytes)
		fprintf(stderr,
			"iowalk: a damaged graph file is one cause: `iowalk verify '%s'` checks "
			"it; if it is removed, it is built again\n",
			prepared->path);
}

static int write_info(struct runner *runner)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/run.json", runner->run->path);
	int err = write_json_file(path, runner->run->info);
	return err ? why_set(runner->why, err, "cannot write '%s': %s", path, strerror(-err)) : 0;
}

/* Adds a value to a cell in run.json, which is already written. Takes over `value`. */
static int amend_cell(struct runner *runner, size_t c, const char *key, json_t *value)
{
	json_t *json = json_array_get(json_object_get(runner->run->info, "cells"), c);

	json_object_set_new(json, key, value);
	return write_info(runner);
}

/* Skips a cell that turns out to be unsupported on this machine when it is opened. */
static int record_skip(struct runner *runner, size_t c, const char *text)
{
	struct cell *cell = &runner->plan->cells[c];

	free(cell->skipped);
	cell->skipped = strdup(text);
	return amend_cell(runner, c, "skipped", json_string(text));
}

/* ---- samples ---- */

static unsigned *taken(struct runner *runner, size_t c, enum sample_pass pass)
{
	return &runner->taken[c * PASSES_COUNT + pass];
}

static void set_bound(const struct runner *runner, const struct cell *cell,
		      const struct prepared *prepared, struct measurement *measurement)
{
	bool walks = cell->workload->capabilities & WORKLOAD_WALKS;
	struct roofline_work work = {.working_set_pages_count = prepared->working_set_pages_count,
				     .file_bytes = prepared->file_bytes,
				     .walk = walks ? &prepared->expected.walk : NULL};

	struct roofline_bound bound = roofline_bound(&runner->roofline, &work);

	if (cell->cold)
		measurement_set_bound(measurement, &bound);
}

/*
 * Enters a group with the memory limit of the cell, if it has one. Drops the pages of the file
 * before, because pages that another group has read are charged to that group. -EOPNOTSUPP if the
 * file of a warm cell is too large for the limit.
 */
static int enter_group(struct runner *runner, const struct cell *cell,
		       const struct prepared *prepared, struct why *why)
{
	if (!cell->memory_limit_bytes)
		return 0;
	if (cell_too_large_for_warm(cell, prepared->nodes_count, prepared->file_bytes, why))
		return -EOPNOTSUPP;
	int err = cell_check_memory(cell, prepared->nodes_count, prepared->file_bytes, why);
	if (!err && prepared->file_bytes && (err = cell_files_drop(cell, prepared)))
		why_set(why, err, "dropping '%.120s' from the page cache: %s", prepared->path,
			strerror(-err));
	return err ? err : memory_groups_enter(runner->groups, cell->memory_limit_bytes, why);
}

/* Ends the measurement of a cell. Drops its file first, so that no page is charged to a removed
 * group. */
static int close_cell(struct runner *runner, const struct cell *cell,
		      const struct prepared *prepared, struct measurement *measurement)
{
	int err = measurement ? measurement_close(measurement) : 0;

	if (!cell->memory_limit_bytes)
		return err;
	if (prepared->file_bytes)
		cell_files_drop(cell, prepared);
	int group_err = memory_groups_leave(runner->groups);
	return err ? err : group_err;
}

static void record_memory(const struct runner *runner, const struct cell *cell, json_t *sample)
{
	json_t *metrics = json_object_get(sample, "metrics");
	uint64_t peak_bytes;

	if (!cell->memory_limit_bytes)
		return;
	json_object_set_new(metrics, "memory_limit_bytes",
			    json_integer((json_int_t)cell->memory_limit_bytes));
	if (memory_groups_peak(runner->groups, &peak_bytes) == 0)
		json_object_set_new(metrics, "memory_peak_bytes",
				    json_integer((json_int_t)peak_bytes));
}

/* Opens a cell. 1 if it cannot be measured, which is recorded; negative errno if the run must
 * end. */
static int open_cell(struct runner *runner, size_t c, struct prepared *prepared,
		     struct measurement **out)
{
	const struct cell *cell = &runner->plan->cells[c];
	struct why why = {0};
	bool damaged = false;

	progress_show(&runner->progress, cell->name);
	int err = prepare_cell(runner->preparer, cell, prepared, &why);
	if (!err && cell->params.nodes_count == 0) {
		/* The size of a graph from a file is known only now. */
		runner->plan->cells[c].params.nodes_count = prepared->nodes_count;
		err = amend_cell(runner, c, "nodes_count",
				 json_integer((json_int_t)prepared->nodes_count));
		if (err)
			return err;
	}
	if (!err) {
		err = enter_group(runner, cell, prepared, &why);
		if (!err) {
			err = measurement_open(cell, prepared, runner->counters, out, &why);
			if (err)
				close_cell(runner, cell, prepared, NULL);
			else
				set_bound(runner, cell, prepared, *out);
			damaged = err == -EBADMSG;
		}
	}
	if (!err)
		return 0;
	if (signals_caught())
		return 1;
	if (err == -EOPNOTSUPP)
		err = record_skip(runner, c, *why.text ? why.text : strerror(-err));
	else
		err = record_failure(runner, c, PASS_TIME, 0,
				     *why.text ? why.text : strerror(-err));
	if (damaged)
		name_graph_file(prepared);
	return err ? err : 1;
}

static int take_sample(struct runner *runner, size_t c, const struct prepared *prepared,
		       struct measurement *measurement, enum sample_pass pass, unsigned repetition)
{
	struct why why = {0};
	json_t *sample;

	if (runner->plan->cells[c].memory_limit_bytes)
		memory_groups_reset_peak(runner->groups);
	int err = runner->plan->prepare ? shell_run(runner->plan->prepare, "IOWALK_CELL",
						    runner->plan->cells[c].name, &why)
					: 0;
	err = err ? err : measurement_sample(measurement, pass, &sample, &why);
	if (err && signals_caught())
		return 0; /* the run ends; what was measured so far of this sample is not one */
	bool wrong = err ? err == -EBADMSG : json_is_false(json_object_get(sample, "verified"));
	if (!err)
		record_memory(runner, &runner->plan->cells[c], sample);
	if (!err)
		err = record(runner, c, pass, repetition, sample);
	else if (err == -EOPNOTSUPP)
		err = 0; /* the workload does not have this pass */
	else
		err = record_failure(runner, c, pass, repetition,
				     *why.text ? why.text : strerror(-err));
	if (wrong)
		name_graph_file(prepared);
	progress_step(&runner->progress, 1, false);
	progress_show(&runner->progress, runner->plan->cells[c].name);
	return err;
}

/* Takes the samples of a cell that are not recorded yet, in the time pass up to `time_limit` of
 * them. */
static int measure_cell(struct runner *runner, size_t c, unsigned time_limit)
{
	const struct cell *cell = &runner->plan->cells[c];
	struct measurement *measurement;
	struct prepared prepared;
	bool wanted = false;

	if (cell->skipped || runner->failed[c])
		return 0;
	for (unsigned pass = 0; pass < PASSES_COUNT; pass++) {
		unsigned limit = repetitions_of(cell, pass);
		if (pass == PASS_TIME && limit > time_limit)
			limit = time_limit;
		wanted |= *taken(runner, c, pass) < limit;
	}
	if (!wanted)
		return 0;
	noise_look(&runner->noise);
	int err = open_cell(runner, c, &prepared, &measurement);
	if (err)
		return err < 0 ? err : 0;
	for (unsigned pass = 0; !err && pass < PASSES_COUNT; pass++) {
		unsigned limit = repetitions_of(cell, pass);
		if (pass == PASS_TIME && limit > time_limit)
			limit = time_limit;
		for (; !err && *taken(runner, c, pass) < limit && !signals_caught() &&
		       !runner->failed[c];
		     ++*taken(runner, c, pass))
			err = take_sample(runner, c, &prepared, measurement, pass,
					  *taken(runner, c, pass));
	}
	int close_err = close_cell(runner, cell, &prepared, measurement);
	if (!err && close_err && !runner->failed[c])
		err = record_failure(runner, c, PASS_TIME, 0, strerror(-close_err));
	return err;
}

/* ---- all of it ---- */

static void load_taken(struct runner *runner, size_t *steps_done)
{
	struct sample_ref *refs;
	size_t count;

	*steps_done = 0;
	if (run_sort_samples(runner->run, &refs, &count))
		return;
	/* They are sorted by repetition. A sample counts only if all repetitions before it are
	 * recorded. */
	for (size_t i = 0; i < count; i++) {
		if (refs[i].pass >= PASSES_COUNT || refs[i].cell >= runner->plan->cells_count ||
		    sample_error(refs[i].sample))
			continue;
		unsigned *known = taken(runner, refs[i].cell, refs[i].pass);
		if (refs[i].repetition == (json_int_t)*known) {
			++*known;
			++*steps_done;
		}
	}
	free(refs);
}

/* Measures the cells [first, last) of a section with `interleave`. */
static int measure_rounds(struct runner *runner, size_t first, size_t last, size_t *order)
{
	unsigned rounds = runner->plan->cells[first].repetitions;

	for (unsigned round = 1; round <= rounds; round++) {
		for (size_t i = first; i < last; i++)
			order[i - first] = i;
		shuffle(order, last - first, &runner->random);
		for (size_t i = 0; i < last - first && !signals_caught(); i++) {
			int err = measure_cell(runner, order[i], round);
			if (err)
				return err;
		}
	}
	return 0;
}

static int measure_all(struct runner *runner, size_t *order)
{
	const struct cell *cells = runner->plan->cells;
	size_t count = runner->plan->cells_count;
	int err = 0;

	for (size_t first = 0, last; !err && first < count && !signals_caught(); first = last) {
		bool rounds = cells[first].interleave;

		for (last = first + 1; last < count; last++) {
			if (cells[last].section != cells[first].section ||
			    (!rounds && (!same_graph(&cells[last], &cells[first]) ||
					 cells[last].layout != cells[first].layout)))
				break;
		}
		if (rounds) {
			err = measure_rounds(runner, first, last, order);
			continue;
		}
		for (size_t i = first; i < last; i++)
			order[i - first] = i;
		shuffle(order, last - first, &runner->random);
		for (size_t i = 0; !err && i < last - first && !signals_caught(); i++)
			err = measure_cell(runner, order[i], UINT32_MAX);
	}
	return err;
}

/* Adds this session's noise to run.json. */
static int record_noise(struct runner *runner)
{
	json_t *sessions = json_object_get(runner->run->info, "noise");
	json_t *session = noise_end(&runner->noise);

	if (!session)
		return 0;
	if (!sessions) {
		sessions = json_array();
		json_object_set_new(runner->run->info, "noise", sessions);
	}
	json_array_append_new(sessions, session);
	return write_info(runner);
}

int run_plan(struct plan *plan, struct run *run, struct preparer *preparer,
	     struct counters *counters, struct memory_groups *groups, struct run_outcome *outcome,
	     struct why *why)
{
	struct runner runner = {.plan = plan,
				.run = run,
				.preparer = preparer,
				.counters = counters,
				.groups = groups,
				.random = plan->seed,
				.why = why};
	size_t steps = 0, steps_done;
	size_t *order = calloc(plan->cells_count + 1, sizeof(*order));
	int err = -ENOMEM;

	memset(outcome, 0, sizeof(*outcome));
	if (roofline_parse(json_object_get(run->info, "roofline"), &runner.roofline))
		memset(&runner.roofline, 0, sizeof(runner.roofline));
	runner.failed = calloc(plan->cells_count + 1, sizeof(*runner.failed));
	runner.taken = calloc(plan->cells_count * PASSES_COUNT + 1, sizeof(*runner.taken));
	if (!order || !runner.failed || !runner.taken)
		goto out;
	signals_catch();
	for (size_t i = 0; i < plan->cells_count; i++) {
		for (unsigned pass = 0; pass < PASSES_COUNT && !plan->cells[i].skipped; pass++)
			steps += repetitions_of(&plan->cells[i], pass);
	}
	load_taken(&runner, &steps_done);
	progress_begin(&runner.progress, steps);
	progress_step(&runner.progress, steps_done, true);
	noise_begin(&runner.noise);
	err = measure_all(&runner, order);
	if (!err)
		err = record_noise(&runner);
	progress_clear(&runner.progress);
	for (size_t i = 0; i < plan->cells_count; i++) {
		outcome->failed_count += runner.failed[i];
		outcome->skipped_count += plan->cells[i].skipped != NULL;
	}
	outcome->interrupted = signals_caught() != 0;
out:
	json_decref(noise_end(&runner.noise)); /* after an error */
	free(order);
	free(runner.failed);
	free(runner.taken);
	return err;
}
