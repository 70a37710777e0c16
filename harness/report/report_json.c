/* A report as JSON: see report_json.h. The parts are those of `iowalk run --json` and `iowalk compare --json`. */
#include "report_json.h"

#include <math.h>
#include <stdlib.h>

#include "../base/text.h"
#include "../judge/sums.h"
#include "../judge/writers.h"
#include "../record/machines.h"
#include "gate_parts.h"
#include "gate_report.h"
#include "parts.h"
#include "table.h"

#define REPORT_FORMAT 1

static void set_number(json_t *object, const char *key, double value)
{
	if (isfinite(value))
		json_object_set_new(object, key, json_real(value));
}

static void set_count(json_t *object, const char *key, size_t count)
{
	json_object_set_new(object, key, json_integer((json_int_t)count));
}

/* A value of a record, if it is there. */
static void copy(json_t *object, const char *key, const json_t *from, const char *from_key)
{
	json_t *value = json_object_get(from, from_key);
	if (value != NULL)
		json_object_set(object, key, value);
}

/* The items of a document: each warning as a text. */
static json_t *items_json(struct document *document)
{
	json_t *texts = json_array();
	for (size_t i = 0; i < document->parts_count; i++) {
		const struct document_part *part = &document->parts[i];
		if (part->kind == PART_HEADING && part->level > 2)
			break; /* what follows are lists of cells */
		if (part->kind == PART_ITEM)
			json_array_append_new(texts, json_text(part->text));
	}
	document_release(document);
	return texts;
}

static json_t *start(const char *kind, const char *finding)
{
	json_t *json = json_object();
	set_count(json, "format", REPORT_FORMAT);
	json_object_set_new(json, "kind", json_string(kind));
	if (finding != NULL && finding[0] != '\0')
		json_object_set_new(json, "finding", json_text(finding));
	return json;
}

/* ---- runs and phases ---- */

static json_t *phase_json(const struct history_phase *phase)
{
	char machine[MACHINES_TEXT_MAX] = "", build[256] = "";
	json_t *json = json_object();
	machines_caption(&phase->run, machine, sizeof machine, build, sizeof build);
	json_object_set_new(json, "name", json_text(phase->name));
	json_object_set_new(json, "path", json_text(phase->run.path));
	copy(json, "suite", phase->run.info, "suite");
	copy(json, "started", phase->run.info, "started");
	copy(json, "commit", json_object_get(phase->run.environment, "build"), "commit");
	json_object_set_new(json, "machine", json_text(machine));
	json_object_set_new(json, "build", json_text(build));
	copy(json, "noise", phase->run.info, "noise");
	return json;
}

static json_t *problems_json(const struct history *history)
{
	json_t *problems = json_array();
	for (size_t i = 0; i < history->phases_count; i++) {
		const struct report *report = &history->phases[i].report;
		for (size_t j = 0; j < report->problems_count; j++) {
			const struct report_problem *problem = &report->problems[j];
			json_t *json = json_object();
			json_object_set_new(json, "phase", json_text(history->phases[i].name));
			json_object_set_new(json, "cell", json_text(problem->name));
			json_object_set_new(json, "state",
					    json_string(problem->skipped ? "skipped" : "failed"));
			json_object_set_new(json, "reason", json_text(problem->reason));
			json_array_append_new(problems, json);
		}
	}
	return problems;
}

static json_t *target_json(const struct target_result *target)
{
	static const char *const states[] = {
		[LIMIT_MET] = "met",
		[LIMIT_MISSED] = "missed",
		[LIMIT_UNMEASURED] = "not measured",
	};
	json_t *json = json_object();
	json_object_set_new(json, "name", json_text(target->name));
	json_object_set_new(json, "require", json_text(target->require));
	json_object_set_new(json, "state", json_string(states[target->state]));
	set_count(json, "met_count", target->met_count);
	set_count(json, "missed_count", target->missed_count);
	set_count(json, "unmeasured_count", target->unmeasured_count);
	if (target->worst != NULL)
		json_object_set_new(json, "worst", table_limit_json(target->worst));
	return json;
}

