/*
 * The options of all commands, each declared once: parsing, --help, the man page and the completion
 * for shells come from here.
 */
#ifndef IOWALK_CLI_OPTIONS_H
#define IOWALK_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "../plan/cell.h"

/* The keys of a selection are options too; their ids are CLI_SELECTION + enum selection_key. */
enum cli_option {
	CLI_SELECTION,
	CLI_AGAINST = CLI_SELECTION + SELECTION_KEYS_COUNT,
	CLI_AGAINST_PLUGIN,
	CLI_ALLOW_LOST,
	CLI_ANNOTATIONS,
	CLI_BASELINE,
	CLI_BUDGET,
	CLI_CACHE_DIR,
	CLI_CACHE_LIMIT,
	CLI_BUILD_MEMORY,
	CLI_CANDIDATE,
	CLI_CLAIM,
	CLI_COLOR,
	CLI_COSTS,
	CLI_COUNT,
	CLI_COUNTERS,
	CLI_COUNTS_ONLY,
	CLI_DRY_RUN,
	CLI_FAULT,
	CLI_FILE,
	CLI_FILTER,
	CLI_FIX,
	CLI_FOM,
	CLI_EXCLUDE,
	CLI_EXHAUSTIVE,
	CLI_PLUGIN,
	CLI_PREPARE,
	CLI_FORCE,
	CLI_FORMAT,
	CLI_FRESH,
	CLI_FROM,
	CLI_GATE,
	CLI_HISTORY,
	CLI_HOURS,
	CLI_INJECT,
	CLI_INJECT_SYSCALL,
	CLI_JSON,
	CLI_JUNIT,
	CLI_KEEP_GOING,
	CLI_LAYOUT_BINARY,
	CLI_LAYOUT,
	CLI_MARKDOWN,
	CLI_NO_PLOTS,
	CLI_NO_ROOFLINE,
	CLI_NO_SMT,
	CLI_NOTE,
	CLI_ONLY,
	CLI_OPT,
	CLI_ORDER_SEED,
	CLI_OUT,
	CLI_PARTIAL,
	CLI_PHASES,
	CLI_PRECISION,
	CLI_REPLACE,
	CLI_REPORT,
	CLI_RESAMPLES,
	CLI_TOGETHER,
	CLI_RESTORE,
	CLI_RESUME,
	CLI_SECONDS,
	CLI_SEED,
	CLI_SELFTEST,
	CLI_SHARD,
	CLI_SUITE,
	CLI_TARGETS,
	CLI_THRESHOLD,
	CLI_TIMEOUT,
};

#define CLI_OPTIONS_MAX 48
#define CLI_NAME_MAX    32

struct option_info {
	enum cli_option id;
	char name[CLI_NAME_MAX];
	const char *argument; /* placeholder, or NULL if it takes none */
	const char *fallback; /* default value; NULL: none, or the help text names it */
	const char *help;
	const char *group; /* heading in --help, or NULL */
};

/* The option number `i` of a command, in the order of --help; false after the last one. */
bool option_of_command(const char *command, size_t i, struct option_info *out);

#endif
