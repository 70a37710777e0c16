/* The tables of a gate's cells: see gate_parts.h. */
#include <math.h>
#include <stdlib.h>

#include "../gate/finding.h"
#include "../judge/sums.h"
#include "../judge/writers.h"
#include "gate_parts.h"
#include "parts.h"

/* ---- sums ---- */

static void put_sum(struct document *document, size_t count, enum tone tone)
{
	document_cell_value(document, count > 0 ? tone : TONE_DIM, (double)count, "%zu", count);
}

void gate_put_sums(struct document *document, const struct gate_story *story)
{
	static const char *const titles[] = {"",          "worse", "better",         "undecided",
					     "unchanged", "equal", "allowed changes"};
	struct verdict_sums sums = comparison_sums(&story->comparison);
	const size_t *times = sums.times, *counts = sums.counts;
	document_table(document, "cells by verdict", 7, 0x1);
	document_cells(document, TONE_PLAIN, 7, titles);
	document_row_key(document, "time");
	document_cell(document, TONE_STRONG, "time");
	put_sum(document, times[TIMES_WORSE], TONE_BAD);
	put_sum(document, times[TIMES_BETTER], TONE_GOOD);
	put_sum(document, times[TIMES_UNDECIDED], TONE_WARN);
	put_sum(document, times[TIMES_UNCHANGED], TONE_PLAIN);
	document_cell(document, TONE_DIM, "-");
	document_cell(document, TONE_DIM, "-");
	document_row_key(document, "counts");
	document_cell(document, TONE_STRONG, "counts");
	put_sum(document, counts[COUNTS_MORE], TONE_BAD);
	put_sum(document, counts[COUNTS_LESS], TONE_GOOD);
	document_cell(document, TONE_DIM, "-");
	document_cell(document, TONE_DIM, "-");
	put_sum(document, counts[COUNTS_EQUAL], TONE_PLAIN);
	put_sum(document, counts[COUNTS_ALLOWED], TONE_PLAIN);
}

/* ---- cells ---- */

enum kind { CHANGED, UNDECIDED, UNCHANGED, NOT_TIMED, NOT_COMPARED };

static enum kind kind_of(const struct story_cell *cell)
{
	if (cell->change == NULL || !cell_was_compared(cell->change))
		return NOT_COMPARED;
	if (cell->change->verdict == VERDICT_INCONCLUSIVE)
		return UNDECIDED;
	if (cell->change->verdict == VERDICT_NOT_TIMED)
		return NOT_TIMED;
	return cell_is_unchanged(cell->change) ? UNCHANGED : CHANGED;
}

static void put_percent(struct document *document, double percent, bool is_signed)
{
	char text[40];
	gate_percent(text, sizeof text, percent, is_signed);
	document_cell_value(document, isfinite(percent) ? TONE_PLAIN : TONE_DIM, percent, "%s",
			    text);
}

static void put_interval(struct document *document, const struct cell_change *change)
{
	char text[90];
	gate_interval(text, sizeof text, change->low_percent, change->high_percent);
	document_cell(document, TONE_DIM, "%s", text[0] == '\0' ? "-" : text);
}

static void put_verdict(struct document *document, const struct cell_change *change)
{
	if (change->has_times)
		document_cell(document, verdict_tone(change->time_verdict), "%s",
			      verdict_text(change->time_verdict));
	else
		document_cell(document, TONE_DIM, "%s",
			      change->verdict == VERDICT_INCONCLUSIVE
				      ? verdict_text(VERDICT_INCONCLUSIVE)
				      : "not timed");
}

static void put_blocks_count(struct document *document, const struct story_cell *cell)
{
	size_t screen = cell->state.series[GATE_SCREEN].count;
	size_t confirm = cell->state.series[GATE_CONFIRM].count;
	if (confirm > 0)
		document_cell(document, TONE_PLAIN, "%zu + %zu", screen, confirm);
	else
		document_cell(document, screen > 0 ? TONE_PLAIN : TONE_DIM, "%zu", screen);
}

static void put_count_changes(struct document *document, const struct cell_change *change)
{
	static const char *const texts[] = {"equal", "more", "less", "changed, allowed"};
	static const enum tone tones[] = {TONE_DIM, TONE_BAD, TONE_GOOD, TONE_PLAIN};
	enum counts_verdict side = counts_verdict_of(change);
	document_cell(document, tones[side], "%s", texts[side]);
	for (size_t i = 0; i < change->counts_count; i++) {
		char text[256];
		count_change_text(&change->counts[i], true, text, sizeof text);
		document_line(document, "%s", text);
	}
}

/* The explanation ends in the command that shows it; the note says what the verdict rests on. */
static void put_explanation(struct document *document, const struct cell_change *change)
{
	bool accepted = change->verdict == VERDICT_ACCEPTED;
	document_cell(document, TONE_PLAIN, "%s%s%s", accepted ? "accepted" : "",
		      accepted && change->note != NULL ? ": " : "",
		      change->note == NULL ? "" : change->note);
	if (change->explanation != NULL)
		document_line(document, "%s", change->explanation);
}

