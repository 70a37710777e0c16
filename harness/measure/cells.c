/*
 * Measuring in a worker: see cells.h.
 *
 * How it works: the worker is paced (worker/protocol.h), so each sample, or some short ones, are
 * asked for by a step. Between steps this process records them, runs the command of --prepare and
 * resets the peak of a memory group; the worker waits meanwhile.
 */
#include "cells.h"

#include "../base/shell.h"
#include "../base/signals.h"
#include "../base/spread.h"
#include "../prepare/cell_files.h"
#include "../prepare/memory_group.h"
#include "../prepare/memory_need.h"
#include "../../workloads/support/mix.h"
#include "worker/protocol.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP_S          0.05 /* short samples are recorded together: a step takes 0.1 ms */
#define SLOWEST_WALK_S  1e-3 /* a node or edge, on a device that takes a millisecond a read */
#define PADDING_MAX     4096 /* moves the stack by up to a page, on top of its random place */
#define WORDS_BYTES_MAX 16384

/* A cell in a worker. */
struct turn {
	struct measuring *measuring;
	const struct measure_job *job;
	const struct prepared *prepared;
	struct worker *worker;
	size_t cell; /* index in the plan */
	struct worker_passes passes;
	struct sample_key next; /* the sample that is asked for */
};

enum turn_result {
	TURN_DONE, /* the worker waits for the next cell */
	TURN_LOST, /* the worker has ended, or must be ended */
};

static const struct cell *cell_of(const struct turn *turn)
{
	return &turn->measuring->recorder.plan->cells[turn->cell];
}

static void set_passes(const struct measure_job *job, const struct cell *cell,
		       struct worker_passes *passes)
{
	*passes = (struct worker_passes){.given = true};
	for (unsigned pass = 0; pass < PASSES_COUNT; pass++) {
		bool wanted =
			(job->passes & 1u << pass) && (pass != PASS_LATENCY || job->process == 0);
		passes->samples[pass] = wanted ? recorder_repetitions(cell, pass) : 0;
	}
}

/* ---- before the worker ---- */

/* A damaged graph file is one cause of a wrong walk; a large one is not checked before (see
 * graph_files.c), and the cell would fail again and again. */
static void name_graph_file(const struct prepared *prepared)
{
	if (*prepared->path)
		fprintf(stderr,
			"iowalk: a damaged graph file is one cause: `iowalk verify '%s'` checks "
			"it; if it is removed, it is built again\n",
			prepared->path);
}

/* Records why a cell cannot be measured. */
static int refuse(struct recorder *recorder, const struct sample_key *key, int err,
		  const char *text)
{
	return err == -EOPNOTSUPP ? recorder_skip(recorder, key->cell, text)
				  : recorder_failure(recorder, key, text);
}

static struct sample_key first_key(const struct measure_job *job, size_t cell)
{
	return (struct sample_key){.cell = cell,
				   .pass = (enum sample_pass)__builtin_ctz(job->passes),
				   .process = job->process};
}

/* Prepares a cell. 1 if it cannot be measured, which is recorded, or after a signal. */
static int prepare(struct measuring *measuring, const struct measure_job *job, size_t c,
		   struct prepared *prepared)
{
	struct recorder *recorder = &measuring->recorder;
	struct cell *cell = &recorder->plan->cells[c];
	struct sample_key key = first_key(job, c);
	struct why why = {0};

	if (cell->skipped || recorder->states[c].failed)
		return 1;
	progress_show(&recorder->progress, cell->name);
	int err = prepare_cell(measuring->preparer, cell, prepared, &why);
	if (!err && !cell->command && cell->params.nodes_count == 0) {
		/* The size of a graph from a file is known only now. */
		cell->params.nodes_count = prepared->nodes_count;
		err = recorder_amend(recorder, c, "nodes_count",
				     json_integer((json_int_t)prepared->nodes_count));
		if (err)
			return err;
	}
	if (!err && cell->memory_limit_bytes) {
		err = cell_too_large_for_warm(cell, prepared->nodes_count, prepared->file_bytes,
					      &why)
			      ? -EOPNOTSUPP
			      : cell_check_memory(cell, prepared->nodes_count, prepared->file_bytes,
						  &why);
	}
	if (!err)
		return 0;
	if (signals_caught())
		return 1;
	err = refuse(recorder, &key, err, *why.text ? why.text : strerror(-err));
	return err ? err : 1;
}

/* How long the largest step of a job may take before its worker counts as hung. */
static double step_timeout_s(const struct measuring *measuring, const struct measure_job *job)
{
	double most_s = 0;

	for (size_t i = 0; i < job->count; i++) {
		const struct cell *cell = &measuring->recorder.plan->cells[job->cells[i]];
		const struct prepared *prepared = &measuring->room[i];
		double walk_s =
			SLOWEST_WALK_S * (double)(prepared->nodes_count + prepared->edges_count);
		double sample_s = walk_s * (double)(cell->iterations ? cell->iterations : 1) +
				  10 * cell->min_time_s;

		most_s = sample_s > most_s ? sample_s : most_s;
	}
	return measuring->timeout_s + most_s;
}

