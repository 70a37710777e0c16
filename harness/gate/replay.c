/* A recorded gate taken up again: see replay.h. */
#include "replay.h"

#include "../plugin/load.h"
#include "counts.h"
#include "promote.h"
#include "result.h"
#include "turns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int gate_restore_settings(struct gate_settings *settings, const struct gate_record *record,
			  struct why *why)
{
	const json_t *json = json_object_get(record->info, "settings");

	*settings = (struct gate_settings){
		.baseline = json_string_value(json_object_get(json, "baseline")),
		.candidate = json_string_value(json_object_get(json, "candidate")),
		.threshold_percent = json_number_value(json_object_get(json, "threshold_percent")),
		.budget_s = json_number_value(json_object_get(json, "budget_s")),
		.timeout_s = json_number_value(json_object_get(json, "timeout_s")),
		.order_seed = (uint64_t)json_integer_value(json_object_get(json, "order_seed")),
		.counts_only = json_is_true(json_object_get(json, "counts_only")),
		.allow_lost = json_is_true(json_object_get(json, "allow_lost")),
		.keep_going = json_is_true(json_object_get(json, "keep_going")),
		.prepare = json_string_value(json_object_get(json, "prepare")),
		.baseline_plugins = json_object_get(record->info, "baseline_plugins"),
		.injections = {{
			.cell = json_string_value(json_object_get(json, "inject_cell")),
			.percent = json_number_value(json_object_get(json, "inject_percent")),
			.share_percent =
				json_number_value(json_object_get(json, "inject_share_percent")),
			.is_syscall = json_is_true(json_object_get(json, "inject_syscall")),
		}},
	};
	if (!settings->baseline || !settings->candidate || !(settings->threshold_percent > 0) ||
	    !(settings->budget_s > 0) || !(settings->timeout_s > 0))
		return why_set(why, -EBADMSG, "'%s/gate.json' has no settings", record->path);
	return 0;
}

int gate_restore_plan(struct plan *plan, const struct gate_record *record, struct why *why)
{
	json_t *budgets = json_object_get(record->info, "budgets");
	json_t *accepts = json_object_get(record->info, "accepts");
	int err = plan_restore(plan, record->info, record->path, why);

	if (!err && budgets) {
		json_decref(plan->budgets);
		plan->budgets = json_incref(budgets);
	}
	if (!err && accepts) {
		json_decref(plan->accepts);
		plan->accepts = json_incref(accepts);
	}
	return err;
}

/* ---- blocks ---- */

static const char *stage_of(const json_t *line)
{
	const char *stage = json_string_value(json_object_get(line, "stage"));

	return stage ? stage : "";
}

static void take_error(const json_t *line, struct gate_cell *cells, size_t cells_count)
{
	json_int_t cell = json_integer_value(json_object_get(line, "cell"));

	if (cell >= 0 && (size_t)cell < cells_count)
		cells[cell].is_decided = true;
}

static void take_line(const json_t *line, enum gate_stage stage, struct gate_cell *cells,
		      size_t cells_count)
{
	for (size_t i = 0; i < cells_count; i++) {
		struct gate_difference difference;

		if (!gate_wants(&cells[i], stage))
			continue;
		if (gate_line_difference(line, i, &difference))
			gate_give_up(&cells[i], 1, NULL);
		else
			gate_add(&cells[i], &difference);
	}
}

void gate_replay_blocks(const struct gate_record *record, double threshold_percent,
			struct gate_cell *cells, size_t cells_count)
{
	const json_t *planned = json_object_get(record->info, "cells");
	json_t *line;
	size_t i;

