/*
 * How it works: a bar is the wall time of a walk, so all bars have the same length and show shares; the time
 * itself stands at its end. Parts have the same order in all bars, from computing to waiting.
 */
#include "time_parts.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/text.h"
#include "../base/units.h"
#include "../record/cell_profile.h"

#define WIDTH      960
#define ROW_HEIGHT 20
#define BAR_HEIGHT 14
#define TOP        34
#define LABEL_MAX  420 /* units; longer names lose their beginning */
#define CHAR_WIDTH 6.2
#define TIME_WIDTH 70

/* Parts in their order, with their words and their colours on white; they are light enough for dark text on
 * them, on dark pages too. */
static const struct part {
	enum profile_part part;
	const char *word, *color;
} parts[] = {
	{PART_USER, "user code", "#f0b060"},
	{PART_SYSTEM, "kernel", "#8fb8de"},
	{PART_SYSCALL, "system calls", "#6fa8dc"},
	{PART_FAULT, "page faults", "#7cc4a8"},
	{PART_INTERRUPT, "interrupts", "#c8c8a0"},
	{PART_RUNNABLE, "waiting for a processor", "#d9a3b8"},
	{PART_BLOCKED, "blocked", "#b9a3cf"},
	{PART_UNASSIGNED, "unassigned", "#b0b6bd"},
};
#define SHOWN_COUNT (sizeof(parts) / sizeof(parts[0]))

#define SHARE_SHOWN 0.0005 /* less is narrower than half a unit */

static void put_style(FILE *out)
{
	fputs("<style>svg{font:11px ui-sans-serif,system-ui,sans-serif;--ink:#1a1d21;--paper:#fff}"
	      "@media(prefers-color-scheme:dark){svg{--ink:#e4e7eb;--paper:#14171b}}"
	      ".page{fill:var(--paper)}.label{fill:var(--ink)}.in{fill:#101418}"
	      ".bar{stroke:var(--paper);stroke-width:.5}</style>\n",
	      out);
}

/* The parts that any cell has. */
static void put_legend(FILE *out, const struct cell_profile *profiles, size_t count)
{
	double x = 3;

	for (size_t p = 0; p < SHOWN_COUNT; p++) {
		bool shown = false;

		for (size_t i = 0; i < count; i++)
			shown |= profiles[i].sample &&
				 profiles[i].ns[parts[p].part] > 0.005 * profiles[i].wall_ns;
		if (!shown)
			continue;
		fprintf(out,
			"<rect x=\"%.1f\" y=\"6\" width=\"11\" height=\"11\" fill=\"%s\"/>"
			"<text class=\"label\" x=\"%.1f\" y=\"16\">%s</text>\n",
			x, parts[p].color, x + 15, parts[p].word);
		x += 15 + CHAR_WIDTH * (double)strlen(parts[p].word) + 16;
	}
}

/* "blocked, 12.3 ms a walk, 45 %" */
static void put_part(FILE *out, const struct cell_profile *profile, const struct part *part,
		     double x, double width, unsigned y)
{
	double share = profile->ns[part->part] / profile->wall_ns;
	char time[UNIT_TEXT_MAX];

	format_time_ns(time, sizeof(time), profile->ns[part->part], true);
	fprintf(out,
		"<rect class=\"bar\" x=\"%.2f\" y=\"%u\" width=\"%.2f\" height=\"%d\" fill=\"%s\">"
		"<title>%s, %s a walk, %.1f %%</title></rect>",
		x, y, width, BAR_HEIGHT, part->color, part->word, time, 100 * share);
	if (width > 30)
		fprintf(out, "<text class=\"in\" x=\"%.2f\" y=\"%u\">%.0f%%</text>", x + 3, y + 11,
			100 * share);
}

static void put_row(FILE *out, const struct cell_profile *profile, double label_width, size_t row)
{
	const char *name = json_string_value(json_object_get(profile->sample, "cell"));
	double room = WIDTH - label_width - TIME_WIDTH, x = label_width;
	unsigned y = TOP + (unsigned)row * ROW_HEIGHT;
	size_t len = strlen(name), shown = (size_t)(label_width / CHAR_WIDTH);
	char time[UNIT_TEXT_MAX];

	fprintf(out, "<text class=\"label\" x=\"3\" y=\"%u\">", y + 11);
	if (len > shown)
		fputs("…", out);
	put_xml(out, len > shown ? name + len - shown + 1 : name);
	fputs("</text>", out);
	for (size_t p = 0; p < SHOWN_COUNT; p++) {
		double share = profile->ns[parts[p].part] / profile->wall_ns;

		if (!(share > SHARE_SHOWN))
			continue;
		put_part(out, profile, &parts[p], x, room * share, y);
		x += room * share;
	}
	format_time_ns(time, sizeof(time), profile->wall_ns, true);
	fprintf(out, "<text class=\"label\" x=\"%d\" y=\"%u\" text-anchor=\"end\">%s</text>\n",
		WIDTH - 3, y + 11, time);
}

int time_parts_svg(FILE *out, const struct run *run)
{
	struct cell_profile *profiles;
	size_t count, rows = 0, longest = 0;
	int err = cell_profiles_find(run, &profiles, &count);

	if (err)
		return err;
	for (size_t i = 0; i < count; i++) {
		const char *name = json_string_value(json_object_get(profiles[i].sample, "cell"));

		if (!name)
			continue;
		rows++;
		longest = strlen(name) > longest ? strlen(name) : longest;
	}
	if (rows) {
		double label_width = fmin(CHAR_WIDTH * (double)longest + 10, LABEL_MAX);
		unsigned height = TOP + (unsigned)rows * ROW_HEIGHT + 4;
		size_t row = 0;

		fprintf(out,
			"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %u\" "
			"width=\"%d\" height=\"%u\" role=\"img\">\n"
			"<title>Where the time of a walk goes</title>\n",
			WIDTH, height, WIDTH, height);
		put_style(out);
		fprintf(out, "<rect class=\"page\" width=\"%d\" height=\"%u\"/>\n", WIDTH, height);
		put_legend(out, profiles, count);
		for (size_t i = 0; i < count; i++) {
			if (profiles[i].sample)
				put_row(out, &profiles[i], label_width, row++);
		}
		fputs("</svg>\n", out);
	}
	free(profiles);
	return rows ? 0 : -ENODATA;
}
