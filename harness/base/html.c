/*
 * A document as one HTML file without scripts and without references to other files.
 *
 * How it works: figures are SVG files embedded as data URIs, so the names inside one cannot clash
 * with those inside another. Their own style follows the reader's light or dark setting. Wide
 * tables and figures scroll inside a box. Printed pages are black on white.
 *
 * Source: https://html.spec.whatwg.org; RFC 4648 (base64)
 */
#include "document.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static const char style[] =
	":root{color-scheme:light dark;--paper:#fff;--ink:#1b1f24;--dim:#59636e;--line:#d5dae0;"
	"--band:#f4f6f8;--good:#0a6b3d;--bad:#a8201a;--warn:#7a4d00;--link:#0b57a4}\n"
	"@media(prefers-color-scheme:dark){:root{--paper:#14171b;--ink:#e4e7eb;--dim:#9aa5b1;"
	"--line:#343b44;--band:#1d2127;--good:#5fd398;--bad:#ff8f85;--warn:#f0bb5a;--link:#7db8ff}}"
	"\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0;background:var(--paper);color:var(--ink);"
	"font:16px/1.5 system-ui,-apple-system,\"Segoe UI\",\"DejaVu Sans\",sans-serif}\n"
	"main{max-width:72rem;margin:0 auto;padding:1rem}\n"
	"h1{font-size:1.6rem;line-height:1.25;margin:.5rem 0 1rem}\n"
	"h2{font-size:1.25rem;margin:2.2rem 0 .6rem;padding-top:.6rem;border-top:1px solid "
	"var(--line)}\n"
	"h3{font-size:1rem;margin:1.4rem 0 .4rem}\n"
	"p{max-width:50rem}p,li{overflow-wrap:anywhere}\n"
	"ul{padding-left:1.3rem}\n"
	"nav ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.2rem "
	"1rem;font-size:.9rem}\n"
	"a{color:var(--link)}\n"
	".box{overflow-x:auto;max-width:100%}\n"
	".box:focus-visible{outline:2px solid var(--link)}\n"
	"table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums}\n"
	"th,td{padding:.22rem .6rem;border-bottom:1px solid var(--line);text-align:right;"
	"white-space:nowrap}\n"
	"th{background:var(--band);position:sticky;top:0}\n"
	"tbody tr:hover{background:var(--band)}\n"
	".l{text-align:left}\n"
	"td.l.w{white-space:normal;min-width:16rem;overflow-wrap:anywhere}\n"
	".good{color:var(--good);font-weight:600}.bad{color:var(--bad);font-weight:600}"
	".warn{color:var(--warn)}.dim{color:var(--dim)}"
	".strong{font-weight:600}.code{font-family:monospace}\n"
	"pre{background:var(--band);padding:.7rem;overflow-x:auto;font-size:.85rem}\n"
	"figure{margin:1rem 0}figure img{display:block;width:100%;height:auto;min-width:40rem}\n"
	"figcaption{color:var(--dim);font-size:.88rem;max-width:50rem}\n"
	"@media(max-width:40rem){td.l:first-child{white-space:normal;overflow-wrap:anywhere;min-"
	"width:7rem}"
	"table{font-size:.78rem}th,td{padding:.22rem .3rem}figure img{min-width:34rem}}\n"
	"@media print{:root{--paper:#fff;--ink:#000;--dim:#444;--line:#bbb;--band:#f2f2f2;"
	"--good:#064;--bad:#900;--warn:#640;--link:#000}nav{display:none}"
	"main{max-width:none;padding:0}.box{overflow:visible}table{font-size:7.5pt}"
	"th,td{padding:.1rem .3rem;white-space:normal}"
	"th{position:static}figure img{min-width:0}figure,tr,pre{break-inside:avoid}"
	"h2,h3{break-after:avoid}}\n";

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

/* Texts longer than any name or figure may wrap: they are sentences. */
#define SENTENCE_LEN 60

static void put_cell(FILE *out, const struct document_cell *cell, const char *tag, bool left)
{
	bool wraps = left && strlen(cell->text) > SENTENCE_LEN && strchr(cell->text, ' ') != NULL;
	fprintf(out, "<%s class=\"%s%s%s%s\"", tag, left ? "l" : "n", wraps ? " w" : "",
		cell->tone == TONE_PLAIN ? "" : " ", tone_class(cell->tone));
	if (isfinite(cell->value))
		fprintf(out, " data-v=\"%.9g\"", cell->value);
	fputs(tag[1] == 'h' ? " scope=\"col\">" : ">", out);
	put_lines(out, cell->text);
	fprintf(out, "</%s>", tag);
}

