/* The command line of iowalk gate. */
#ifndef IOWALK_CLI_GATE_ARGUMENTS_H
#define IOWALK_CLI_GATE_ARGUMENTS_H

#include "../gate/state.h"
#include "command.h"
#include "../gate/output.h"

#define BASELINES_MAX       32
#define AGAINST_PLUGINS_MAX 16

/* The texts are borrowed from the command line; NULL if not given. */
struct gate_arguments {
	struct gate_settings gate;
	const char *suite, *filter, *exclude, *out, *resume, *cache_dir;
	const char *default_suite;            /* used if `suite` is NULL */
	const char *baselines[BASELINES_MAX]; /* stored runs */
	size_t baselines_count;
	const char *against_plugins[AGAINST_PLUGINS_MAX];
	size_t against_plugins_count;
	json_t *baseline_plugins;   /* of them, or NULL; owned */
	char *inject_cell;          /* of --inject CELL=PCT, or NULL */
	struct selection selection; /* of --command and the options that are about it */
	struct gate_output output;
	bool selftest, has_threshold, has_plugin;
	bool has_baseline; /* named by an option, not by the suite */
};

#define GATE_NEEDS_BASELINE                                                                        \
	"gate needs a baseline: --against BINARY, --against-plugin PATH.so, --against-command "    \
	"CMD or "                                                                                  \
	"--baseline RUN"

/*
 * Reads the options of the command and refuses combinations that cannot be given together. 0, or
 * the exit status plus 1 after --help or a message. Release *arguments in any case.
 */
int gate_arguments_parse(const struct command *command, struct gate_arguments *arguments, int argc,
			 char **argv);
void gate_arguments_release(struct gate_arguments *arguments);

#endif
