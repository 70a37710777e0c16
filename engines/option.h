/*
 * Options of engines, layouts, graphs and workloads. Each is declared once in a table; `--opt
 * OWNER.KEY=VALUE`, suites, cell names and `iowalk list` use the table.
 */
#ifndef IOWALK_OPTION_H
#define IOWALK_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "why.h"

enum option_type {
	OPTION_BOOL, /* 0 or 1; also accepts on/off, true/false, yes/no */
	OPTION_U64, /* a whole number between min and max, both included; K, M, G suffixes of 1024 */
	OPTION_CHOICE, /* one of a list of words; the value is its index */
	OPTION_ENGINE, /* the name of an engine that keeps its data in a file and wraps no other; value 0
			* is the one with ENGINE_BUILDS (support/choose.h) */
};

/* What the harness may use an option for. It finds the option by its role, never by its name. */
enum option_role {
	OPTION_ROLE_NONE,
	OPTION_ROLE_CACHE_BYTES,   /* memory that each instance takes for a cache */
	OPTION_ROLE_WRAPPED,       /* ENGINE_WRAPS: the engine inside; an OPTION_ENGINE */
	OPTION_ROLE_SLOWER,        /* ENGINE_WRAPS: time added, in thousandths */
	OPTION_ROLE_SYSCALL_EVERY, /* ENGINE_WRAPS: one more system call every n operations */
	OPTION_ROLE_DIRECTION,     /* a walk may go up, where the file tells who points to a node */
	OPTION_ROLE_IN_EDGES,      /* the file has in-edges */
};

struct option_spec {
	const char *name;
	enum option_type type;
	uint64_t default_value;
	uint64_t min, max;          /* OPTION_U64 only */
	const char *const *choices; /* OPTION_CHOICE only: words, ended by NULL */
	const char *help;           /* half a line, no full stop */
	bool always_named;          /* part of a cell's name even if it is the default */
	enum option_role role;
	/* Words worth trying, in their order, ended by NULL: `iowalk tune` searches them. NULL: not searched. Only for
	 * options that change how something is done: answer, file and cache state stay what they were. */
	const char *const *tunable;
};

#define OPTION_TRY(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Index of the option called `name` (of `name_len` bytes), or -1. */
int option_find(const struct option_spec *specs, size_t specs_count, const char *name,
		size_t name_len);

/* Index of the first option with this role, or -1. */
int option_with_role(const struct option_spec *specs, size_t specs_count, enum option_role role);

/* The i-th of the words that an OPTION_CHOICE or OPTION_ENGINE accepts; NULL after the last, and for
 * other types. */
const char *option_choice(const struct option_spec *spec, size_t i);

/* Parses `text` as a value of `spec`. -EINVAL if it is not one, with the valid values in `why`. */
int option_parse(const struct option_spec *spec, const char *text, uint64_t *value,
		 struct why *why);

/* Writes a value in the form that option_parse() accepts. Returns the length, as snprintf() does. */
int option_format(const struct option_spec *spec, uint64_t value, char *text, size_t text_size);

/* values[i] = specs[i].default_value for all i. */
void option_defaults(const struct option_spec *specs, size_t specs_count, uint64_t *values);

/* The values of an OPTION_ENGINE, for option.c: name of a value (NULL: none), i-th choice (NULL after the
 * last), value of a name (-EINVAL). */
const char *option_engine_name(uint64_t value);
const char *option_engine_choice(size_t i);
int option_engine_parse(const char *text, uint64_t *value);

/* Most options of a table, so that arrays of values can have a fixed size. */
#define OPTIONS_MAX 16

#endif
