/* A search in workers: see tuner.h. */
#include "tuner.h"

#include "../base/clock.h"
#include "../base/signals.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROCESSES_MIN 6 /* for an interval of 95 % */

static const char *given_options(const struct plan *plan, const struct cell *cell)
{
	json_t *selection = json_array_get(plan->selections, cell->section);

	return json_string_value(json_object_get(selection, selection_keys[KEY_OPT].name));
}

int tuner_init(struct tuner *tuner, const struct plan *selected, double budget_s)
{
	*tuner = (struct tuner){.selected = selected};
	plan_init(&tuner->plan);
	tuner->plan.seed = selected->seed;
	tuner->plan.suite = strdup("tune");
	tuner->plan.prepare = selected->prepare ? strdup(selected->prepare) : NULL;
	tuner->search = (struct tune_search){
		.groups = calloc(selected->cells_count + 1, sizeof(struct tune_group)),
		.groups_count = selected->cells_count,
		.random = selected->seed,
		.budget_s = budget_s,
		.processes = PROCESSES_MIN,
	};
	if (!tuner->plan.suite || !tuner->search.groups)
		return -ENOMEM;
	for (size_t i = 0; i < selected->cells_count; i++) {
		const struct cell *cell = &selected->cells[i];
		struct tune_group *group = &tuner->search.groups[i];

		tune_space_init(&group->space, cell, given_options(selected, cell));
		group->skipped = cell->skipped;
		if (cell->processes > tuner->search.processes)
			tuner->search.processes = cell->processes;
	}
	if (tuner->search.processes > TUNE_ROUNDS_MAX)
		tuner->search.processes = TUNE_ROUNDS_MAX;
	return 0;
}

void tuner_release(struct tuner *tuner)
{
	tune_search_release(&tuner->search);
	free(tuner->search.groups);
	plan_release(&tuner->plan);
}

/* ---- a setting as a cell ---- */

static int set_text(struct selection *selection, enum selection_key key, struct why *why,
		    const char *format, double value)
{
	char text[64];

	snprintf(text, sizeof(text), format, value);
	return selection_set(selection, selection_keys[key].name, text, why);
}

/* What cell_selection() leaves out: how often it is measured, and in what memory. */
static int set_effort(struct selection *selection, const struct cell *base, struct why *why)
{
	int err = selection_set(selection, selection_keys[KEY_PASSES].name, "time", why);

	err = err ? err
		  : set_text(selection, KEY_REPETITIONS, why, "%.0f", (double)base->repetitions);
	err = err ? err : set_text(selection, KEY_MIN_TIME, why, "%.17g", base->min_time_s);
	if (!err && base->iterations)
		err = set_text(selection, KEY_ITERATIONS, why, "%.0f", (double)base->iterations);
	if (!err && base->memory_limit_bytes)
		err = set_text(selection, KEY_MEMORY_LIMIT, why, "%.0f",
			       (double)base->memory_limit_bytes);
	return err;
}

/* The cell of a setting goes to the end of the plan. */
static int add_cell(struct tuner *tuner, const struct tune_space *space,
		    const struct tune_choice *choice, struct why *why)
{
	struct cell cell = tune_space_cell(space, choice);
	struct selection selection = {0};
	json_t *given = cell_selection(&cell), *value;
	size_t before = tuner->plan.cells_count;
	const char *key;
	int err = given ? 0 : -ENOMEM;

	json_object_foreach(given, key, value)
	{
		if (!err)
			err = selection_set(&selection, key, json_string_value(value), why);
	}
	err = err ? err : set_effort(&selection, space->base, why);
	err = err ? err : plan_add(&tuner->plan, &selection, why);
	if (!err && tuner->plan.cells_count != before + 1)
		err = why_set(why, -EINVAL,
			      "two of the selected cells are the same but for their profile");
	selection_release(&selection);
	json_decref(given);
	return err;
}

/* ---- the hooks of the search ---- */

