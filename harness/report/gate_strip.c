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

#define LEFT      64.0 /* room for the values of the lines, in units of the picture */
#define TOP       18.0
#define HEIGHT    96.0 /* between the ends of the axis */
#define STEP_MOST 14.0
#define WIDE_MOST 640.0 /* of all blocks */
#define RADIUS    3.4

struct strip {
	FILE *out;
	double most_percent; /* the axis runs from −most to +most */
	double step;
};

static double percent_of(double logarithm)
{
	return 100 * expm1(logarithm);
}

static double height_of(const struct strip *strip, double percent)
{
	double part = fmax(-1, fmin(1, percent / strip->most_percent));
	return TOP + HEIGHT / 2 * (1 - part);
}

/* Far blocks must not squeeze the others: the axis holds nine tenths of them, and twice the threshold. */
static double axis_of(const struct story_cell *cell, double threshold_percent)
{
	double sizes[GATE_STAGES_COUNT * GATE_BLOCKS_MAX];
	size_t count, used = 0;
	for (unsigned stage = 0; stage < GATE_STAGES_COUNT; stage++) {
		const double *values = gate_story_values(cell, stage, &count);
		for (size_t i = 0; i < count; i++)
			sizes[used++] = fabs(percent_of(values[i]));
	}
	double most = used == 0 ? 0 : quantile(sizes, used, .9);
	return fmax(2 * threshold_percent, 1.25 * most);
}

static void put_line(const struct strip *strip, double percent, double width, bool dashed)
{
	char text[40];
	double y = height_of(strip, percent);
	gate_percent(text, sizeof text, percent, true);
	fprintf(strip->out,
		"<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"currentColor\"%s/>"
		"<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\" fill=\"currentColor\">%s</text>\n",
		LEFT - 4, width, y, y, dashed ? " stroke-dasharray=\"5 3\"" : "", LEFT - 8, y + 4,
		text);
}

static void put_block(const struct strip *strip, enum gate_stage stage, size_t number, double x,
		      double percent)
{
	char text[40];
	double y = height_of(strip, percent);
	bool confirms = stage == GATE_CONFIRM;
	gate_percent(text, sizeof text, percent, true);
	fputs("<g fill=\"", strip->out);
	fputs(confirms ? "currentColor" : "none", strip->out);
	fputs("\" stroke=\"currentColor\">", strip->out);
	if (fabs(percent) > strip->most_percent)
		fprintf(strip->out, "<path d=\"M%.1f %.1fl4 %gh-8z\">", x, y,
			percent > 0 ? 7.0 : -7.0);
	else
		fprintf(strip->out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\">", x, y, RADIUS);
	fprintf(strip->out, "<title>%s, block %zu: %s</title>%s</g>\n",
		confirms ? "confirmation" : "screen", number, text,
		fabs(percent) > strip->most_percent ? "</path>" : "</circle>");
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
		put_block(strip, stage, i, x + strip->step * (double)i, percent_of(values[i]));
}

char *gate_strip(const struct story_cell *cell, double threshold_percent)
{
	char *text = NULL;
	size_t len = 0, screen, confirm;
	gate_story_values(cell, GATE_SCREEN, &screen);
	gate_story_values(cell, GATE_CONFIRM, &confirm);
	struct strip strip = {
		.out = open_memstream(&text, &len),
		.most_percent = axis_of(cell, threshold_percent),
		.step = fmin(STEP_MOST, WIDE_MOST / (double)(screen + confirm + 1)),
	};
	if (strip.out == NULL)
		return NULL;
	double first = LEFT + 8, gap = confirm > 0 ? fmax(3 * strip.step, 24) : 0;
	double second = first + fmax(strip.step * (double)screen, 44) + gap;
	double end = confirm > 0 ? second + fmax(strip.step * (double)confirm, 80)
				 : first + fmax(strip.step * (double)screen, 44);
	fprintf(strip.out,
		"<svg class=\"strip\" xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" "
		"height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" font-size=\"12\">\n",
		end + 8, TOP + HEIGHT + 10, end + 8, TOP + HEIGHT + 10);
	fputs("<g class=\"dim\">", strip.out);
	put_line(&strip, 0, end, false);
	put_line(&strip, threshold_percent, end, true);
	fputs("</g>\n", strip.out);
	put_stage(&strip, cell, GATE_SCREEN, first);
	put_stage(&strip, cell, GATE_CONFIRM, second);
	fputs("</svg>", strip.out);
	if (fclose(strip.out) == 0)
		return text;
	free(text);
	return NULL;
}
