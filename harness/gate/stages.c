/* The order of a gate: see stages.h. */
#include "stages.h"

#include "ask.h"
#include "block.h"
#include "counts.h"
#include "injection.h"
#include "turns.h"
#include "../base/clock.h"
#include "../base/message.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- opening ---- */

static int prepare_cells(struct gate *gate, struct preparer *preparer)
{
	for (size_t i = 0; i < gate->plan->cells_count; i++) {
		const struct cell *cell = &gate->plan->cells[i];
		struct gate_entry *entry = &gate->entries[i];

		const char *skipped = cell->memory_limit_bytes
					      ? "a gate does not apply memory limits"
					      : cell->skipped;

		if (skipped) {
			entry->is_excluded = gate->cells[i].is_decided = true;
			entry->verdict = VERDICT_SKIPPED;
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
							   .label = gate_side_labels[side],
							   .fd = -1};
	gate->worker.timeout_s = settings->timeout_s;
	gate->worker.cpu = worker_choose_cpu();
	gate->entries = calloc(plan->cells_count + 1, sizeof(*gate->entries));
	gate->cells = calloc(plan->cells_count + 1, sizeof(*gate->cells));
	if (!gate->entries || !gate->cells)
		return -ENOMEM;
	for (size_t i = 0; i < plan->cells_count; i++) {
		gate->cells[i].threshold_percent = plan->cells[i].threshold_percent;
		gate->cells[i].is_cold = plan->cells[i].cold;
		/* A cell whose suite asks for counts only. */
		gate->cells[i].is_decided = !gate_is_timed(gate, i);
	}
	int err = gate_load_sides(gate);
	err = err ? err : prepare_cells(gate, preparer);
	err = err ? err : gate_inject(gate);
	if (!err)
		gate_replay_errors(gate);
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

/* Writes the numbers of the cells whose times are wanted to `chosen`; returns how many there are. */
static size_t timed_cells(const struct gate *gate, size_t *chosen)
{
	size_t count = 0;

	for (size_t i = 0; i < gate->plan->cells_count; i++) {
		if (!gate->entries[i].is_excluded && gate_is_timed(gate, i))
			chosen[count++] = i;
	}
	return count;
}

static double least_time(const json_t *times)
{
	double least = json_number_value(json_array_get(times, 0));

	for (size_t i = 1; i < json_array_size(times); i++)
		least = fmin(least, json_number_value(json_array_get(times, i)));
	return least;
}

/* Chooses walks per sample, as many as the baseline needs to fill GATE_MIN_TIME_S, and the schedule. */
static int choose_iterations(struct gate *gate)
{
	const json_t *line = gate_record_find(gate->record, "calibrate", 0);
	size_t chosen[gate->plan->cells_count + 1], count;
	json_t *replies = NULL, *kept = NULL;
	int result = 0;

	if (!line) {
		do {
			json_decref(replies);
			count = timed_cells(gate, chosen);
			result = gate_ask(gate, 0, PASS_TIME, chosen, count, &replies);
		} while (result > 0);
		kept = gate_line(gate, "calibrate", 0);
		json_t *all = json_object();
		for (size_t i = 0; !result && i < count; i++) {
			char key[24];
			snprintf(key, sizeof(key), "%zu", chosen[i]);
			json_object_set(all, key, json_array_get(replies, i));
		}
		json_object_set_new(kept, "A", all);
		line = kept;
	}
	for (size_t i = 0; !result && i < gate->plan->cells_count; i++) {
		char key[24];
		snprintf(key, sizeof(key), "%zu", i);
		const json_t *reply = json_object_get(json_object_get(line, "A"), key);
		const struct cell *cell = &gate->plan->cells[i];
		double walk_ns = least_time(json_object_get(reply, "real_time_ns"));

		gate->entries[i].schedule = gate_schedule(cell, walk_ns);
		gate->entries[i].iterations = gate->entries[i].schedule.iterations;
		gate->entries[i].block_s = gate_schedule_s(cell, walk_ns);
	}
	json_decref(replies);
	if (!result && kept)
		return gate_record_append(gate->record, kept);
	json_decref(kept);
	return result;
}

static size_t wanted_cells(const struct gate *gate, enum gate_stage stage, size_t *chosen)
{
	size_t count = 0;

	for (size_t i = 0; i < gate->plan->cells_count; i++) {
		if (!gate->entries[i].is_excluded && gate_wants(&gate->cells[i], stage))
			chosen[count++] = i;
	}
	return count;
}

static const char left_out[] = "left out: the budget does not suffice for it";

/* Takes all wanted cells from the line of a block; -EBADMSG if one is missing. In the blocks of a `resumed`
 * gate those are missing for which the budget did not suffice. */
static int take_block(struct gate *gate, enum gate_stage stage, const json_t *line, bool resumed)
{
	int err = 0;

	for (size_t i = 0; !err && i < gate->plan->cells_count; i++) {
		struct gate_difference difference;

		if (gate->entries[i].is_excluded || !gate_wants(&gate->cells[i], stage))
			continue;
		err = gate_line_difference(line, i, &difference);
		if (err && resumed) {
			gate_give_up(&gate->cells[i], 1, left_out);
			err = 0;
		} else if (!err)
			gate_add(&gate->cells[i], &difference);
	}
	return err;
}

/* After the first block of all cells: if the budget cannot suffice for them, it is spent on the first ones of the
 * suite, and the others are named. -EDQUOT if it does not suffice for one. */
static int check_budget(struct gate *gate, double began_s, double block_s, size_t measured)
{
	size_t blocks = gate_blocks_min(), kept = 0, last = 0;
	double least_s = began_s + block_s * (double)blocks;
	double left_s = gate->settings->budget_s - began_s - block_s;

	if (least_s <= gate->settings->budget_s)
		return 0;
	double cell_s = block_s / (double)measured * (double)(blocks - 1);
	double fits = left_s > 0 ? floor(left_s / cell_s) : 0;
	if (fits < 1)
		return why_set(&gate->why, -EDQUOT,
			       "a budget of %g s is too small for one screening, which needs at "
			       "least %.0f s",
			       gate->settings->budget_s, ceil(least_s * 1.2));
	for (; last < gate->plan->cells_count && kept < (size_t)fits; last++)
		kept += !gate->entries[last].is_excluded && !gate->cells[last].is_decided;
	gate_give_up(gate->cells + last, gate->plan->cells_count - last, left_out);
	message("a budget of %g s suffices for the first %zu of %zu cells; all of them need about "
		"%.0f s",
		gate->settings->budget_s, kept, measured, ceil(least_s * 1.2));
	return 0;
}

/* Before the first block: names the cells for which, as far as can be told, the budget does not suffice. The last of
 * the suite are left out first; one cell always stays. */
static void plan_budget(struct gate *gate)
{
	double needed_s = gate_elapsed_s(gate), screen_s;
	size_t kept = 0, wanted = 0, first_left = 0;

	for (size_t i = 0; i < gate->plan->cells_count; i++) {
		if (gate->entries[i].is_excluded || gate->cells[i].is_decided)
			continue;
		screen_s = gate->entries[i].block_s * (double)gate_blocks_min();
		needed_s += screen_s;
		if (!wanted++ || (kept + 1 == wanted && needed_s <= gate->settings->budget_s)) {
			kept++;
			continue;
		}
		if (kept + 1 == wanted) {
			first_left = i;
			message("a budget of %g s does not suffice for all cells; left out:",
				gate->settings->budget_s);
		}
		message("  %s", gate->plan->cells[i].name);
	}
	if (kept == wanted)
		return;
	message("%zu of %zu cells; all of them need about %.0f s", wanted - kept, wanted,
		ceil(needed_s * 1.2));
	gate_give_up(gate->cells + first_left, gate->plan->cells_count - first_left, left_out);
}

static int run_stage(struct gate *gate, enum gate_stage stage)
{
	size_t chosen[gate->plan->cells_count + 1], count;
	double block_s = 0;

	if (stage == GATE_CONFIRM)
		block_s = gate->cell_block_s * (double)wanted_cells(gate, stage, chosen);
	for (size_t block = 0; (count = wanted_cells(gate, stage, chosen)) > 0;) {
		const json_t *line = gate_record_find(gate->record, gate_stage_names[stage], block);
		double began_s = gate_elapsed_s(gate);
		json_t *fresh = NULL;
		int result = 0;

		if (!line) {
			if ((block > 0 || stage == GATE_CONFIRM) &&
			    began_s + block_s > gate->settings->budget_s)
				return 0;
			line = fresh =
				gate_measure_block(gate, stage, block, chosen, count, &result);
		}
		if (result > 0)
			continue; /* repeat the block without the excluded cell */
		if (!result && take_block(gate, stage, line, !fresh))
			result = why_set(&gate->why, -EBADMSG,
					 "'%s/blocks.jsonl': block %zu of %s is incomplete",
					 gate->record->path, block, gate_stage_names[stage]);
		if (fresh && !result) {
			block_s = gate_elapsed_s(gate) - began_s;
			gate->cell_block_s = block_s / (double)count;
			result = gate_record_append(gate->record, fresh);
			if (!result && stage == GATE_SCREEN && block == 0)
				result = check_budget(gate, began_s, block_s, count);
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
	    (gate->counts_decided && !gate->settings->keep_going) || !timed_cells(gate, chosen))
		return err;
	worker_wait_all();
	err = choose_iterations(gate);
	if (!err && !gate_record_find(gate->record, gate_stage_names[GATE_SCREEN], 0))
		plan_budget(gate);
	for (unsigned stage = 0; !err && stage < GATE_STAGES_COUNT; stage++)
		err = run_stage(gate, stage);
	if (!err)
		gate_give_up(gate->cells, gate->plan->cells_count,
			     "the time budget was spent before it was decided");
	return err;
}
