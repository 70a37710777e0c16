/*
 * The record of a run while it grows: see recorder.h.
 *
 * How it works: a process counts only as a whole. What a process took before the run was killed is
 * taken again, and the new lines supersede the old ones, because cell, pass, process and repetition
 * identify a sample (record/run.h).
 */
#include "recorder.h"

#include "../base/clock.h"
#include "../base/files.h"
#include "../base/spread.h"
#include "../base/text.h"
#include "../record/profile_stacks.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Does the number of system calls depend on when reads complete, or on which thread waits for which? Then
 * several count samples show its range. */
static bool counts_vary(const struct cell *cell)
{
	uint32_t has = cell->engine->capabilities;

	return cell->threads_count > 1 ||
	       ((has & ENGINE_BATCH) && (cell->cold || (has & ENGINE_DIRECT)));
}

unsigned recorder_processes(const struct cell *cell, enum sample_pass pass)
{
	if (cell->skipped || !(cell->passes & 1u << pass))
		return 0;
	if (pass == PASS_TIME)
		return cell->processes;
	/* One latency sample is enough, because its percentiles pool thousands; so does a profile. */
	return pass != PASS_COUNT                  ? 1
	       : cell->processes < COUNT_PROCESSES ? cell->processes
						   : COUNT_PROCESSES;
}

unsigned recorder_repetitions(const struct cell *cell, enum sample_pass pass)
{
	if (!(cell->passes & 1u << pass))
		return 0;
	if (pass == PASS_TIME)
		return cell->repetitions;
	return pass == PASS_COUNT && cell->processes < COUNT_PROCESSES && counts_vary(cell)
		       ? COUNT_PROCESSES
		       : 1;
}

/* ---- what is complete ---- */

static int make_room(struct cell_state *state, unsigned process)
{
	size_t capacity = state->capacity ? state->capacity : 8;

	if (process < state->capacity)
		return 0;
	while (capacity <= process)
		capacity *= 2;
	double *grown = realloc(state->medians_ns, capacity * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	state->medians_ns = grown;
	while (state->capacity < capacity)
		grown[state->capacity++] = NAN;
	return 0;
}

int recorder_set_median(struct recorder *recorder, size_t cell, unsigned process, double median_ns)
{
	struct cell_state *state = &recorder->states[cell];
	int err = make_room(state, process);

	if (!err)
		state->medians_ns[process] = median_ns;
	return err;
}

void recorder_add_cost(struct recorder *recorder, size_t cell, double seconds)
{
	struct cell_state *state = &recorder->states[cell];

	if (!(state->process_s > 0) || seconds < state->process_s)
		state->process_s = seconds;
}

bool recorder_has_process(const struct recorder *recorder, size_t cell, unsigned process)
{
	const struct cell *wanted = &recorder->plan->cells[cell];
	const struct cell_state *state = &recorder->states[cell];
	bool timed = process < state->capacity && !isnan(state->medians_ns[process]);
	bool latency = process > 0 || !(wanted->passes & 1u << PASS_LATENCY) ||
		       !wanted->workload->run_latency || state->latency_done;

	return latency && (timed || !(wanted->passes & 1u << PASS_TIME));
}

int recorder_medians(const struct recorder *recorder, size_t cell, double **out, size_t *count)
{
	const struct cell_state *state = &recorder->states[cell];

	*count = 0;
	*out = calloc(state->capacity + 1, sizeof(**out));
	for (size_t i = 0; *out && i < state->capacity; i++) {
		if (!isnan(state->medians_ns[i]))
			(*out)[(*count)++] = state->medians_ns[i];
	}
	return *out ? 0 : -ENOMEM;
}

/* The samples refs[count] are those of one process in one pass. */
static int load_process(struct recorder *recorder, const struct sample_ref *refs, size_t count)
{
	const struct cell *cell = &recorder->plan->cells[refs->cell];
	struct cell_state *state = &recorder->states[refs->cell];
	size_t wanted = refs->pass < PASSES_COUNT ? recorder_repetitions(cell, refs->pass) : 0;
	double *times = calloc(count, sizeof(*times));
	size_t used = 0;
	double cost_s = 0;
	int err = times ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < count; i++) {
		const json_t *metrics = json_object_get(refs[i].sample, "metrics");
		double time_ns = json_number_value(json_object_get(metrics, "real_time_ns"));

		cost_s += json_number_value(json_object_get(refs[i].sample, "cost_s"));
		if (refs[i].repetition != (json_int_t)used || sample_error(refs[i].sample) ||
		    (refs->pass == PASS_TIME && !(time_ns > 0)))
			break;
		times[used++] = time_ns;
	}
	bool complete = !err && wanted > 0 && used >= wanted && refs->process >= 0;
	if (complete && refs->pass == PASS_TIME && refs->process < INT32_MAX) {
		err = recorder_set_median(recorder, refs->cell, (unsigned)refs->process,
					  quantile(times, used, 0.5));
		recorder_add_cost(recorder, refs->cell, cost_s);
	}
	if (complete && refs->pass == PASS_LATENCY && refs->process == 0)
		state->latency_done = true;
	if (complete && refs->pass == PASS_COUNT && refs->process < COUNT_PROCESSES)
		state->count_done[refs->process] = true;
	if (complete && refs->pass == PASS_PROFILE && refs->process == 0)
		state->profile_done = true;
	if (complete)
		progress_step(&recorder->progress, wanted, true);
	free(times);
	return err;
}

