/* The order of a gate: see sides.h. */
#include "sides.h"

#include "turns.h"
#include "worker.h"
#include "../base/clock.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *const gate_stage_names[GATE_STAGES_COUNT] = {"screen", "confirm"};
static const char *const side_labels[GATE_SIDES] = {"baseline", "candidate", "baseline"};

double gate_elapsed_s(const struct gate *gate)
{
	return gate->earlier_s + clock_now_s() - gate->began_s;
}

json_t *gate_line(const struct gate *gate, const char *stage, size_t block)
{
	return json_pack("{ss sI sf}", "stage", stage, "block", (json_int_t)block, "elapsed_s",
			 gate_elapsed_s(gate));
}

size_t gate_chosen(const struct gate *gate, size_t *chosen)
{
	size_t count = 0;

	for (size_t i = 0; i < gate->plan->cells_count; i++) {
		if (!gate->entries[i].is_out)
			chosen[count++] = i;
	}
	return count;
}

/* ---- cells that fail ---- */

static enum verdict verdict_of(unsigned side, const char *kind)
{
	if (strcmp(kind, "failed") == 0)
		return VERDICT_FAILED;
	return side == 1 ? VERDICT_ONLY_A : VERDICT_ONLY_B;
}

static void take_out(struct gate *gate, size_t cell, unsigned side, const char *kind,
		     const char *text)
{
	struct gate_entry *entry = &gate->entries[cell];
	char *note = NULL;

	/* What neither side can do was not failed by either. */
	bool both = entry->is_out && entry->verdict != VERDICT_FAILED &&
		    verdict_of(side, kind) != VERDICT_FAILED &&
		    verdict_of(side, kind) != entry->verdict;
	if (entry->is_out && !both)
		return;
	if (asprintf(&note, "%s: %s", both ? "skipped" : side_labels[side], text) < 0)
		note = NULL;
	free(entry->note);
	entry->note = note;
	entry->verdict = both ? VERDICT_NO_CHANGE : verdict_of(side, kind);
	entry->is_out = true;
	gate->cells[cell].is_decided = true;
}

int gate_fail(struct gate *gate, size_t cell, unsigned side, const char *kind, const char *text)
{
	char letter[2] = {(char)('A' + side), '\0'};
	json_t *line = gate_line(gate, "error", 0);

	take_out(gate, cell, side, kind, text);
	json_object_set_new(line, "cell", json_integer((json_int_t)cell));
	json_object_set_new(line, "side", json_string(letter));
	json_object_set_new(line, "kind", json_string(kind));
	json_object_set_new(line, "error", json_string(text));
	return gate_record_append(gate->record, line);
}

static void replay_errors(struct gate *gate)
{
	json_t *line;
	size_t i;

	json_array_foreach(gate->record->lines, i, line)
	{
		const char *stage = json_string_value(json_object_get(line, "stage"));
		const char *side = json_string_value(json_object_get(line, "side"));
		const char *kind = json_string_value(json_object_get(line, "kind"));
		const char *text = json_string_value(json_object_get(line, "error"));
		json_int_t cell = json_integer_value(json_object_get(line, "cell"));

		gate->earlier_s = fmax(gate->earlier_s,
				       json_number_value(json_object_get(line, "elapsed_s")));
		if (stage && side && kind && text && strcmp(stage, "error") == 0 && *side >= 'A' &&
		    *side < 'A' + GATE_SIDES && cell >= 0 && (size_t)cell < gate->plan->cells_count)
			take_out(gate, (size_t)cell, (unsigned)(*side - 'A'), kind, text);
	}
}

/* ---- asking ---- */

/* Processes that live side by side make files of their own: names of equal length. */
static json_t *cell_request(const struct gate *gate, size_t cell, unsigned side,
			    const struct gate_asking *asking)
{
	const struct gate_entry *entry = &gate->entries[cell];
	const struct cell *wanted =
		entry->is_injected ? &entry->wrapped[side == 1] : &gate->plan->cells[cell];
	bool count = asking->pass == PASS_COUNT;
	struct prepared prepared = entry->prepared;

	if (asking->paced && (wanted->workload->capabilities & WORKLOAD_BUILDS))
		snprintf(prepared.path, sizeof(prepared.path), "%.480s.%u", entry->prepared.path,
			 asking->position);
	return worker_cell_json(wanted, &prepared, count ? 1 : entry->iterations,
				count || !entry->iterations ? 1 : wanted->repetitions);
}

