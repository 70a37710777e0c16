/* The order of a gate: see stages.h. */
#include "stages.h"

#include "ask.h"
#include "block.h"
#include "counts.h"
#include "injection.h"
#include "promote.h"
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
	gate_release(gate);
}

/* ---- times ---- */

static size_t wanted_cells(const struct gate *gate, enum gate_stage stage, size_t *chosen)
{
	size_t count = 0;

	for (size_t i = 0; i < gate->plan->cells_count; i++) {
		if (!gate->entries[i].is_excluded && gate_wants(&gate->cells[i], stage))
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
			count = wanted_cells(gate, GATE_SCREEN, chosen);
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
		gate->entries[i].schedule = gate_schedule(
			&gate->plan->cells[i], least_time(json_object_get(reply, "real_time_ns")));
	}
	json_decref(replies);
	if (!result && kept)
		return gate_record_append(gate->record, kept);
	json_decref(kept);
	return result;
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

/*
 * If the budget does not suffice for so many blocks of all cells, it is spent on the first ones of the suite, and the
 * others are named and left out. A block of a cell takes `scale` times its estimate. Before anything is `measured` one
 * cell always stays; later -EDQUOT if the budget does not suffice for one.
 */
static int fit_budget(struct gate *gate, size_t blocks, double scale, bool measured)
{
	size_t chosen[gate->plan->cells_count + 1], kept = 0;
	size_t count = wanted_cells(gate, GATE_SCREEN, chosen);
	double needed_s = gate_elapsed_s(gate),
	       budget_s = gate->settings->budget_s * GATE_SCREEN_SHARE;

	for (size_t i = 0; i < count; i++) {
		needed_s += gate->entries[chosen[i]].schedule.block_s * scale * (double)blocks;
		kept += kept == i && (needed_s <= budget_s || (i == 0 && !measured));
	}
	if (kept == count)
		return 0;
	double all_s = ceil(needed_s * 1.2 / GATE_SCREEN_SHARE);
	if (kept == 0)
		return why_set(&gate->why, -EDQUOT,
			       "a budget of %g s is too small for one screening, which needs at "
			       "least %.0f s",
			       gate->settings->budget_s, all_s);
	message("a budget of %g s suffices for the first %zu of %zu cells; all of them need about "
		"%.0f s; left out:",
		gate->settings->budget_s, kept, count, all_s);
	for (size_t i = kept; i < count; i++) {
		message("  %s", gate->plan->cells[chosen[i]].name);
		gate_give_up(&gate->cells[chosen[i]], 1, left_out);
	}
	return 0;
}

/* How many times its estimate a block of these cells takes, which took block_s. */
static double scale_of(const struct gate *gate, double block_s, const size_t *chosen, size_t count)
{
	double estimate_s = 0;

	for (size_t i = 0; i < count; i++)
		estimate_s += gate->entries[chosen[i]].schedule.block_s;
	return estimate_s > 0 ? block_s / estimate_s : 1;
}

/* Fits the budget again after the first block, with its measured time instead of the estimates. */
static int fit_budget_again(struct gate *gate, double block_s, const size_t *chosen, size_t count)
{
	return fit_budget(gate, gate_blocks_min() - 1, scale_of(gate, block_s, chosen, count),
			  true);
}

/* What the screening leaves for the confirmation. */
static double reserved_s(const struct gate *gate, double scale)
{
	double seconds = 0, least_s = gate->settings->budget_s * (1 - GATE_SCREEN_SHARE);

	for (size_t i = 0; i < gate->plan->cells_count; i++)
		seconds += (double)gate_blocks_reserved(&gate->cells[i]) *
			   gate->entries[i].schedule.block_s * scale;
	return fmax(seconds, least_s);
}

static const json_t *promotion(const struct gate *gate)
{
	return gate_record_find(gate->record, "promote", 0);
}

static int run_stage(struct gate *gate, enum gate_stage stage)
{
	size_t chosen[gate->plan->cells_count + 1], count;
	double block_s = 0, scale = 1;

	if (stage == GATE_CONFIRM)
		block_s = gate->cell_block_s * (double)wanted_cells(gate, stage, chosen);
	for (size_t block = 0; (count = wanted_cells(gate, stage, chosen)) > 0;) {
		const json_t *line = gate_record_find(gate->record, gate_stage_names[stage], block);
		double began_s = gate_elapsed_s(gate);
		json_t *fresh = NULL;
		int result = 0;

		if (!line) {
			double kept_s = stage == GATE_SCREEN ? reserved_s(gate, scale) : 0;

			if ((block > 0 || stage == GATE_CONFIRM) &&
			    began_s + block_s + kept_s > gate->settings->budget_s)
				return 0;
			if (stage == GATE_SCREEN && promotion(gate))
				return 0; /* it ended in an earlier session */
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
			scale = scale_of(gate, block_s, chosen, count);
			result = gate_record_append(gate->record, fresh);
			if (!result && stage == GATE_SCREEN && block == 0)
				result = fit_budget_again(gate, block_s, chosen, count);
		} else {
			json_decref(fresh);
		}
		if (result)
			return result;
		gate_look(gate->cells, gate->plan->cells_count, stage,
			  gate->settings->threshold_percent);
		noise_look(&gate->noise);
		block++;
	}
	return 0;
}

/* After the screening. What was promoted is recorded, because it depends on the time that was left. */
static int promote(struct gate *gate)
{
	size_t cells_count = gate->plan->cells_count, promoted[cells_count + 1];
	double left_s = gate->settings->budget_s - gate_elapsed_s(gate);

	if (promotion(gate)) {
		gate_take_promoted(promotion(gate), gate->cells, cells_count);
		return 0;
	}
	if (!(gate->cell_block_s > 0))
		return 0;
	size_t count = gate_promote(gate->cells, cells_count, gate->settings->threshold_percent,
				    left_s / gate->cell_block_s, promoted);
	if (count == 0)
		return 0;
	json_t *line = gate_line(gate, "promote", 0), *numbers = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(numbers, json_integer((json_int_t)promoted[i]));
	json_object_set_new(line, "promoted", numbers);
	return gate_record_append(gate->record, line);
}

/* Adds what else happened to the record, as one session of this gate. */
static void keep_noise(struct gate *gate)
{
	json_t *session = noise_end(&gate->noise), *info = gate->record->info;

	if (session && info) {
		if (!json_object_get(info, "noise"))
			json_object_set_new(info, "noise", json_array());
		json_array_append(json_object_get(info, "noise"), session);
	}
	json_decref(session);
}

int gate_measure(struct gate *gate)
{
	size_t chosen[gate->plan->cells_count + 1];
	int err = gate_count(gate);

	if (err || gate->settings->counts_only ||
	    (gate->counts_decided && !gate->settings->keep_going) ||
	    !wanted_cells(gate, GATE_SCREEN, chosen))
		return err;
	worker_wait_all();
	noise_begin(&gate->noise);
	err = choose_iterations(gate);
	if (!err && !gate_record_find(gate->record, gate_stage_names[GATE_SCREEN], 0))
		err = fit_budget(gate, gate_blocks_min(), 1, false);
	err = err ? err : run_stage(gate, GATE_SCREEN);
	err = err ? err : promote(gate);
	err = err ? err : run_stage(gate, GATE_CONFIRM);
	if (!err)
		gate_give_up(gate->cells, gate->plan->cells_count,
			     "the time budget was spent before it was decided");
	keep_noise(gate);
	return err;
}
