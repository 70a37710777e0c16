/*
 * A document as one HTML file without references to other files.
 *
 * How it works: pictures of our own are part of the page. Those of gnuplot are embedded as data URIs, so the names
 * inside one cannot clash with those inside another; their own style follows the reader's light or dark setting. Wide
 * tables and figures scroll inside a box. Printed pages are black on white. The script (page.js) adds filters, sorting and
 * rows that can be opened to what is there without it.
 *
 * Source: https://html.spec.whatwg.org; RFC 4648 (base64)
 */
#include "document.h"

#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* page.css and page.js, generated. */
extern const char page_style[], page_script[];

/* More rows than this scroll inside their box, below their titles. */
#define TALL_ROWS 25

static const char *tone_class(enum tone tone)
{
	static const char *const names[] = {
		[TONE_PLAIN] = "",    [TONE_GOOD] = "good", [TONE_BAD] = "bad",
		[TONE_WARN] = "warn", [TONE_DIM] = "dim",   [TONE_STRONG] = "strong",
		[TONE_CODE] = "code"};
	return names[tone];
}

/* The lines of a text. */
static void put_lines(FILE *out, const char *text)
{
	for (const char *line = text; line != NULL;) {
		size_t len = strcspn(line, "\n");
		char *copy = strndup(line, len);
		put_xml(out, copy == NULL ? "" : copy);
		free(copy);
		line = line[len] == '\0' ? NULL : line + len + 1;
		fputs(line != NULL ? "<br>" : "", out);
	}
}

/* The same of prose, in which what stands between backticks is code. */
static void put_prose(FILE *out, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "`");
		const char *end = text[len] == '\0' ? NULL : strchr(text + len + 1, '`');
		char *before = strndup(text, end == NULL ? strlen(text) : len);
		char *code = end == NULL ? NULL
					 : strndup(text + len + 1, (size_t)(end - text) - len - 1);
		put_lines(out, before == NULL ? "" : before);
		if (code != NULL) {
			fputs("<code>", out);
			put_xml(out, code);
			fputs("</code>", out);
		}
		free(before);
		free(code);
		text = end == NULL ? "" : end + 1;
	}
}

/* Texts longer than any name or figure may wrap: they are sentences. */
#define SENTENCE_LEN 60

/* The cells that a fold is about: name → number of the fold. */
static json_t *find_folds(const struct document *document)
{
	json_t *folds = json_object();
	for (size_t i = 0; i < document->parts_count; i++) {
		const struct document_part *part = &document->parts[i];
		if (part->kind == PART_FOLD && part->key != NULL)
			json_object_set_new(folds, part->key, json_integer((json_int_t)i));
	}
	return folds;
}

/* Does the text, without the spaces between thousands, say the whole value? Then sorting can read it from there. */
static bool says_value(const struct document_cell *cell)
{
	char digits[64];
	size_t used = 0;
	for (const char *c = cell->text; *c != '\0' && used + 1 < sizeof digits;) {
		if (strncmp(c, "\u2009", strlen("\u2009")) == 0)
			c += strlen("\u2009");
		else
			digits[used++] = *c++;
	}
	digits[used] = '\0';
	char *end;
	double value = strtod(digits, &end);
	return used > 0 && *end == '\0' && value == cell->value;
}

static void put_cell(FILE *out, const struct document_cell *cell, const char *tag, bool left,
		     const json_t *fold)
{
	bool wraps = left && strlen(cell->text) > SENTENCE_LEN && strchr(cell->text, ' ') != NULL;
	/* Numbers, the most of all cells, need no class. */
	const char *classes[] = {left ? "l" : "", wraps ? "w" : "", cell->is_time ? "time" : "",
				 tone_class(cell->tone)};
	bool any = false;
	fprintf(out, "<%s", tag);
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
		if (classes[i][0] == '\0')
			continue;
		fprintf(out, "%s%s", any ? " " : " class=\"", classes[i]);
		any = true;
	}
	fputs(any ? "\"" : "", out);
	if (isfinite(cell->value) && (cell->is_time || !says_value(cell)))
		fprintf(out, " data-v=\"%.*g\"", cell->is_time ? 9 : 7, cell->value);
	fputs(tag[1] == 'h' ? " scope=\"col\">" : ">", out);
	if (fold != NULL)
		fprintf(out, "<a class=\"open\" href=\"#cell-%lld\">",
			(long long)json_integer_value(fold));
	put_lines(out, cell->text);
	fputs(fold != NULL ? "</a>" : "", out);
	fprintf(out, "</%s>", tag);
}

