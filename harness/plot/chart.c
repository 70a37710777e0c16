/* Rows of text and marks as SVG: see chart.h. */
#include "chart.h"

#include "../base/text.h"
#include "../base/units.h"
#include "palette.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define DOT_RADIUS 3.6
#define ARROW      5.0 /* length of the arrow at an end that lies beyond the axis */

static const char style[] =
	"<style>svg.chart{--ink:#1b1f24;--dim:#59636e;--line:#d5dae0;--paper:#fff;--good:#0a6b3d;--"
	"bad:#a8201a;"
	"font:12px system-ui,\"DejaVu Sans\",sans-serif;font-variant-numeric:tabular-nums}"
	"svg.chart text{fill:var(--ink)}svg.chart .dim{fill:var(--dim)}svg.chart "
	".strong{font-weight:600}"
	"svg.chart .good{fill:var(--good)}svg.chart .bad{fill:var(--bad)}"
	"svg.chart .field{fill:#3a7bc8}"
	"svg.chart .grid{stroke:var(--line);stroke-width:1}svg.chart "
	".zero{stroke:var(--dim);stroke-width:1.2}"
	"svg.chart .guide{stroke:var(--dim);stroke-width:1;stroke-dasharray:3 3}"
	"svg.chart .m{--c:var(--l);stroke:var(--c);fill:var(--c)}svg.chart .m "
	".thin{stroke-width:1.3}"
	"svg.chart .hatch{stroke:var(--paper);stroke-width:1.5;fill:none}"
	"svg.chart .m .thick{stroke-width:4.5}svg.chart .m "
	".hollow{fill:var(--paper);stroke-width:1.6}"
	"@media(prefers-color-scheme:dark){svg.chart{--ink:#e4e7eb;--dim:#9aa5b1;--line:#343b44;--"
	"paper:#14171b;"
	"--good:#5fd398;--bad:#ff8f85}svg.chart .m{--c:var(--d)}}"
	"@media "
	"print{svg.chart{--ink:#000;--dim:#444;--line:#bbb;--paper:#fff;--good:#064;--bad:#900}"
	"svg.chart .m{--c:var(--l)}}</style>\n";

void chart_begin(FILE *out, double width, double height, const char *title)
{
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"0 0 %.0f "
		"%.0f\" "
		"width=\"%.0f\" height=\"%.0f\" role=\"img\" aria-label=\"",
		width, height, width, height);
	put_xml(out, title);
	fprintf(out, "\">\n%s", style);
}

void chart_end(FILE *out)
{
	fputs("</svg>\n", out);
}

void chart_text(FILE *out, double x, double y, enum chart_anchor anchor, const char *class,
		const char *format, ...)
{
	static const char *const anchors[] = {"", " text-anchor=\"middle\"",
					      " text-anchor=\"end\""};
	char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	int len = vasprintf(&text, format, arguments);
	va_end(arguments);
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\"%s", x, y, anchors[anchor]);
	if (*class)
		fprintf(out, " class=\"%s\"", class);
	fputc('>', out);
	put_xml(out, len < 0 ? "" : text);
	fputs("</text>\n", out);
	free(len < 0 ? NULL : text);
}

void chart_label(FILE *out, double x, double y, double room, const char *class, const char *text)
{
	size_t fits = (size_t)(room / CHART_CHAR), len;

	if (text_width(text) <= fits || fits < 2) {
		chart_text(out, x, y, CHART_START, class, "%s", text);
		return;
	}
	len = fits - 1;
	while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80) /* not inside a character */
		len--;
	fprintf(out, "<g><title>");
	put_xml(out, text);
	fprintf(out, "</title>");
	chart_text(out, x, y, CHART_START, class, "%.*s…", (int)len, text);
	fprintf(out, "</g>");
}

void chart_line(FILE *out, double x1, double y1, double x2, double y2, const char *class)
{
	fprintf(out, "<path class=\"%s\" d=\"M%.1f %.1fL%.1f %.1f\"/>\n", class, x1, y1, x2, y2);
}

void chart_begin_cell(FILE *out, const char *cell)
{
	fputs("<g data-cell=\"", out);
	put_xml(out, cell);
	fputs("\">", out);
}

void chart_end_cell(FILE *out)
{
	fputs("</g>\n", out);
}

/* ---- the axis ---- */

double chart_x(const struct chart_axis *axis, double value)
{
	double share = axis->is_log ? log(value / axis->min) / log(axis->max / axis->min)
				    : (value - axis->min) / (axis->max - axis->min);

	return axis->left + (axis->right - axis->left) * fmin(1, fmax(0, share));
}

/* The next of …, 1, 2, 5, 10, … from the value on: up, or down. */
static double round_value(double value, bool up)
{
	static const double steps[] = {1, 2, 5, 10};
	double decade = pow(10, floor(log10(value) + 1e-9)), found = decade;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (up && steps[i] * decade >= value * (1 - 1e-9))
			return steps[i] * decade;
		if (!up && steps[i] * decade <= value * (1 + 1e-9))
			found = steps[i] * decade;
	}
	return found;
}

