/*
 * Level-synchronous breadth-first search over a store.
 *
 * All found nodes are in one queue in the order in which they were found, so a level is a slice of
 * it. That slice is the frontier for neighbors_batch(). Memory: 12 bytes per node (queue u64,
 * levels u32), and one bit more with sorted levels.
 */
#ifndef IOWALK_WALK_H
#define IOWALK_WALK_H

#include <time.h>

#include "session.h"
#include "../../engines/support/clock.h"

#define WALK_WINDOW_MAX 1024

struct walk {
	uint64_t nodes_count;
	size_t window;               /* nodes per call of neighbors_batch(), 1 to WALK_WINDOW_MAX */
	uint32_t depth_max;          /* levels below that of the root */
	bool sorted;                 /* nodes of a level are sorted by id */
	uint32_t *levels;            /* [nodes_count] */
	uint64_t *queue;             /* [nodes_count] */
	uint64_t *bitmap;            /* [nodes_count / 64 + 1] if sorted, else NULL */
	struct walk_summary summary; /* counts of the last walk; walk_answer() computes the hash */
	struct neighbors found[WALK_WINDOW_MAX];
};

int walk_init(struct walk *walk, uint64_t nodes_count, size_t window, bool sorted);
void walk_release(struct walk *walk);

/* Announces the start of a walk to an engine that takes announcements. */
void walk_announce(struct store *store);

/* -EBADMSG if a neighbour is no node of the graph. */
int walk_run(struct walk *walk, struct store *store, uint64_t root);

/* The same, one node at a time, with timestamps before its expansion and after its neighbours were
 * processed. */
int walk_run_latency(struct walk *walk, struct store *store, uint64_t root,
		     struct latency_sink *sink);

/* The same as walk_run(), with a call after each level. */
int walk_run_levels(struct walk *walk, struct store *store, uint64_t root,
		    struct level_sink *levels);

/* Sorts the nodes of one level by id. The walk must have been initialised as `sorted`. */
void walk_sort_level(struct walk *walk, uint64_t *nodes, size_t count);

/* Returns -EBADMSG with the reason in store->why. */
int walk_bad_neighbor(struct store *store, uint64_t node, uint64_t id);

/* Computes hash and counts of the last walk from its levels. */
void walk_answer(const struct walk *walk, struct answer *out);

/* The expected walk: hook `expect` of every workload that walks. */
int walk_expect(const struct workload_env *env, struct answer *out, struct why *why);

/* The options of every workload that walks; they are the first of its table. */
#define WALK_OPTIONS                                                                               \
	{                                                                                          \
		.name = "order",                                                                   \
		.type = OPTION_CHOICE,                                                             \
		.choices = walk_order_choices,                                                     \
		.tunable = OPTION_TRY("found", "sorted"),                                          \
		.help = "nodes of a level in the order found, or sorted by id",                    \
	},                                                                                         \
		{                                                                                  \
			.name = "window",                                                          \
			.type = OPTION_U64,                                                        \
			.default_value = 64,                                                       \
			.min = 1,                                                                  \
			.max = WALK_WINDOW_MAX,                                                    \
			.tunable = OPTION_TRY("16", "64", "256", "1024"),                          \
			.help = "frontier nodes that the layout expands at once",                  \
		},                                                                                 \
		{                                                                                  \
			.name = "advise",                                                          \
			.type = OPTION_CHOICE,                                                     \
			.choices = session_advise_choices,                                         \
			.tunable = OPTION_TRY("normal", "sequential", "random"),                   \
			.help = "access pattern that the engine is advised of",                    \
		},                                                                                 \
	{                                                                                          \
		.name = "depth", .type = OPTION_U64, .max = UINT32_MAX - 1,                        \
		.help = "levels below the root to walk; 0: all",                                   \
	}
enum {
	WALK_OPTION_ORDER,
	WALK_OPTION_WINDOW,
	WALK_OPTION_ADVISE,
	WALK_OPTION_DEPTH,
	WALK_OPTIONS_COUNT
};
extern const char *const walk_order_choices[];

/* walk_init() from the values of WALK_OPTIONS. */
int walk_init_options(struct walk *walk, uint64_t nodes_count, const uint64_t *options);

#endif
