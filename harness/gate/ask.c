/* Asking a worker for the cells of a gate: see ask.h. */
#include "ask.h"

#include "../base/shell.h"
#include "../plugin/load.h"
#include "../measure/worker/protocol.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Before the schedule is chosen: some, so that a disturbed one does not choose it. */
static unsigned samples_count(const struct gate_entry *entry)
{
	return entry->schedule.iterations ? entry->schedule.turns_count * entry->schedule.a_turn
					  : GATE_TRIAL_SAMPLES;
}

struct cell gate_cell(unsigned side, const struct cell *planned)
{
	struct cell cell = *planned;

	if (side == 0 && cell.command && cell.command->against)
		cell.command = cell.command->against;
	return cell;
}

/* Paced workers are alive together, so each builds its own file; the names have equal length. */
static json_t *cell_request(const struct gate *gate, size_t cell, unsigned side,
			    const struct gate_request *request)
{
	const struct gate_entry *entry = &gate->entries[cell];
	const struct cell *wanted =
		gate_injects_syscall(entry) ? &entry->wrapped[side == 1] : &gate->plan->cells[cell];
	struct cell scheduled = gate_cell(side, wanted);
	bool count = request->pass == PASS_COUNT;
	struct prepared prepared = entry->prepared;

	scheduled.min_time_s = GATE_MIN_TIME_S;
	if (request->paced && (wanted->workload->capabilities & WORKLOAD_BUILDS))
		snprintf(prepared.path, sizeof(prepared.path), "%.480s.%u", entry->prepared.path,
			 request->position);
	return worker_cell_json(&scheduled, &prepared, count ? 1 : entry->schedule.iterations,
				count ? 1 : samples_count(entry));
}

/* What is wrong with the reply, or NULL. */
static const char *check_reply(const struct gate *gate, size_t cell, enum sample_pass pass,
			       const json_t *reply)
{
	const struct gate_entry *entry = &gate->entries[cell];
	const struct cell *plan_cell = &gate->plan->cells[cell];
	const char *hash = json_string_value(json_object_get(reply, "levels_hash"));
	const json_t *times = json_object_get(reply, "real_time_ns"), *ns;
	size_t wanted = samples_count(entry), i;
	char expected[24];

	snprintf(expected, sizeof(expected), "%016llx",
		 (unsigned long long)entry->prepared.expected.walk.levels_hash);
	if ((plan_cell->workload->capabilities & WORKLOAD_WALKS) &&
	    (!hash || strcmp(hash, expected) != 0))
		return "wrong walk: its levels_hash is not the expected one";
	if (pass == PASS_COUNT)
		return json_is_object(json_object_get(reply, "metrics"))
			       ? NULL
			       : "its reply has no metrics";
	if (json_array_size(times) != wanted)
		return "its reply has the wrong number of samples";
	json_array_foreach((json_t *)(uintptr_t)times, i, ns)
	{
		if (!(json_number_value(ns) > 0))
			return "its reply has a time that is not above 0";
	}
	return NULL;
}

void gate_set_plugins(const struct gate *gate, unsigned side, json_t *request)
{
	const json_t *others = side == 0 ? gate->settings->baseline_plugins : NULL;

	json_object_set_new(request, "plugins", others ? json_deep_copy(others) : plugins_json());
}

int gate_start(struct gate *gate, unsigned side, const struct gate_request *request,
	       const size_t *chosen, size_t chosen_count, struct worker **out)
{
	const char *prepare = gate->settings->prepare;
	const char *only = chosen_count == 1 ? gate->plan->cells[chosen[0]].name : NULL;
	json_t *cells = json_array();

	/* Its worker does not run yet, and those of other sides wait: nothing of this is timed. */
	int prepare_err =
		prepare ? shell_run(prepare, only ? "IOWALK_CELL" : NULL, only, &gate->why) : 0;
	if (prepare_err) {
		json_decref(cells);
		return prepare_err;
	}
	for (size_t i = 0; i < chosen_count; i++)
		json_array_append_new(cells, cell_request(gate, chosen[i], side, request));
	json_t *message = json_pack("{si ss sb so}", "protocol", WORKER_PROTOCOL, "pass",
				    request->pass == PASS_COUNT ? "count" : "time", "paced",
				    request->paced, "cells", cells);
	if (message)
		gate_set_plugins(gate, side, message);
	if (message && gate->worker.cpu >= 0)
		json_object_set_new(message, "cpus", worker_cpus());
	int err = message ? worker_start(&gate->sides[side], &gate->worker, message, request->paced,
					 out, &gate->why)
			  : -ENOMEM;
	json_decref(message);
	return err;
}

/* The record says which build each side is, as its workers say themselves. */
static void keep_build(struct gate *gate, unsigned side, const json_t *hello)
{
	json_t *build = json_object_get(hello, "build"), *info = gate->record->info;

	if (!json_is_string(build) || !info)
		return;
	if (!json_object_get(info, "builds"))
		json_object_set_new(info, "builds", json_object());
	json_object_set(json_object_get(info, "builds"), gate_side_labels[side], build);
}

int gate_finish(struct gate *gate, unsigned side, const struct gate_request *request,
		const size_t *chosen, size_t chosen_count, struct worker *worker, json_t **replies)
{
	struct why why = {""};
	bool failed = false;
	json_t *hello = NULL;
	int err = worker_finish(worker, chosen_count, replies, &hello, &why);

	if (err == -EINTR || (err && (!hello || err == -EPROTO))) {
		json_decref(hello);
		gate->why = why;
		return err;
	}
	keep_build(gate, side, hello);
	json_decref(hello);
	for (size_t i = 0; i < chosen_count; i++) {
		const json_t *reply = json_array_get(*replies, i);
		const char *text = json_string_value(json_object_get(reply, "error"));
		const char *kind = json_string_value(json_object_get(reply, "kind"));

		if (json_is_null(reply)) {
			/* The worker stopped at the first cell without a reply. */
			text = err ? why.text : "its worker did not reply";
			kind = "failed";
		} else if (!text) {
			text = check_reply(gate, chosen[i], request->pass, reply);
		}
		if (!text)
			continue;
		int record_err = gate_exclude(gate, chosen[i], side, kind ? kind : "failed", text);
		if (record_err)
			return record_err;
		failed = true;
		/* A paced worker was not asked for the cells after it. */
		if (json_is_null(reply) || request->paced)
			break;
	}
	if (err && !failed) { /* it failed after replying for all cells */
		gate->why = why;
		return err;
	}
	return failed;
}

int gate_ask(struct gate *gate, unsigned side, enum sample_pass pass, const size_t *chosen,
	     size_t chosen_count, json_t **replies)
{
	struct gate_request request = {.pass = pass};
	struct worker *worker = NULL;
	int err = gate_start(gate, side, &request, chosen, chosen_count, &worker);

	if (!err)
		return gate_finish(gate, side, &request, chosen, chosen_count, worker, replies);
	if (worker)
		worker_abandon(worker);
	return err;
}
