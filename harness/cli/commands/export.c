/* iowalk export: a run in another tool's format, on standard output. */
#include "../command.h"
#include "../../export/format.h"
#include "../../base/pattern.h"
#include "../../base/text.h"

#include <errno.h>
#include <string.h>

struct arguments {
	const char *format, *filter, *against;
};

/* Keeps the cells whose names match. */
static int keep_cells(struct run *run, const char *filter, struct why *why)
{
	json_t *cells = json_object_get(run->info, "cells");
	regex_t regex;
	int err = pattern_compile("--filter", filter, &regex, why);

	if (err)
		return err;
	for (size_t i = json_array_size(cells); i-- > 0;) {
		const char *name =
			json_string_value(json_object_get(json_array_get(cells, i), "name"));
		if (!name || !pattern_matches(&regex, name))
			json_array_remove(cells, i);
	}
	regfree(&regex);
	return json_array_size(cells) ? 0 : why_set(why, -EINVAL, "no cell matches '%s'", filter);
}

static int load(const char *path, const char *filter, struct run *run, struct why *why)
{
	int err = run_load(path, false, run, why);

	if (!err && run->damaged_count)
		message("%s", why->text);
	return err || !filter ? err : keep_cells(run, filter, why);
}

static int export_run(const char *path, const struct arguments *arguments)
{
	const char *format = arguments->format;
	struct why why = {0};
	struct run run = {0}, before = {0};
	size_t i = 0;

	while (i < export_table_count && strcmp(export_table[i]->name, format) != 0)
		i++;
	if (i == export_table_count) {
		char valid[128] = "";
		for (i = 0; i < export_table_count; i++)
			text_append(valid, sizeof(valid), "%s%s", i ? ", " : "",
				    export_table[i]->name);
		message("unknown format '%s'; valid: %s", format, valid);
		return STATUS_USAGE;
	}
	if (arguments->against && !export_table[i]->compare) {
		message("format %s compares nothing: --against is for flame", format);
		return STATUS_USAGE;
	}
	int err = load(path, arguments->filter, &run, &why);
	if (!err && arguments->against)
		err = load(arguments->against, NULL, &before, &why);
	if (err) {
		message("%s", *why.text ? why.text : strerror(-err));
		run_release(&run);
		run_release(&before);
		return status_of(err);
	}
	const char *needs = export_table[i]->needs;
	if (needs && json_array_size(json_object_get(run.info, needs)) == 0) {
		message("cannot export '%s' as %s: it has no %s", path, format, needs);
		run_release(&run);
		run_release(&before);
		return STATUS_USAGE;
	}
	err = arguments->against ? export_table[i]->compare(&run, &before, stdout)
				 : export_table[i]->write(&run, stdout);
	if (err == -ENODATA && export_table[i]->of_profiles) {
		message("cannot export '%s' as %s: it has no profiles with stacks (iowalk profile)",
			path, format);
		err = -EINVAL;
	}
	/* The format has said what is wrong with the request; a failed write is reported at the end of the
	 * program. */
	if (err && err != -EINVAL && !ferror(stdout))
		message("cannot export '%s': %s", path, strerror(-err));
	run_release(&run);
	run_release(&before);
	return err ? status_of(err) : STATUS_OK;
}

static int take(void *context, enum cli_option option, const char *value)
{
	struct arguments *arguments = context;

	*(option == CLI_FILTER    ? &arguments->filter
	  : option == CLI_AGAINST ? &arguments->against
				  : &arguments->format) = value;
	return STATUS_OK;
}

extern const struct command command_export;

#define NAME_COLUMNS 19

static void print_formats(void)
{
	puts("\nformats");
	for (size_t i = 0; i < export_table_count; i++) {
		printf("  %-*s", NAME_COLUMNS, export_table[i]->name);
		for (const char *c = export_table[i]->summary; *c; c++) {
			putchar(*c);
			if (*c == '\n')
				printf("  %*s", NAME_COLUMNS, "");
		}
		putchar('\n');
	}
}

static int export_main(int argc, char **argv)
{
	struct arguments arguments = {0};
	int words, status = command_parse(&command_export, argc, argv, &arguments, take, &words);

	if (status == STATUS_OK + 1)
		print_formats();
	if (status)
		return status - 1;
	if (words + 1 != argc || !arguments.format) {
		message("export needs a RUN and a --format");
		return usage_error("export");
	}
	return export_run(argv[words], &arguments);
}

const struct command command_export = {
	.name = "export",
	.order = 900,
	.summary = "write a run in another tool's format: gbench, csv, bmf, junit, ...",
	.usage = "export RUN --format FORMAT",
	.description = "Writes the run in folder RUN to standard output.",
	.epilogue = NULL,
	.main = export_main,
};