/* NULL where the answer is as it has to be. */
static const char *check_answer(const struct gate *gate, size_t cell, enum sample_pass pass,
				const json_t *answer)
{
	const struct gate_entry *entry = &gate->entries[cell];
	const struct cell *plan_cell = &gate->plan->cells[cell];
	const char *hash = json_string_value(json_object_get(answer, "levels_hash"));
	const json_t *times = json_object_get(answer, "real_time_ns"), *ns;
	size_t wanted = entry->iterations ? plan_cell->repetitions : 1, i;
	char expected[24];

	snprintf(expected, sizeof(expected), "%016llx",
		 (unsigned long long)entry->prepared.expected.walk.levels_hash);
	if ((plan_cell->workload->capabilities & WORKLOAD_WALKS) &&
	    (!hash || strcmp(hash, expected) != 0))
		return "another walk: its levels_hash is not the expected one";
	if (pass == PASS_COUNT)
		return json_is_object(json_object_get(answer, "metrics")) ? NULL
									  : "answers no metrics";
	if (json_array_size(times) != wanted)
		return "answers another number of samples than it was asked for";
	json_array_foreach((json_t *)(uintptr_t)times, i, ns)
	{
		if (!(json_number_value(ns) > 0))
			return "answers a time that is not above 0";
	}
	return NULL;
}

int gate_start(struct gate *gate, unsigned side, const struct gate_asking *asking,
	       const size_t *chosen, size_t chosen_count, struct worker **out)
{
	json_t *cells = json_array();

	for (size_t i = 0; i < chosen_count; i++)
		json_array_append_new(cells, cell_request(gate, chosen[i], side, asking));
	json_t *request = json_pack("{si ss sb so}", "protocol", WORKER_PROTOCOL, "pass",
				    asking->pass == PASS_COUNT ? "count" : "time", "paced",
				    asking->paced, "cells", cells);
	int err = request ? worker_start(&gate->sides[side], &gate->worker, request, asking->paced,
					 out, &gate->why)
			  : -ENOMEM;
	json_decref(request);
	return err;
}

int gate_finish(struct gate *gate, unsigned side, const struct gate_asking *asking,
		const size_t *chosen, size_t chosen_count, struct worker *worker, json_t **answers)
{
	struct why why = {""};
	bool failed = false;
	json_t *hello = NULL;
	int err = worker_finish(worker, chosen_count, answers, &hello, &why);

	if (err == -EINTR || (err && (!hello || err == -EPROTO))) {
		json_decref(hello);
		gate->why = why;
		return err;
	}
	json_decref(hello);
	for (size_t i = 0; i < chosen_count; i++) {
		const json_t *answer = json_array_get(*answers, i);
		const char *text = json_string_value(json_object_get(answer, "error"));
		const char *kind = json_string_value(json_object_get(answer, "kind"));

		if (json_is_null(answer)) {
			/* The first without an answer is the one that it was at. */
			text = err ? why.text : "its worker did not answer";
			kind = "failed";
		} else if (!text) {
			text = check_answer(gate, chosen[i], asking->pass, answer);
		}
		if (!text)
			continue;
		int record_err = gate_fail(gate, chosen[i], side, kind ? kind : "failed", text);
		if (record_err)
			return record_err;
		failed = true;
		/* A paced one was told no more. */
		if (json_is_null(answer) || asking->paced)
			break;
	}
	if (err && !failed) { /* it said all, and went wrong then */
		gate->why = why;
		return err;
	}
	return failed;
}