static void put_table(FILE *out, const struct document_part *table)
{
	fputs("<div class=\"box\" tabindex=\"0\" role=\"region\" aria-label=\"", out);
	put_xml(out, table->text);
	fputs("\">\n<table>\n<thead>\n", out);
	for (size_t i = 0; i < table->cells_count; i++) {
		size_t column = i % table->columns_count;
		if (column == 0 && table->cells[i].key != NULL) {
			fputs("<tr data-cell=\"", out);
			put_xml(out, table->cells[i].key);
			fputs("\">", out);
		} else if (column == 0) {
			fputs("<tr>", out);
		}
		put_cell(out, &table->cells[i], i < table->columns_count ? "th" : "td",
			 table->left >> column & 1);
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

static void put_figure(FILE *out, const struct document_part *figure, const char *folder)
{
	char path[PATH_MAX];
	int len = snprintf(path, sizeof path, "%s/%s.svg", folder, figure->name);
	FILE *picture = len < 0 || (size_t)len >= sizeof path ? NULL : fopen(path, "re");
	fputs("<figure>\n", out);
	if (picture != NULL) {
		fputs("<div class=\"box\" tabindex=\"0\" role=\"region\" aria-label=\"figure\">"
		      "<img alt=\"",
		      out);
		put_xml(out, figure->alt);
		fputs("\" src=\"data:image/svg+xml;base64,", out);
		put_base64(out, picture);
		fputs("\"></div>\n", out);
		fclose(picture);
	}
	fputs("<figcaption>", out);
	put_xml(out, figure->text);
	fputs("</figcaption>\n</figure>\n", out);
}

static void put_svg(FILE *out, const struct document_part *part)
{
	fputs("<figure>\n<div class=\"box\" tabindex=\"0\" role=\"region\" aria-label=\"", out);
	put_xml(out, part->alt);
	fprintf(out, "\">%s</div>\n<figcaption>", part->svg);
	put_xml(out, part->text);
	fputs("</figcaption>\n</figure>\n", out);
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

static void put_part(FILE *out, const struct document *document, size_t i, const char *folder)
{
	const struct document_part *part = &document->parts[i];
	bool first = i == 0 || part[-1].kind != PART_ITEM;
	bool last = i + 1 == document->parts_count || part[1].kind != PART_ITEM;
	switch (part->kind) {
	case PART_HEADING:
		fprintf(out, "<h%u id=\"s%zu\">", part->level, i);
		put_xml(out, part->text);
		fprintf(out, "</h%u>\n", part->level);
		if (part->level == 1)
			put_contents(out, document);
		break;
	case PART_TEXT:
		fputs("<p", out);
		if (part->tone != TONE_PLAIN)
			fprintf(out, " class=\"%s\"", tone_class(part->tone));
		fputs(">", out);
		put_lines(out, part->text);
		fputs("</p>\n", out);
		break;
	case PART_ITEM:
		fputs(first ? "<ul>\n" : "", out);
		fprintf(out, "<li class=\"%s\">",
			part->tone == TONE_PLAIN ? "p" : tone_class(part->tone));
		put_lines(out, part->text);
		fputs(last ? "</li>\n</ul>\n" : "</li>\n", out);
		break;
	case PART_CODE:
		fputs("<pre>", out);
		put_xml(out, part->text);
		fputs("</pre>\n", out);
		break;
	case PART_TABLE:
		put_table(out, part);
		break;
	case PART_FIGURE:
		put_figure(out, part, folder);
		break;
	case PART_SVG:
		put_svg(out, part);
		break;
	case PART_FOLD:
		fputs("<details>\n<summary>", out);
		put_xml(out, part->text);
		fputs("</summary>\n", out);
		break;
	case PART_FOLD_END:
		fputs("</details>\n", out);
		break;
	}
}

void document_write_html(const struct document *document, const char *title, const char *folder,
			 FILE *out)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "img-src data:; style-src 'unsafe-inline'\">\n<title>",
	      out);
	put_xml(out, title);
	fprintf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<main>\n", style);
	for (size_t i = 0; i < document->parts_count; i++)
		put_part(out, document, i, folder);
	fputs("</main>\n</body>\n</html>\n", out);
}