static void begin_row(FILE *out, const struct document_cell *cell)
{
	fputs("<tr", out);
	if (cell->key != NULL) {
		fputs(" data-cell=\"", out);
		put_xml(out, cell->key);
		fputs("\"", out);
	}
	fputs(">", out);
}

static void put_table(FILE *out, const struct document_part *table, const json_t *folds)
{
	size_t rows_count =
		table->columns_count > 0 ? table->cells_count / table->columns_count : 0;
	fprintf(out, "<div class=\"box%s\" tabindex=\"0\" role=\"region\" aria-label=\"",
		rows_count > TALL_ROWS ? " tall" : "");
	put_xml(out, table->text);
	fputs("\">\n<table", out);
	if (table->name != NULL)
		fprintf(out, " id=\"%s\"", table->name);
	fputs(">\n<thead>\n", out);
	for (size_t i = 0; i < table->cells_count; i++) {
		const struct document_cell *cell = &table->cells[i];
		size_t column = i % table->columns_count;
		if (column == 0)
			begin_row(out, cell);
		/* The link stands at a name: of the cell, or in the table of all cells. */
		bool is_link = cell->key != NULL &&
			       (table->name != NULL || strcmp(cell->text, cell->key) == 0);
		put_cell(out, cell, i < table->columns_count ? "th" : "td",
			 table->left >> column & 1,
			 is_link ? json_object_get(folds, cell->key) : NULL);
		fputs(column + 1 == table->columns_count ? "</tr>\n" : "", out);
		if (i + 1 == table->columns_count)
			fputs("</thead>\n<tbody>\n", out);
	}
	fputs("</tbody>\n</table>\n</div>\n", out);
}

static void put_base64(FILE *out, FILE *in)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char bytes[3];
	size_t got;
	while ((got = fread(bytes, 1, 3, in)) > 0) {
		unsigned bits = (unsigned)bytes[0] << 16 | (got > 1 ? (unsigned)bytes[1] << 8 : 0) |
				(got > 2 ? bytes[2] : 0);
		for (size_t i = 0; i < 4; i++)
			fputc(i <= got ? digits[bits >> (18 - 6 * i) & 63] : '=', out);
	}
}

/* A picture that is part of the page. */
static void put_svg(FILE *out, const struct document_part *figure)
{
	fprintf(out, "<div class=\"box%s\" tabindex=\"0\" role=\"region\" aria-label=\"figure ",
		figure->narrow != NULL ? " wide" : "");
	put_xml(out, figure->name);
	fprintf(out, "\">%s</div>\n", figure->svg);
	if (figure->narrow != NULL)
		fprintf(out, "<div class=\"narrow\">%s</div>\n", figure->narrow);
}

static void put_caption(FILE *out, const struct document_part *figure)
{
	if (figure->text[0] == '\0')
		return;
	fputs("<figcaption>", out);
	put_xml(out, figure->text);
	fputs("</figcaption>\n", out);
}

