/* The table of profiles: see profile_table.h. */
#include "profile_table.h"

#include "../base/text.h"
#include "../base/units.h"
#include "../record/cell_profile.h"
#include "problems.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CELL_TEXT_MAX    400
#define COST_PERCENT_MAX 10 /* above it, a note says that the profile is slower than the walk */
#define UNASSIGNED_MAX   0.02

/* Columns of shares; a column adds up several parts. */
static const struct column {
	const char *title;
	unsigned parts; /* mask of 1 << enum profile_part */
} columns[] = {
	{"user", 1u << PART_USER},
	{"calls", 1u << PART_SYSCALL},
	{"faults", 1u << PART_FAULT},
	{"kernel", 1u << PART_SYSTEM},
	{"cpu wait", 1u << PART_RUNNABLE},
	{"blocked", 1u << PART_BLOCKED},
	{"rest", 1u << PART_INTERRUPT | 1u << PART_UNASSIGNED},
};
#define COLUMNS_COUNT (sizeof(columns) / sizeof(columns[0]))

/* The share of a column in the wall time; NaN if no part of it is known. */
static double share_of(const struct cell_profile *profile, const struct column *column)
{
	double sum_ns = NAN;

	for (unsigned part = 0; part < PARTS_COUNT; part++) {
		if ((column->parts & 1u << part) && !isnan(profile->ns[part]))
			sum_ns = (isnan(sum_ns) ? 0 : sum_ns) + profile->ns[part];
	}
	return sum_ns / profile->wall_ns;
}

/* "53 % blocked in pread64, slotted.neighbors_batch > pread.read_batch" */
static void most_text(const struct cell_profile *profile, char *text, size_t size)
{
	static const char *const words[PARTS_COUNT] = {
		[PART_USER] = "user code",       [PART_SYSTEM] = "kernel",
		[PART_SYSCALL] = "call",         [PART_FAULT] = "page faults",
		[PART_INTERRUPT] = "interrupts", [PART_RUNNABLE] = "waiting for a processor",
		[PART_BLOCKED] = "blocked",      [PART_UNASSIGNED] = "unassigned"};
	const struct profile_most *most = &profile->most;
	const char *path = most->span ? most->span : "";
	const char *below = strchr(path, ';');

	*text = '\0';
	if (!most->span)
		return;
	text_append(text, size, "%.0f%% %s", 100 * most->ns / profile->wall_ns, words[most->part]);
	if (most->call)
		text_append(text, size, " %s%.*s", most->part == PART_BLOCKED ? "in " : "",
			    most->call_len, most->call);
	text_append(text, size, ", ");
	for (const char *at = below ? below + 1 : path; *at; at++)
		text_append(text, size, *at == ';' ? " > " : "%c", *at);
}

/* Numbers of percent: "0" only for nothing. */
static void share_text(double share, char *text, size_t size)
{
	double percent = 100 * share;

	if (isnan(share))
		snprintf(text, size, "-");
	else if (fabs(percent) < 0.05)
		snprintf(text, size, "0%%");
	else
		snprintf(text, size, fabs(percent) < 9.95 ? "%.1f%%" : "%.0f%%", percent);
}

struct layout_of_table {
	size_t cell_width;
	bool shown[COLUMNS_COUNT];
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
		for (size_t c = 0; c < COLUMNS_COUNT; c++)
			layout.shown[c] |= !isnan(share_of(&profiles[i], &columns[c]));
	}
	return layout;
}

static void print_row(FILE *out, const struct cell_profile *profile,
		      const struct layout_of_table *layout, const struct style *style)
{
	char text[CELL_TEXT_MAX];

	fputs("  ", out);
	print_padded(out, json_string_value(json_object_get(profile->sample, "cell")),
		     layout->cell_width, true);
	format_time_ns(text, sizeof(text), profile->wall_ns, style->utf8);
	fputs("  ", out);
	print_padded(out, text, 8, false);
	for (size_t c = 0; c < COLUMNS_COUNT; c++) {
		if (!layout->shown[c])
			continue;
		double share = share_of(profile, &columns[c]);
		share_text(share, text, sizeof(text));
		fprintf(out, "  %s",
			share > 0.5            ? style->bold
			: fabs(share) < 0.0005 ? style->dim
					       : "");
		print_padded(out, text, strlen(columns[c].title) < 5 ? 5 : strlen(columns[c].title),
			     false);
		fputs(style->off, out);
	}
	most_text(profile, text, sizeof(text));
	fputs("  ", out);
	print_clean(out, text);
	fputc('\n', out);
}

static void print_titles(FILE *out, const struct layout_of_table *layout, const struct style *style)
{
	fprintf(out, "  %s", style->dim);
	print_padded(out, "cell", layout->cell_width, true);
	fputs("      wall", out);
	for (size_t c = 0; c < COLUMNS_COUNT; c++) {
		if (!layout->shown[c])
			continue;
		fputs("  ", out);
		print_padded(out, columns[c].title, 5, false);
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
	free(profiles);
	if (!with_problems || report_init(&report, run))
		return;
	problems_print(out, &report, &style);
	report_release(&report);
}
