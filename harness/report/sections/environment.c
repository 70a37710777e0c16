/* The machine and build of the last phase, and the differences between the phases. */
#include "../../record/machines.h"
#include "../environment_table.h"
#include "../parts.h"
#include "../section.h"

static void put_differences(struct document *document, const struct history *history)
{
	size_t count = json_array_size(history->differences);
	document_heading(document, 3, "Differences between the phases");
	if (count == 0) {
		document_text(document, "None in what was recorded.");
		return;
	}
	document_table(document, "differences between the phases", history->phases_count + 2,
		       ~(uint64_t)0);
	document_cell(document, TONE_PLAIN, "setting");
	report_phase_titles(document, history);
	document_cell(document, TONE_PLAIN, "times can be compared");
	for (size_t i = 0; i < count; i++) {
		const json_t *difference = json_array_get(history->differences, i);
		const json_t *values = json_object_get(difference, "values");
		bool same = json_is_true(json_object_get(difference, "same_machine"));
		document_cell(document, TONE_PLAIN, "%s",
			      json_string_value(json_object_get(difference, "key")));
		for (size_t j = 0; j < history->phases_count; j++)
			report_environment_value(document, json_array_get(values, j), TONE_PLAIN);
		document_cell(document, same ? TONE_DIM : TONE_WARN, "%s",
			      same ? "yes" : "no: another machine or setting");
	}
}

static void put(struct document *document, const struct report_context *context)
{
	const struct history *history = context->history;
	document_heading(document, 2, "Environment");
	if (history->phases_count > 1)
		put_differences(document, history);
	const struct history_phase *last = history_last(history);
	const char *name;
	json_t *environment;
	for (size_t i = 0; machine_at(&last->run, i, &name, &environment); i++) {
		document_heading(document, 3, "Of %s%s%s", last->name, name == NULL ? "" : ", ",
				 name == NULL ? "" : name);
		report_environment(document, environment);
	}
}

const struct report_section section_environment = {
	.order = 950,
	.write = put,
};
