/*
 * A comparison as GitHub-flavoured Markdown: the headline, a table of what is to be looked at, and
 * the cells without a change folded away.
 */
#include <stdlib.h>

#include "../base/text.h"
#include "verdict_out.h"

static void put_row(FILE *out, const struct cell_change *cell)
{
	struct verdict_texts texts;
	bool bold = cell->verdict == VERDICT_REGRESSION || cell->verdict == VERDICT_FAILED;
	verdict_texts(cell, true, &texts);
	fprintf(out, bold ? "| **%s** | " : "| %s | ", verdict_text(cell->verdict));
	put_markdown(out, cell->name);
	const char *const figures[] = {texts.a, texts.b, texts.effect, texts.interval, texts.mde};
	for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
		fprintf(out, " | %s", figures[i]);
	fputs(" | ", out);
	for (size_t i = 0; i < cell->counts_count; i++) {
		char text[256];
		count_change_text(&cell->counts[i], true, text, sizeof text);
		fputs(i == 0 ? "" : "<br>", out);
		put_markdown(out, text);
	}
	if (cell->note != NULL) {
		fputs(cell->counts_count == 0 ? "" : "<br>", out);
		put_markdown(out, cell->note);
	}
	fputs(" |\n", out);
}

static void put_rows(FILE *out, const struct comparison *comparison, const size_t *order,
		     bool unchanged)
{
	fputs("| verdict | cell | baseline | candidate | effect | 95 % | least found | counts, "
	      "notes "
	      "|\n|:--|:--|--:|--:|--:|--:|--:|:--|\n",
	      out);
	for (size_t i = 0; i < comparison->cells_count; i++) {
		const struct cell_change *cell = &comparison->cells[order[i]];
		if ((cell->verdict == VERDICT_NO_CHANGE) == unchanged)
			put_row(out, cell);
	}
}

void verdict_markdown(FILE *out, const struct comparison *comparison)
{
	char text[8192];
	size_t unchanged = comparison_count(comparison, VERDICT_NO_CHANGE);
	size_t differences = json_array_size(comparison->environment_differences);
	size_t *order = verdict_order(comparison);
	if (order == NULL)
		return;
	verdict_headline(comparison, true, text, sizeof text);
	fprintf(out, "### iowalk %s\n\n**", comparison->command);
	put_markdown(out, text);
	fputs("**\n\n", out);
	verdict_caption(comparison, text, sizeof text);
	put_markdown(out, text);
	fputs("\n", out);
	if (comparison->note != NULL) {
		fputs("\n", out);
		put_markdown(out, comparison->note);
		fputs("\n", out);
	}
	if (unchanged < comparison->cells_count) {
		fputs("\n", out);
		put_rows(out, comparison, order, false);
	}
	if (unchanged > 0) {
		fprintf(out, "\n<details><summary>%zu without a change</summary>\n\n", unchanged);
		put_rows(out, comparison, order, true);
		fputs("\n</details>\n", out);
	}
	fputs(differences == 0 ? "" : "\nWhat differs besides:\n\n", out);
	for (size_t i = 0; i < differences; i++) {
		difference_text(json_array_get(comparison->environment_differences, i), true, text,
				sizeof text);
		fputs("- ", out);
		put_markdown(out, text);
		fputs("\n", out);
	}
	free(order);
}