static void put_figure(FILE *out, const struct document_part *figure, const char *folder)
{
	if (figure->svg != NULL && figure->name == NULL) { /* part of the text around it */
		fprintf(out, "%s\n", figure->svg);
		return;
	}
	if (figure->svg != NULL) {
		fputs("<figure>\n", out);
		put_svg(out, figure);
		put_caption(out, figure);
		fputs("</figure>\n", out);
		return;
	}
	char path[PATH_MAX];
	int len = figure->key != NULL
			  ? snprintf(path, sizeof path, "%s", figure->key)
			  : snprintf(path, sizeof path, "%s/%s.svg", folder, figure->name);
	FILE *picture = len < 0 || (size_t)len >= sizeof path ? NULL : fopen(path, "re");
	fputs("<figure>\n", out);
	if (picture != NULL) {
		fputs("<div class=\"box\" tabindex=\"0\" role=\"region\" aria-label=\"figure ",
		      out);
		const char *slash = figure->key == NULL ? NULL : strrchr(figure->key, '/');
		put_xml(out, slash == NULL ? figure->name : slash + 1);
		fputs("\"><img alt=\"", out);
		put_xml(out, figure->alt);
		fputs("\" src=\"data:image/svg+xml;base64,", out);
		put_base64(out, picture);
		fputs("\"></div>\n", out);
		fclose(picture);
	}
	put_caption(out, figure);
	fputs("</figure>\n", out);
}

static void put_contents(FILE *out, const struct document *document)
{
	fputs("<nav aria-label=\"contents\">\n<ul>\n", out);
	for (size_t i = 0; i < document->parts_count; i++) {
		const struct document_part *part = &document->parts[i];
		if (part->kind != PART_HEADING || part->level != 2)
			continue;
		fprintf(out, "<li><a href=\"#s%zu\">", i);
		put_xml(out, part->text);
		fputs("</a></li>\n", out);
	}
	fputs("</ul>\n</nav>\n", out);
}

static void begin_fold(FILE *out, const struct document_part *fold, size_t number)
{
	if (fold->key == NULL) {
		fputs("<details>\n<summary>", out);
	} else {
		fprintf(out, "<details class=\"cell\" id=\"cell-%zu\" data-cell=\"", number);
		put_xml(out, fold->key);
		fputs("\">\n<summary>", out);
	}
	put_xml(out, fold->text);
	fputs("</summary>\n", out);
}

static void put_part(FILE *out, const struct document *document, size_t i, const char *folder,
		     const json_t *folds)
{
	const struct document_part *part = &document->parts[i];
	bool first = i == 0 || part[-1].kind != PART_ITEM;
	bool last = i + 1 == document->parts_count || part[1].kind != PART_ITEM;
	switch (part->kind) {
	case PART_HEADING:
		fprintf(out, "<h%u id=\"s%zu\">", part->level, i);
		put_xml(out, part->text);
		fprintf(out, "</h%u>\n", part->level);
		break;
	case PART_TEXT:
		fputs("<p", out);
		if (part->tone != TONE_PLAIN)
			fprintf(out, " class=\"%s\"", tone_class(part->tone));
		fputs(">", out);
		put_prose(out, part->text);
		fputs("</p>\n", out);
		break;
	case PART_ITEM:
		fputs(first ? "<ul>\n" : "", out);
		fprintf(out, "<li class=\"%s\">",
			part->tone == TONE_PLAIN ? "p" : tone_class(part->tone));
		put_prose(out, part->text);
		fputs(last ? "</li>\n</ul>\n" : "</li>\n", out);
		break;
	case PART_CODE:
		fputs(part->tone == TONE_CODE ? "<pre class=\"repeat\">" : "<pre>", out);
		put_xml(out, part->text);
		fputs("</pre>\n", out);
		break;
	case PART_TABLE:
		put_table(out, part, folds);
		break;
	case PART_FIGURE:
		put_figure(out, part, folder);
		break;
	case PART_FOLD:
		begin_fold(out, part, i);
		break;
	case PART_FOLD_END:
		fputs("</details>\n", out);
		break;
	case PART_CONTROLS:
		put_contents(out, document);
		fputs("<div id=\"controls\" hidden></div>\n", out);
		break;
	case PART_PAGE_ONLY:
	case PART_PAGE_ONLY_END:
		break;
	}
}

void document_write_html(const struct document *document, const char *title, const char *folder,
			 FILE *out)
{
	json_t *folds = find_folds(document);
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n<title>",
	      out);
	put_xml(out, title);
	fprintf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<main>\n", page_style);
	for (size_t i = 0; i < document->parts_count; i++)
		put_part(out, document, i, folder, folds);
	fprintf(out, "</main>\n<script>\n%s</script>\n</body>\n</html>\n", page_script);
	json_decref(folds);
}
