/* System calls of a walk, by name. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../parts.h"
#include "../section.h"

/* The names of the metrics that begin with `prefix`, as keys of an object. New reference. */
static json_t *metrics_like(const struct history *history, const char *prefix)
{
	json_t *names = json_object();
	for (size_t i = 0; i < history->cells_count; i++) {
		const struct cell_summary *summary = report_last_of(history, &history->cells[i]);
		const char *name;
		json_t *value;
		if (summary == NULL)
			continue;
		json_object_foreach(summary->metrics, name, value)
		{
			if (strncmp(name, prefix, strlen(prefix)) == 0)
				json_object_set(names, name, value);
		}
	}
	return names;
}

static void put(struct document *document, const struct report_context *context)
{
	const struct history *history = context->history;
	struct metric_column columns[32] = {{"syscalls", "all"}};
	size_t count = 1;
	json_t *names = metrics_like(history, "syscalls_");
	const char *name;
	json_t *value;
	json_object_foreach(names, name, value)
	{
		bool self = strcmp(name, "syscalls_self") == 0;
		if (count < COUNT_OF(columns) && !self)
			columns[count++] = (struct metric_column){name, name + strlen("syscalls_")};
	}
	if (count < COUNT_OF(columns))
		columns[count++] = (struct metric_column){"syscalls_self", "counted by the engine"};
	document_heading(document, 2, "System calls");
	document_text(document, "Per walk, by name%s. - means not made or not counted.",
		      history->has_changes ? "; first phase → last phase if they differ" : "");
	if (!report_metrics(document, history, "system calls by name", columns, count, true))
		document_text(document, "Not measured.");
	json_decref(names);
}

const struct report_section section_syscalls = {
	.order = 600,
	.write = put,
};
