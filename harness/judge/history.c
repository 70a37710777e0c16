/*
 * Phases side by side.
 *
 * How it works: cells of all phases are joined by name, those of the latest phase first, and sorted
 * into groups of one workload and graph. JSON objects map names to indices, so the whole takes O(n
 * log n).
 */
#include "history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../record/phase.h"
#include "in_turns.h"

static void phase_release(struct history_phase *phase)
{
	report_release(&phase->report);
	if (phase->run.path != NULL)
		run_release(&phase->run);
	json_decref(phase->about);
	free(phase->name);
}

static int phase_init(struct history_phase *phase, const char *word, struct why *why)
{
	*phase = (struct history_phase){0};
	int err = run_load(word, false, &phase->run, why);
	if (err != 0)
		return err;
	if (json_array_size(phase->run.samples) == 0)
		return why_set(why, -ENODATA, "'%s' has no samples: nothing to report", word);
	const char *base = strrchr(phase->run.path, '/');
	phase->about = phase_about(phase->run.path);
	phase->name = strdup(base == NULL || base[1] == '\0' ? phase->run.path : base + 1);
	err = phase->name == NULL ? -ENOMEM : report_init(&phase->report, &phase->run);
	return err == 0 ? 0 : why_set(why, err, "cannot summarize '%s': %s", word, strerror(-err));
}

static int group_of(struct history *history, const struct report_block *block)
{
	char label[2 * LABEL_MAX + 4];
	snprintf(label, sizeof label, "%s, %s", block->workload, block->graph);
	const json_t *known = json_object_get(history->groups, label);
	if (known != NULL)
		return (int)json_integer_value(known);
	int number = (int)json_object_size(history->groups);
	return json_object_set_new(history->groups, label, json_integer(number)) != 0 ? -ENOMEM
										      : number;
}

/* Adds the cells of a phase that no later phase has. */
static int join_phase(struct history *history, size_t phase, json_t *index)
{
	const struct report *report = &history->phases[phase].report;
	for (size_t i = 0; i < report->blocks_count; i++) {
		const struct report_block *block = &report->blocks[i];
		for (size_t j = 0; !block->is_floor && j < block->count; j++) {
			const struct report_row *row = &report->rows[block->first + j];
			const json_t *known = json_object_get(index, row->summary->name);
			size_t number = known == NULL ? history->cells_count
						      : (size_t)json_integer_value(known);
			struct history_cell *cell = &history->cells[number];
			if (known == NULL) {
				int group = group_of(history, block);
				if (group < 0 || json_object_set_new_nocheck(
							 index, row->summary->name,
							 json_integer((json_int_t)number)) != 0)
					return -ENOMEM;
				*cell = (struct history_cell){
					.name = row->summary->name,
					.block = block,
					.row = row,
					.times = history->times + number * history->phases_count,
					.group = (size_t)group,
					.order = number};
				history->cells_count++;
			}
			cell->times[phase] = row->summary;
		}
	}
	return 0;
}

