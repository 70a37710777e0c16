/*
 * A comparison as GitHub-flavoured Markdown: the headline, a table of the cells that changed,
 * failed or are inconclusive, and a folded table of the cells without a change.
 */
#include <stdlib.h>

#include "../base/document.h"
#include "writers.h"

#define TIME_COLUMNS 5 /* of times; left out where no row has any */

static void put_row(struct document *document, const struct cell_change *cell, bool timed)
{
	struct change_texts texts;
	bool bad = cell->verdict == VERDICT_REGRESSION || cell->verdict == VERDICT_FAILED;
	change_texts(cell, true, &texts);
	const char *const figures[] = {texts.a, texts.b, texts.effect, texts.interval, texts.mde};
	document_cell(document, bad ? TONE_BAD : TONE_PLAIN, "%s", verdict_text(cell->verdict));
	document_cell(document, TONE_PLAIN, "%s", cell->name);
	document_cells(document, TONE_PLAIN, timed ? TIME_COLUMNS : 0, figures);
	for (size_t i = 0; i < cell->counts_count; i++) {
		char text[256];
		count_change_text(&cell->counts[i], true, text, sizeof text);
		if (i == 0)
			document_cell(document, TONE_PLAIN, "%s", text);
		else
			document_line(document, "%s", text);
	}
	if (cell->counts_count == 0)
		document_cell(document, TONE_PLAIN, "%s", cell->note == NULL ? "" : cell->note);
	else if (cell->note != NULL)
		document_line(document, "%s", cell->note);
	if (cell->explanation != NULL)
		document_line(document, "%s", cell->explanation);
}

static void put_rows(struct document *document, const struct comparison *comparison,
		     const size_t *order, bool unchanged)
{
	const char *const titles[TIME_COLUMNS] = {"baseline", "candidate", "effect", "95 %",
						  comparison_found_word};
	bool timed = false;
	for (size_t i = 0; i < comparison->cells_count; i++) {
		const struct cell_change *cell = &comparison->cells[i];
		timed |= cell->has_times && cell_is_unchanged(cell) == unchanged;
	}
	size_t columns_count = 3 + (timed ? TIME_COLUMNS : 0);
	/* Verdict, cell and notes are text. */
	document_table(document, "cells", columns_count, 0x3 | (uint64_t)1 << (columns_count - 1));
	document_cell(document, TONE_PLAIN, "verdict");
	document_cell(document, TONE_PLAIN, "cell");
	document_cells(document, TONE_PLAIN, timed ? TIME_COLUMNS : 0, titles);
	document_cell(document, TONE_PLAIN, "counts, notes");
	for (size_t i = 0; i < comparison->cells_count; i++) {
		const struct cell_change *cell = &comparison->cells[order[i]];
		if (cell_is_unchanged(cell) == unchanged)
			put_row(document, cell, timed);
	}
}

static void put_comparison(struct document *document, const struct comparison *comparison,
			   const size_t *order)
{
	char text[8192];
	size_t same = comparison_count(comparison, VERDICT_SAME_COUNTS);
	size_t unchanged = comparison_count(comparison, VERDICT_NO_CHANGE) + same;
	size_t differences = json_array_size(comparison->environment_differences);
	document_heading(document, 3, "iowalk %s", comparison->command);
	comparison_headline(comparison, true, text, sizeof text);
	document_note(document, TONE_STRONG, "%s", text);
	comparison_caption(comparison, text, sizeof text);
	document_text(document, "%s", text);
	if (comparison->note != NULL)
		document_text(document, "%s", comparison->note);
	if (unchanged < comparison->cells_count)
		put_rows(document, comparison, order, false);
	if (unchanged > 0) {
		document_fold(document, "%zu %s", unchanged,
			      same > 0 ? "with the same counts" : "without a change");
		put_rows(document, comparison, order, true);
		document_fold_end(document);
	}
	if (differences > 0)
		document_text(document, "Other differences:");
	for (size_t i = 0; i < differences; i++) {
		difference_text(json_array_get(comparison->environment_differences, i), true, text,
				sizeof text);
		document_item(document, TONE_PLAIN, "%s", text);
	}
}

void comparison_write_markdown(FILE *out, const struct comparison *comparison)
{
	struct document document;
	size_t *order = comparison_order(comparison);
	if (order == NULL)
		return;
	document_init(&document);
	put_comparison(&document, comparison, order);
	document_write_markdown(&document, out);
	document_release(&document);
	free(order);
}
