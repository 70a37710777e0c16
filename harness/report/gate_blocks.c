/* Blocks as they came, and stalls: see gate_parts.h. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "../base/units.h"
#include "../gate/finding.h"
#include "../judge/writers.h"
#include "gate_parts.h"

static double threshold_of(const struct gate_story *story, const struct story_cell *cell)
{
	return fmax(story->threshold_percent, cell->state.threshold_percent);
}

static size_t blocks_count(const struct story_cell *cell)
{
	return cell->state.series[GATE_SCREEN].count + cell->state.series[GATE_CONFIRM].count;
}

static void put_percent(struct document *document, double percent)
{
	char text[40];
	gate_percent(text, sizeof text, percent, true);
	document_cell_value(document, TONE_PLAIN, percent, "%s", text);
}

static void put_values(struct document *document, const struct story_cell *cell)
{
	static const char *const titles[] = {"stage", "block", "effect",
					     "effect on the mean of all samples", "baseline"};
	document_fold(document, "The %zu blocks in numbers", blocks_count(cell));
	document_table(document, "blocks of a cell", 5, 0x1);
	document_cells(document, TONE_PLAIN, 5, titles);
	for (unsigned stage = 0; stage < GATE_STAGES_COUNT; stage++) {
		const struct gate_series *series = &cell->state.series[stage];
		for (size_t i = 0; i < series->count; i++) {
			char baseline[CHANGE_TEXT_MAX];
			double ns = exp(series->baseline[i]);
			format_time_ns(baseline, sizeof baseline, ns, true);
			document_row_key(document, cell->name);
			document_cell(document, TONE_PLAIN, "%s",
				      stage == GATE_CONFIRM ? "confirmation" : "screen");
			document_cell_value(document, TONE_PLAIN, (double)i, "%zu", i);
			put_percent(document, percent_of_log(series->effect[i]));
			put_percent(document, percent_of_log(series->mean_effect[i]));
			document_cell_value(document, TONE_PLAIN, ns, "%s", baseline);
		}
	}
	document_fold_end(document);
}

static void put_strip(struct document *document, const struct gate_story *story,
		      const struct story_cell *cell, size_t number)
{
	char name[40], label[GATE_LABEL_MAX], alt[GATE_LABEL_MAX + 40], caption[512], effect[40];
	char *svg = gate_strip(cell, threshold_of(story, cell));
	if (svg == NULL) {
		document->err = document->err != 0 ? document->err : -ENOMEM;
		return;
	}
	gate_cell_label(&story->comparison, cell->name, label, sizeof label);
	gate_percent(effect, sizeof effect, cell->change->effect_percent, true);
	snprintf(name, sizeof name, "blocks-%zu", number);
	snprintf(alt, sizeof alt, "effects of the blocks of %s", label);
	snprintf(caption, sizeof caption,
		 "%s: %zu blocks, effect %s%s. Hollow: screen; filled: confirmation; dashed: the "
		 "threshold.",
		 label, blocks_count(cell), effect,
		 cell->state.by_mean   ? " on the mean of all samples"
		 : cell->state.by_tail ? " on the mean over the blocks"
				       : "");
	document_heading(document, 3, "%s: %s", cell->name,
			 verdict_text(cell->change->time_verdict));
	document_svg(document, name, alt, caption, svg);
	put_values(document, cell);
	free(svg);
}

static bool is_open(const struct story_cell *cell)
{
	return cell->change->verdict == VERDICT_INCONCLUSIVE ||
	       cell->change->time_verdict == VERDICT_INCONCLUSIVE;
}

static bool has_strip(const struct story_cell *cell, bool suspect)
{
	return cell->change != NULL && blocks_count(cell) > 1 && !cell->is_left_out &&
	       (suspect ? cell->is_suspect : !cell->is_suspect && is_open(cell));
}

void gate_put_blocks(struct document *document, const struct gate_story *story,
		     struct story_cell *const *order)
{
	size_t suspect = 0, open = 0, number = 0;
	for (size_t i = 0; i < story->cells_count; i++) {
		suspect += has_strip(order[i], true);
		open += has_strip(order[i], false);
	}
	if (suspect + open == 0)
		return;
	document_heading(document, 2, "Blocks as they came");
	document_text(document,
		      "Each block has four fresh processes, two of each build, which take turns. "
		      "Its effect is the candidate's time against the baseline's. The screen "
		      "measures every cell; suspect cells are confirmed on new blocks, which alone "
		      "decide.");
	for (size_t i = 0; i < story->cells_count; i++) {
		if (has_strip(order[i], true))
			put_strip(document, story, order[i], number++);
	}
	if (open > 0)
		document_fold(document, "%zu undecided in the screen", open);
	for (size_t i = 0; i < story->cells_count; i++) {
		if (has_strip(order[i], false))
			put_strip(document, story, order[i], number++);
	}
	if (open > 0)
		document_fold_end(document);
}

/* ---- stalls ---- */

/* Does the mean of all samples tell another story than their least? */
static bool stalls(const struct gate_story *story, const struct story_cell *cell)
{
	const struct gate_series *series = gate_story_series(cell);
	double threshold = threshold_of(story, cell);
	if (cell->change == NULL || !cell->change->has_times || series->count == 0)
		return false;
	return cell->state.by_mean ||
	       (series->count >= gate_blocks_min() && cell->figures.mean_percent > threshold &&
		cell->change->effect_percent < threshold);
}

void gate_put_stalls(struct document *document, const struct gate_story *story,
		     struct story_cell *const *order)
{
	static const char *const titles[] = {"cell", "effect on the least samples",
					     "effect on the mean of all samples", "blocks"};
	size_t count = 0;
	for (size_t i = 0; i < story->cells_count; i++) {
		const struct story_cell *cell = order[i];
		const struct gate_series *series = gate_story_series(cell);
		if (!stalls(story, cell))
			continue;
		if (count++ == 0) {
			document_heading(document, 2, "Stalls");
			document_text(document,
				      "In these cells the mean of all samples grew more than the "
				      "least ones, as it does where a build stalls now and then. "
				      "Only cells that were confirmed on their mean are judged by "
				      "it; elsewhere noise can do the same.");
			document_table(document, "stalls", 4, 0x1);
			document_cells(document, TONE_PLAIN, 4, titles);
		}
		document_row_key(document, cell->name);
		document_cell(document, TONE_PLAIN, "%s", cell->name);
		put_percent(document,
			    percent_of_log(hodges_lehmann(series->effect, series->count)));
		put_percent(document, cell->figures.mean_percent);
		document_cell(document, TONE_PLAIN, "%zu", series->count);
	}
}
