/*
 * A program of the user as a workload: an iteration starts it and waits for its end. It uses neither
 * engine nor layout and has no graph; in a record its engine is the command's name. It is in no
 * table, because it needs more than a name.
 */
#ifndef IOWALK_COMMAND_H
#define IOWALK_COMMAND_H

#include "../workload.h"

struct user_command {
	char *name;  /* in the record */
	char *text;  /* the command line, quoted as for a shell */
	char **argv; /* [words + 1] NULL ends them */
	char *files; /* patterns (glob(7)) between commas: the files whose cache state is set; NULL: none */
	char *prepare;    /* command for /bin/sh before each run, not measured; NULL: none */
	bool hash_stdout; /* its output is compared: answer.fold is the hash */
	struct user_command
		*against; /* the same with another program, for a gate; owned; NULL: none */
};

/*
 * A run fails with -EIO and the reason in why() unless the program ends with exit status 0 and leaves no process
 * behind. Its standard input is empty; its standard output is discarded or, with hash_stdout, kept in memory until
 * the run has ended. The last line of its standard error is part of the reason.
 */
extern const struct workload_ops command_workload;

void user_command_free(struct user_command *command);

#endif
