/* A comparison as workflow commands of GitHub Actions: see comparison_write_annotations(). */
#include <stdlib.h>
#include <string.h>

#include "writers.h"

/* `in_property`: ':' and ',' would end the value of a property. */
static void put_escaped(FILE *out, const char *text, bool in_property)
{
	for (const char *c = text; *c != '\0'; c++) {
		if (strchr("%\r\n", *c) != NULL || (in_property && strchr(":,", *c) != NULL))
			fprintf(out, "%%%02X", (unsigned)*c);
		else
			fputc(*c, out);
	}
}

static void put_command(FILE *out, const char *level, const char *title, const char *text)
{
	fprintf(out, "::%s title=", level);
	put_escaped(out, title, true);
	fputs("::", out);
	put_escaped(out, text, false);
	fputc('\n', out);
}

/* One line for all cells with this verdict. */
static void put_summary(FILE *out, const struct comparison *comparison, const size_t *order,
			enum verdict verdict, const char *level)
{
	char title[128], *text = NULL;
	size_t len = 0, count = comparison_count(comparison, verdict);
	FILE *memory = count == 0 ? NULL : open_memstream(&text, &len);
	if (memory == NULL)
		return;
	for (size_t i = 0; i < comparison->cells_count; i++) {
		const struct cell_change *cell = &comparison->cells[order[i]];
		char reason[2048];
		if (cell->verdict != verdict)
			continue;
		change_reason(cell, true, reason, sizeof reason);
		fprintf(memory, "%s%s%s%s", ftell(memory) > 0 ? "\n" : "", cell->name,
			reason[0] == '\0' ? "" : ": ", reason);
	}
	fclose(memory);
	snprintf(title, sizeof title, "iowalk %s: %s (%zu)", comparison->command,
		 verdict_text(verdict), count);
	if (text != NULL)
		put_command(out, level, title, text);
	free(text);
}

void comparison_write_annotations(FILE *out, const struct comparison *comparison)
{
	size_t *order = comparison_order(comparison);
	char title[128], text[4096], reason[2048];
	if (order == NULL)
		return;
	for (size_t i = 0; i < comparison->cells_count; i++) {
		const struct cell_change *cell = &comparison->cells[order[i]];
		if (cell->verdict != VERDICT_REGRESSION && cell->verdict != VERDICT_FAILED)
			continue;
		change_reason(cell, true, reason, sizeof reason);
		snprintf(title, sizeof title, "iowalk %s: %s", comparison->command,
			 verdict_text(cell->verdict));
		snprintf(text, sizeof text, "%s: %s%s%s", cell->name, reason,
			 cell->explanation == NULL ? "" : "\n",
			 cell->explanation == NULL ? "" : cell->explanation);
		put_command(out, "error", title, text);
	}
	put_summary(out, comparison, order, VERDICT_ACCEPTED, "warning");
	put_summary(out, comparison, order, VERDICT_INCONCLUSIVE, "warning");
	put_summary(out, comparison, order, VERDICT_ONLY_A, "warning");
	put_summary(out, comparison, order, VERDICT_ONLY_B, "notice");
	put_summary(out, comparison, order, VERDICT_NOT_TIMED, "notice");
	put_summary(out, comparison, order, VERDICT_SAME_COUNTS, "notice");
	put_summary(out, comparison, order, VERDICT_SKIPPED,
		    comparison_common_count(comparison) == 0 ? "warning" : "notice");
	put_summary(out, comparison, order, VERDICT_IMPROVEMENT, "notice");
	free(order);
}
