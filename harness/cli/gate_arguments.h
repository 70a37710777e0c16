/* What the command line of iowalk gate says. */
#ifndef IOWALK_CLI_GATE_ARGUMENTS_H
#define IOWALK_CLI_GATE_ARGUMENTS_H

#include "../gate/state.h"
#include "../gate/output.h"

/* Texts are the command line's; NULL where they are not given. */
struct gate_arguments {
	struct gate_settings gate;
	const char *suite, *filter, *out, *resume, *cache_dir, *color;
	const char *baseline_run;
	char *inject_cell; /* of --inject CELL=PCT, or NULL */
	struct gate_output output;
	bool selftest, has_threshold;
};

/*
 * Reads the options, and refuses with a message what cannot be given together. 0, or the exit status
 * plus one: --help has been printed then, or why not. To be released in any case.
 */
int gate_arguments_parse(struct gate_arguments *arguments, int argc, char **argv);
void gate_arguments_release(struct gate_arguments *arguments);

#endif