static json_t *cell_of_history(const struct history *history, const struct history_cell *cell)
{
	json_t *json = table_row_json(cell->row);
	if (json == NULL)
		return NULL;
	json_object_set_new(json, "workload", json_text(cell->block->workload));
	json_object_set_new(json, "graph", json_text(cell->block->graph));
	json_object_set_new(json, "layout", json_text(cell->block->layout));
	json_object_set_new(json, "cache", json_text(cell->block->cache));
	if (history->phases_count > 1) {
		json_t *phases = json_array();
		for (size_t i = 0; i < history->phases_count; i++) {
			const struct cell_summary *summary = cell->times[i];
			json_array_append_new(phases,
					      summary == NULL
						      ? json_null()
						      : table_spread_json(&summary->real_time_ns));
		}
		json_object_set_new(json, "phases", phases);
	}
	if (cell->change != NULL)
		json_object_set_new(json, "change", comparison_cell_json(cell->change));
	return json;
}

/* Changes of cells that no phase timed to the end, or that only one phase has. */
static json_t *other_changes(const struct history *history)
{
	json_t *changes = json_array();
	for (size_t i = 0; i < history->changes.cells_count; i++) {
		const struct cell_change *change = &history->changes.cells[i];
		bool shown = false;
		for (size_t j = 0; j < history->cells_count && !shown; j++)
			shown = history->cells[j].change == change;
		if (!shown)
			json_array_append_new(changes, comparison_cell_json(change));
	}
	return changes;
}

static void set_lists(json_t *json, const struct history *history)
{
	const struct report *report = &history_last(history)->report;
	json_t *phases = json_array(), *cells = json_array();
	json_t *targets = json_array(), *limits = json_array();
	for (size_t i = 0; i < history->phases_count; i++)
		json_array_append_new(phases, phase_json(&history->phases[i]));
	for (size_t i = 0; history->has_targets && i < history->targets.results_count; i++)
		json_array_append_new(targets, target_json(&history->targets.results[i]));
	for (size_t i = 0; i < report->limits_count; i++)
		json_array_append_new(limits, table_limit_json(&report->limits[i]));
	for (size_t i = 0; i < history->cells_count; i++)
		json_array_append_new(cells, cell_of_history(history, &history->cells[i]));
	json_object_set_new(json, "phases", phases);
	json_object_set_new(json, "targets", targets);
	json_object_set_new(json, "limits", limits);
	json_object_set_new(json, "problems", problems_json(history));
	json_object_set_new(json, "cells", cells);
}

json_t *report_json_of_history(const struct history *history, const char *finding)
{
	struct document document;
	json_t *json = start(history->phases_count > 1 ? "phases" : "run", finding);
	document_init(&document);
	report_warnings(&document, history, NULL);
	json_object_set_new(json, "warnings", items_json(&document));
	set_lists(json, history);
	if (history->has_changes) {
		const struct comparison *changes = &history->changes;
		set_number(json, "threshold_percent", changes->threshold_percent);
		json_object_set_new(json, "times", json_string(comparison_times_key(changes)));
		json_object_set_new(json, "verdicts", comparison_sums_json(changes));
		json_object_set_new(json, "other_changes", other_changes(history));
		if (changes->note != NULL)
			json_object_set_new(json, "note", json_text(changes->note));
	}
	return json;
}

/* ---- gates ---- */

static json_t *blocks_json(const struct story_cell *cell)
{
	json_t *blocks = json_array();
	for (unsigned stage = 0; stage < GATE_STAGES_COUNT; stage++) {
		const struct gate_series *series = &cell->state.series[stage];
		for (size_t i = 0; i < series->count; i++) {
			json_t *block = json_object();
			json_object_set_new(
				block, "stage",
				json_string(stage == GATE_CONFIRM ? "confirm" : "screen"));
			set_count(block, "block", i);
			set_number(block, "effect_percent", percent_of_log(series->effect[i]));
			set_number(block, "mean_effect_percent",
				   percent_of_log(series->mean_effect[i]));
			set_number(block, "baseline_ns", exp(series->baseline[i]));
			json_array_append_new(blocks, block);
		}
	}
	return blocks;
}

