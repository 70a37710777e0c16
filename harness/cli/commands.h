/* The commands of the program, and what they share. */
#ifndef IOWALK_CLI_COMMANDS_H
#define IOWALK_CLI_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "../../engines/option.h"
#include "../base/message.h"

struct command {
	const char *name;
	const char *summary;
	int (*main)(int argc,
		    char **argv); /* argv[0] is the program's name; returns an exit status */
};

/* After getopt said what is wrong: how to get help. Returns STATUS_USAGE. */
int usage_error(const char *command);

/* --color: "auto", "always" or "never" for `stream`; false where it is none of these. */
bool color_parse(const char *when, FILE *stream, bool *color);

int command_run(int argc, char **argv);
int command_list(int argc, char **argv);
int command_verify(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_compare(int argc, char **argv);
int command_phase(int argc, char **argv);
int command_report(int argc, char **argv);
int command_export(int argc, char **argv);
int command_roofline(int argc, char **argv);
int command_gate(int argc, char **argv);
int command_calibrate(int argc, char **argv);
int command_worker(int argc, char **argv);

#endif
