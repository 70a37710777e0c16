/* Runs the checks of `iowalk doctor` in their order; helpers for checks: see check.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

void check_warn(struct check *check, const char *remedy)
{
	check->state = CHECK_WARN;
	why_set(&check->remedy, 0, "%s", remedy);
}

const char *check_text(const json_t *group, const char *key)
{
	return json_string_value(json_object_get(group, key));
}

const struct counter_info *check_counter(const struct check_context *context, const char *name)
{
	for (size_t i = 0; i < context->counters_count; i++) {
		if (strcmp(context->counters[i].name, name) == 0)
			return &context->counters[i];
	}
	return NULL;
}

/* The text of a counter is "REASON; REMEDY". */
void check_report_counter(const struct counter_info *info, struct check *check)
{
	if (info == NULL) {
		why_set(&check->found, 0, "not tested");
		return;
	}
	if (info->available) {
		why_set(&check->found, 0, "%s", info->source);
		return;
	}
	const char *text = info->why.text;
	const char *remedy = strstr(text, "; ");
	int found_len = remedy == NULL ? (int)strlen(text) : (int)(remedy - text);
	why_set(&check->found, 0, "%.*s", found_len, text);
	check_warn(check, remedy == NULL ? "see iowalk list counters" : remedy + 2);
}

bool check_find_command(const char *name, char *path, size_t path_size)
{
	const char *folders = getenv("PATH");
	while (folders != NULL && *folders != '\0') {
		size_t len = strcspn(folders, ":");
		snprintf(path, path_size, "%.*s/%s", (int)len, folders, name);
		if (len > 0 && access(path, X_OK) == 0)
			return true;
		folders += len + (folders[len] == ':');
	}
	return false;
}

static int order_checks(const void *a, const void *b)
{
	const struct doctor_check *x = *(const struct doctor_check *const *)a;
	const struct doctor_check *y = *(const struct doctor_check *const *)b;

	return (x->order > y->order) - (x->order < y->order);
}

size_t doctor_checks(const json_t *environment, const char *folder, struct check *out, size_t max)
{
	struct counter_info infos[COUNTERS_MAX];
	struct check_context context = {
		.machine = json_object_get(environment, "machine"),
		.kernel = json_object_get(environment, "kernel"),
		.storage = json_object_get(environment, "storage"),
		.build = json_object_get(environment, "build"),
		.job = json_object_get(environment, "job"),
		.folder = folder,
		.counters = infos,
	};
	const struct doctor_check *sorted[check_table_count];
	struct counters *counters = NULL;
	size_t count = 0;

	if (counters_new(COUNTERS_AUTO, &counters) == 0) {
		size_t have = counters_describe(counters, infos, COUNTERS_MAX);
		context.counters_count = have < COUNTERS_MAX ? have : COUNTERS_MAX;
	}
	for (size_t i = 0; i < check_table_count; i++)
		sorted[i] = check_table[i];
	qsort(sorted, check_table_count, sizeof(const void *), order_checks);
	for (; count < check_table_count && count < max; count++) {
		out[count] = (struct check){.name = sorted[count]->name, .state = CHECK_OK};
		sorted[count]->look(&context, &out[count]);
	}
	counters_free(counters);
	return count;
}
