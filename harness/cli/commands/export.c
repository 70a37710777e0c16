/* iowalk export: a run in another tool's format, on standard output. */
#include "../command.h"
#include "../../export/format.h"
#include "../../base/text.h"

#include <errno.h>
#include <string.h>

static int export_run(const char *path, const char *format)
{
	struct why why = {0};
	struct run run = {0};
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
	int err = run_load(path, false, &run, &why);
	if (err) {
		message("%s", *why.text ? why.text : strerror(-err));
		return status_of(err);
	}
	if (run.damaged_count)
		message("%s", why.text);
	const char *needs = export_table[i]->needs;
	if (needs && json_array_size(json_object_get(run.info, needs)) == 0) {
		message("cannot export '%s' as %s: it has no %s", path, format, needs);
		run_release(&run);
		return STATUS_USAGE;
	}
	err = export_table[i]->write(&run, stdout);
	if (err && !ferror(stdout)) /* reported at the end of the program */
		message("cannot export '%s': %s", path, strerror(-err));
	run_release(&run);
	return err ? STATUS_FAILURE : STATUS_OK;
}

static int take(void *format, enum cli_option option, const char *value)
{
	(void)option;
	*(const char **)format = value;
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
	const char *format = NULL;
	int words, status = command_parse(&command_export, argc, argv, &format, take, &words);

	if (status == STATUS_OK + 1)
		print_formats();
	if (status)
		return status - 1;
	if (words + 1 != argc || !format) {
		message("export needs a RUN and a --format");
		return usage_error("export");
	}
	return export_run(argv[words], format);
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