static int tuner_add(void *context, struct tune_search *search, size_t s)
{
	struct tuner *tuner = context;
	struct tune_setting *setting = &search->settings[s];
	size_t before = tuner->plan.cells_count;
	int err = add_cell(tuner, &search->groups[setting->group].space, &setting->choice,
			   tuner->measuring.recorder.why);

	setting->cell = before;
	return err ? err : measuring_grow(&tuner->measuring, before);
}

static int tuner_measure(void *context, struct tune_search *search, size_t s, double limit_s,
			 double *time_ns)
{
	struct tuner *tuner = context;
	struct tune_setting *setting = &search->settings[s];
	size_t cell = setting->cell;
	const struct cell_state *state = &tuner->measuring.recorder.states[cell];
	unsigned process = 0;

	while (process < state->capacity && state->medians_ns[process] > 0)
		process++;
	struct measure_job job = {.cells = &cell,
				  .count = 1,
				  .process = process,
				  .passes = 1u << PASS_TIME,
				  .limit_s = limit_s};
	int err = measure_cells(&tuner->measuring, &job);

	*time_ns = NAN;
	state = &tuner->measuring.recorder.states[cell];
	if (err || signals_caught())
		return err;
	if (process < state->capacity && state->medians_ns[process] > 0)
		*time_ns = state->medians_ns[process];
	else
		setting->end = state->too_slow ? TUNE_SLOW : TUNE_FAILED;
	return 0;
}

static int tuner_round(void *context, struct tune_search *search, const char *what)
{
	struct tuner *tuner = context;
	size_t alive = 0;

	for (size_t s = 0; s < search->settings_count; s++)
		alive += search->settings[s].alive;
	if (!signals_caught())
		fprintf(stderr, "iowalk: tune: %3.0f of %.0f s: %s, %zu of %zu settings\n",
			clock_now_s() - search->began_s, search->budget_s, what, alive,
			search->settings_count);
	int err = worker_binary_load(&tuner->measuring.program, tuner->measuring.recorder.why);
	if (!err && tuner->keep) {
		tune_search_judge(search);
		err = tuner->keep(tuner, tuner->context);
	}
	return err;
}

static double tuner_now_s(void *context)
{
	(void)context;
	return clock_now_s();
}

static bool tuner_interrupted(void *context)
{
	(void)context;
	return signals_caught() != 0;
}

int tuner_run(struct tuner *tuner, struct run *run, struct preparer *preparer,
	      const struct run_settings *settings, struct why *why)
{
	static const struct tune_hooks hooks = {.add = tuner_add,
						.measure = tuner_measure,
						.round = tuner_round,
						.now_s = tuner_now_s,
						.interrupted = tuner_interrupted};
	int err = measuring_init(&tuner->measuring, &tuner->plan, run, preparer, settings, why);

	if (err)
		return err;
	json_object_set(run->info, "selections", tuner->plan.selections);
	/* The search says itself how far it is. */
	tuner->measuring.recorder.progress.shown = false;
	tuner->measuring.recorder.progress.said_s = INFINITY;
	tuner->search.hooks = &hooks;
	tuner->search.context = tuner;
	tuner->began_s = clock_now_s();
	signals_catch();
	err = tune_search_run(&tuner->search);
	measuring_release(&tuner->measuring);
	return err;
}

/* ---- for the writers ---- */

const char *tuner_cell_name(const struct tuner *tuner, size_t setting)
{
	return tuner->plan.cells[tuner->search.settings[setting].cell].name;
}

void tuner_figures(const struct tuner *tuner, size_t setting, struct process_figures *out)
{
	const struct tune_setting *of = &tuner->search.settings[setting];
	double times[TUNE_ROUNDS_MAX + TUNE_SCREEN_MAX];
	size_t count = 0;

	for (size_t i = 0; i < TUNE_ROUNDS_MAX; i++) {
		if (!isnan(of->final_ns[i]))
			times[count++] = of->final_ns[i];
	}
	if (!count) {
		count = of->screen_count;
		memcpy(times, of->screen_ns, count * sizeof(*times));
	}
	*out = (struct process_figures){.low = NAN, .high = NAN, .medians.median = NAN};
	if (count)
		process_figures(times, count, PROCESSES_CONFIDENCE, out);
}