static json_t *request_of(const struct measuring *measuring, const struct measure_job *job)
{
	const struct plan *plan = measuring->recorder.plan;
	json_t *cells = json_array();
	bool singly = plan->prepare != NULL;

	for (size_t i = 0; i < job->count; i++) {
		const struct cell *cell = &plan->cells[job->cells[i]];
		struct worker_passes passes;

		set_passes(job, cell, &passes);
		json_array_append_new(cells,
				      worker_run_cell_json(cell, &measuring->room[i], &passes));
		singly |= cell->memory_limit_bytes != 0;
	}
	return worker_run_request(cells, measuring->counters, singly ? 0 : STEP_S);
}

/* After a failure a non-NULL *out is to be abandoned. */
static int start(struct measuring *measuring, const struct measure_job *job, struct worker **out,
		 struct why *why)
{
	uint64_t limit = measuring->recorder.plan->cells[job->cells[0]].memory_limit_bytes;
	struct worker_settings settings = {
		.cpu = -1,
		.timeout_s = step_timeout_s(measuring, job),
		.vary = true,
		.padding_bytes = (unsigned)mix_reduce(mix_next(&measuring->random), PADDING_MAX),
	};
	if (job->limit_s > 0 && job->limit_s < settings.timeout_s)
		settings.timeout_s = job->limit_s;
	int err = limit ? memory_groups_make(measuring->groups, limit, why) : 0;

	*out = NULL;
	if (err)
		return err;
	settings.group_folder = limit ? memory_groups_folder(measuring->groups) : NULL;
	json_t *request = request_of(measuring, job);
	err = request ? worker_start(&measuring->program, &settings, request, true, out, why)
		      : -ENOMEM;
	json_decref(request);
	return err;
}

/* ---- samples ---- */

/* The lower bound of a cold walk's time, and what it was calculated from. */
static void set_bound(const struct turn *turn, json_t *sample)
{
	const struct prepared *prepared = turn->prepared;
	bool walks = cell_of(turn)->workload->capabilities & WORKLOAD_WALKS;
	struct roofline_work work = {.working_set_pages_count = prepared->working_set_pages_count,
				     .file_bytes = prepared->file_bytes,
				     .walk = walks ? &prepared->expected.walk : NULL};
	json_t *metrics = json_object_get(sample, "metrics");
	double time_ns = json_number_value(json_object_get(metrics, "real_time_ns"));

	if (!cell_of(turn)->cold || turn->next.pass != PASS_TIME || !(time_ns > 0))
		return;
	struct roofline_bound bound = roofline_bound(&turn->measuring->roofline, &work);
	if (!bound.working_set_pages_count)
		return;
	json_object_set_new(metrics, "roofline_percent", json_real(100 * bound.bound_ns / time_ns));
	json_object_set_new(sample, "roofline",
			    json_pack("{ss sf sI sf}", "pattern", bound.pattern, "depth",
				      bound.depth, "touched_pages_count",
				      (json_int_t)bound.working_set_pages_count, "bound_ns",
				      bound.bound_ns));
}

static void set_memory(const struct turn *turn, json_t *sample)
{
	json_t *metrics = json_object_get(sample, "metrics");
	uint64_t limit_bytes = cell_of(turn)->memory_limit_bytes, peak_bytes;

	if (!limit_bytes)
		return;
	json_object_set_new(metrics, "memory_limit_bytes", json_integer((json_int_t)limit_bytes));
	if (memory_groups_peak(turn->measuring->groups, &peak_bytes) == 0)
		json_object_set_new(metrics, "memory_peak_bytes",
				    json_integer((json_int_t)peak_bytes));
}

/* The reply that ended a cell: its error, if it has one, is recorded. */
static int take_cell_reply(const struct turn *turn, bool opened)
{
	struct recorder *recorder = &turn->measuring->recorder;
	json_t *reply = worker_step_reply(turn->worker);
	const char *text = json_string_value(json_object_get(reply, "error"));
	const char *kind = json_string_value(json_object_get(reply, "kind"));
	bool unsupported = !opened && kind && strcmp(kind, "unsupported") == 0;
	int err = text ? refuse(recorder, &turn->next, unsupported ? -EOPNOTSUPP : -EIO, text) : 0;

	if (kind && strcmp(kind, "damaged") == 0)
		name_graph_file(turn->prepared);
	json_decref(reply);
	return err;
}

/* Records the samples of a step, and their times. Sets *absent if the workload does not have the
 * pass. */