static void put_changed(struct document *document, const struct gate_story *story,
			struct story_cell *const *order)
{
	static const char *const titles[] = {
		"cell", "time", "effect", "95 %", "blocks", "counts", "notes, explanation"};
	size_t count = 0;
	for (size_t i = 0; i < story->cells_count; i++) {
		const struct cell_change *change = order[i]->change;
		if (kind_of(order[i]) != CHANGED)
			continue;
		if (count++ == 0) {
			document_table(document, "cells that changed", 7, 0x63);
			document_cells(document, TONE_PLAIN, 7, titles);
		}
		document_row_key(document, change->name);
		document_cell(document, TONE_PLAIN, "%s", change->name);
		put_verdict(document, change);
		put_percent(document, change->effect_percent, true);
		put_interval(document, change);
		put_blocks_count(document, order[i]);
		put_count_changes(document, change);
		put_explanation(document, change);
	}
	if (count == 0)
		document_text(document, story->end == STORY_FINISHED
						? "No cell changed."
						: "No cell has changed so far.");
}

static void put_wanted(struct document *document, const struct gate_story *story,
		       const struct story_cell *cell)
{
	size_t most = gate_blocks_max(cell->state.stage);
	size_t now = cell->state.series[cell->state.stage].count;
	size_t more = cell->blocks_wanted - now;
	if (cell->blocks_wanted == 0)
		document_cell(document, TONE_DIM, "too few to say");
	else if (cell->blocks_wanted > most)
		document_cell_value(document, TONE_PLAIN, (double)more,
				    "%zu, beyond the %zu of a gate", more, most);
	else
		document_cell_value(document, TONE_PLAIN, (double)more, "%zu (%.0f s)", more,
				    ceil(story->cell_block_s * (double)more));
}

static void put_undecided(struct document *document, const struct gate_story *story,
			  struct story_cell *const *order, size_t count)
{
	static const char *const titles[] = {"cell",   "effect",
					     "95 %",   "found in 90 %",
					     "blocks", "more blocks that would decide",
					     "counts", "notes"};
	document_fold(document, "%zu undecided", count);
	document_table(document, "undecided cells", 8, 0xE1);
	document_cells(document, TONE_PLAIN, 8, titles);
	for (size_t i = 0; i < story->cells_count; i++) {
		const struct cell_change *change = order[i]->change;
		if (kind_of(order[i]) != UNDECIDED)
			continue;
		document_row_key(document, change->name);
		document_cell(document, TONE_PLAIN, "%s", change->name);
		put_percent(document, change->effect_percent, true);
		put_interval(document, change);
		put_percent(document,
			    isfinite(change->high_percent) ? change->mde_percent : (double)NAN,
			    false);
		put_blocks_count(document, order[i]);
		put_wanted(document, story, order[i]);
		put_count_changes(document, change);
		put_explanation(document, change);
	}
	document_fold_end(document);
}

static void put_within(struct document *document, double percent)
{
	char text[40];
	gate_percent(text, sizeof text, percent, false);
	if (isfinite(percent))
		document_cell_value(document, TONE_PLAIN, percent, "±%s", text);
	else
		document_cell(document, TONE_DIM, "-");
}

static void put_unchanged(struct document *document, const struct gate_story *story,
			  struct story_cell *const *order, size_t count)
{
	static const char *const titles[] = {
		"cell",          "effect", "bounds", "unchanged within",
		"found in 90 %", "blocks", "counts", "notes"};
	document_fold(document, "%zu without a change", count);
	document_text(document,
		      "Bounds: those that cleared the cell. Unchanged within: the larger bound, "
		      "where both lie within the threshold. Found in 90 %%: the slowdown that nine "
		      "of ten such gates report.");
	document_table(document, "unchanged cells", 8, 0xC1);
	document_cells(document, TONE_PLAIN, 8, titles);
	for (size_t i = 0; i < story->cells_count; i++) {
		const struct cell_change *change = order[i]->change;
		if (kind_of(order[i]) != UNCHANGED)
			continue;
		document_row_key(document, change->name);
		document_cell(document, TONE_PLAIN, "%s", change->name);
		put_percent(document, change->effect_percent, true);
		put_interval(document, change);
		put_within(document, gate_story_within(story, order[i]));
		put_percent(document, change->mde_percent, false);
		put_blocks_count(document, order[i]);
		put_count_changes(document, change);
		document_cell(document, TONE_PLAIN, "%s",
			      change->note != NULL ? change->note
			      : change->has_times  ? ""
						   : "counts only");
	}
	document_fold_end(document);
}

static void put_not_timed(struct document *document, const struct gate_story *story,
			  struct story_cell *const *order, size_t count)
{
	document_fold(document, "%zu not timed; their counts are equal or allowed", count);
	for (size_t i = 0; i < story->cells_count; i++) {
		if (kind_of(order[i]) == NOT_TIMED)
			document_item(document, TONE_PLAIN, "%s", order[i]->name);
	}
	document_fold_end(document);
}

void gate_put_cells(struct document *document, const struct gate_story *story,
		    struct story_cell *const *order)
{
	size_t counts[NOT_COMPARED + 1] = {0};
	for (size_t i = 0; i < story->cells_count; i++)
		counts[kind_of(order[i])]++;
	document_heading(document, 2, "Cells");
	put_changed(document, story, order);
	if (counts[UNDECIDED] > 0)
		put_undecided(document, story, order, counts[UNDECIDED]);
	if (counts[UNCHANGED] > 0)
		put_unchanged(document, story, order, counts[UNCHANGED]);
	if (counts[NOT_TIMED] > 0)
		put_not_timed(document, story, order, counts[NOT_TIMED]);
}
