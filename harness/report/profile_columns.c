/* Columns of profiles: see profile_columns.h. */
#include "profile_columns.h"

#include "../base/text.h"

#include <math.h>
#include <string.h>

const char *const profile_column_titles[PROFILE_COLUMNS_COUNT] = {
	"user", "calls", "faults", "kernel", "cpu wait", "blocked", "rest"};

/* Columns of shares; a column adds up several parts. */
static const struct column {
	unsigned parts; /* mask of 1 << enum profile_part */
} columns[PROFILE_COLUMNS_COUNT] = {
	{1u << PART_USER},
	{1u << PART_SYSCALL},
	{1u << PART_FAULT},
	{1u << PART_SYSTEM},
	{1u << PART_RUNNABLE},
	{1u << PART_BLOCKED},
	{1u << PART_INTERRUPT | 1u << PART_UNASSIGNED},
};

/* The share of a column in the wall time; NaN if no part of it is known. */
double profile_share(const struct cell_profile *profile, size_t c)
{
	double sum_ns = NAN;

	for (unsigned part = 0; part < PARTS_COUNT; part++) {
		if ((columns[c].parts & 1u << part) && !isnan(profile->ns[part]))
			sum_ns = (isnan(sum_ns) ? 0 : sum_ns) + profile->ns[part];
	}
	return sum_ns / profile->wall_ns;
}

/* "53 % blocked in pread64, slotted.neighbors_batch > pread.read_batch" */
void profile_most_text(const struct cell_profile *profile, char *text, size_t size)
{
	static const char *const words[PARTS_COUNT] = {
		[PART_USER] = "user code",       [PART_SYSTEM] = "kernel",
		[PART_SYSCALL] = "call",         [PART_FAULT] = "page faults",
		[PART_INTERRUPT] = "interrupts", [PART_RUNNABLE] = "waiting for a processor",
		[PART_BLOCKED] = "blocked",      [PART_UNASSIGNED] = "unassigned"};
	const struct profile_most *most = &profile->most;

	*text = '\0';
	if (!most->span)
		return;
	text_append(text, size, "%.0f%% %s", 100 * most->ns / profile->wall_ns, words[most->part]);
	if (most->call)
		text_append(text, size, " %s%.*s", most->part == PART_BLOCKED ? "in " : "",
			    most->call_len, most->call);
	text_append(text, size, ", ");
	append_span_path(text, size, most->span);
}

/* Numbers of percent: "0" only for nothing. */
void profile_share_text(double share, char *text, size_t size)
{
	double percent = 100 * share;

	if (isnan(share))
		snprintf(text, size, "-");
	else if (fabs(percent) < 0.05)
		snprintf(text, size, "0%%");
	else
		snprintf(text, size, fabs(percent) < 9.95 ? "%.1f%%" : "%.0f%%", percent);
}
