/* Profiling both builds: see explain.h. */
#include "explain.h"

#include "ask.h"

#include "../base/pattern.h"
#include "../base/signals.h"
#include "../judge/explanation.h"
#include "../judge/writers.h"
#include "../measure/worker/protocol.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The sample of a paced worker of one cell. NULL: it could not be profiled. New reference. */
static json_t *step_through(struct worker *worker)
{
	json_t *sample = NULL;

	for (unsigned step = 0; step < 2; step++) { /* opens the cell, takes the sample */
		if (worker_step(worker) != WORKER_STEP_DONE)
			return NULL;
	}
	json_t *reply = worker_step_reply(worker);
	json_t *first = json_array_get(json_object_get(reply, "samples"), 0);
	const char *pass = json_string_value(json_object_get(reply, "pass"));

	if (pass && strcmp(pass, pass_names[PASS_PROFILE]) == 0)
		sample = json_incref(first);
	json_decref(reply);
	if (worker_step(worker) == WORKER_CELL_DONE)
		return sample;
	json_decref(sample);
	return NULL;
}

/* A profile of a build in a cell, in a worker of its own; NULL if there is none. New reference. */
static json_t *profile_side(struct gate *gate, unsigned side, size_t cell)
{
	struct worker_passes passes = {.given = true, .samples[PASS_PROFILE] = 1};
	json_t *cells = json_array(), *replies = NULL;
	struct worker *worker = NULL;
	struct why why = {""};

	struct cell planned = gate_cell(side, &gate->plan->cells[cell]);
	json_array_append_new(
		cells, worker_run_cell_json(&planned, &gate->entries[cell].prepared, &passes));
	json_t *request = worker_run_request(cells, COUNTERS_AUTO, 0);
	if (request)
		gate_set_plugins(gate, side, request);
	int err = request ? worker_start(&gate->sides[side], &gate->worker, request, true, &worker,
					 &why)
			  : -ENOMEM;
	json_decref(request);
	json_t *sample = err ? NULL : step_through(worker);
	if (!sample) {
		if (worker)
			worker_abandon(worker);
		return NULL;
	}
	err = worker_finish(worker, 1, &replies, NULL, &why);
	json_decref(replies);
	if (!err)
		return sample;
	json_decref(sample);
	return NULL;
}

static double wall_of(const json_t *sample)
{
	return json_number_value(json_object_get(json_object_get(sample, "metrics"), "wall_ns"));
}

/* The candidate in a process that is at least half as slow as the gate has found, or else the slowest. */
static json_t *profile_slow(struct gate *gate, size_t cell, const json_t *before,
			    double effect_percent)
{
	double slow_ns = wall_of(before) * (1 + effect_percent / 200);
	json_t *slowest = NULL;

	for (unsigned i = 0; i < GATE_EXPLAIN_PROCESSES_MAX && !signals_caught(); i++) {
		json_t *sample = profile_side(gate, 1, cell);

		if (!sample)
			break;
		if (!slowest || wall_of(sample) > wall_of(slowest)) {
			json_decref(slowest);
			slowest = sample;
		} else {
			json_decref(sample);
		}
		if (!(effect_percent > 0) || wall_of(slowest) >= slow_ns)
			break;
	}
	return slowest;
}

static struct explained_side side_of(const json_t *sample)
{
	const json_t *profile = json_object_get(sample, "profile");

	return (struct explained_side){.metrics = json_object_get(sample, "metrics"),
				       .spans = json_object_get(profile, "spans"),
				       .calls = json_object_get(profile, "calls"),
				       .stacks =
					       json_object_get(profile, "stacks") ? profile : NULL};
}

static int add_explanation(const struct gate *gate, size_t cell, const json_t *before,
			   const json_t *after, const char *suite, struct cell_change *change)
{
	const struct cell *planned = &gate->plan->cells[cell];
	const struct answer *expected = &gate->entries[cell].prepared.expected;
	double operations_count =
		expected->operations_count ? (double)expected->operations_count : 1;
	struct explained_side sides[] = {side_of(before), side_of(after)};
	char text[EXPLANATION_MAX];
	json_t *details = json_object();

	explain_growth(&sides[0], &sides[1], operations_count,
		       planned->workload->operation ? planned->workload->operation : "node", text,
		       details);
	if (*text) {
		char *pattern = pattern_of_text(planned->name);
		int len = planned->command
				  ? asprintf(&change->explanation,
					     "profile: %s (iowalk exec --passes profile -- %s)",
					     text, planned->command->text)
				  : asprintf(&change->explanation,
					     "profile: %s (iowalk profile --suite %s --filter "
					     "'%s')",
					     text, suite, pattern ? pattern : planned->name);
		free(pattern);
		if (len < 0)
			change->explanation = NULL;
		if (change->details)
			json_object_update(change->details, details);
		else
			change->details = json_incref(details);
	}
	json_decref(details);
	return *text && !change->explanation ? -ENOMEM : 0;
}

static size_t planned_cell(const struct gate *gate, const char *name)
{
	size_t i = 0;

	while (i < gate->plan->cells_count && strcmp(gate->plan->cells[i].name, name) != 0)
		i++;
	return i;
}

int gate_explain(struct gate *gate, struct comparison *comparison, const char *suite)
{
	size_t *order = comparison_order(comparison);
	size_t explained = 0;
	int err = order ? 0 : -ENOMEM;

	if (gate->settings->injections[0].cell) {
		free(order);
		return 0;
	}
	for (size_t i = 0; !err && i < comparison->cells_count && explained < GATE_EXPLAINED_MAX;
	     i++) {
		struct cell_change *change = &comparison->cells[order[i]];
		size_t cell = planned_cell(gate, change->name);

		if (change->verdict != VERDICT_REGRESSION || cell == gate->plan->cells_count ||
		    signals_caught())
			continue;
		explained++;
		json_t *before = profile_side(gate, 0, cell);
		double effect_percent = change->has_times ? change->effect_percent : NAN;
		json_t *after = before ? profile_slow(gate, cell, before, effect_percent) : NULL;
		if (after)
			err = add_explanation(gate, cell, before, after, suite, change);
		json_decref(before);
		json_decref(after);
	}
	free(order);
	return err;
}
