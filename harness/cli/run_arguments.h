/* What `iowalk run` and `iowalk profile` are asked for. */
#ifndef IOWALK_CLI_RUN_ARGUMENTS_H
#define IOWALK_CLI_RUN_ARGUMENTS_H

#include "../count/counters.h"
#include "../measure/precision.h"
#include "../measure/shard.h"
#include "../plan/cell.h"
#include "command.h"

/* The texts are borrowed from the command line; the caller releases the selection. */
struct run_arguments {
	const struct command *command;
	struct selection selection;
	const char *suite, *filter, *exclude, *prepare, *claim, *out, *resume, *cache_dir, *costs;
	struct shard shard; /* count 0: none is asked for */
	uint64_t cache_limit_bytes, build_memory_bytes, seed;
	bool has_seed, dry_run, json, no_plots, no_roofline, use_color, fom;
	enum counters_mode counters;
	struct precision precision;
	bool has_budget, has_plugin;
	double timeout_s;
};

/* 0, or an exit status plus 1 after a message or help; see command_parse(). `passes` are those of the cells
 * if the options name none; may be NULL. */
int run_arguments_parse(const struct command *command, const char *passes,
			struct run_arguments *arguments, int argc, char **argv);

#endif