int gate_ask(struct gate *gate, unsigned side, enum sample_pass pass, const size_t *chosen,
	     size_t chosen_count, json_t **answers)
{
	struct gate_asking asking = {.pass = pass};
	struct worker *worker = NULL;
	int err = gate_start(gate, side, &asking, chosen, chosen_count, &worker);

	if (!err)
		return gate_finish(gate, side, &asking, chosen, chosen_count, worker, answers);
	if (worker)
		worker_abandon(worker);
	return err;
}

/* ---- opening ---- */

int gate_load_sides(struct gate *gate)
{
	int err = 0;

	for (unsigned side = 0; !err && side < GATE_SIDES; side++)
		err = worker_binary_load(&gate->sides[side], &gate->why);
	return err;
}

static int prepare_cells(struct gate *gate, struct preparer *preparer)
{
	for (size_t i = 0; i < gate->plan->cells_count; i++) {
		const struct cell *cell = &gate->plan->cells[i];
		struct gate_entry *entry = &gate->entries[i];

		const char *skipped = cell->memory_limit_bytes
					      ? "a gate's workers run under no memory limit"
					      : cell->skipped;

		if (skipped) {
			entry->is_out = gate->cells[i].is_decided = true;
			if (asprintf(&entry->note, "skipped: %s", skipped) < 0)
				return -ENOMEM;
			continue;
		}
		int err = prepare_cell(preparer, cell, &entry->prepared, &gate->why);
		if (err)
			return err;
	}
	return 0;
}

int gate_open(struct gate *gate, const struct plan *plan, const struct gate_settings *settings,
	      struct gate_record *record, struct preparer *preparer)
{

	memset(gate, 0, sizeof(*gate));
	gate->plan = plan;
	gate->settings = settings;
	gate->record = record;
	gate->began_s = clock_now_s();
	for (unsigned side = 0; side < GATE_SIDES; side++)
		gate->sides[side] = (struct worker_binary){.path = side == 1 ? settings->candidate
									     : settings->baseline,
							   .label = side_labels[side],
							   .fd = -1};
	gate->worker.timeout_s = settings->timeout_s;
	gate->worker.cpu = worker_choose_cpu();
	gate->entries = calloc(plan->cells_count + 1, sizeof(*gate->entries));
	gate->cells = calloc(plan->cells_count + 1, sizeof(*gate->cells));
	if (!gate->entries || !gate->cells)
		return -ENOMEM;
	for (size_t i = 0; i < plan->cells_count; i++)
		gate->cells[i].threshold_percent = plan->cells[i].threshold_percent;
	int err = gate_load_sides(gate);
	err = err ? err : prepare_cells(gate, preparer);
	err = err ? err : gate_inject(gate);
	if (!err)
		replay_errors(gate);
	return err;
}

void gate_close(struct gate *gate)
{
	for (unsigned side = 0; side < GATE_SIDES; side++)
		worker_binary_release(&gate->sides[side]);
	for (size_t i = 0; gate->entries && i < gate->plan->cells_count; i++) {
		for (size_t k = 0; k < 2 * GATE_COUNT_ROUNDS_MAX; k++)
			json_decref(gate->entries[i].counts[k / GATE_COUNT_ROUNDS_MAX]
							   [k % GATE_COUNT_ROUNDS_MAX]);
		free(gate->entries[i].note);
	}
	free(gate->entries);
	free(gate->cells);
}

/* ---- times ---- */

/* So many walks a sample as the baseline needs to fill min_time. */
static int calibrate(struct gate *gate)
{
	const json_t *line = gate_record_find(gate->record, "calibrate", 0);
	size_t chosen[gate->plan->cells_count + 1], count;
	json_t *answers = NULL, *kept = NULL;
	int result = 0;

	if (!line) {
		do {
			json_decref(answers);
			count = gate_chosen(gate, chosen);
			result = gate_ask(gate, 0, PASS_TIME, chosen, count, &answers);
		} while (result > 0);
		kept = gate_line(gate, "calibrate", 0);
		json_t *all = json_object();
		for (size_t i = 0; !result && i < count; i++) {
			char key[24];
			snprintf(key, sizeof(key), "%zu", chosen[i]);
			json_object_set(all, key, json_array_get(answers, i));
		}
		json_object_set_new(kept, "A", all);
		line = kept;
	}
	for (size_t i = 0; !result && i < gate->plan->cells_count; i++) {
		char key[24];
		snprintf(key, sizeof(key), "%zu", i);
		gate->entries[i].iterations = (uint64_t)json_integer_value(json_object_get(
			json_object_get(json_object_get(line, "A"), key), "iterations"));
		if (!gate->entries[i].iterations)
			gate->entries[i].iterations = 1;
	}
	json_decref(answers);
	if (!result && kept)
		return gate_record_append(gate->record, kept);
	json_decref(kept);
	return result;
}

