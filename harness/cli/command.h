/*
 * A command of the program. One command is one file in harness/cli/commands/: commands/run.c defines
 * `const struct command command_run`. The table of all commands is generated; their options are declared
 * in options.c.
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
 * Parses the options of a command as getopt_long(3) does. Calls take() for each, with the value or NULL; take()
 * returns 0, or an exit status after it has said what is wrong. --help is handled here. The result is
 * 0, with the index of the first word in *words (getopt sorts words to the end), or an exit status
 * plus 1.
 */
int command_parse(const struct command *command, int argc, char **argv, void *arguments,
		  int (*take)(void *arguments, enum cli_option option, const char *value),
		  int *words);

/* After a message about what is wrong: says how to get help. Returns STATUS_USAGE. */
int usage_error(const char *command);

/* --color WHEN for `stream`; a message and STATUS_USAGE if WHEN is none of auto, always, never. */
int color_parse(const char *when, FILE *stream, bool *color);

/* A number above 0 and up to `max`; else a message and STATUS_USAGE. */
int number_parse(const char *option, const char *text, double max, double *value);

#endif
