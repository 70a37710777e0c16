/* The commands that make the phases and the report again. */
#include <stdio.h>

#include "../parts.h"
#include "../section.h"

static void put(struct document *document, const struct report_context *context)
{
	const struct history *history = context->history;
	document_heading(document, 2, "How to reproduce");
	for (size_t i = 0; i < history->phases_count; i++) {
		const struct history_phase *phase = &history->phases[i];
		const json_t *build = json_object_get(phase->run.environment, "build");
		const char *commit = json_string_value(json_object_get(build, "commit"));
		char run_command[4096];
		run_command_text(&phase->run, run_command, sizeof run_command);
		document_text(document, "%s:", phase->name);
		document_command(document, "%s%s%s%s%s%s%s", commit == NULL ? "" : "git checkout ",
				 commit == NULL ? "" : commit, commit == NULL ? "" : " && make\n",
				 run_command, phase->about == NULL ? "" : "\niowalk phase record ",
				 phase->about == NULL ? "" : phase->name,
				 phase->about == NULL ? "" : " --from RUN");
	}
	document_text(document, "The report:");
	document_command(document, "%s", context->command);
}

const struct report_section section_commands = {
	.order = 1000,
	.write = put,
};
