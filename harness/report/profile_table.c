/* The table of profiles: see profile_table.h. */
#include "profile_table.h"

#include "../base/text.h"
#include "../base/units.h"
#include "../record/cell_profile.h"
#include "device_table.h"
#include "levels_table.h"
#include "problems.h"
#include "profile_columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COST_PERCENT_MAX 10 /* above it, a note says that the profile is slower than the walk */
#define UNASSIGNED_MAX   0.02

struct layout_of_table {
	size_t cell_width;
	bool shown[PROFILE_COLUMNS_COUNT];
};

static struct layout_of_table lay_out(const struct cell_profile *profiles, size_t count)
{
	struct layout_of_table layout = {.cell_width = strlen("cell")};

	for (size_t i = 0; i < count; i++) {
		if (!profiles[i].sample)
			continue;
		size_t width =
			text_width(json_string_value(json_object_get(profiles[i].sample, "cell")));
		layout.cell_width = width > layout.cell_width ? width : layout.cell_width;
		for (size_t c = 0; c < PROFILE_COLUMNS_COUNT; c++)
			layout.shown[c] |= !isnan(profile_share(&profiles[i], c));
	}
	return layout;
}

static void print_row(FILE *out, const struct cell_profile *profile,
		      const struct layout_of_table *layout, const struct style *style)
{
	char text[PROFILE_MOST_MAX];

	fputs("  ", out);
	print_padded(out, json_string_value(json_object_get(profile->sample, "cell")),
		     layout->cell_width, true);
	format_time_ns(text, sizeof(text), profile->wall_ns, style->utf8);
	fputs("  ", out);
	print_padded(out, text, 8, false);
	for (size_t c = 0; c < PROFILE_COLUMNS_COUNT; c++) {
		if (!layout->shown[c])
			continue;
		double share = profile_share(profile, c);
		profile_share_text(share, text, sizeof(text));
		fprintf(out, "  %s",
			share > 0.5            ? style->bold
			: fabs(share) < 0.0005 ? style->dim
					       : "");
		print_padded(
			out, text,
			strlen(profile_column_titles[c]) < 5 ? 5 : strlen(profile_column_titles[c]),
			false);
		fputs(style->off, out);
	}
	profile_most_text(profile, text, sizeof(text));
	fputs("  ", out);
	print_clean(out, text);
	fputc('\n', out);
}

static void print_titles(FILE *out, const struct layout_of_table *layout, const struct style *style)
{
	fprintf(out, "  %s", style->dim);
	print_padded(out, "cell", layout->cell_width, true);
	fputs("      wall", out);
	for (size_t c = 0; c < PROFILE_COLUMNS_COUNT; c++) {
		if (!layout->shown[c])
			continue;
		fputs("  ", out);
		print_padded(out, profile_column_titles[c], 5, false);
	}
	fprintf(out, "  most of it%s\n", style->off);
}

/* What changes the reading. */
static void print_notes(FILE *out, const struct cell_profile *profiles, size_t count)
{
	size_t coarse = 0, without_stacks = 0, slower = 0, unassigned = 0, shown = 0;

	for (size_t i = 0; i < count; i++) {
		const struct cell_profile *profile = &profiles[i];

		if (!profile->sample)
			continue;
		shown++;
		coarse += isnan(profile->ns[PART_SYSTEM]) ? 0 : 1;
		without_stacks += !json_object_get(profile->sample, "spans");
		slower += profile->cost_percent > COST_PERCENT_MAX;
		unassigned +=
			fabs(profile->ns[PART_UNASSIGNED]) > UNASSIGNED_MAX * profile->wall_ns;
	}
	if (coarse)
		fprintf(out,
			"\nkernel: calls and faults cannot be told apart without the right to see "
			"the kernel's stacks (run as root)\n");
	if (without_stacks)
		fprintf(out,
			"%zu of %zu without stacks: perf events are not allowed, or --counters "
			"none\n",
			without_stacks, shown);
	if (unassigned)
		fprintf(out, "%zu of %zu: more than 2%% of the time is unassigned\n", unassigned,
			shown);
	if (slower)
		fprintf(out, "%zu of %zu were more than %d%% slower while they were profiled\n",
			slower, shown, COST_PERCENT_MAX);
}

/* Of several cells they would be longer than the table; the record has them. */
static void print_levels(FILE *out, const struct cell_profile *profiles, size_t count,
			 const struct style *style)
{
	const struct cell_profile *only = NULL;
	size_t shown = 0;

	for (size_t i = 0; i < count; i++) {
		if (profiles[i].sample) {
			only = &profiles[i];
			shown++;
		}
	}
	if (shown == 1)
		levels_table_print(out, only, style);
}

void profile_table_print(FILE *out, const struct run *run, bool with_problems, bool color)
{
	struct report report;
	struct style style = style_for(color);
	struct cell_profile *profiles;
	size_t count;

	if (cell_profiles_find(run, &profiles, &count))
		return;
	struct layout_of_table layout = lay_out(profiles, count);
	fprintf(out, "%swhere the time goes%s, per walk\n", style.bold, style.off);
	print_titles(out, &layout, &style);
	for (size_t i = 0; i < count; i++) {
		if (profiles[i].sample)
			print_row(out, &profiles[i], &layout, &style);
	}
	print_notes(out, profiles, count);
	device_table_print(out, run, profiles, count, &style);
	print_levels(out, profiles, count, &style);
	free(profiles);
	if (!with_problems || report_init(&report, run))
		return;
	problems_print(out, &report, &style);
	report_release(&report);
}

json_t *profile_table_json(const struct run *run)
{
	static const char *const keys[] = {"cell",   "metrics", "spans",   "calls",
					   "levels", "device",  "hardware"};
	struct cell_profile *profiles;
	json_t *array = json_array();
	size_t count;

	if (cell_profiles_find(run, &profiles, &count))
		return array;
	for (size_t i = 0; i < count; i++) {
		json_t *profile = profiles[i].sample ? json_object() : NULL;

		for (size_t k = 0; profile && k < sizeof(keys) / sizeof(keys[0]); k++) {
			json_t *value = json_object_get(profiles[i].sample, keys[k]);
			if (value)
				json_object_set(profile, keys[k], value);
		}
		if (profile)
			json_array_append_new(array, profile);
	}
	free(profiles);
	return array;
}