static int take_samples(struct turn *turn, double *times, bool *absent)
{
	struct recorder *recorder = &turn->measuring->recorder;
	json_t *reply = worker_step_reply(turn->worker), *sample;
	json_t *samples = json_object_get(reply, "samples");
	size_t i;
	int err = 0;

	*absent = json_array_size(samples) == 0;
	json_array_foreach(samples, i, sample)
	{
		if (err || turn->next.repetition >= turn->passes.samples[turn->next.pass])
			break;
		set_bound(turn, sample);
		set_memory(turn, sample);
		if (turn->next.pass == PASS_TIME)
			times[turn->next.repetition] = json_number_value(json_object_get(
				json_object_get(sample, "metrics"), "real_time_ns"));
		err = recorder_sample(recorder, &turn->next, json_incref(sample));
		turn->next.repetition++;
		progress_step(&recorder->progress, 1, false);
	}
	progress_show(&recorder->progress, cell_of(turn)->name);
	json_decref(reply);
	return err;
}

/* The command of --prepare, and the peak of the group, before each sample. -EIO if it failed, which
 * is recorded. */
static int before_step(const struct turn *turn, int *err)
{
	struct recorder *recorder = &turn->measuring->recorder;
	struct why why = {0};

	if (cell_of(turn)->memory_limit_bytes)
		memory_groups_reset_peak(turn->measuring->groups);
	int failed = recorder->plan->prepare ? shell_run(recorder->plan->prepare, "IOWALK_CELL",
							 cell_of(turn)->name, &why)
					     : 0;
	if (failed && !signals_caught())
		*err = recorder_failure(recorder, &turn->next, why.text);
	return failed;
}

/* All samples of the pass turn->next.pass. */
static enum turn_result take_pass(struct turn *turn, double *times, bool *cell_done, int *err)
{
	bool absent = false;

	while (!*err && !absent && turn->next.repetition < turn->passes.samples[turn->next.pass]) {
		if (before_step(turn, err))
			return TURN_LOST;
		enum worker_step_result step = worker_step(turn->worker);
		if (step == WORKER_ENDED)
			return TURN_LOST;
		*cell_done = step == WORKER_CELL_DONE;
		if (*cell_done) {
			*err = take_cell_reply(turn, true);
			return TURN_DONE;
		}
		*err = take_samples(turn, times, &absent);
	}
	return *err ? TURN_LOST : TURN_DONE;
}

/* The process of a cell has all samples that it was asked for. */
static int mark_complete(const struct turn *turn, double *times)
{
	struct recorder *recorder = &turn->measuring->recorder;
	struct cell_state *state = &recorder->states[turn->cell];
	unsigned count = turn->passes.samples[PASS_TIME], process = turn->job->process;

	if (turn->passes.samples[PASS_LATENCY])
		state->latency_done = true;
	if (turn->passes.samples[PASS_COUNT])
		state->count_done[process] = true;
	if (turn->passes.samples[PASS_PROFILE])
		state->profile_done = true;
	return count ? recorder_set_median(recorder, turn->cell, process,
					   quantile(times, count, 0.5))
		     : 0;
}

/* Opens a cell in the worker, takes its samples and closes it. */
static enum turn_result run_turn(struct turn *turn, double *times, int *err)
{
	bool cell_done = false;

	/* Pages that another group has read are charged to that group. */
	if (cell_of(turn)->memory_limit_bytes && turn->prepared->file_bytes)
		cell_files_drop(cell_of(turn), turn->prepared);
	enum worker_step_result step = worker_step(turn->worker);
	if (step == WORKER_ENDED)
		return TURN_LOST;
	if (step == WORKER_CELL_DONE) {
		*err = take_cell_reply(turn, false);
		return TURN_DONE;
	}
	for (unsigned pass = 0; pass < PASSES_COUNT && !cell_done; pass++) {
		turn->next.pass = pass;
		turn->next.repetition = 0;
		if (take_pass(turn, times, &cell_done, err) == TURN_LOST)
			return TURN_LOST;
	}
	if (cell_done)
		return TURN_DONE;
	turn->next = first_key(turn->job, turn->cell);
	if (worker_step(turn->worker) != WORKER_CELL_DONE)
		return TURN_LOST;
	*err = take_cell_reply(turn, true);
	if (!*err && !turn->measuring->recorder.states[turn->cell].failed)
		*err = mark_complete(turn, times);
	return TURN_DONE;
}

/* ---- a worker ---- */