static json_t *counts_json(const struct gate_story *story, size_t cell)
{
	json_t *counts = json_object();
	for (size_t i = 0; i < gate_metrics_count; i++) {
		const char *metric = gate_metrics[i].metric;
		json_t *sides = json_object();
		set_number(sides, "baseline", gate_story_count(story, cell, 0, metric));
		set_number(sides, "candidate", gate_story_count(story, cell, 1, metric));
		if (json_object_size(sides) > 0)
			json_object_set(counts, metric, sides);
		json_decref(sides);
	}
	return counts;
}

static json_t *cell_of_gate(const struct gate_story *story, const struct story_cell *cell)
{
	json_t *json = json_object();
	json_object_set_new(json, "cell", json_text(cell->name));
	json_object_set_new(json, "counts", counts_json(story, (size_t)(cell - story->cells)));
	json_object_set_new(json, "blocks", blocks_json(cell));
	set_number(json, "mean_effect_percent", cell->figures.mean_percent);
	set_number(json, "within_percent", gate_story_within(story, cell));
	json_object_set_new(json, "suspect", json_boolean(cell->is_suspect));
	json_object_set_new(json, "left_out", json_boolean(cell->is_left_out));
	if (cell->blocks_wanted > 0)
		set_count(json, "blocks_wanted_count", cell->blocks_wanted);
	if (cell->change != NULL)
		json_object_set_new(json, "change", comparison_cell_json(cell->change));
	return json;
}

static void set_sides(json_t *json, const json_t *info)
{
	static const char *const sides[] = {"baseline", "candidate"};
	for (size_t i = 0; i < 2; i++) {
		json_t *side = json_object();
		copy(side, "program", json_object_get(info, "settings"), sides[i]);
		copy(side, "build", json_object_get(info, "builds"), sides[i]);
		json_t *phase = json_object_get(json_object_get(info, "phases"), sides[i]);
		copy(side, "phase", phase, "name");
		copy(side, "commit", phase, "commit");
		json_object_set_new(json, sides[i], side);
	}
}

json_t *report_json_of_gate(const struct gate_story *story)
{
	static const char *const ends[] = {
		[STORY_FINISHED] = "finished",
		[STORY_INTERRUPTED] = "interrupted",
		[STORY_FAILED] = "failed",
	};
	char title[2048];
	struct document document;
	const json_t *info = story->record.info;
	struct story_cell **order = gate_story_order(story);
	if (order == NULL || gate_title(story, title, sizeof title) != 0) {
		free(order);
		return NULL;
	}
	json_t *json = start("gate", title), *cells = json_array();
	document_init(&document);
	gate_put_warnings(&document, story);
	json_object_set_new(json, "warnings", items_json(&document));
	json_object_set_new(json, "state", json_string(ends[story->end]));
	copy(json, "suite", info, "suite");
	copy(json, "started", info, "started");
	copy(json, "command", info, "command");
	copy(json, "exit_status", info, "exit_status");
	copy(json, "noise", info, "noise");
	copy(json, "environment", info, "environment");
	set_sides(json, info);
	set_number(json, "elapsed_s", story->elapsed_s);
	set_number(json, "budget_s", story->budget_s);
	set_number(json, "threshold_percent", story->threshold_percent);
	json_object_set_new(json, "counts_only", json_boolean(story->counts_only));
	json_object_set_new(json, "targets", json_array());
	json_object_set_new(json, "verdicts", comparison_sums_json(&story->comparison));
	for (size_t i = 0; i < story->cells_count; i++)
		json_array_append_new(cells, cell_of_gate(story, order[i]));
	json_object_set_new(json, "cells", cells);
	free(order);
	return json;
}
