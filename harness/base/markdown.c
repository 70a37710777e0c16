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

/* Parts that Markdown has no room for. */
static bool is_for_page(const struct document_part *part)
{
	return part->kind == PART_PAGE_ONLY || part->kind == PART_PAGE_ONLY_END ||
	       part->kind == PART_CONTROLS || (part->kind == PART_FIGURE && part->name == NULL);
}

/* A part by itself, without the empty line before it. */
static void put_part(FILE *out, const struct document_part *part)
{
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
		return;
	case PART_TABLE:
		put_table(out, part);
		return;
	case PART_FIGURE:
		fputs("![", out);
		put_markdown(out, part->alt);
		fprintf(out, "](plots/%s.svg)\n\n", part->name);
		put_markdown(out, part->text);
		break;
	case PART_FOLD:
		fputs("<details><summary>", out);
		put_markdown(out, part->text);
		fputs("</summary>", out);
		break;
	case PART_FOLD_END:
		fputs("</details>", out);
		break;
	default:
		break;
	}
	fputc('\n', out);
}

/* Writes the parts first … end - 1. */
static void put_parts(FILE *out, const struct document *document, size_t first, size_t end)
{
	unsigned hidden = 0; /* depth of parts that are for the page only */
	for (size_t i = first; i < end; i++) {
		const struct document_part *part = &document->parts[i];
		hidden += part->kind == PART_PAGE_ONLY;
		hidden -= part->kind == PART_PAGE_ONLY_END;
		if (hidden > 0 || is_for_page(part))
			continue;
		bool in_list = i > first && part->kind == PART_ITEM && part[-1].kind == PART_ITEM;
		fputs(i == 0 || in_list ? "" : "\n", out);
		put_part(out, part);
	}
}

void document_write_markdown(const struct document *document, FILE *out)
{
	put_parts(out, document, 0, document->parts_count);
}

/* The first part of this kind from `first` on, or the end. */
static size_t find_part(const struct document *document, size_t first, enum part_kind kind,
			unsigned level)
{
	while (first < document->parts_count &&
	       (document->parts[first].kind != kind ||
		(kind == PART_HEADING && document->parts[first].level != level)))
		first++;
	return first;
}

/* A section in a fold, unless a table of it is too long for a comment. */
static void put_folded(FILE *out, const struct document *document, size_t first, size_t end)
{
	fputs("\n<details><summary>", out);
	put_markdown(out, document->parts[first].text);
	fputs("</summary>\n", out);
	for (size_t i = first + 1, from = i; i <= end; i++) {
		const struct document_part *part = &document->parts[i];
		bool is_table = i < end && part->kind == PART_TABLE;
		size_t rows = is_table ? part->cells_count / part->columns_count : 0;
		if (i < end && rows <= DOCUMENT_SHORT_ROWS)
			continue;
		put_parts(out, document, from, i);
		if (i < end)
			fprintf(out, "\nThe table has %zu rows: see the report.\n", rows - 1);
		from = i + 1;
	}
	fputs("\n</details>\n", out);
}

void document_write_short(const struct document *document, FILE *out)
{
	size_t end = find_part(document, 0, PART_CONTROLS, 0);
	size_t section = find_part(document, end, PART_HEADING, 2);
	bool pictured = false;
	if (end ==
	    document->parts_count) /* no filters: all before the first section is the first screen */
		end = section = find_part(document, 0, PART_HEADING, 2);
	for (size_t i = 0; i < end; i++) {
		const struct document_part *part = &document->parts[i];
		if (part->kind == PART_FOLD)
			while (i < end && document->parts[i].kind != PART_FOLD_END)
				i++;
		if (part->kind == PART_FOLD || (part->kind == PART_FIGURE && pictured))
			continue;
		pictured |= part->kind == PART_FIGURE;
		bool in_list = i > 0 && part->kind == PART_ITEM && part[-1].kind == PART_ITEM;
		fputs(i == 0 || in_list || is_for_page(part) ? "" : "\n", out);
		if (!is_for_page(part))
			put_part(out, part);
	}
	for (size_t shown = 0; shown < DOCUMENT_SHORT_SECTIONS && section < document->parts_count;
	     shown++) {
		size_t next = find_part(document, section + 1, PART_HEADING, 2);
		put_folded(out, document, section, next);
		section = next;
	}
}
