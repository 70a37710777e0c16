/*
 * A comparison on a terminal.
 *
 * How it works: the headline, then one row per cell in the order of comparison_order(), each
 * followed by the counts that changed and by its note. Then the differences between the machines.
 */
#include <stdlib.h>
#include <string.h>

#include "../base/text.h"
#include "../base/units.h"
#include "writers.h"

enum column {
	COLUMN_VERDICT,
	COLUMN_A,
	COLUMN_B,
	COLUMN_EFFECT,
	COLUMN_INTERVAL,
	COLUMN_MDE,
	COLUMN_CELL,
	COLUMNS
};

static const char *const titles[COLUMNS] = {
	"verdict", "baseline", "candidate", "effect", "95%", comparison_found_word, "cell"};

static const char *tint_of(const struct style *style, enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_REGRESSION:
	case VERDICT_FAILED:
		return style->red;
	case VERDICT_IMPROVEMENT:
		return style->green;
	case VERDICT_INCONCLUSIVE:
	case VERDICT_ACCEPTED:
		return style->yellow;
	case VERDICT_NO_CHANGE:
		return "";
	default:
		return style->dim;
	}
}

/* Fills texts[COLUMNS], which point into *texts_of_cell or to static texts. */
static void row_texts(const struct cell_change *cell, bool utf8, struct change_texts *texts_of_cell,
		      const char **texts)
{
	change_texts(cell, utf8, texts_of_cell);
	texts[COLUMN_VERDICT] = verdict_text(cell->verdict);
	texts[COLUMN_A] = texts_of_cell->a;
	texts[COLUMN_B] = texts_of_cell->b;
	texts[COLUMN_EFFECT] = texts_of_cell->effect;
	texts[COLUMN_INTERVAL] = texts_of_cell->interval;
	texts[COLUMN_MDE] = texts_of_cell->mde;
	texts[COLUMN_CELL] = cell->name;
	for (size_t i = 0; i < COLUMNS; i++)
		texts[i] = texts[i][0] == '\0' ? "-" : texts[i];
}

static bool left_aligned(size_t column)
{
	return column == COLUMN_VERDICT || column == COLUMN_CELL;
}

/* The last column is not padded. */
static void print_texts(FILE *out, const char *const *texts, const size_t *widths, const char *tint,
			const char *off)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		fputs(i == 0 ? "" : "  ", out);
		fputs(i == COLUMN_VERDICT ? tint : "", out);
		print_padded(out, texts[i], i + 1 == COLUMNS ? 0 : widths[i], left_aligned(i));
		fputs(i == COLUMN_VERDICT && tint[0] != '\0' ? off : "", out);
	}
	fputc('\n', out);
}

static void print_below(FILE *out, const struct style *style, const struct cell_change *cell)
{
	char text[512];
	for (size_t i = 0; i < cell->counts_count; i++) {
		const struct count_change *change = &cell->counts[i];
		count_change_text(change, style->utf8, text, sizeof text);
		fprintf(out, "    %s", change->is_regression ? style->red : "");
		print_clean(out, text);
		fprintf(out, "%s\n", change->is_regression ? style->off : "");
	}
	const char *const lines[] = {cell->note, cell->explanation};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		if (lines[i] == NULL)
			continue;
		fputs("    ", out);
		print_clean(out, lines[i]);
		fputc('\n', out);
	}
}

static void print_differences(FILE *out, const struct style *style,
			      const struct comparison *comparison)
{
	char text[1024];
	size_t count = json_array_size(comparison->environment_differences);
	if (count > 0)
		fprintf(out, "\n%sother differences%s\n", style->bold, style->off);
	for (size_t i = 0; i < count; i++) {
		difference_text(json_array_get(comparison->environment_differences, i), style->utf8,
				text, sizeof text);
		fputs("  ", out);
		print_clean(out, text);
		fputc('\n', out);
	}
}

void comparison_write_table(FILE *out, const struct comparison *comparison, bool color)
{
	struct style style = style_for(color);
	struct change_texts cell_texts;
	const char *texts[COLUMNS];
	size_t widths[COLUMNS] = {0};
	char headline[2048], caption[8192];
	size_t *order = comparison_order(comparison);
	comparison_headline(comparison, style.utf8, headline, sizeof headline);
	comparison_caption(comparison, caption, sizeof caption);
	fputs(style.bold, out);
	print_clean(out, headline);
	fprintf(out, "%s\n%s", style.off, style.dim);
	print_clean(out, caption);
	fprintf(out, "%s\n", style.off);
	if (comparison->note != NULL) {
		print_clean(out, comparison->note);
		fputc('\n', out);
	}
	for (size_t i = 0; i < COLUMNS; i++) {
		widths[i] = text_width(titles[i]);
	}
	for (size_t i = 0; i < comparison->cells_count; i++) {
		row_texts(&comparison->cells[i], style.utf8, &cell_texts, texts);
		for (size_t j = 0; j < COLUMNS; j++) {
			size_t width = text_width(texts[j]);
			widths[j] = width > widths[j] ? width : widths[j];
		}
	}
	fprintf(out, "\n%s", style.dim);
	print_texts(out, titles, widths, "", "");
	fputs(style.off, out);
	for (size_t i = 0; order != NULL && i < comparison->cells_count; i++) {
		const struct cell_change *cell = &comparison->cells[order[i]];
		row_texts(cell, style.utf8, &cell_texts, texts);
		print_texts(out, texts, widths, tint_of(&style, cell->verdict), style.off);
		print_below(out, &style, cell);
	}
	print_differences(out, &style, comparison);
	free(order);
}
