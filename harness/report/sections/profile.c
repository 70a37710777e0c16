/* Where the time goes: the profiles of the last phase. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../base/units.h"
#include "../../plot/time_parts.h"
#include "../../record/cell_profile.h"
#include "../parts.h"
#include "../profile_columns.h"
#include "../section.h"

static void put_row(struct document *document, const struct cell_profile *profile)
{
	const char *name = json_string_value(json_object_get(profile->sample, "cell"));
	char text[PROFILE_MOST_MAX];

	document_row_key(document, name);
	document_cell(document, TONE_PLAIN, "%s", name);
	format_time_ns(text, sizeof text, profile->wall_ns, true);
	document_cell_value(document, TONE_PLAIN, profile->wall_ns, "%s", text);
	for (size_t c = 0; c < PROFILE_COLUMNS_COUNT; c++) {
		double share = profile_share(profile, c);

		profile_share_text(share, text, sizeof text);
		document_cell_value(document, share > 0.5 ? TONE_STRONG : TONE_PLAIN, share, "%s",
				    text);
	}
	profile_most_text(profile, text, sizeof text);
	document_cell(document, TONE_PLAIN, "%s", text);
}

static void put(struct document *document, const struct report_context *context)
{
	const struct run *run = &history_last(context->history)->run;
	struct cell_profile *profiles;
	size_t count, shown = 0;

	if (cell_profiles_find(run, &profiles, &count) != 0)
		return;
	for (size_t i = 0; i < count; i++)
		shown += profiles[i].sample != NULL;
	if (shown == 0) {
		free(profiles);
		return;
	}
	document_heading(document, 2, "Where the time goes");
	document_text(document,
		      "Shares of the wall time of a walk%s, from a pass of its own: on a processor "
		      "in user "
		      "code, in system calls, in page faults; waiting for a processor; blocked on "
		      "a device, "
		      "a lock or another thread. `rest` is interrupts and what could not be "
		      "assigned. The last "
		      "column has the largest part by span.",
		      context->history->phases_count > 1 ? " of the last phase" : "");
	document_table(document, "where the time goes", PROFILE_COLUMNS_COUNT + 3,
		       UINT64_C(1) | UINT64_C(1) << (PROFILE_COLUMNS_COUNT + 2));
	document_cell(document, TONE_PLAIN, "cell");
	document_cell(document, TONE_PLAIN, "wall");
	for (size_t c = 0; c < PROFILE_COLUMNS_COUNT; c++)
		document_cell(document, TONE_PLAIN, "%s", profile_column_titles[c]);
	document_cell(document, TONE_PLAIN, "most of it");
	for (size_t i = 0; i < count; i++) {
		if (profiles[i].sample != NULL)
			put_row(document, &profiles[i]);
	}
	free(profiles);
}

static const struct figure figures[] = {
	{.name = "time_parts",
	 .alt = "A bar for each cell, split into user code, system calls, page faults, waiting for "
		"a "
		"processor and blocked.",
	 .caption = "Where the wall time of a walk goes.",
	 .svg = time_parts_svg},
};

const struct report_section section_profile = {
	.order = 300,
	.write = put,
	.figures = figures,
	.figures_count = sizeof figures / sizeof *figures,
};
