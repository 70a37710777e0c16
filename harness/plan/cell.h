/*
 * What is to be measured: selections (from a suite's sections or the command line, the same keys
 * for both) and the cells they multiply out to.
 */
#ifndef IOWALK_PLAN_CELL_H
#define IOWALK_PLAN_CELL_H

#include <jansson.h>
#include <stdbool.h>

#include "../../workloads/workload.h"
#include "pass.h"

/* The keys of a selection, each `--key VALUE` (with - for _) on the command line. */
enum selection_key {
	KEY_WORKLOAD,
	KEY_GRAPH,
	KEY_NODES,
	KEY_DEGREE,
	KEY_UNDIRECTED,
	KEY_ROOT,
	KEY_LAYOUT,
	KEY_ENGINE,
	KEY_PROFILE, /* instead of layout and engine */
	KEY_CACHE,
	KEY_OPT,
	KEY_REPETITIONS,
	KEY_MIN_TIME,
	KEY_ITERATIONS,
	KEY_PASSES,
	KEY_INTERLEAVE,
	KEY_SEED,
	KEY_MEMORY_LIMIT,
	KEY_THREADS,
	KEY_THRESHOLD, /* only in a suite: `gate` reads it */
	SELECTION_KEYS_COUNT
};

struct selection_key_info {
	const char *name;     /* in suites and records; with - for _ on the command line */
	const char *argument; /* placeholder, or NULL if it takes none */
	const char *fallback; /* the value if it is not given; NULL: none */
	const char *help;     /* NULL: in suites only */
};
extern const struct selection_key_info selection_keys[SELECTION_KEYS_COUNT];

/* Texts as given, NULL where not given; KEY_OPT joins what is given more than once by commas. */
struct selection {
	char *values[SELECTION_KEYS_COUNT];
};

/* -EINVAL with the valid keys in `why`; the value is checked when cells are made. */
int selection_set(struct selection *selection, const char *key, const char *value, struct why *why);
void selection_release(struct selection *selection);

/* Whether `name` (of name_len bytes) is among the selection's workloads, layouts or engines. */
bool selection_names(const struct selection *selection, const char *name, size_t name_len);

struct cell {
	char *name;
	const struct workload_ops *workload;
	const struct graph_ops *graph;
	const struct layout_ops *layout;
	const struct engine_ops *engine;
	bool cold;
	struct graph_params params; /* params.path is owned */
	uint64_t workload_options[OPTIONS_MAX];
	uint64_t layout_options[OPTIONS_MAX];
	uint64_t engine_options[OPTIONS_MAX];
	/* What the name need not say: the defaults, or what the profile sets. */
	uint64_t layout_implied[OPTIONS_MAX];
	uint64_t engine_implied[OPTIONS_MAX];
	unsigned repetitions;     /* of the time pass */
	double min_time_s;        /* a warm sample walks as often as fills this */
	double threshold_percent; /* of a gate, where it is above the gate's own; else 0 */
	uint64_t iterations;      /* walks a sample; 0: worked out */
	unsigned passes;          /* bits of enum sample_pass */
	unsigned threads_count;   /* that share the work; 1 where not given */
	uint64_t
		memory_limit_bytes; /* the measured work runs in a group of this size; 0: in none */
	unsigned section;           /* cells of one section are one after the other, */
	bool interleave;            /* repetition by repetition round all of them where set */
	char *profile;              /* the name it was asked for by, or NULL */
	char *skipped;              /* why it cannot be run here, or NULL */
};

struct plan {
	char *suite;        /* its name; "run" without one */
	char *summary;      /* of the suite, or NULL */
	char *filter;       /* that plan_filter() was last given, or NULL */
	uint64_t seed;      /* of the order, and of graphs without a seed of their own */
	json_t *selections; /* array of {key: value}: what --resume makes the same plan from */
	json_t *limits;     /* array, as in record/run.h */
	json_t *claims;     /* the same */
	json_t *budgets; /* array of {"metric":, "percent":, "absolute":, "warm_only":}: of a gate */
	struct cell *cells;
	size_t cells_count, cells_capacity;
};

void plan_init(struct plan *plan);
void plan_release(struct plan *plan);

/*
 * Multiplies a selection out and adds its cells; a cell that is there already is not added again.
 * Unknown words, values out of range: -EINVAL, and `why` lists what is valid.
 */
int plan_add(struct plan *plan, const struct selection *selection, struct why *why);

/* A suite's file, after its sections' own keys those of `overrides`. `why` names file and line. */
int plan_add_suite(struct plan *plan, const char *path, const struct selection *overrides,
		   struct why *why);

/* A suite's file: a path as given, or the name of one that comes with the program. */
void plan_suite_path(const char *suite, char *path, size_t path_size);

/*
 * The plan of a record that is to be gone on with, from what its run.json (or gate.json) at `path`
 * says was asked for. -EINVAL where that makes other cells today.
 */
int plan_restore(struct plan *plan, const json_t *info, const char *path, struct why *why);

/* Marks the cells whose engine cannot work on files in `folder` as skipped. */
void plan_probe(struct plan *plan, const char *folder);

/* Keeps cells whose name matches (POSIX extended); how many are left. -EINVAL: no such expression.
 */
int plan_filter(struct plan *plan, const char *expression, struct why *why);

/* Keeps the cells that the claim called `id` compares. -EINVAL with the valid ones. */
int plan_keep_claim(struct plan *plan, const char *id, struct why *why);

/* CELL of run.json. New reference. */
json_t *cell_json(const struct cell *cell);

/*
 * The selection that plan_add() makes this one cell of: {key: value}, all texts, what decides the
 * work and not how often it is repeated. New reference; NULL without memory.
 */
json_t *cell_selection(const struct cell *cell);

/*
 * Sets the cell's options: defaults, then each of words[words_count] "owner.key=value" whose owner is
 * in the cell, which marks used[i].
 */
int cell_apply_options(struct cell *cell, char *const *words, size_t words_count, bool *used,
		       struct why *why);

/* The name, on the heap; NULL without memory. */
char *cell_make_name(const struct cell *cell);

/* Why engine, layout, workload and state cannot be put together, or NULL. */
const char *cell_obstacle(const struct cell *cell);

void cell_release(struct cell *cell);

/* The four tables alike, for lists and look-ups. */
enum table { TABLE_ENGINES, TABLE_LAYOUTS, TABLE_GRAPHS, TABLE_WORKLOADS, TABLES_COUNT };
struct table_entry {
	const char *name, *summary;
	const struct option_spec *options;
	uint32_t options_count;
};
/* Layouts and, behind them, references. */
const struct layout_ops *layout_at(size_t i);

/* The first engine or layout that has all of these capabilities, or NULL. */
const struct engine_ops *engine_with(uint32_t capabilities);
const struct layout_ops *layout_with(uint32_t capabilities);

size_t table_count(enum table table);
struct table_entry table_entry(enum table table, size_t i);

/* Index of `name`, or -1 with "unknown engine 'x'; valid: a, b, c" in `why`. */
int table_find(enum table table, const char *name, struct why *why);

#endif
