/*
 * A command of the program. One command is one file in harness/cli/commands/: commands/run.c
 * defines `const struct command command_run`. The table of all commands is generated; their options
 * are declared in options.c.
 */
#ifndef IOWALK_CLI_COMMAND_H
#define IOWALK_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "../base/message.h"
#include "options.h"

struct command {
	const char *name;
	unsigned order;          /* commands are listed by this number */
	const char *summary;     /* half a line for `iowalk --help` */
	const char *usage;       /* "run [OPTION]..."; more forms follow on lines of their own */
	const char *description; /* paragraphs, with line ends; may be NULL */
	const char *epilogue;    /* printed after the options; may be NULL */
	bool takes_program;      /* the words after the options are a program with its arguments */
	/* argv[0] is the program's name. Returns an exit status. */
	int (*main)(int argc, char **argv);
};

extern const struct command *const command_table[];
extern const size_t command_table_count;

/* The commands by their order number; the caller frees. NULL if out of memory. */
const struct command **commands_sorted(void);

/* What `iowalk COMMAND --help` prints. */
void command_print_help(FILE *out, const struct command *command);

/*
 * Parses the options of a command with getopt_long(3). Calls take() for each option, with its value
 * or NULL. take() returns 0, or prints a message and returns an exit status. --help is handled
 * here. Returns 0, with the index of the first word in *words (getopt moves words behind the
 * options), or an exit status plus 1.
 */
int command_parse(const struct command *command, int argc, char **argv, void *arguments,
		  int (*take)(void *arguments, enum cli_option option, const char *value),
		  int *words);

/*
 * Calls take() with the default of each option that the table gives one, so that no default is written
 * twice. Not for the keys of a selection, whose defaults the plan applies, nor for a default with a
 * <placeholder>.
 */
void command_defaults(const struct command *command, void *arguments,
		      int (*take)(void *arguments, enum cli_option option, const char *value));

/* Prints how to get help; called after the message about an error. Returns STATUS_USAGE. */
int usage_error(const char *command);

/* Parses --color WHEN for `stream`. A message and STATUS_USAGE if WHEN is not auto, always or
 * never. */
int color_parse(const char *when, FILE *stream, bool *color);

/* Loads the plug-in of --plugin, and those of the environment. A message and STATUS_USAGE if one cannot be
 * loaded. */
int plugin_take(const char *path);
int plugin_take_environment(void);

/* Stores an option that is a key of a selection; NULL is a flag. A message and STATUS_USAGE if there is no such key. */
int key_take(struct selection *selection, enum cli_option option, const char *value);

/* The name of an option of this command that is a key of a selection and was given, in *option, or NULL. */
const char *key_given(const struct command *command, const struct selection *selection,
		      struct option_info *option);

/* Parses a number above 0 and up to `max`. A message and STATUS_USAGE if `text` is not one. */
int number_parse(const char *option, const char *text, double max, double *value);

#endif
