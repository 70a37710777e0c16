/*
 * The blocks of a cell as a picture: a dot for each block's effect, in the order of measuring; hollow in the
 * screen, filled in the confirmation, with a line at 0 and one at the threshold. A block beyond the axis is a
 * triangle at its edge. Colours are those of the page.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "../base/spread.h"
#include "../gate/finding.h"
#include "gate_parts.h"

#define LEFT      64.0 /* room for the values of the axis, in units of the picture */
#define RIGHT     60.0 /* room for that of the threshold */
#define LINE      13.0 /* height of a text */
#define TOP       18.0
#define HEIGHT    96.0 /* between the ends of the axis */
#define STEP_MOST 14.0
#define WIDE_MOST 640.0 /* of all blocks */
#define RADIUS    3.4

struct strip {
	FILE *out;
	double low_percent, high_percent; /* the ends of the axis */
	double step;
};

static double height_of(const struct strip *strip, double percent)
{
	double shown = fmax(strip->low_percent, fmin(strip->high_percent, percent));
	return TOP +
	       HEIGHT * (strip->high_percent - shown) / (strip->high_percent - strip->low_percent);
}

/* Far blocks must not squeeze the others: the axis holds nine tenths of them, 0 and the threshold. */
static void set_axis(struct strip *strip, const struct story_cell *cell, double threshold_percent)
{
	double percents[GATE_STAGES_COUNT * GATE_BLOCKS_MAX];
	size_t count, used = 0;
	for (unsigned stage = 0; stage < GATE_STAGES_COUNT; stage++) {
		const double *values = gate_story_values(cell, stage, &count);
		for (size_t i = 0; i < count; i++)
			percents[used++] = percent_of_log(values[i]);
	}
	double high = used == 0 ? 0 : quantile(percents, used, .95);
	double low = used == 0 ? 0 : quantile(percents, used, .05);
	strip->high_percent = fmax(1.5 * threshold_percent, 1.2 * high);
	strip->low_percent = fmin(-.5 * threshold_percent, 1.2 * low);
}

static void put_label(const struct strip *strip, double x, double y, const char *anchor,
		      const char *text)
{
	fprintf(strip->out,
		"<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"currentColor\">%s</text>\n",
		x, y + 4, anchor, text);
}

static void put_line(const struct strip *strip, double y, double end, bool dashed)
{
	fprintf(strip->out,
		"<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" "
		"stroke=\"currentColor\"%s/>\n",
		LEFT - 4, end, y, y, dashed ? " stroke-dasharray=\"5 3\"" : "");
}

/* The lines at 0 and at the threshold, and the ends of the axis where they have room. */
static void put_axis(const struct strip *strip, double threshold_percent, double end)
{
	char text[40];
	const double ends[] = {strip->high_percent, strip->low_percent};
	double zero = height_of(strip, 0), threshold = height_of(strip, threshold_percent);
	put_line(strip, zero, end, false);
	put_label(strip, LEFT - 8, zero, "end", "0");
	put_line(strip, threshold, end, true);
	snprintf(text, sizeof text, "+%g %%", threshold_percent);
	put_label(strip, end + 4, threshold, "start", text);
	for (size_t i = 0; i < 2; i++) {
		double y = height_of(strip, ends[i]);
		gate_percent(text, sizeof text, ends[i], true);
		if (fabs(y - zero) > LINE)
			put_label(strip, LEFT - 8, y, "end", text);
	}
}

static void put_block(const struct strip *strip, enum gate_stage stage, size_t number, double x,
		      double percent)
{
	char text[40];
	double y = height_of(strip, percent);
	bool confirms = stage == GATE_CONFIRM;
	bool beyond = percent > strip->high_percent || percent < strip->low_percent;
	gate_percent(text, sizeof text, percent, true);
	fputs("<g fill=\"", strip->out);
	fputs(confirms ? "currentColor" : "none", strip->out);
	fputs("\" stroke=\"currentColor\">", strip->out);
	if (beyond)
		fprintf(strip->out, "<path d=\"M%.1f %.1fl4 %gh-8z\">", x, y,
			percent > 0 ? 7.0 : -7.0);
	else
		fprintf(strip->out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\">", x, y, RADIUS);
	fprintf(strip->out, "<title>%s, block %zu: %s</title>%s</g>\n",
		confirms ? "confirmation" : "screen", number, text,
		beyond ? "</path>" : "</circle>");
}

static void put_stage(const struct strip *strip, const struct story_cell *cell,
		      enum gate_stage stage, double x)
{
	size_t count;
	const double *values = gate_story_values(cell, stage, &count);
	if (count == 0)
		return;
	fprintf(strip->out, "<text x=\"%.1f\" y=\"11\" fill=\"currentColor\">%s</text>\n", x - 5,
		stage == GATE_CONFIRM ? "confirmation" : "screen");
	for (size_t i = 0; i < count; i++)
		put_block(strip, stage, i, x + strip->step * (double)i, percent_of_log(values[i]));
}

char *gate_strip(const struct story_cell *cell, double threshold_percent)
{
	char *text = NULL;
	size_t len = 0, screen, confirm;
	gate_story_values(cell, GATE_SCREEN, &screen);
	gate_story_values(cell, GATE_CONFIRM, &confirm);
	struct strip strip = {
		.out = open_memstream(&text, &len),
		.step = fmin(STEP_MOST, WIDE_MOST / (double)(screen + confirm + 1)),
	};
	if (strip.out == NULL)
		return NULL;
	set_axis(&strip, cell, threshold_percent);
	double first = LEFT + 8, gap = confirm > 0 ? fmax(3 * strip.step, 24) : 0;
	double second = first + fmax(strip.step * (double)screen, 44) + gap;
	double end = confirm > 0 ? second + fmax(strip.step * (double)confirm, 80)
				 : first + fmax(strip.step * (double)screen, 44);
	fprintf(strip.out,
		"<svg class=\"strip\" xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" "
		"height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" font-size=\"12\">\n",
		end + RIGHT, TOP + HEIGHT + 10, end + RIGHT, TOP + HEIGHT + 10);
	fputs("<g class=\"dim\">", strip.out);
	put_axis(&strip, threshold_percent, end);
	fputs("</g>\n", strip.out);
	put_stage(&strip, cell, GATE_SCREEN, first);
	put_stage(&strip, cell, GATE_CONFIRM, second);
	fputs("</svg>", strip.out);
	if (fclose(strip.out) == 0)
		return text;
	free(text);
	return NULL;
}