static int order_cells(const void *a, const void *b)
{
	const struct history_cell *x = a, *y = b;
	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static void point_to_changes(struct history *history, json_t *index)
{
	for (size_t i = 0; i < history->changes.cells_count; i++) {
		const struct cell_change *change = &history->changes.cells[i];
		const json_t *known = json_object_get(index, change->name);
		if (known != NULL)
			history->cells[json_integer_value(known)].change = change;
	}
}

static int join_cells(struct history *history)
{
	size_t room = 1;
	for (size_t i = 0; i < history->phases_count; i++)
		room += history->phases[i].report.summaries_count;
	json_t *index = json_object();
	history->groups = json_object();
	history->cells = calloc(room, sizeof *history->cells);
	history->times = calloc(room * history->phases_count + 1, sizeof(void *));
	int err = index == NULL || history->groups == NULL || history->cells == NULL ||
				  history->times == NULL
			  ? -ENOMEM
			  : 0;
	for (size_t i = history->phases_count; err == 0 && i > 0; i--)
		err = join_phase(history, i - 1, index);
	if (err == 0) {
		point_to_changes(history, index);
		qsort(history->cells, history->cells_count, sizeof *history->cells, order_cells);
	}
	json_decref(index);
	return err;
}

/* The value at "group.key" or "group.key.deeper". */
static json_t *value_at(json_t *environment, const char *path)
{
	json_t *value = environment;
	while (value != NULL && path[0] != '\0') {
		size_t len = strcspn(path, ".");
		char key[128];
		snprintf(key, sizeof key, "%.*s", (int)len, path);
		value = json_object_get(value, key);
		path += len + (path[len] == '.');
	}
	return value;
}

static int add_difference(struct history *history, json_t *seen, const json_t *difference)
{
	const char *key = json_string_value(json_object_get(difference, "key"));
	json_t *same = json_object_get(difference, "same_machine");
	if (key == NULL || json_object_get(seen, key) != NULL)
		return 0;
	json_t *values = json_array();
	for (size_t i = 0; i < history->phases_count; i++) {
		json_t *value = value_at(history->phases[i].run.environment, key);
		json_array_append_new(values, value == NULL ? json_null() : json_incref(value));
	}
	if (json_object_set_new(seen, key, json_true()) != 0)
		return -ENOMEM;
	return json_array_append_new(history->differences,
				     json_pack("{s:s,s:o,s:O?}", "key", key, "values", values,
					       "same_machine", same)) == 0
		       ? 0
		       : -ENOMEM;
}

static int find_differences(struct history *history)
{
	json_t *seen = json_object();
	history->differences = json_array();
	int err = seen == NULL || history->differences == NULL ? -ENOMEM : 0;
	for (size_t i = 1; err == 0 && i < history->phases_count; i++) {
		bool same;
		json_t *found = environment_compare(history->phases[0].run.environment,
						    history->phases[i].run.environment, &same);
		if (found == NULL)
			err = -ENOMEM;
		for (size_t j = 0; err == 0 && j < json_array_size(found); j++)
			err = add_difference(history, seen, json_array_get(found, j));
		json_decref(found);
	}
	json_decref(seen);
	return err;
}

static bool has_phase(const struct history *history, const char *name)
{
	for (size_t i = 0; i < history->phases_count; i++) {
		if (strcmp(history->phases[i].name, name) == 0)
			return true;
	}
	for (size_t i = 0; i < history->bases_count; i++) {
		if (strcmp(history->bases[i].name, name) == 0)
			return true;
	}
	return false;
}

/* Reads the phases that only targets name. If one cannot be read, its targets are not measured. */
static int load_bases(struct history *history, const json_t *targets)
{
	history->bases = calloc(json_array_size(targets) + 1, sizeof *history->bases);
	if (history->bases == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < json_array_size(targets); i++) {
		const char *phase =
			json_string_value(json_object_get(json_array_get(targets, i), "phase"));
		if (phase == NULL || has_phase(history, phase))
			continue;
		struct history_phase *base = &history->bases[history->bases_count];
		if (phase_init(base, phase, NULL) == 0)
			history->bases_count++;
		else
			phase_release(base);
	}
	return 0;
}

static struct limit_side side_of(const struct history_phase *phase)
{
	return (struct limit_side){.name = phase->name,
				   .run = &phase->run,
				   .summaries = phase->report.summaries,
				   .summaries_count = phase->report.summaries_count};
}

static int measure_targets(struct history *history, const char *path, struct why *why)
{
	struct limit_side *sides;
	json_t *targets;
	size_t count = 0;
	int err = targets_load(path, &targets, why);
	if (err != 0)
		return err;
	err = load_bases(history, targets);
	sides = calloc(history->phases_count + history->bases_count + 1, sizeof *sides);
	if (err != 0 || sides == NULL) {
		free(sides);
		json_decref(targets);
		return -ENOMEM;
	}
	for (size_t i = 0; i < history->phases_count; i++)
		sides[count++] = side_of(&history->phases[i]);
	for (size_t i = 0; i < history->bases_count; i++)
		sides[count++] = side_of(&history->bases[i]);
	err = targets_evaluate(targets, &sides[history->phases_count - 1], sides, count,
			       &history->targets);
	history->has_targets = err == 0;
	free(sides);
	return err;
}

/* Two recorded phases may have been measured in turns as well. */
static int take_turns(struct history *history, struct why *why)
{
	const char *a = json_string_value(json_object_get(history->phases[0].about, "name"));
	const char *b = json_string_value(json_object_get(history_last(history)->about, "name"));
	if (a == NULL || b == NULL)
		return 0;
	return comparison_take_turns(&history->changes, history->phases[0].run.path, a, b, why);
}

static int compare_ends(struct history *history, double threshold_percent, struct why *why)
{
	if (history->phases_count < 2)
		return 0;
	int err = comparison_of_runs(&history->phases[0].run, 1, &history_last(history)->run, 1,
				     threshold_percent, false, &history->changes, why);
	history->has_changes = err == 0;
	if (err == 0)
		err = take_turns(history, why);
	for (size_t i = 0; err == 0 && i < 2; i++) {
		char **name = i == 0 ? &history->changes.a_name : &history->changes.b_name;
		free(*name);
		*name = strdup(i == 0 ? history->phases[0].name : history_last(history)->name);
		err = *name == NULL ? -ENOMEM : 0;
	}
	return err;
}

/* Runs whose folders have the same name are named by their paths. */
static int tell_apart(struct history *history)
{
	for (size_t i = 0; i < history->phases_count; i++) {
		struct history_phase *phase = &history->phases[i];
		bool is_alone = true;
		for (size_t j = 0; j < history->phases_count; j++) {
			const char *base = strrchr(history->phases[j].run.path, '/');
			base = base == NULL ? history->phases[j].run.path : base + 1;
			is_alone = is_alone && (i == j || strcmp(base, phase->name) != 0);
		}
		if (is_alone)
			continue;
		free(phase->name);
		phase->name = strdup(phase->run.path);
		if (phase->name == NULL)
			return -ENOMEM;
	}
	return 0;
}

int history_init(struct history *history, char *const *words, size_t count,
		 double threshold_percent, const char *targets_path, struct why *why)
{
	*history = (struct history){.phases = calloc(count, sizeof *history->phases)};
	int err = history->phases == NULL ? -ENOMEM : 0;
	for (size_t i = 0; err == 0 && i < count; i++) {
		history->phases_count++;
		err = phase_init(&history->phases[i], words[i], why);
	}
	if (err == 0)
		err = tell_apart(history);
	if (err == 0)
		err = compare_ends(history, threshold_percent, why);
	if (err == 0)
		err = join_cells(history);
	if (err == 0)
		err = find_differences(history);
	if (err == 0 && targets_path != NULL)
		err = measure_targets(history, targets_path, why);
	if (err != 0)
		history_release(history);
	return err;
}

void history_release(struct history *history)
{
	if (history->has_targets)
		targets_release(&history->targets);
	if (history->has_changes)
		comparison_release(&history->changes);
	for (size_t i = 0; i < history->phases_count; i++)
		phase_release(&history->phases[i]);
	for (size_t i = 0; i < history->bases_count; i++)
		phase_release(&history->bases[i]);
	free(history->phases);
	free(history->bases);
	free(history->cells);
	free(history->times);
	json_decref(history->groups);
	json_decref(history->differences);
	*history = (struct history){0};
}