static int load(struct recorder *recorder)
{
	struct sample_ref *refs;
	size_t count;
	int err = run_sort_samples(recorder->run, &refs, &count);

	if (err)
		return err;
	for (size_t first = 0, end; !err && first < count; first = end) {
		for (end = first + 1; end < count && refs[end].cell == refs[first].cell &&
				      refs[end].pass == refs[first].pass &&
				      refs[end].process == refs[first].process;)
			end++;
		if (refs[first].cell < recorder->plan->cells_count)
			err = load_process(recorder, &refs[first], end - first);
	}
	free(refs);
	return err;
}

int recorder_init(struct recorder *recorder, struct plan *plan, struct run *run, struct why *why)
{
	size_t steps = 0;

	*recorder = (struct recorder){
		.plan = plan,
		.run = run,
		.states = calloc(plan->cells_count + 1, sizeof(*recorder->states)),
		.since_s = clock_now_s(),
		.words = json_object(),
		.why = why,
	};
	for (size_t i = 0; i < plan->cells_count; i++) {
		for (unsigned pass = 0; pass < PASSES_COUNT; pass++)
			steps += (size_t)recorder_processes(&plan->cells[i], pass) *
				 recorder_repetitions(&plan->cells[i], pass);
	}
	progress_begin(&recorder->progress, steps);
	int err = recorder->states && recorder->words ? load(recorder) : -ENOMEM;
	if (err)
		recorder_release(recorder);
	return err;
}

void recorder_release(struct recorder *recorder)
{
	for (size_t i = 0; recorder->states && i < recorder->plan->cells_count; i++)
		free(recorder->states[i].medians_ns);
	free(recorder->states);
	json_decref(recorder->words);
	json_lines_close(recorder->stacks);
	recorder->stacks = NULL;
	recorder->states = NULL;
	recorder->words = NULL;
}

/* ---- the record ---- */

/* Splits the `profile` of a line: spans, calls and levels stay in the line, the stacks go into a file of their
 * own. */
