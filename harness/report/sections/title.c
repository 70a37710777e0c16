/* The first lines: what was measured, whether targets are met, how many warnings there are. */
#include <stdio.h>

#include "../../machine/environment.h"
#include "../parts.h"
#include "../section.h"

static void put_build(struct document *document, const struct history_phase *phase)
{
	char machine[256] = "", build[256] = "";
	const char *started = json_string_value(json_object_get(phase->run.info, "started"));
	const char *note = json_string_value(json_object_get(phase->about, "note"));
	environment_caption(phase->run.environment, machine, sizeof machine, build, sizeof build);
	document_item(document, TONE_PLAIN, "%s: %s; %s%s%s%s%s", phase->name, machine, build,
		      started == NULL ? "" : "; measured ", started == NULL ? "" : started,
		      note == NULL || note[0] == '\0' ? "" : "; ", note == NULL ? "" : note);
}

/* The number of targets that are met, missed and not measured. */
static void put_targets_sum(struct document *document, const struct history *history)
{
	const struct targets *targets = &history->targets;
	size_t counts[3] = {0};
	for (size_t i = 0; history->has_targets && i < targets->results_count; i++)
		counts[targets->results[i].state]++;
	if (counts[LIMIT_MET] + counts[LIMIT_MISSED] + counts[LIMIT_UNMEASURED] == 0)
		return;
	document_item(document,
		      counts[LIMIT_MISSED] > 0 ? TONE_BAD
		      : counts[LIMIT_MET] > 0  ? TONE_GOOD
					       : TONE_PLAIN,
		      "targets: %zu met, %zu missed, %zu not measured", counts[LIMIT_MET],
		      counts[LIMIT_MISSED], counts[LIMIT_UNMEASURED]);
}

static void put(struct document *document, const struct report_context *context)
{
	const struct history *history = context->history;
	char heading[256];
	run_heading(&history_last(history)->run, heading, sizeof heading);
	if (history->phases_count > 1)
		document_heading(document, 1, "iowalk: %s to %s", history->phases[0].name,
				 history_last(history)->name);
	else
		document_heading(document, 1, "iowalk: %s", heading);
	for (size_t i = 0; i < history->phases_count; i++)
		put_build(document, &history->phases[i]);
	put_targets_sum(document, history);
	size_t warnings_count = report_warnings(NULL, history, NULL);
	if (warnings_count > 0)
		document_item(document, TONE_WARN, "%zu warning%s: see Warnings", warnings_count,
			      warnings_count == 1 ? "" : "s");
}

const struct report_section section_title = {
	.order = 100,
	.write = put,
};