	for (i = 0; i < cells_count; i++) {
		const json_t *cell = json_array_get(planned, i);
		const char *cache = json_string_value(json_object_get(cell, "cache"));

		cells[i].is_cold = cache && strcmp(cache, "cold") == 0;
		cells[i].threshold_percent =
			json_number_value(json_object_get(cell, "threshold_percent"));
	}
	json_array_foreach(record->lines, i, line)
	{
		if (strcmp(stage_of(line), "error") == 0)
			take_error(line, cells, cells_count);
		gate_take_promoted(line, cells, cells_count);
		for (unsigned stage = 0; stage < GATE_STAGES_COUNT; stage++) {
			if (strcmp(stage_of(line), gate_stage_names[stage]) != 0)
				continue;
			take_line(line, stage, cells, cells_count);
			gate_look(cells, cells_count, stage, threshold_percent);
		}
	}
}

/* ---- a gate without a result ---- */

/* Cells that the plan knew it could not measure have no entry in the record. */
static int exclude_skipped(struct gate *gate)
{
	const json_t *planned = json_object_get(gate->record->info, "cells");

	for (size_t i = 0; i < gate->plan->cells_count; i++) {
		struct gate_entry *entry = &gate->entries[i];
		const char *skipped =
			json_string_value(json_object_get(json_array_get(planned, i), "skipped"));

		if (gate->plan->cells[i].memory_limit_bytes)
			skipped = "a gate does not apply memory limits";
		if (!skipped)
			continue;
		entry->is_excluded = gate->cells[i].is_decided = true;
		entry->verdict = VERDICT_SKIPPED;
		if (asprintf(&entry->note, "skipped: %s", skipped) < 0) {
			entry->note = NULL;
			return -ENOMEM;
		}
	}
	return 0;
}

static void take_rounds(struct gate *gate)
{
	for (size_t round = 0; round < GATE_COUNT_ROUNDS_MAX; round++) {
		const json_t *line = gate_record_find(gate->record, "count", round);

		if (line)
			gate_take_counts(gate, round, line);
	}
}

/* A timed cell without a block is not undecided: it was not timed. */
static void mark_not_timed(const struct gate *gate, struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->cells_count; i++) {
		struct cell_change *change = &comparison->cells[i];

		if (gate_is_timed(gate, i) && !gate->settings->counts_only && !change->has_times &&
		    change->verdict <= VERDICT_SAME_COUNTS && change->verdict != VERDICT_REGRESSION)
			change->verdict = VERDICT_NOT_TIMED;
	}
}

int gate_replay(struct gate_record *record, struct comparison *out, struct why *why)
{
	struct gate_settings settings;
	struct plan plan;
	struct gate gate = {.plan = &plan, .settings = &settings, .record = record};

	*out = (struct comparison){0};
	plan_init(&plan);
	int err = gate_restore_settings(&settings, record, why);
	err = err ? err
		  : plugins_restore(json_object_get(record->info, "plugins"), PLUGINS_NAMED, why);
	err = err ? err : gate_restore_plan(&plan, record, why);
	if (!err && plan.cells_count != json_array_size(json_object_get(record->info, "cells")))
		err = why_set(why, -EBADMSG, "'%s/gate.json': its cells are not those of its plan",
			      record->path);
	gate.entries = calloc(plan.cells_count + 1, sizeof(*gate.entries));
	gate.cells = calloc(plan.cells_count + 1, sizeof(*gate.cells));
	if (!err && (!gate.entries || !gate.cells))
		err = -ENOMEM;
	for (size_t i = 0; !err && i < plan.cells_count; i++)
		gate.cells[i].is_decided = !gate_is_timed(&gate, i);
	err = err ? err : exclude_skipped(&gate);
	if (!err) {
		gate_replay_blocks(record, settings.threshold_percent, gate.cells,
				   plan.cells_count);
		gate_replay_errors(&gate);
		take_rounds(&gate);
		gate_give_up(gate.cells, plan.cells_count, "the gate ended before it was decided");
		err = gate_compare(&gate, out);
	}
	if (!err)
		mark_not_timed(&gate, out);
	gate_release(&gate);
	plan_release(&plan);
	return err;
}
