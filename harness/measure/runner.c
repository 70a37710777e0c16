/* The rounds of a run: see runner.h. cells.c measures, recorder.c keeps the record. */
#include "runner.h"

#include "../base/clock.h"
#include "../base/signals.h"
#include "../machine/noise.h"
#include "order.h"
#include "precision.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct runner {
	struct measuring measuring;
	struct order order;
	uint64_t random; /* state of the generator for orders: a resumed run draws the same ones */
	struct precision precision;
	double until_s; /* of the budget */
	bool budget_over;
	size_t *chosen;                 /* [cells]: of a round of counts */
	struct precision_share *shares; /* [cells]: of a round for the precision */
	struct noise_start noise;
};

static const struct cell *cell_at(const struct runner *runner, size_t i)
{
	return &runner->measuring.recorder.plan->cells[i];
}

static bool is_measured(const struct runner *runner, size_t c)
{
	return !cell_at(runner, c)->skipped && !runner->measuring.recorder.states[c].failed;
}

/* A new order, and a new copy of the program as soon as a cell is measured. */
static void begin_round(struct runner *runner)
{
	order_draw(&runner->order, &runner->random);
	worker_binary_release(&runner->measuring.program);
}

static int measure(struct runner *runner, const struct measure_job *job)
{
	struct measuring *measuring = &runner->measuring;
	int err = 0;

	if (measuring->program.fd < 0)
		err = worker_binary_load(&measuring->program, measuring->recorder.why);
	return err ? err : measure_cells(measuring, job);
}

/* ---- times and latencies ---- */

static int measure_process(struct runner *runner, size_t c, unsigned process)
{
	struct measure_job job = {.cells = &c,
				  .count = 1,
				  .process = process,
				  .passes = 1u << PASS_TIME | 1u << PASS_LATENCY};

	noise_look(&runner->noise);
	double began_s = clock_now_s();
	int err = measure(runner, &job);
	if (!err && recorder_has_process(&runner->measuring.recorder, c, process))
		recorder_add_cost(&runner->measuring.recorder, c, clock_now_s() - began_s);
	return err;
}

/* How many processes a cell has in any case. */
static unsigned processes_of(const struct cell *cell)
{
	unsigned times = recorder_processes(cell, PASS_TIME);

	return times ? times : recorder_processes(cell, PASS_LATENCY);
}

static int measure_times(struct runner *runner)
{
	const struct recorder *recorder = &runner->measuring.recorder;
	unsigned rounds = 0;
	int err = 0;

	for (size_t i = 0; i < runner->order.count; i++) {
		unsigned wanted = processes_of(cell_at(runner, i));
		rounds = wanted > rounds ? wanted : rounds;
	}
	for (unsigned round = 0; !err && round < rounds && !signals_caught(); round++) {
		begin_round(runner);
		for (size_t i = 0; !err && i < runner->order.count && !signals_caught(); i++) {
			size_t c = runner->order.places[i].cell;

			if (is_measured(runner, c) && round < processes_of(cell_at(runner, c)) &&
			    !recorder_has_process(recorder, c, round))
				err = measure_process(runner, c, round);
		}
	}
	return err;
}

/* ---- precision ---- */

static int look(const struct runner *runner, size_t c, bool *reached,
		struct process_figures *figures)
{
	double *medians;
	size_t count;
	int err = recorder_medians(&runner->measuring.recorder, c, &medians, &count);

	if (err)
		return err;
	*reached = precision_reached(medians, count, runner->precision.asked_percent, figures);
	free(medians);
	return 0;
}

static unsigned next_process(const struct runner *runner, size_t c)
{
	const struct cell_state *state = &runner->measuring.recorder.states[c];
	unsigned process = 0;

	while (process < state->capacity && state->medians_ns[process] > 0)
		process++;
	return process;
}

