/*
 * Adapts gnuplot's pictures to light and dark pages, and gives them plain titles.
 *
 * How it works: gnuplot writes one colour in several forms (`rgb(  0, 114, 178)`, `#FFFFFF`,
 * `white`). Each is written as #rrggbb, and a style replaces those that have a partner by a
 * variable whose value follows the reader's colour scheme. The names of the variables are those of
 * the colours, so pictures that stand inline in one page agree; a page may force a scheme by
 * data-theme="light" or "dark" at an element around them. gnuplot titles what has no title with the
 * expression that it draws: such titles are left out.
 *
 * Source: Media Queries Level 5, prefers-color-scheme; CSS Custom Properties Level 1; gnuplot 5.4,
 * term/svg.trm
 */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gnuplot.h"
#include "palette.h"
#include "../record/run.h"
#include "../base/files.h"

/* 0xRRGGBB on white, and on dark pages. tests/blackbox/figure_colors.py checks contrast and distance. */
static const unsigned colors[][2] = {
	/* paper, ink, grey texts, axes, grids, shaded areas */
	{0xFFFFFF, 0x14171B}, {0x000000, 0xFFFFFF}, {0x1B1F24, 0xE4E7EB}, {0x333333, 0xCDD3DA},
	{0x444444, 0xB5BDC6}, {0x555555, 0xB5BDC6}, {0x59636E, 0x9AA5B1}, {0x777777, 0x9AA5B1},
	{0x888888, 0x7D8894}, {0x999999, 0xA8B0B9}, {0xE4E4E4, 0x2B3138}, {0xF0F0F0, 0x22272D},
};
#define COLORS_COUNT (sizeof colors / sizeof *colors)
#define USED_MOST    64 /* different colours of one picture */

/* The colours of a picture that have a partner. */
struct used_colors {
	unsigned light[USED_MOST], dark[USED_MOST];
	size_t count;
};

/* -1: it has none. */
static long partner_of(unsigned light)
{
	for (size_t i = 0; i < COLORS_COUNT; i++) {
		if (colors[i][0] == light)
			return colors[i][1];
	}
	return palette_dark(light);
}

static void add_used(struct used_colors *used, unsigned light)
{
	long dark = partner_of(light);
	for (size_t i = 0; i < used->count; i++) {
		if (used->light[i] == light)
			return;
	}
	if (dark < 0 || used->count == USED_MOST)
		return;
	used->light[used->count] = light;
	used->dark[used->count++] = (unsigned)dark;
}

/* A colour as gnuplot writes it; its length in *len_bytes. -1: none. */
static long parse_color(const char *text, size_t *len_bytes)
{
	unsigned red, green, blue;
	int len = 0;
	if (sscanf(text, "rgb(%3u,%3u,%3u)%n", &red, &green, &blue, &len) == 3 && len > 0) {
		*len_bytes = (size_t)len;
		return (long)(red << 16 | green << 8 | blue);
	}
	if (text[0] == '#') {
		size_t digits = strspn(text + 1, "0123456789abcdefABCDEF");
		*len_bytes = digits + 1;
		return digits == 6 ? strtol(text + 1, NULL, 16) : -1;
	}
	*len_bytes = strlen("black");
	if (strncmp(text, "black", *len_bytes) == 0)
		return 0x000000;
	return strncmp(text, "white", *len_bytes) == 0 ? 0xFFFFFF : -1;
}

/* Writes the attribute at `text` with its colour as #rrggbb, and marks the colour in `used`.
 * Returns how many bytes of `text` that was; 0 if there is no such attribute. */
static size_t put_attribute(FILE *out, const char *text, struct used_colors *used)
{
	static const char *const names[] = {"fill", "stroke", "color"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t len = strlen(names[i]), color_len;
		if (strncmp(text, names[i], len) != 0)
			continue;
		len += strspn(text + len, " =");
		if (text[len] != '"' && text[len] != '\'')
			continue;
		long color = parse_color(text + len + 1, &color_len);
		if (color < 0 || text[len + 1 + color_len] != text[len])
			return 0;
		fprintf(out, "%s=\"#%06lx\"", names[i], color);
		add_used(used, (unsigned)color);
		return len + color_len + 2;
	}
	return 0;
}

static bool is_expression(const char *title, size_t len)
{
	static const char *const parts[] = {" using ", "column(", "$CELLS"};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (memmem(title, len, parts[i], strlen(parts[i])) != NULL)
			return true;
	}
	return false;
}

static void put_escaped(FILE *out, const char *text)
{
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '<')
			fputs("&lt;", out);
		else if (*c == '&')
			fputs("&amp;", out);
		else
			fputc(*c, out);
	}
}