static size_t wanted_cells(const struct gate *gate, enum gate_stage stage, size_t *chosen)
{
	size_t count = 0;

	for (size_t i = 0; i < gate->plan->cells_count; i++) {
		if (!gate->entries[i].is_out && gate_wants(&gate->cells[i], stage))
			chosen[count++] = i;
	}
	return count;
}

/* Every wanted cell that the line has; -EBADMSG where it has not all of them. */
static int take_block(struct gate *gate, enum gate_stage stage, const json_t *line)
{
	int err = 0;

	for (size_t i = 0; !err && i < gate->plan->cells_count; i++) {
		struct gate_difference difference;

		if (gate->entries[i].is_out || !gate_wants(&gate->cells[i], stage))
			continue;
		err = gate_line_difference(line, i, &difference);
		if (!err)
			gate_add(&gate->cells[i], &difference);
	}
	return err;
}

/* -EDQUOT where the first block shows that the budget is none. */
static int check_budget(struct gate *gate, double began_s, double block_s)
{
	double least_s = began_s + block_s * (double)gate_blocks_min();

	if (least_s <= gate->settings->budget_s)
		return 0;
	return why_set(
		&gate->why, -EDQUOT,
		"a budget of %g s is too small for one screening: the least that would do is "
		"%.0f s",
		gate->settings->budget_s, ceil(least_s * 1.2));
}

static int run_stage(struct gate *gate, enum gate_stage stage)
{
	size_t chosen[gate->plan->cells_count + 1], count;
	double block_s = 0;

	for (size_t block = 0; (count = wanted_cells(gate, stage, chosen)) > 0;) {
		const json_t *line = gate_record_find(gate->record, gate_stage_names[stage], block);
		double began_s = gate_elapsed_s(gate);
		json_t *fresh = NULL;
		int result = 0;

		if (!line) {
			if (block > 0 && began_s + block_s > gate->settings->budget_s)
				return 0;
			line = fresh =
				gate_measure_block(gate, stage, block, chosen, count, &result);
		}
		if (result > 0)
			continue; /* the same block without the cell that fell out */
		if (!result && take_block(gate, stage, line))
			result = why_set(&gate->why, -EBADMSG,
					 "'%s/blocks.jsonl': block %zu of %s lacks what it should "
					 "have",
					 gate->record->path, block, gate_stage_names[stage]);
		if (fresh && !result) {
			block_s = gate_elapsed_s(gate) - began_s;
			result = gate_record_append(gate->record, fresh);
			if (!result && stage == GATE_SCREEN && block == 0)
				result = check_budget(gate, began_s, block_s);
		} else {
			json_decref(fresh);
		}
		if (result)
			return result;
		gate_look(gate->cells, gate->plan->cells_count, stage,
			  gate->settings->threshold_percent);
		block++;
	}
	return 0;
}

int gate_measure(struct gate *gate)
{
	size_t chosen[gate->plan->cells_count + 1];
	int err = gate_count(gate);

	if (err || gate->settings->counts_only ||
	    (gate->counts_decided && !gate->settings->keep_going) || !gate_chosen(gate, chosen))
		return err;
	worker_wait_all();
	err = calibrate(gate);
	for (unsigned stage = 0; !err && stage < GATE_STAGES_COUNT; stage++)
		err = run_stage(gate, stage);
	if (!err)
		gate_give_up(gate->cells, gate->plan->cells_count,
			     "the budget was over before it was decided");
	return err;
}