/* What each cell has had, and whether it wants more. */
static int look_at_all(struct runner *runner)
{
	for (size_t c = 0; c < runner->order.count; c++) {
		struct precision_share *share = &runner->shares[c];
		struct process_figures figures;
		bool reached = true;
		int err = 0;

		*share = (struct precision_share){
			.process_s = runner->measuring.recorder.states[c].process_s};
		if (recorder_processes(cell_at(runner, c), PASS_TIME) && is_measured(runner, c))
			err = look(runner, c, &reached, &figures);
		if (err)
			return err;
		if (reached || next_process(runner, c) >= PRECISION_PROCESSES_MAX)
			continue;
		share->processes_count = figures.medians.count;
		share->wants = share->processes_count > 0;
	}
	return 0;
}

/* A further process of each cell that is not precise enough and has had the least time. *more: is there one? */
static int refine_once(struct runner *runner, bool *more)
{
	struct progress *progress = &runner->measuring.recorder.progress;
	int err = look_at_all(runner);
	double round_s = precision_round(runner->shares, runner->order.count);

	*more = !isnan(round_s);
	if (err || !*more)
		return err;
	begin_round(runner);
	for (size_t i = 0; !err && i < runner->order.count && !signals_caught(); i++) {
		size_t c = runner->order.places[i].cell;

		if (!precision_due(&runner->shares[c], round_s))
			continue;
		runner->budget_over = clock_now_s() >= runner->until_s;
		if (runner->budget_over)
			break;
		progress->total += recorder_repetitions(cell_at(runner, c), PASS_TIME);
		err = measure_process(runner, c, next_process(runner, c));
	}
	return err;
}

/* The reached interval of each cell, and what ended the rounds, go into run.json. */
static int record_precision(struct runner *runner, size_t *imprecise_count)
{
	struct recorder *recorder = &runner->measuring.recorder;
	json_t *info = json_object_get(recorder->run->info, "precision");
	json_t *cells = json_object_get(recorder->run->info, "cells");
	size_t timed_count = 0;

	*imprecise_count = 0;
	for (size_t c = 0; c < runner->order.count; c++) {
		struct process_figures figures;
		bool reached;

		if (!recorder_processes(cell_at(runner, c), PASS_TIME))
			continue;
		int err = look(runner, c, &reached, &figures);
		if (err)
			return err;
		reached = reached && is_measured(runner, c);
		timed_count++;
		*imprecise_count += !reached;
		json_object_set_new(json_array_get(cells, c), "precision",
				    precision_cell_json(&figures, reached));
	}
	json_object_set_new(info, "cells_count", json_integer((json_int_t)timed_count));
	json_object_set_new(info, "reached_count",
			    json_integer((json_int_t)(timed_count - *imprecise_count)));
	json_object_set_new(info, "ended",
			    json_string(signals_caught()      ? "interrupted"
					: runner->budget_over ? "budget"
							      : "rounds"));
	return recorder_write_info(recorder);
}

static int refine(struct runner *runner, size_t *imprecise_count)
{
	bool more = true;
	int err = 0;

	if (!(runner->precision.asked_percent > 0))
		return 0;
	while (!err && more && !runner->budget_over && !signals_caught())
		err = refine_once(runner, &more);
	return err ? err : record_precision(runner, imprecise_count);
}

/* ---- counts and profiles ---- */

static bool is_done(const struct cell_state *state, enum sample_pass pass, unsigned round)
{
	return pass == PASS_PROFILE ? state->profile_done : state->count_done[round];
}

/* Counts or profiles the cells of the round that have this memory limit. */
static int measure_together(struct runner *runner, enum sample_pass pass, unsigned round,
			    uint64_t limit_bytes)
{
	const struct recorder *recorder = &runner->measuring.recorder;
	struct measure_job job = {.cells = runner->chosen, .process = round, .passes = 1u << pass};

	for (size_t i = 0; i < runner->order.count; i++) {
		size_t c = runner->order.places[i].cell;

		if (cell_at(runner, c)->memory_limit_bytes == limit_bytes &&
		    is_measured(runner, c) &&
		    round < recorder_processes(cell_at(runner, c), pass) &&
		    !is_done(&recorder->states[c], pass, round))
			runner->chosen[job.count++] = c;
	}
	return job.count ? measure(runner, &job) : 0;
}