static int append_profile(struct recorder *recorder, json_t *line)
{
	json_t *profile = json_incref(json_object_get(line, "profile"));
	struct why why = {0};
	int err = 0;

	if (!profile)
		return 0;
	json_object_del(line, "profile");
	/* Without stacks there are no spans but the unknown one. */
	const char *kept[] = {json_object_get(profile, "stacks") ? "spans" : "", "calls", "levels",
			      "device", "hardware"};
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		if (json_object_get(profile, kept[i]))
			json_object_set(line, kept[i], json_object_get(profile, kept[i]));
	}
	if (json_object_get(profile, "stacks")) {
		if (!recorder->stacks)
			err = profile_stacks_open(recorder->run->path, &recorder->stacks, &why);
		err = err ? err : profile_stacks_append(recorder->stacks, line, profile);
	}
	json_decref(profile);
	return err ? why_set(recorder->why, err, "cannot write the stacks of a profile: %s",
			     *why.text ? why.text : strerror(-err))
		   : 0;
}

int recorder_sample(struct recorder *recorder, const struct sample_key *key, json_t *sample)
{
	const struct cell *cell = &recorder->plan->cells[key->cell];
	json_t *line = json_pack("{ss ss si si}", "cell", cell->name, "pass", pass_names[key->pass],
				 "process", (int)key->process, "repetition", (int)key->repetition);
	int err = line && sample ? json_object_update(line, sample) : -ENOMEM;
	char text[UTC_STAMP_MAX];

	json_decref(sample);
	if (err) {
		json_decref(line);
		return -ENOMEM;
	}
	utc_stamp(text);
	json_object_set_new(line, "time", json_string(text));
	double now_s = clock_now_s();
	json_object_set_new(line, "cost_s", json_real(now_s - recorder->since_s));
	recorder->since_s = now_s;
	err = append_profile(recorder, line);
	if (err) {
		json_decref(line);
		return err;
	}
	err = run_append(recorder->run, line);
	return err ? why_set(recorder->why, err, "cannot write to '%s': %s", recorder->run->path,
			     strerror(-err))
		   : 0;
}

int recorder_failure(struct recorder *recorder, const struct sample_key *key, const char *text)
{
	char named[512];

	recorder->states[key->cell].failed = true;
	progress_clear(&recorder->progress);
	cell_reason(&recorder->plan->cells[key->cell], text, named, sizeof(named));
	fprintf(stderr, "iowalk: %s: %s\n", recorder->plan->cells[key->cell].name, named);
	return recorder_sample(recorder, key, json_pack("{so}", "error", json_text(named)));
}

int recorder_write_info(struct recorder *recorder)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/run.json", recorder->run->path);
	int err = write_json_file(path, recorder->run->info);
	return err ? why_set(recorder->why, err, "cannot write '%s': %s", path, strerror(-err)) : 0;
}

int recorder_grow(struct recorder *recorder, size_t cells_before)
{
	const struct plan *plan = recorder->plan;
	json_t *cells = json_object_get(recorder->run->info, "cells");
	struct cell_state *grown =
		reallocarray(recorder->states, plan->cells_count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	recorder->states = grown;
	for (size_t i = cells_before; i < plan->cells_count; i++) {
		grown[i] = (struct cell_state){0};
		json_array_append_new(cells, cell_json(&plan->cells[i]));
	}
	return recorder_write_info(recorder);
}

int recorder_amend(struct recorder *recorder, size_t cell, const char *key, json_t *value)
{
	json_t *cells = json_object_get(recorder->run->info, "cells");

	json_object_set_new(json_array_get(cells, cell), key, value);
	return recorder_write_info(recorder);
}

int recorder_skip(struct recorder *recorder, size_t c, const char *text)
{
	struct cell *cell = &recorder->plan->cells[c];

	char named[512];

	free(cell->skipped);
	cell_reason(cell, text, named, sizeof(named));
	cell->skipped = strdup(named);
	return recorder_amend(recorder, c, "skipped", json_text(named));
}

void recorder_pass_on(struct recorder *recorder, char *words)
{
	char *rest;

	for (char *line = strtok_r(words, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (json_object_get(recorder->words, line))
			continue;
		json_object_set_new_nocheck(recorder->words, line, json_true());
		progress_clear(&recorder->progress);
		fprintf(stderr, "%s\n", line);
	}
}
