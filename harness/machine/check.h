/*
 * A check of `iowalk doctor`: what it looked at, what it found and, if that makes numbers
 * unreliable, the remedy. One check is one file in harness/machine/checks/: checks/load.c defines
 * `const struct doctor_check check_load`. The table of all checks is generated. A check tries what
 * can be tried: system calls are counted, a file is dropped from the page cache.
 */
#ifndef IOWALK_MACHINE_CHECK_H
#define IOWALK_MACHINE_CHECK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "../count/counters.h"

#define MIB (1024.0 * 1024.0)
#define GIB (1024.0 * MIB)

enum check_state { CHECK_OK, CHECK_WARN, CHECK_FAIL };

/* One line of `doctor`. FAIL: runs do not work; WARN: numbers are less reliable. */
struct check {
	const char *name;
	enum check_state state;
	struct why found;
	struct why remedy; /* empty if OK */
};

/* What a check may use, apart from the machine itself. */
struct check_context {
	const json_t *machine, *kernel, *storage, *build,
		*job;                  /* groups of the environment, or NULL */
	const char *folder;            /* of graph files */
	struct counter_info *counters; /* [counters_count] */
	size_t counters_count;
};

struct doctor_check {
	const char *name;
	unsigned order; /* checks are sorted by this number: 100, 200, … */
	/* Sets check->found, and state and remedy if something is wrong. */
	void (*look)(const struct check_context *context, struct check *check);
};

extern const struct doctor_check *const check_table[];
extern const size_t check_table_count;

/*
 * Runs all checks in their order; fills at most `max` and returns how many. `environment` is that
 * of environment_probe() for `folder`.
 */
size_t doctor_checks(const json_t *environment, const char *folder, struct check *out, size_t max);

/* ---- for checks ---- */

/* Sets the state to CHECK_WARN with a remedy. */
void check_warn(struct check *check, const char *remedy);

/* A text of a group of the environment, or NULL. */
const char *check_text(const json_t *group, const char *key);

/* A counter by its name, or NULL. */
const struct counter_info *check_counter(const struct check_context *context, const char *name);

/* Reports whether a counter is available: its source, or the reason and the remedy. */
void check_report_counter(const struct counter_info *info, struct check *check);

/* Finds a command in $PATH. */
bool check_find_command(const char *name, char *path, size_t path_size);

#endif