/* The worker has crashed or hung, or a signal or a failed command ends it. */
static int end_lost(const struct turn *turn, int err)
{
	struct recorder *recorder = &turn->measuring->recorder;
	struct why why = {0};
	json_t *replies;

	if (err || signals_caught() || recorder->states[turn->cell].failed) {
		worker_abandon(turn->worker);
		return err;
	}
	int lost = worker_finish(turn->worker, turn->job->count, &replies, NULL, &why);
	json_decref(replies);
	if (lost == -EINTR)
		return 0;
	if (lost == -ETIMEDOUT && turn->job->limit_s > 0) {
		recorder->states[turn->cell].too_slow = true;
		return 0;
	}
	return recorder_failure(recorder, &turn->next,
				*why.text ? why.text : "its worker ended early");
}

/* All cells are done: lets the worker end. */
static int end_worker(const struct turn *turn, size_t last_cell)
{
	struct recorder *recorder = &turn->measuring->recorder;
	struct sample_key key = first_key(turn->job, last_cell);
	char words[WORDS_BYTES_MAX];
	struct why why = {0};
	json_t *replies;

	worker_words(turn->worker, words, sizeof(words));
	int err = worker_finish(turn->worker, turn->job->count, &replies, NULL, &why);
	json_decref(replies);
	if (!err || err == -EINTR) {
		recorder_pass_on(recorder, words);
		return 0;
	}
	return recorder_failure(recorder, &key, why.text);
}

static unsigned most_repetitions(const struct measuring *measuring, const struct measure_job *job)
{
	unsigned most = 1;

	for (size_t i = 0; i < job->count; i++) {
		unsigned repetitions = measuring->recorder.plan->cells[job->cells[i]].repetitions;
		most = repetitions > most ? repetitions : most;
	}
	return most;
}

/* Measures the cells of a job, which are prepared, up to the one that loses its worker. Sets *done
 * to their number. */
static int run_worker(struct measuring *measuring, const struct measure_job *job, size_t *done)
{
	struct turn turn = {.measuring = measuring, .job = job};
	double *times = calloc(most_repetitions(measuring, job), sizeof(*times));
	enum turn_result result = TURN_DONE;
	struct why why = {0};
	int err = times ? start(measuring, job, &turn.worker, &why) : -ENOMEM;

	*done = 0;
	if (err) {
		if (turn.worker)
			worker_abandon(turn.worker);
		free(times);
		struct sample_key key = first_key(job, job->cells[0]);
		*done = 1;
		return recorder_failure(&measuring->recorder, &key,
					*why.text ? why.text : strerror(-err));
	}
	while (result == TURN_DONE && *done < job->count && !err && !signals_caught()) {
		turn.cell = job->cells[*done];
		turn.prepared = &measuring->room[(*done)++];
		turn.next = first_key(job, turn.cell);
		set_passes(job, cell_of(&turn), &turn.passes);
		result = run_turn(&turn, times, &err);
		/* The pages of a cold walk came in its order, which must not decide what a warm one takes (cache_fill()). */
		if (cell_of(&turn)->cold && turn.prepared->file_bytes)
			cell_files_drop(cell_of(&turn), turn.prepared);
	}
	free(times);
	if (result == TURN_LOST || err || signals_caught())
		return end_lost(&turn, err);
	return end_worker(&turn, turn.cell);
}

/* The group can be removed when the worker has ended and no page of a file is charged to it. */
static int leave_group(struct measuring *measuring, const struct measure_job *job)
{
	const struct cell *cells = measuring->recorder.plan->cells;

	if (!cells[job->cells[0]].memory_limit_bytes)
		return 0;
	worker_wait_all();
	for (size_t i = 0; i < job->count; i++) {
		if (measuring->room[i].file_bytes)
			cell_files_drop(&cells[job->cells[i]], &measuring->room[i]);
	}
	struct sample_key key = first_key(job, job->cells[job->count - 1]);
	int err = memory_groups_remove(measuring->groups);
	return err && !signals_caught()
		       ? recorder_failure(&measuring->recorder, &key, strerror(-err))
		       : 0;
}

int measure_cells(struct measuring *measuring, const struct measure_job *job)
{
	size_t *cells = calloc(job->count + 1, sizeof(*cells));
	struct measure_job rest = {.cells = cells,
				   .process = job->process,
				   .passes = job->passes,
				   .limit_s = job->limit_s};
	int err = cells ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < job->count && !signals_caught(); i++) {
		err = prepare(measuring, job, job->cells[i], &measuring->room[rest.count]);
		if (err == 0)
			cells[rest.count++] = job->cells[i];
		err = err < 0 ? err : 0;
	}
	while (!err && rest.count && !signals_caught()) {
		size_t done;
		int leave_err;

		err = run_worker(measuring, &rest, &done);
		leave_err = leave_group(measuring, &rest);
		err = err ? err : leave_err;
		memmove(cells, cells + done, (rest.count - done) * sizeof(*cells));
		memmove(measuring->room, measuring->room + done,
			(rest.count - done) * sizeof(*measuring->room));
		rest.count -= done;
	}
	free(cells);
	return err;
}
