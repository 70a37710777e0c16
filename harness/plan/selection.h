/* Which cells are wanted, as texts: from a section of a suite or from the command line, with the same keys. */
#ifndef IOWALK_PLAN_SELECTION_H
#define IOWALK_PLAN_SELECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "../../engines/why.h"

/* The keys of a selection, each `--key VALUE` (with - for _) on the command line. */
enum selection_key {
	KEY_WORKLOAD,
	KEY_GRAPH,
	KEY_NODES,
	KEY_DEGREE,
	KEY_UNDIRECTED,
	KEY_ROOT,
	KEY_ROOTS, /* becomes KEY_ROOT */
	KEY_LAYOUT,
	KEY_ENGINE,
	KEY_PROFILE, /* instead of layout and engine */
	KEY_CACHE,
	KEY_OPT,
	KEY_PROCESSES,
	KEY_REPETITIONS,
	KEY_MIN_TIME,
	KEY_ITERATIONS,
	KEY_PASSES,
	KEY_INTERLEAVE,
	KEY_SEED,
	KEY_MEMORY_LIMIT,
	KEY_THREADS,
	KEY_THRESHOLD, /* only in suites, for `gate` */
	KEY_COMMAND,   /* instead of workload and graph: a program */
	KEY_NAME,
	KEY_FILES,
	KEY_COMMAND_PREPARE,
	KEY_STDOUT_HASH,
	KEY_AGAINST, /* for `gate`: the other program */
	SELECTION_KEYS_COUNT
};

struct selection_key_info {
	const char *name;     /* in suites and records; with - for _ on the command line */
	const char *argument; /* placeholder, or NULL if it takes none */
	const char *fallback; /* the value if it is not given; NULL: none */
	const char *help;
};
extern const struct selection_key_info selection_keys[SELECTION_KEYS_COUNT];
bool selection_key_is_option(enum selection_key key); /* of `run`; the others are in suites only */

/* Texts as given, or NULL. KEY_OPT may be given more than once; its texts are joined by commas. */
struct selection {
	char *values[SELECTION_KEYS_COUNT];
};

/* -EINVAL with the valid keys in `why`. Values are checked by plan_add() (cell.h). */
int selection_set(struct selection *selection, const char *key, const char *value, struct why *why);
void selection_release(struct selection *selection);

/* Is `name` (name_len bytes) one of the selection's workloads, layouts or engines? */
bool selection_names(const struct selection *selection, const char *name, size_t name_len);

#endif
