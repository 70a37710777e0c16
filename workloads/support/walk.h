/*
 * Level-synchronous breadth-first search over a store.
 *
 * The nodes of a narrow level are a slice of a queue, in the order in which they were found (order=sorted: by id), and
 * neighbours are looked up in the levels. A wide level is a bitmap (wide_level.h): its nodes come by id, so
 * that the file is read from its beginning to its end, and the only memory that is used in random order is
 * one bit per node. With order=found the queue has room for all nodes, and no level is wide.
 *
 * Memory per node: a level of 1 byte, three bits, and 1/16 of a queue entry: 1.875 bytes (and at least 512 KiB for the
 * queue, or all nodes); with order=found 9 bytes. The nodes beyond level 253 take 4 more.
 */
#ifndef IOWALK_WALK_H
#define IOWALK_WALK_H

#include <time.h>

#include "session.h"
#include "../../engines/support/clock.h"

#define WALK_WINDOW_MAX 1024

/* The byte of a node's level: 0 to 253; or one of these. */
#define WALK_LEVEL_DEEP      254 /* see walk->deep */
#define WALK_LEVEL_UNREACHED 255

enum walk_order {
	WALK_ORDER_AUTO, /* wide levels by id, narrow ones as found */
	WALK_ORDER_FOUND,
	WALK_ORDER_SORTED,
};

enum walk_direction {
	WALK_DIRECTION_AUTO,
	WALK_DIRECTION_DOWN, /* from the nodes of a level to their neighbours */
	WALK_DIRECTION_UP, /* wide levels: from nodes not reached to the level, if the store can (wide_can_go_up()) */
};

/* Where a walk is, between two levels. */
struct walk_position {
	uint64_t head, end; /* the level's nodes are queue[head .. end) */
	uint64_t edges_count;
	uint64_t level_edges_count; /* those of them that begin on this level */
	uint32_t depth;             /* of that level */
};

/* Threads that share the work of a wide level (parallel_walk.c). Called by the walk's own thread. */
struct walk_team {
	/* wide_expand() or wide_expand_up() for the whole level; adds to *edges_count as they do. */
	int (*expand)(struct walk_team *team, bool up, uint64_t *edges_count);
	/* wide_finish() for all words. */
	uint64_t (*finish)(struct walk_team *team, uint32_t depth);
	uint64_t nodes_min; /* a level of fewer nodes is not worth sharing */
};

struct walk {
	uint64_t nodes_count;
	size_t window;      /* nodes per call of neighbors_batch(), 1 to WALK_WINDOW_MAX */
	uint32_t depth_max; /* levels below that of the root */
	enum walk_order order;
	enum walk_direction direction;
	uint8_t *levels; /* [nodes_count] */
	uint32_t *
		deep; /* [nodes_count] levels of nodes with WALK_LEVEL_DEEP; NULL until there is one */
	uint64_t *queue; /* [queue_capacity] */
	uint64_t queue_capacity;
	uint64_t queue_limit; /* no more entries; UINT64_MAX if all nodes fit */
	uint64_t wide_min;    /* a level of more nodes is wide; UINT64_MAX: none is */
	/* Bitmaps [walk_words(walk)] for wide levels, or NULL: nodes of this and earlier levels, of this level, of the
	 * next. */
	uint64_t *visited, *level_bits, *next_bits;
	struct walk_team *team; /* borrowed; NULL: one thread */
	struct walk_position position;
	uint64_t
		began_ns; /* of the expansion that found the queue full, if latencies are recorded */
	struct walk_summary summary; /* counts of the last walk; walk_answer() computes the hash */
	struct neighbors found[WALK_WINDOW_MAX];
};

/* Words of a bitmap. */
static inline uint64_t walk_words(const struct walk *walk)
{
	return walk->nodes_count / 64 + 1;
}

static inline uint8_t walk_level_byte(uint32_t depth)
{
	return depth < WALK_LEVEL_DEEP ? (uint8_t)depth : WALK_LEVEL_DEEP;
}

int walk_init(struct walk *walk, uint64_t nodes_count, size_t window, enum walk_order order);
void walk_release(struct walk *walk);

/* Bytes of memory for a walk beside those of engine and layout, without levels beyond 253. */
uint64_t walk_memory_bytes(uint64_t nodes_count, unsigned threads_count, enum walk_order order);

/* Allocates walk->deep if a walk comes to level `depth` and needs it. */
int walk_reserve_deep(struct walk *walk, uint32_t depth);

/* Announces the start of a walk to an engine that takes announcements. */
void walk_announce(struct store *store);

/* -EBADMSG if a neighbour is no node of the graph. */
int walk_run(struct walk *walk, struct store *store, uint64_t root);

/* The same, one node at a time, with timestamps before its expansion and after its neighbours were
 * processed. */
int walk_run_latency(struct walk *walk, struct store *store, uint64_t root,
		     struct latency_sink *sink);

/* Both for one width of ids (store->narrow_ids), called by them. */
int walk_run_ids64(struct walk *walk, struct store *store, uint64_t root);
int walk_run_ids64_latency(struct walk *walk, struct store *store, uint64_t root,
			   struct latency_sink *sink);
int walk_run_ids32(struct walk *walk, struct store *store, uint64_t root);
int walk_run_ids32_latency(struct walk *walk, struct store *store, uint64_t root,
			   struct latency_sink *sink);

/* The same as walk_run(), with a call after each level. */
int walk_run_levels(struct walk *walk, struct store *store, uint64_t root,
		    struct level_sink *levels);

/* Sorts the nodes of a narrow level by id. */
void walk_sort_level(uint64_t *nodes, size_t count);

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
		.tunable = OPTION_TRY("auto", "found", "sorted"),                                  \
		.help = "a level's nodes sorted by id, or as found; auto: wide ones sorted",       \
	},                                                                                         \
		{                                                                                  \
			.name = "window",                                                          \
			.type = OPTION_U64,                                                        \
			.default_value = 1024,                                                     \
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
		{                                                                                  \
			.name = "depth",                                                           \
			.type = OPTION_U64,                                                        \
			.max = UINT32_MAX - 1,                                                     \
			.help = "levels below the root to walk; 0: all",                           \
		},                                                                                 \
	{                                                                                          \
		.name = "direction", .type = OPTION_CHOICE, .choices = walk_direction_choices,     \
		.tunable = OPTION_TRY("auto", "down", "up"), .role = OPTION_ROLE_DIRECTION,        \
		.help = "wide levels: down to neighbours, or up from nodes not reached yet",       \
	}
enum {
	WALK_OPTION_ORDER,
	WALK_OPTION_WINDOW,
	WALK_OPTION_ADVISE,
	WALK_OPTION_DEPTH,
	WALK_OPTION_DIRECTION,
	WALK_OPTIONS_COUNT
};
extern const char *const walk_order_choices[], *const walk_direction_choices[];

/* walk_init() from the values of WALK_OPTIONS. With more than one thread WALK_ORDER_FOUND counts as auto: there is no one
 * order of finding. */
int walk_init_options(struct walk *walk, uint64_t nodes_count, unsigned threads_count,
		      const uint64_t *options);

#endif
