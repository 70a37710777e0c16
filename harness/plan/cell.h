/* What is to be measured: the cells that selections expand to. */
#ifndef IOWALK_PLAN_CELL_H
#define IOWALK_PLAN_CELL_H

#include <jansson.h>
#include <stdbool.h>

#include "../../workloads/support/command.h"
#include "../plugin/load.h"
#include "pass.h"
#include "selection.h"

struct cell {
	char *name;
	struct user_command *command; /* the program; NULL in cells with a graph */
	const struct workload_ops *workload;
	const struct graph_ops *graph;
	const struct layout_ops *layout;
	const struct engine_ops *engine;
	bool cold;
	struct graph_params params; /* params.path is owned */
	unsigned drawn_root;        /* number of the root that is drawn; 0: none, see params.root */
	uint64_t workload_options[OPTIONS_MAX];
	uint64_t layout_options[OPTIONS_MAX];
	uint64_t engine_options[OPTIONS_MAX];
	/* The values that the name omits: the defaults, or what the profile sets. */
	uint64_t layout_implied[OPTIONS_MAX];
	uint64_t engine_implied[OPTIONS_MAX];
	unsigned processes;       /* fresh processes of a run that measure it; a gate has its own */
	unsigned repetitions;     /* of the time pass, in each process */
	double min_time_s;        /* a warm sample repeats the walk for at least this long */
	double threshold_percent; /* for a gate, if it is above the gate's threshold; else 0 */
	uint64_t iterations;      /* walks per sample; 0: computed from min_time */
	unsigned passes;          /* bits of enum sample_pass */
	unsigned threads_count;   /* that share the work; default 1 */
	uint64_t memory_limit_bytes; /* size of the cgroup of the measured work; 0: none */
	unsigned section;            /* index of the suite's section; its cells are consecutive, */
	bool interleave;             /* its section's cells stay together in a round of a run */
	char *profile;               /* the name of its profile, or NULL */
	char *skipped;               /* why it cannot run on this machine, or NULL */
};

struct plan {
	char *suite;        /* name of the suite; "run" without one */
	char *summary;      /* of the suite, or NULL */
	char *exclude;      /* of plan_select(), or NULL */
	char *filter;       /* the last argument of plan_filter(), or NULL */
	char *prepare;      /* command before each sample (shell.h), or NULL */
	uint64_t seed;      /* of the order of cells, and of graphs without a seed */
	json_t *selections; /* array of {key: value}, from which --resume makes the same plan */
	json_t *shard;      /* of a part of a plan (measure/shard.h), or NULL */
	json_t *limits;     /* array, as in record/run.h */
	json_t *claims;     /* the same */
	json_t *accepts; /* array of {"pattern":, "reason":, "until":}, for a gate (judge/accept.h) */
	json_t *budgets; /* array of {"metric":, "percent":, "absolute":, "warm_only":}, for a gate */
	struct cell *cells;
	size_t cells_count, cells_capacity;
	size_t repeated_count; /* cells that were asked for more than once; each is there once */
};

void plan_init(struct plan *plan);
void plan_release(struct plan *plan);

/* Adds all combinations of a selection as cells, without those that the plan already has. -EINVAL for unknown words and values
 * out of range; `why` lists what is valid. */
int plan_add(struct plan *plan, const struct selection *selection, struct why *why);

/* Adds the cells of a suite's file. Keys of `overrides` replace those of the sections. `why` names file and line. */
int plan_add_suite(struct plan *plan, const char *path, const struct selection *overrides,
		   struct why *why);

/* The file of a suite: a path, or the name of a suite that comes with the program. */
void plan_suite_path(const char *suite, char *path, size_t path_size);

/* The plan of a record that is to be continued, from the selections in its run.json (or gate.json) at `path`; of a shard, only
 * its own cells. -EINVAL: this build makes other cells of them. Its plug-ins are loaded before (plugins_restore()). */
int plan_restore(struct plan *plan, const json_t *info, const char *path, struct why *why);

/* Marks the cells whose engine cannot work on files in `folder` as skipped. */
void plan_probe(struct plan *plan, const char *folder);

/* Keeps the cells for which keeps() says so, in their order; it is asked once for each, with its index before. */
void plan_keep(struct plan *plan, bool (*keeps)(const struct cell *cell, size_t i, void *context),
	       void *context);

/* Keeps the cells whose name matches (POSIX extended) and returns how many are left. -EINVAL: the expression is invalid. */
int plan_filter(struct plan *plan, const char *expression, struct why *why);

/* Keeps the cells whose name matches the regular expression `filter` and not `exclude`; NULL: all, none. -EINVAL with the reason:
 * an expression is wrong or matches no cell, or none is left. */
int plan_select(struct plan *plan, const char *filter, const char *exclude, struct why *why);

/* The command that a gate compares with another one, if the plan has no other cells; else NULL. */
const struct user_command *plan_one_command(const struct plan *plan);

/* Is each cell a command that says what it is compared with? */
bool plan_has_baselines(const struct plan *plan);

/* Keeps the cells that the claim `id` compares. -EINVAL with the valid names. */
int plan_keep_claim(struct plan *plan, const char *id, struct why *why);

/* The entry of a cell in run.json. New reference. */
json_t *cell_json(const struct cell *cell);

/* The selection from which plan_add() makes exactly this cell: {key: value}, all texts. It contains what determines the work,
 * not how often it is repeated. New reference; NULL if out of memory. */
json_t *cell_selection(const struct cell *cell);

/* Sets the options of a cell: the defaults, then each of words[words_count] "owner.key=value" whose owner is part of the cell;
 * used[i] is set for those. */
int cell_apply_options(struct cell *cell, char *const *words, size_t words_count, bool *used,
		       struct why *why);

/* The name; the caller frees it. NULL if out of memory. */
char *cell_make_name(const struct cell *cell);

/* Does each walk of the cell begin anew: with a dropped cache, or a new file? Then a sample is one walk. */
bool cell_walks_anew(const struct cell *cell);

/* Why engine, layout, workload and cache state cannot be combined, or NULL. */
const char *cell_obstacle(const struct cell *cell);

/* The plug-in whose engine the cell uses, also inside another one; NULL: none. */
const struct plugin *cell_plugin(const struct cell *cell);

/* "plug-in 'NAME': TEXT" for a cell of a plug-in, else TEXT: why it failed or is skipped. */
void cell_reason(const struct cell *cell, const char *text, char *named, size_t named_size);

void cell_release(struct cell *cell);

/* The four tables in the same form, for lists and lookups. */
enum table { TABLE_ENGINES, TABLE_LAYOUTS, TABLE_GRAPHS, TABLE_WORKLOADS, TABLES_COUNT };
struct table_entry {
	const char *name, *summary;
	const struct option_spec *options;
	uint32_t options_count;
};
/* Layouts, followed by references. */
const struct layout_ops *layout_at(size_t i);

/* The first engine or layout that has all of these capabilities, or NULL. */
const struct engine_ops *engine_with(uint32_t capabilities);
const struct layout_ops *layout_with(uint32_t capabilities);

size_t table_count(enum table table);
struct table_entry table_entry(enum table table, size_t i);

/* Index of `name`, or -1 with "unknown engine 'x'; valid: a, b, c" in `why`. */
int table_find(enum table table, const char *name, struct why *why);

#endif
