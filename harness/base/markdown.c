/*
 * A document as GitHub-flavoured Markdown.
 *
 * Source: https://github.github.com/gfm/
 */
#include "document.h"

#include "text.h"

static void put_toned(FILE *out, const char *text, enum tone tone)
{
	bool strong = (tone == TONE_GOOD || tone == TONE_BAD) && text[0] != '\0';
	fputs(strong ? "**" : "", out);
	put_markdown(out, text);
	fputs(strong ? "**" : "", out);
}

static void put_table(FILE *out, const struct document_part *table)
{
	for (size_t i = 0; i < table->cells_count; i++) {
		size_t column = i % table->columns_count;
		fputs(column == 0 ? "| " : " ", out);
		put_toned(out, table->cells[i].text, table->cells[i].tone);
		fputs(" |", out);
		if (column + 1 < table->columns_count)
			continue;
		fputc('\n', out);
		if (i + 1 != table->columns_count)
			continue;
		for (size_t c = 0; c < table->columns_count; c++)
			fputs(table->left >> c & 1 ? "|:--" : "|--:", out);
		fputs("|\n", out);
	}
}

/* Each line behind four blanks: no fence that a text could end. */
static void put_code(FILE *out, const char *text)
{
	bool begins = true;
	for (const char *c = text; *c != '\0'; c++) {
		if (begins)
			fputs("    ", out);
		begins = *c == '\n';
		fputc(*c, out);
	}
	fputs(begins ? "" : "\n", out);
}

void document_write_markdown(const struct document *document, FILE *out)
{
	for (size_t i = 0; i < document->parts_count; i++) {
		const struct document_part *part = &document->parts[i];
		bool in_list = i > 0 && part->kind == PART_ITEM &&
			       document->parts[i - 1].kind == PART_ITEM;
		fputs(i == 0 || in_list ? "" : "\n", out);
		switch (part->kind) {
		case PART_HEADING:
			fprintf(out, "%.*s ", (int)part->level, "######");
			put_markdown(out, part->text);
			break;
		case PART_TEXT:
			put_markdown(out, part->text);
			break;
		case PART_ITEM:
			fputs("- ", out);
			put_toned(out, part->text, part->tone);
			break;
		case PART_CODE:
			put_code(out, part->text);
			continue;
		case PART_TABLE:
			put_table(out, part);
			continue;
		case PART_FIGURE:
			fputs("![", out);
			put_markdown(out, part->alt);
			fprintf(out, "](plots/%s.svg)\n\n", part->name);
			put_markdown(out, part->text);
			break;
		}
		fputc('\n', out);
	}
}