void chart_round_axis(struct chart_axis *axis)
{
	if (!isfinite(axis->min) || !isfinite(axis->max) || (axis->is_log && !(axis->min > 0))) {
		axis->min = axis->is_log; /* there is nothing to show */
		axis->max = 10;
	} else if (axis->is_log) {
		axis->min = round_value(axis->min, false);
		axis->max = round_value(fmax(axis->max, axis->min * 1.5), true);
	} else {
		axis->min = 0;
		axis->max = axis->max > 0 ? round_value(axis->max, true) : 1;
	}
}

/* May this value of a logarithmic axis have a line? With many decades only 1, or 1 and 3, have. */
static bool has_line(const struct chart_axis *axis, double mantissa)
{
	double room = (axis->right - axis->left) / log10(axis->max / axis->min);

	return mantissa == 1 || room > 120 || (mantissa == 3 && room > 80);
}

static void put_grid_line(FILE *out, const struct chart_axis *axis, double value, double y1,
			  double y2, void (*text)(double value, char *out, size_t size))
{
	double x = chart_x(axis, value);
	char label[64];

	text(value, label, sizeof(label));
	chart_line(out, x, y1, x, y2, "grid");
	chart_text(out, x, y2 + 13, CHART_MIDDLE, "dim", "%s", label);
}

void chart_grid(FILE *out, const struct chart_axis *axis, double y1, double y2,
		void (*text)(double value, char *out, size_t size))
{
	static const double dense[] = {1, 2, 5}, loose[] = {1, 3};
	bool is_dense = has_line(axis, 2);
	double last = -INFINITY;

	if (!axis->is_log) {
		for (int i = 0; i <= 4; i++)
			put_grid_line(out, axis, axis->min + (axis->max - axis->min) * i / 4, y1,
				      y2, text);
		return;
	}
	int first = (int)floor(log10(axis->min) + 1e-9), end = (int)floor(log10(axis->max) + 1e-3);
	for (int decade = first; decade <= end; decade++)
		for (size_t i = 0; i < (is_dense ? 3u : 2u); i++) {
			double mantissa = is_dense ? dense[i] : loose[i];
			double value = pow(10, decade) * mantissa;

			if (value < axis->min * .999 || value > axis->max * 1.001 ||
			    !has_line(axis, mantissa) || chart_x(axis, value) - last < 30)
				continue;
			last = chart_x(axis, value);
			put_grid_line(out, axis, value, y1, y2, text);
		}
}

/* ---- marks ---- */

static void put_arrow(FILE *out, double x, double y, double direction)
{
	fprintf(out, "<path stroke=\"none\" d=\"M%.1f %.1fl%.1f %.1fv%.1fz\"/>", x, y,
		-direction * ARROW, -ARROW * .6, ARROW * 1.2);
}

static void put_span(FILE *out, const struct chart_axis *axis, double y, double low, double high,
		     const char *class, bool arrows)
{
	double x1 = chart_x(axis, low), x2 = chart_x(axis, high);

	fprintf(out, "<path class=\"%s\" d=\"M%.1f %.1fH%.1f\"/>", class, x1, y, x2);
	if (arrows && low < axis->min * (axis->is_log ? .999 : 1))
		put_arrow(out, x1, y, -1);
	if (arrows && high > axis->max * 1.001)
		put_arrow(out, x2, y, 1);
}

void chart_mark(FILE *out, const struct chart_axis *axis, double y, const struct chart_mark *mark)
{
	const struct palette_color *color = palette_of(mark->engine);

	fprintf(out, "<g class=\"m\" style=\"--l:%s;--d:%s\"><title>", color->light, color->dark);
	put_xml(out, mark->title);
	fputs("</title>", out);
	/* Wide enough to be found by a pointer. */
	fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"16\" height=\"16\" opacity=\"0\"/>",
		chart_x(axis, mark->value) - 8, y - 8);
	if (!isnan(mark->low) && !isnan(mark->high))
		put_span(out, axis, y, mark->low, mark->high, "thin", true);
	if (!isnan(mark->quartile1) && !isnan(mark->quartile3))
		put_span(out, axis, y, mark->quartile1, mark->quartile3, "thick", false);
	bool is_beyond = mark->value > axis->max * 1.001 ||
			 mark->value < axis->min * (axis->is_log ? .999 : 1);
	if (is_beyond)
		put_arrow(out, chart_x(axis, mark->value), y, mark->value > axis->max ? 1 : -1);
	else
		fprintf(out, "<circle%s cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"/>",
			mark->is_hollow ? " class=\"hollow\"" : "", chart_x(axis, mark->value), y,
			DOT_RADIUS);
	fputs("</g>\n", out);
}
