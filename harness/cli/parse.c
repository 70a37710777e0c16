/* Options of commands: parsing and --help. See command.h. */
#include "command.h"
#include "../plugin/load.h"

#include <assert.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HELP_COLUMN 24 /* where the help of an option begins */
#define HELP_WIDTH  96 /* columns of a line */
#define GETOPT_BASE 1000

int usage_error(const char *command)
{
	message("try `iowalk %s --help`", command);
	return STATUS_USAGE;
}

int color_parse(const char *when, FILE *stream, bool *color)
{
	const char *none = getenv("NO_COLOR"); /* https://no-color.org */

	if (strcmp(when, "auto") == 0) {
		*color = isatty(fileno(stream)) && !(none && *none);
	} else if (strcmp(when, "always") == 0 || strcmp(when, "never") == 0) {
		*color = *when == 'a';
	} else {
		message("--color '%s': valid: auto, always, never", when);
		return STATUS_USAGE;
	}
	return STATUS_OK;
}

int number_parse(const char *option, const char *text, double max, double *value)
{
	char *end;

	*value = strtod(text, &end);
	if (end != text && !*end && *value > 0 && *value <= max)
		return STATUS_OK;
	message("--%s '%s': not a number above 0 and up to %g", option, text, max);
	return STATUS_USAGE;
}

static int order_commands(const void *a, const void *b)
{
	const struct command *x = *(const struct command *const *)a;
	const struct command *y = *(const struct command *const *)b;

	return (x->order > y->order) - (x->order < y->order);
}

const struct command **commands_sorted(void)
{
	const struct command **sorted = calloc(command_table_count, sizeof(const void *));

	for (size_t i = 0; sorted && i < command_table_count; i++)
		sorted[i] = command_table[i];
	if (sorted)
		qsort(sorted, command_table_count, sizeof(const void *), order_commands);
	return sorted;
}

/* ---- help ---- */

/* Words of `text`, wrapped, from HELP_COLUMN on. */
static void put_wrapped(FILE *out, const char *text, size_t column)
{
	while (*text) {
		size_t len = strcspn(text, " ");

		if (column > HELP_COLUMN && column + 1 + len > HELP_WIDTH) {
			fprintf(out, "\n%*s", HELP_COLUMN, "");
			column = HELP_COLUMN;
		} else if (column > HELP_COLUMN) {
			fputc(' ', out);
			column++;
		}
		fprintf(out, "%.*s", (int)len, text);
		column += len;
		text += len + strspn(text + len, " ");
	}
	fputc('\n', out);
}

static void put_option(FILE *out, const struct option_info *option)
{
	char text[512];
	int used = fprintf(out, "  --%s%s%s", option->name, option->argument ? " " : "",
			   option->argument ? option->argument : "");

	if (used >= HELP_COLUMN - 1) {
		fputc('\n', out);
		used = 0;
	}
	fprintf(out, "%*s", HELP_COLUMN - used, "");
	snprintf(text, sizeof(text), "%s%s%s%s", option->help,
		 option->fallback ? " (default: " : "", option->fallback ? option->fallback : "",
		 option->fallback ? ")" : "");
	put_wrapped(out, text, HELP_COLUMN);
}

void command_print_help(FILE *out, const struct command *command)
{
	const char *group = NULL, *form = command->usage;
	struct option_info option;

	for (bool first = true; *form; first = false) {
		size_t len = strcspn(form, "\n");

		fprintf(out, "%s iowalk %.*s\n", first ? "usage:" : "      ", (int)len, form);
		form += len + (form[len] == '\n');
	}
	if (command->description)
		fprintf(out, "\n%s\n", command->description);
	fputc('\n', out);
	for (size_t i = 0; option_of_command(command->name, i, &option); i++) {
		if (option.group && (!group || strcmp(group, option.group) != 0))
			fprintf(out, "%s%s\n", group ? "\n" : "", option.group);
		group = option.group;
		put_option(out, &option);
	}
	put_option(out, &(struct option_info){.name = "help", .help = "print this help"});
	if (command->epilogue)
		fprintf(out, "\n%s\n", command->epilogue);
}

/* ---- parsing ---- */

int key_take(struct selection *selection, enum cli_option option, const char *value)
{
	struct why why = {""};

	if (selection_set(selection, selection_keys[option - CLI_SELECTION].name,
			  value ? value : "1", &why) == 0)
		return STATUS_OK;
	message("%s", why.text);
	return STATUS_USAGE;
}

const char *key_given(const struct command *command, const struct selection *selection,
		      struct option_info *option)
{
	for (size_t i = 0; option_of_command(command->name, i, option); i++) {
		if (option->id < CLI_SELECTION + SELECTION_KEYS_COUNT &&
		    selection->values[option->id - CLI_SELECTION])
			return option->name;
	}
	return NULL;
}

void command_defaults(const struct command *command, void *arguments,
		      int (*take)(void *arguments, enum cli_option option, const char *value))
{
	struct option_info option;

	for (size_t i = 0; option_of_command(command->name, i, &option); i++) {
		if (option.id >= CLI_SELECTION + SELECTION_KEYS_COUNT && option.fallback &&
		    !strchr(option.fallback, '<')) {
			int status = take(arguments, option.id, option.fallback);

			assert(status == STATUS_OK); /* a default of our own table */
			(void)status;
		}
	}
}

int command_parse(const struct command *command, int argc, char **argv, void *arguments,
		  int (*take)(void *arguments, enum cli_option option, const char *value),
		  int *words)
{
	struct option options[CLI_OPTIONS_MAX + 2] = {0};
	struct option_info known[CLI_OPTIONS_MAX];
	size_t count = 0;
	int found;

	while (option_of_command(command->name, count, &known[count])) {
		options[count] = (struct option){
			.name = known[count].name,
			.has_arg = known[count].argument ? required_argument : no_argument,
			.val = GETOPT_BASE + (int)count};
		count++;
	}
	options[count] = (struct option){.name = "help", .has_arg = no_argument, .val = 'h'};
	optind = 1;
	while ((found = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (found == 'h') {
			command_print_help(stdout, command);
			return STATUS_OK + 1;
		}
		if (found < GETOPT_BASE)
			return usage_error(command->name) + 1;
		int status = take(arguments, known[found - GETOPT_BASE].id, optarg);

		if (status != STATUS_OK)
			return status + 1;
	}
	*words = optind;
	return 0;
}

static int plugin_status(int err, const struct why *why)
{
	if (!err)
		return STATUS_OK;
	message("%s", *why->text ? why->text : strerror(-err));
	return STATUS_USAGE;
}

int plugin_take(const char *path)
{
	struct why why = {0};

	return plugin_status(plugin_load(path, &why), &why);
}

int plugin_take_environment(void)
{
	struct why why = {0};

	return plugin_status(plugins_load_environment(&why), &why);
}
