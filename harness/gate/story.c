/* Reading a gate for a report: see story.h. */
#include "story.h"

#include "replay.h"
#include "../base/spread.h"
#include "../judge/read_json.h"
#include "../judge/writers.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *stage_of(const json_t *line)
{
	const char *stage = json_string_value(json_object_get(line, "stage"));

	return stage ? stage : "";
}

/* The time of the last step, and what a cell took in the last block. */
static void read_times(struct gate_story *story)
{
	double before_s = 0;
	json_t *line;
	size_t i;

	json_array_foreach(story->record.lines, i, line)
	{
		double elapsed_s = json_number_value(json_object_get(line, "elapsed_s"));
		size_t count = json_object_size(json_object_get(line, "cells"));

		if (count && elapsed_s > before_s)
			story->cell_block_s = (elapsed_s - before_s) / (double)count;
		before_s = elapsed_s;
	}
	story->elapsed_s = before_s;
	if (json_is_number(json_object_get(story->record.info, "elapsed_s")))
		story->elapsed_s =
			json_number_value(json_object_get(story->record.info, "elapsed_s"));
}

static int read_comparison(struct gate_story *story, struct why *why)
{
	const json_t *info = story->record.info, *result = json_object_get(info, "result");
	struct why reason = {""};

	if (!result) {
		story->end =
			json_object_get(info, "exit_status") ? STORY_FAILED : STORY_INTERRUPTED;
		return gate_replay(&story->record, &story->comparison, why);
	}
	int err = comparison_read(result, &story->comparison, &reason);
	story->comparison.allow_lost =
		json_is_true(json_object_get(json_object_get(info, "settings"), "allow_lost"));
	if (err && *reason.text)
		why_set(why, err, "the result of '%s/gate.json': %s", story->record.path,
			reason.text);
	return err;
}

static const struct cell_change *find_change(const struct comparison *comparison, const char *name)
{
	for (size_t i = 0; name && i < comparison->cells_count; i++) {
		if (strcmp(comparison->cells[i].name, name) == 0)
			return &comparison->cells[i];
	}
	return NULL;
}

static void tell_cell(struct gate_story *story, struct story_cell *cell)
{
	const struct gate_series *screen = &cell->state.series[GATE_SCREEN];
	bool is_open = cell->change && cell->change->verdict == VERDICT_INCONCLUSIVE;

	gate_figures(&cell->state, story->threshold_percent, &cell->figures);
	cell->is_suspect = cell->state.stage == GATE_CONFIRM;
	/* Blocks went on without it. */
	cell->is_left_out = is_open && story->end == STORY_FINISHED && cell->state.is_decided &&
			    screen->count < gate_blocks_min();
	if (is_open)
		cell->blocks_wanted = gate_blocks_wanted(&cell->state, story->threshold_percent);
}

static int tell(struct gate_story *story)
{
	const json_t *planned = json_object_get(story->record.info, "cells");
	size_t count = json_array_size(planned);
	struct gate_cell *states = calloc(count + 1, sizeof(*states));

	story->cells = calloc(count + 1, sizeof(*story->cells));
	if (!states || !story->cells) {
		free(states);
		return -ENOMEM;
	}
	story->cells_count = count;
	gate_replay_blocks(&story->record, story->threshold_percent, states, count);
	for (size_t i = 0; i < count; i++) {
		struct story_cell *cell = &story->cells[i];
		const char *name =
			json_string_value(json_object_get(json_array_get(planned, i), "name"));

		cell->name = name ? name : "";
		cell->state = states[i];
		cell->change = find_change(&story->comparison, name);
		tell_cell(story, cell);
	}
	free(states);
	return 0;
}