/* The title at `text`, if one begins there, is replaced or left out; returns its length. */
static size_t put_title(FILE *out, const char *text, const char *title)
{
	static const char begin[] = "<title>", end[] = "</title>";
	if (strncmp(text, begin, strlen(begin)) != 0)
		return 0;
	const char *inner = text + strlen(begin), *last = strstr(inner, end);
	if (last == NULL)
		return 0;
	size_t len = (size_t)(last - inner);
	if (len == strlen("Gnuplot") && strncmp(inner, "Gnuplot", len) == 0) {
		fputs(begin, out);
		put_escaped(out, title);
		fputs(end, out);
	} else if (!is_expression(inner, len)) {
		fprintf(out, "%s%.*s%s", begin, (int)len, inner, end);
	}
	return (size_t)(last - text) + strlen(end);
}

static void put_values(FILE *out, const struct used_colors *used, const unsigned *shown)
{
	fputc('{', out);
	for (size_t i = 0; i < used->count; i++)
		fprintf(out, "--c%06x:#%06x;", used->light[i], shown[i]);
	fputc('}', out);
}

static void put_style(FILE *out, const struct used_colors *used)
{
	fputs("<style>svg", out);
	put_values(out, used, used->light);
	fputs("@media(prefers-color-scheme:dark){svg", out);
	put_values(out, used, used->dark);
	fputs("}[data-theme=light] svg", out);
	put_values(out, used, used->light);
	fputs("[data-theme=dark] svg", out);
	put_values(out, used, used->dark);
	for (size_t i = 0; i < used->count; i++) {
		unsigned from = used->light[i];
		fprintf(out,
			"[fill=\"#%06x\"]{fill:var(--c%06x)}[stroke=\"#%06x\"]"
			"{stroke:var(--c%06x)}[color=\"#%06x\"]{color:var(--c%06x)}",
			from, from, from, from, from, from);
	}
	fputs("#gnuplot_canvas text{font-family:system-ui,DejaVu "
	      "Sans,sans-serif;font-variant-numeric:tabular-nums}#gnuplot_canvas "
	      "[font-size=\"15.00\"]{font-weight:bold}</style>\n",
	      out);
}

/* The length of an empty group at `text`, with the line ends in and behind it; 0: there is none. */
static size_t empty_group(const char *text)
{
	const char *end;
	if (strncmp(text, "<g ", strlen("<g ")) != 0 || (end = strchr(text, '>')) == NULL)
		return 0;
	end++;
	end += strspn(end, " \t\n");
	if (strncmp(end, "</g>", strlen("</g>")) != 0)
		return 0;
	end += strlen("</g>");
	return (size_t)(end + strspn(end, " \t\n") - text);
}

/* Half of gnuplot's text says nothing: groups without marks, and attributes with their default values. */
static void shorten(char *body)
{
	static const char *const defaults[] = {" stroke-linecap=\"butt\"",
					       " stroke-linejoin=\"miter\""};
	char *out = body;
	for (const char *in = body; *in != '\0';) {
		size_t skipped = *in == '<' ? empty_group(in) : 0;
		for (size_t i = 0; *in == ' ' && skipped == 0 && i < 2; i++) {
			if (strncmp(in, defaults[i], strlen(defaults[i])) == 0)
				skipped = strlen(defaults[i]);
		}
		if (skipped == 0 && (*in == '\t' || (*in == '\n' && in[1] == '\n')))
			skipped = 1;
		in += skipped;
		if (skipped == 0)
			*out++ = *in++;
	}
	*out = '\0';
}

/* Writes gnuplot's SVG with plain colours and titles, and the style before the picture's title. */
static int adapt(FILE *out, const char *svg, const char *title)
{
	struct used_colors used = {.count = 0};
	bool in_tag = false;
	char *body = NULL;
	size_t body_len = 0;
	FILE *part = open_memstream(&body, &body_len);
	if (part == NULL)
		return -errno;
	const char *head = strstr(svg, "<title>");
	for (const char *c = head; *c != '\0';) {
		size_t done = *c == '<' ? put_title(part, c, title)
			      : in_tag  ? put_attribute(part, c, &used)
					: 0;
		in_tag = done == 0 && *c == '<' ? true : *c == '>' ? false : in_tag;
		if (done == 0)
			fputc(*c, part);
		c += done == 0 ? 1 : done;
	}
	if (fclose(part) != 0)
		return -ENOMEM;
	fwrite(svg, 1, (size_t)(head - svg), out);
	put_style(out, &used);
	shorten(body);
	fputs(body, out);
	free(body);
	return 0;
}

int svg_adapt(const char *path, const char *title)
{
	char *old = NULL, *text = NULL;
	size_t old_len = 0, len = 0;
	FILE *in = fopen(path, "re"), *out = open_memstream(&text, &len);
	int err = in == NULL || out == NULL ? -errno : 0;
	ssize_t got = err == 0 ? getdelim(&old, &old_len, '\0', in) : -1;
	bool whole = got > 0 && strstr(old, "<title>") != NULL;
	if (err == 0 && whole)
		err = adapt(out, old, title);
	if (in != NULL)
		fclose(in);
	if (out != NULL && fclose(out) != 0)
		err = -ENOMEM;
	if (err == 0 && whole)
		err = write_text_file(path, text, len);
	free(old);
	free(text);
	return err;
}
