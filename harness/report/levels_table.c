/* See levels_table.h. */
#include "levels_table.h"

#include "../base/units.h"

#include <string.h>

#define ROWS_MAX      20
#define COLUMNS_COUNT 7

static const char *const titles[COLUMNS_COUNT] = {"level",    "nodes", "edges", "time",
						  "per node", "calls", "read"};
/* Wide enough for any text of units.h. */
static const size_t widths[COLUMNS_COUNT] = {6, 7, 7, 8, 8, 7, 9};

struct sums {
	double levels, nodes, edges, time_ns, calls, read_bytes;
	bool has_calls;
};

static void add(struct sums *sums, const json_t *level)
{
	sums->levels += json_number_value(json_object_get(level, "levels"));
	sums->nodes += json_number_value(json_object_get(level, "nodes"));
	sums->edges += json_number_value(json_object_get(level, "edges"));
	sums->time_ns += json_number_value(json_object_get(level, "time_ns"));
	sums->calls += json_number_value(json_object_get(level, "calls"));
	sums->read_bytes += json_number_value(json_object_get(level, "read_bytes"));
	sums->has_calls |= json_object_get(level, "calls") != NULL;
}

static void print_row(FILE *out, const char *name, const struct sums *sums, bool utf8)
{
	char texts[COLUMNS_COUNT][UNIT_TEXT_MAX];

	snprintf(texts[0], UNIT_TEXT_MAX, "%s", name);
	format_count(texts[1], UNIT_TEXT_MAX, sums->nodes);
	format_count(texts[2], UNIT_TEXT_MAX, sums->edges);
	format_time_ns(texts[3], UNIT_TEXT_MAX, sums->time_ns, utf8);
	format_time_ns(texts[4], UNIT_TEXT_MAX, sums->time_ns / sums->nodes, utf8);
	format_count(texts[5], UNIT_TEXT_MAX, sums->calls);
	format_bytes(texts[6], UNIT_TEXT_MAX, sums->read_bytes);
	for (size_t c = 0; c < COLUMNS_COUNT; c++) {
		fputs("  ", out);
		print_padded(out, c >= 5 && !sums->has_calls ? "-" : texts[c], widths[c], false);
	}
	fputc('\n', out);
}

void levels_table_print(FILE *out, const struct cell_profile *profile, const struct style *style)
{
	const json_t *levels = json_object_get(profile->sample, "levels");
	struct sums all = {.levels = 0}, rest = {.levels = 0};
	json_t *level;
	size_t i;

	json_array_foreach(levels, i, level)
	{
		add(&all, level);
	}
	if (!(all.nodes > all.levels)) /* a chain: its levels say nothing that the walk does not */
		return;
	fprintf(out, "\n%slevels%s, of a walk of its own\n%s", style->bold, style->off, style->dim);
	for (size_t c = 0; c < COLUMNS_COUNT; c++) {
		fputs("  ", out);
		print_padded(out, titles[c], widths[c], false);
	}
	fprintf(out, "%s\n", style->off);
	json_array_foreach(levels, i, level)
	{
		struct sums one = {.levels = 0};
		char name[UNIT_TEXT_MAX];

		if (i >= ROWS_MAX) {
			add(&rest, level);
			continue;
		}
		add(&one, level);
		snprintf(name, sizeof(name), "%zu", i);
		print_row(out, name, &one, style->utf8);
	}
	if (rest.levels > 0)
		print_row(out, "rest", &rest, style->utf8);
}
