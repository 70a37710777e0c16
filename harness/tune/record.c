/* The record of a search: see output.h, and docs/FORMATS.md for its fields. */
#include "output.h"

#include "../base/clock.h"

#include <math.h>

/* JSON has no NaN. */
static void set_finite(json_t *json, const char *key, double value)
{
	if (isfinite(value))
		json_object_set_new(json, key, json_real(value));
}

static json_t *setting_json(const struct tuner *tuner, size_t s)
{
	const struct tune_setting *setting = &tuner->search.settings[s];
	struct process_figures figures;

	tuner_figures(tuner, s, &figures);
	json_t *json =
		json_pack("{ss sI ss}", "cell", tuner_cell_name(tuner, s), "processes_count",
			  (json_int_t)figures.medians.count, "ended", tune_end_names[setting->end]);
	set_finite(json, "median_ns", figures.medians.median);
	set_finite(json, "low_ns", figures.low);
	set_finite(json, "high_ns", figures.high);
	if (setting->end == TUNE_SLOW)
		set_finite(json, "limit_s", setting->limit_s);
	return json;
}

static json_t *ratio_json(const struct tune_ratio *ratio)
{
	json_t *json = json_pack("{sI}", "pairs_count", (json_int_t)ratio->pairs_count);

	set_finite(json, "value", ratio->value);
	set_finite(json, "low", ratio->low);
	set_finite(json, "high", ratio->high);
	return json;
}

static json_t *options_json(const struct tune_space *space)
{
	json_t *array = json_array();

	for (size_t i = 0; i < space->options_count; i++) {
		json_t *values = json_array();
		char text[160];

		for (size_t k = 0; k < space->options[i].values_count; k++) {
			tune_option_value(&space->options[i], k, text, sizeof(text));
			json_array_append_new(values, json_string(text));
		}
		tune_option_key(&space->options[i], text, sizeof(text));
		json_array_append_new(array,
				      json_pack("{ss so}", "option", text, "values", values));
	}
	return array;
}

static json_t *effects_json(const struct tuner *tuner, const struct tune_group *group)
{
	const struct tune_setting *leader = &tuner->search.settings[group->leader];
	json_t *array = json_array();

	for (size_t i = 0; i < group->effects_count; i++) {
		const struct tune_effect *effect = &group->effects[i];
		const struct tune_option *option = &group->space.options[effect->option];
		char key[160], value[64], usual[64];

		tune_option_key(option, key, sizeof(key));
		tune_option_value(option, leader->choice.values[effect->option], value,
				  sizeof(value));
		tune_option_value(option, 0, usual, sizeof(usual));
		json_array_append_new(array,
				      json_pack("{ss ss ss ss so}", "option", key, "value", value,
						"default", usual, "cell",
						tuner_cell_name(tuner, effect->setting),
						"default_over_value", ratio_json(&effect->ratio)));
	}
	return array;
}

static json_t *group_json(const struct tuner *tuner, size_t g)
{
	const struct tune_group *group = &tuner->search.groups[g];
	const struct cell *base = group->space.base;
	json_t *cell = cell_json(base), *tried = json_array();
	json_t *json = json_pack(
		"{ss ss sO ss ss sI}", "layout", base->layout->name, "engine", base->engine->name,
		"graph", json_object_get(cell, "graph"), "workload", base->workload->name, "cache",
		base->cold ? "cold" : "warm", "nodes_count", (json_int_t)base->params.nodes_count);
	char text[1024];

	json_decref(cell);
	json_object_set_new(json, "tried", tried);
	if (group->skipped)
		json_object_set_new(json, "skipped", json_string(group->skipped));
	json_object_set_new(json, "options", options_json(&group->space));
	if (group->skipped || !tuner->search.settings_count)
		return json;
	for (size_t s = 0; s < tuner->search.settings_count; s++) {
		if (tuner->search.settings[s].group == g)
			json_array_append_new(tried, setting_json(tuner, s));
	}
	tune_space_text(&group->space, &tuner->search.settings[tune_group_pick(group)].choice, text,
			sizeof(text));
	json_object_set_new(json, "default", setting_json(tuner, group->default_setting));
	json_object_set_new(json, "best", setting_json(tuner, group->leader));
	json_object_set_new(json, "default_over_best", ratio_json(&group->gain));
	json_object_set_new(json, "confirmed", json_boolean(group->confirmed));
	json_object_set_new(json, "opt", json_string(text));
	json_object_set_new(json, "effects", effects_json(tuner, group));
	return json;
}

json_t *tune_json(const struct tuner *tuner, const struct run *run)
{
	json_t *groups = json_array();

	for (size_t g = 0; g < tuner->search.groups_count; g++)
		json_array_append_new(groups, group_json(tuner, g));
	json_t *json = json_pack("{si ss ss sf sf sI sI so}", "format", 1, "run", run->path,
				 "ended", tune_ended(tuner), "budget_s", tuner->search.budget_s,
				 "used_s", clock_now_s() - tuner->began_s, "seed",
				 (json_int_t)tuner->selected->seed, "last_rounds_count",
				 (json_int_t)tuner->search.rounds_count, "groups", groups);
	static const char *const keys[] = {"command", "started"};
	for (size_t i = 0; i < 2; i++) {
		json_t *value = json_object_get(run->info, keys[i]);
		if (value)
			json_object_set(json, keys[i], value);
	}
	return json;
}