/* Was this limit that of an earlier cell? */
static bool is_known_limit(const struct runner *runner, size_t c)
{
	for (size_t i = 0; i < c; i++) {
		if (cell_at(runner, i)->memory_limit_bytes ==
		    cell_at(runner, c)->memory_limit_bytes)
			return true;
	}
	return false;
}

/* All cells in one process, or in as many as they have memory limits. */
static int measure_rounds(struct runner *runner, enum sample_pass pass, unsigned rounds)
{
	int err = 0;

	for (unsigned round = 0; !err && round < rounds && !signals_caught(); round++) {
		begin_round(runner);
		for (size_t c = 0; !err && c < runner->order.count && !signals_caught(); c++) {
			if (!is_known_limit(runner, c))
				err = measure_together(runner, pass, round,
						       cell_at(runner, c)->memory_limit_bytes);
		}
	}
	return err;
}

/* ---- all of it ---- */

/* Adds this session's noise to run.json. */
static int record_noise(struct recorder *recorder, struct noise_start *start)
{
	json_t *sessions = json_object_get(recorder->run->info, "noise");
	json_t *session = noise_end(start);

	if (!session)
		return 0;
	if (!sessions) {
		sessions = json_array();
		json_object_set_new(recorder->run->info, "noise", sessions);
	}
	json_array_append_new(sessions, session);
	return recorder_write_info(recorder);
}

/* A shard that has all of its samples can be merged. */
static int record_shard(struct recorder *recorder)
{
	json_t *shard = json_object_get(recorder->run->info, "shard");

	if (!shard)
		return 0;
	json_object_set_new(shard, "complete", json_true());
	return recorder_write_info(recorder);
}

static int run_rounds(struct runner *runner, struct run_outcome *outcome)
{
	struct recorder *recorder = &runner->measuring.recorder;

	signals_catch();
	noise_begin(&runner->noise);
	runner->until_s = clock_now_s() + runner->precision.budget_s;
	int err = measure_times(runner);
	err = err ? err : refine(runner, &outcome->imprecise_count);
	/* Before the counts, which noise does not change: a worker that still closes its perf events cannot be told
	 * from another process. */
	err = err ? err : record_noise(recorder, &runner->noise);
	err = err ? err : measure_rounds(runner, PASS_COUNT, COUNT_PROCESSES);
	err = err ? err : measure_rounds(runner, PASS_PROFILE, 1);
	json_decref(noise_end(&runner->noise)); /* after an error */
	progress_clear(&recorder->progress);
	for (size_t i = 0; i < runner->order.count; i++) {
		outcome->failed_count += recorder->states[i].failed;
		outcome->skipped_count += cell_at(runner, i)->skipped != NULL;
	}
	outcome->interrupted = signals_caught() != 0;
	return err || outcome->interrupted ? err : record_shard(recorder);
}

int run_plan(struct plan *plan, struct run *run, struct preparer *preparer,
	     const struct run_settings *settings, struct run_outcome *outcome, struct why *why)
{
	struct runner runner = {
		.random = plan->seed,
		.precision = precision_of(run->info),
		.chosen = calloc(plan->cells_count + 1, sizeof(size_t)),
		.shares = calloc(plan->cells_count + 1, sizeof(struct precision_share)),
	};
	int err = runner.chosen && runner.shares ? order_init(&runner.order, plan) : -ENOMEM;

	memset(outcome, 0, sizeof(*outcome));
	err = err ? err : measuring_init(&runner.measuring, plan, run, preparer, settings, why);
	if (!err) {
		err = run_rounds(&runner, outcome);
		measuring_release(&runner.measuring);
	}
	order_release(&runner.order);
	free(runner.chosen);
	free(runner.shares);
	return err;
}