int gate_story_init(struct gate_story *story, const char *path, struct why *why)
{
	struct gate_settings settings;

	*story = (struct gate_story){0};
	int err = gate_record_read(&story->record, path, why);
	err = err ? err : gate_restore_settings(&settings, &story->record, why);
	if (err)
		return err;
	story->threshold_percent = settings.threshold_percent;
	story->budget_s = settings.budget_s;
	story->counts_only = settings.counts_only;
	read_times(story);
	err = read_comparison(story, why);
	return err ? err : tell(story);
}

void gate_story_release(struct gate_story *story)
{
	comparison_release(&story->comparison);
	gate_record_release(&story->record);
	free(story->cells);
	*story = (struct gate_story){0};
}

/* ---- order ---- */

struct placed {
	struct story_cell *cell;
	size_t place; /* in comparison_order() */
};

/* Unchanged cells have no order of their own there: the largest effect first here as well. */
static int order_placed(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	const struct cell_change *c = x->cell->change, *d = y->cell->change;

	if (c && d && cell_is_unchanged(c) && cell_is_unchanged(d)) {
		double p = isfinite(c->effect_percent) ? fabs(c->effect_percent) : -1;
		double q = isfinite(d->effect_percent) ? fabs(d->effect_percent) : -1;
		if (p != q)
			return p > q ? -1 : 1;
	}
	return (x->place > y->place) - (x->place < y->place);
}

struct story_cell **gate_story_order(const struct gate_story *story)
{
	size_t count = story->cells_count, *order = comparison_order(&story->comparison);
	struct story_cell **cells = calloc(count + 1, sizeof(void *));
	struct placed *placed = calloc(count + 1, sizeof(*placed));

	if (!order || !cells || !placed) {
		free(order);
		free(cells);
		free(placed);
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		struct story_cell *cell = &story->cells[i];
		size_t place = 0;

		while (cell->change && place < story->comparison.cells_count &&
		       &story->comparison.cells[order[place]] != cell->change)
			place++;
		placed[i] = (struct placed){cell, cell->change ? place : SIZE_MAX};
	}
	qsort(placed, count, sizeof(*placed), order_placed);
	for (size_t i = 0; i < count; i++)
		cells[i] = placed[i].cell;
	free(order);
	free(placed);
	return cells;
}

/* ---- values ---- */

const double *gate_story_values(const struct story_cell *cell, enum gate_stage stage, size_t *count)
{
	const struct gate_series *series = &cell->state.series[stage];

	*count = series->count;
	return cell->state.by_mean ? series->mean_effect : series->effect;
}

const struct gate_series *gate_story_series(const struct story_cell *cell)
{
	const struct gate_series *last = &cell->state.series[cell->state.stage];

	return last->count == cell->figures.blocks_count ? last : &cell->state.series[GATE_SCREEN];
}

double gate_story_within(const struct gate_story *story, const struct story_cell *cell)
{
	const struct cell_change *change = cell->change;
	double threshold_percent = fmax(story->threshold_percent, cell->state.threshold_percent);

	return change && change->has_times && change->time_verdict == VERDICT_NO_CHANGE &&
			       change->low_percent > -threshold_percent &&
			       change->high_percent < threshold_percent
		       ? fmax(fabs(change->low_percent), fabs(change->high_percent))
		       : (double)NAN;
}

double gate_story_count(const struct gate_story *story, size_t cell, unsigned side,
			const char *metric)
{
	double values[GATE_COUNT_ROUNDS_MAX];
	char key[24];
	size_t count = 0, i;
	json_t *line;

	snprintf(key, sizeof(key), "%zu", cell);
	json_array_foreach(story->record.lines, i, line)
	{
		const json_t *replies = json_object_get(line, side ? "B" : "A");
		const json_t *value = json_object_get(
			json_object_get(json_object_get(replies, key), "metrics"), metric);

		if (strcmp(stage_of(line), "count") == 0 && json_is_number(value) &&
		    count < GATE_COUNT_ROUNDS_MAX)
			values[count++] = json_number_value(value);
	}
	return count ? quantile(values, count, .5) : (double)NAN;
}
