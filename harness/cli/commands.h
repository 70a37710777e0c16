/* The commands of the program, and what they share: exit status, messages, the data folder. */
#ifndef IOWALK_CLI_COMMANDS_H
#define IOWALK_CLI_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "../../engines/option.h"

enum exit_status {
	STATUS_OK = 0,
	STATUS_FAILURE = 1, /* of the program or the machine: a wrong answer is one */
	STATUS_USAGE = 2,   /* bad usage or input */
	STATUS_REGRESSION = 3,
	STATUS_INCONCLUSIVE = 4,
};

struct command {
	const char *name;
	const char *summary;
	int (*main)(int argc,
		    char **argv); /* argv[0] is the program's name; returns an exit status */
};

/* One line on stderr, "iowalk: " before it. */
void message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* After getopt said what is wrong: how to get help. Returns STATUS_USAGE. */
int usage_error(const char *command);

/* --color: "auto", "always" or "never" for `stream`; false where it is none of these. */
bool color_parse(const char *when, FILE *stream, bool *color);

/* 2 for what the user gave (-EINVAL, -ENOENT, -EBADMSG, …), else 1. */
int status_of(int err);

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
