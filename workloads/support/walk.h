/*
 * Level-synchronous breadth-first search over a store.
 *
 * All nodes found stand in one queue in the order they were found, so that a level is a slice of
 * it: that slice is the frontier handed to neighbors_batch(). Memory: 12 bytes a node (queue u64,
 * levels u32), and an eighth of a byte more with sorted levels.
 */
#ifndef IOWALK_WALK_H
#define IOWALK_WALK_H

#include <time.h>

#include "session.h"
#include "../../engines/support/clock.h"

#define WALK_WINDOW_MAX 1024

struct walk {
	uint64_t nodes_count;
	size_t window;      /* nodes handed out at once, 1 to WALK_WINDOW_MAX */
	uint32_t depth_max; /* levels below the root's */
	bool sorted;        /* each level by id, instead of as found */
	uint32_t *levels;   /* [nodes_count] */
	uint64_t *queue;    /* [nodes_count] */
	uint64_t *bitmap;   /* [nodes_count / 64 + 1], only where sorted */
	struct walk_summary
		summary; /* counts of the last walk; the hash is made by walk_answer() */
	struct neighbors found[WALK_WINDOW_MAX];
};

int walk_init(struct walk *walk, uint64_t nodes_count, size_t window, bool sorted);
void walk_release(struct walk *walk);

/* Tells the engine that a walk begins, before its first read, where it wants to be told ahead. */
void walk_announce(struct store *store);

/* -EBADMSG where a neighbour is no node of the graph. */
int walk_run(struct walk *walk, struct store *store, uint64_t root);

/* The same a node at a time, each with a timestamp before its expansion and after its neighbours
 * were looked at. */
int walk_run_latency(struct walk *walk, struct store *store, uint64_t root,
		     struct latency_sink *sink);

/* Sorts nodes of one level by id; the walk was made `sorted`. */
void walk_sort_level(struct walk *walk, uint64_t *nodes, size_t count);

/* -EBADMSG, with the words in store->why. */
int walk_bad_neighbor(struct store *store, uint64_t node, uint64_t id);

/* Hash and counts of the last walk, from its levels. */
void walk_answer(const struct walk *walk, struct answer *out);

/* The reference's walk: `expect` of every workload that walks. */
int walk_expect(const struct workload_env *env, struct answer *out, struct why *why);

/* The options of every workload that walks, first in their tables. */
#define WALK_OPTIONS                                                                               \
	{                                                                                          \
		.name = "order",                                                                   \
		.type = OPTION_CHOICE,                                                             \
		.choices = walk_order_choices,                                                     \
		.help = "a level's nodes as found, or sorted by id",                               \
	},                                                                                         \
		{                                                                                  \
			.name = "window",                                                          \
			.type = OPTION_U64,                                                        \
			.default_value = 64,                                                       \
			.min = 1,                                                                  \
			.max = WALK_WINDOW_MAX,                                                    \
			.help = "frontier nodes handed to the layout at once",                     \
		},                                                                                 \
		{                                                                                  \
			.name = "advise",                                                          \
			.type = OPTION_CHOICE,                                                     \
			.choices = session_advise_choices,                                         \
			.help = "what the engine is told of how the file will be read",            \
		},                                                                                 \
	{                                                                                          \
		.name = "depth", .type = OPTION_U64, .max = UINT32_MAX - 1,                        \
		.help = "levels below the root that are looked for; 0: all",                       \
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
