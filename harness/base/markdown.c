/*
 * A document as GitHub-flavoured Markdown.
 *
 * Source: https://github.github.com/gfm/
 */
#include "document.h"

#include <string.h>

#include "text.h"

/* The lines of a text, separated by `line_break`. */
static void put_lines(FILE *out, const char *text, const char *line_break)
{
	char line[4096];
	while (true) {
		size_t len = strcspn(text, "\n");
		for (size_t done = 0; done < len;) { /* a long line in pieces */
			size_t piece = len - done < sizeof line ? len - done : sizeof line - 1;
			memcpy(line, text + done, piece);
			line[piece] = '\0';
			put_markdown(out, line);
			done += piece;
		}
		if (text[len] == '\0')
			return;
		fputs(line_break, out);
		text += len + 1;
	}
}

/* Code cannot contain a backtick. In a table | must be escaped, even in code. */
static bool put_as_code(FILE *out, const char *text)
{
	if (text[0] == '\0' || strpbrk(text, "`\n") != NULL)
		return false;
	fputc('`', out);
	for (const char *c = text; *c != '\0'; c++) {
		fputs(*c == '|' ? "\\" : "", out);
		fputc((unsigned char)*c < ' ' ? ' ' : *c, out);
	}
	fputc('`', out);
	return true;
}

static void put_toned(FILE *out, const char *text, enum tone tone, const char *line_break)
{
	bool strong =
		(tone == TONE_GOOD || tone == TONE_BAD || tone == TONE_STRONG) && text[0] != '\0';
	if (tone == TONE_CODE && put_as_code(out, text))
		return;
	fputs(strong ? "**" : "", out);
	put_lines(out, text, line_break);
	fputs(strong ? "**" : "", out);
}

static void put_table(FILE *out, const struct document_part *table)
{
	for (size_t i = 0; i < table->cells_count; i++) {
		size_t column = i % table->columns_count;
		fputs(column == 0 ? "| " : " ", out);
		put_toned(out, table->cells[i].text, table->cells[i].tone, "<br>");
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

/* Each line after four blanks. A fence could be closed by the text itself. */
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
			/* Two blanks at the end break a line. */
			put_toned(out, part->text, part->tone, "  \n");
			break;
		case PART_ITEM:
			fputs("- ", out);
			put_toned(out, part->text, part->tone, "<br>");
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
		case PART_SVG:
			put_markdown(out, part->text);
			fputs(" (the picture is in report.html)", out);
			break;
		case PART_FOLD:
			fputs("<details><summary>", out);
			put_markdown(out, part->text);
			fputs("</summary>", out);
			break;
		case PART_FOLD_END:
			fputs("</details>", out);
			break;
		}
		fputc('\n', out);
	}
}
