/* iowalk export: a run in another tool's format, on standard output. */
#include "commands.h"
#include "../export/format.h"
#include "../base/text.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

static const char help[] = "usage: iowalk export RUN --format FORMAT\n"
			   "\n"
			   "Writes the run in folder RUN to standard output. FORMAT is one of:\n";

#define NAME_COLUMNS 19

static void print_help(void)
{
	fputs(help, stdout);
	for (size_t i = 0; i < format_table_count; i++) {
		printf("  %-*s", NAME_COLUMNS, format_table[i]->name);
		for (const char *c = format_table[i]->summary; *c; c++) {
			putchar(*c);
			if (*c == '\n')
				printf("  %*s", NAME_COLUMNS, "");
		}
		putchar('\n');
	}
}

static int export_run(const char *path, const char *format)
{
	struct why why = {0};
	struct run run = {0};
	size_t i = 0;

	while (i < format_table_count && strcmp(format_table[i]->name, format) != 0)
		i++;
	if (i == format_table_count) {
		char valid[128] = "";
		for (i = 0; i < format_table_count; i++)
			text_append(valid, sizeof(valid), "%s%s", i ? ", " : "",
				    format_table[i]->name);
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
	err = format_table[i]->write(&run, stdout);
	if (err && !ferror(stdout)) /* reported at the end of the program */
		message("cannot export '%s': %s", path, strerror(-err));
	run_release(&run);
	return err ? STATUS_FAILURE : STATUS_OK;
}

int command_export(int argc, char **argv)
{
	static const struct option options[] = {
		{"format", required_argument, NULL, 'f'}, {"help", no_argument, NULL, 'h'}, {0}};
	const char *format = NULL;
	int option;

	optind = 1;
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == 'h') {
			print_help();
			return STATUS_OK;
		}
		if (option != 'f')
			return usage_error("export");
		format = optarg;
	}
	if (optind + 1 != argc || !format) {
		message("export needs a RUN and a --format");
		return usage_error("export");
	}
	return export_run(argv[optind], format);
}
