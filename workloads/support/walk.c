/* Breadth-first search over a store, what its loops have in common: see walk.h. */
#include "walk.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *const walk_order_choices[] = {"auto", "found", "sorted", NULL};
const char *const walk_direction_choices[] = {"auto", "down", "up", NULL};

/*
 * A level with more than 1/256 of the nodes, and more than 512, is wide. Found on csr, mmap, warm, in turns: with a million
 * nodes (random with 2 and 16 edges per node, rmat with 8) shares of 1/16 to 1/1024 take the same time within 5 %,
 * and for a cold file a smaller one means that more of it is read in order. With 64 nodes instead of 512 a walk over
 * 1000 nodes takes half as long again, because the bitmaps cost more than they save; with 2048 a walk over
 * 10 000 nodes takes 12 % more.
 */
#define WIDE_SHARE     256
#define WIDE_NODES_MIN 512

/* The queue holds a 16th of the nodes, half a byte per node, but not less than this. */
#define QUEUE_SHARE     16
#define QUEUE_NODES_MIN (UINT64_C(1) << 16)

#define SUMMARY_NODES 4096 /* levels that are widened at once for the answer */

static uint64_t queue_capacity(uint64_t nodes_count, enum walk_order order)
{
	uint64_t capacity = nodes_count / QUEUE_SHARE;

	if (capacity < QUEUE_NODES_MIN)
		capacity = QUEUE_NODES_MIN;
	return order == WALK_ORDER_FOUND || capacity > nodes_count ? nodes_count : capacity;
}

uint64_t walk_memory_bytes(uint64_t nodes_count, unsigned threads_count, enum walk_order order)
{
	uint64_t bytes = nodes_count + queue_capacity(nodes_count, order) * sizeof(uint64_t);

	/* Three bitmaps, and one more for each further thread. */
	return order == WALK_ORDER_FOUND && threads_count < 2
		       ? bytes
		       : bytes + (2 + (uint64_t)threads_count) * (nodes_count / 8);
}

int walk_init(struct walk *walk, uint64_t nodes_count, size_t window, enum walk_order order)
{
	bool has_wide = order != WALK_ORDER_FOUND;

	memset(walk, 0, sizeof(*walk));
	walk->nodes_count = nodes_count;
	walk->window = window;
	walk->order = order;
	walk->depth_max = LEVEL_UNREACHED;
	walk->queue_capacity = queue_capacity(nodes_count, order);
	walk->queue_limit = walk->queue_capacity < nodes_count ? walk->queue_capacity : UINT64_MAX;
	/* wide_take() writes whole words; and the first place behind the last level is looked at. */
	walk->queue_capacity += has_wide ? 64 : 1;
	walk->wide_min = UINT64_MAX;
	if (has_wide)
		walk->wide_min = nodes_count / WIDE_SHARE < WIDE_NODES_MIN
					 ? WIDE_NODES_MIN
					 : nodes_count / WIDE_SHARE;
	walk->levels = malloc(nodes_count);
	walk->queue = reallocarray(NULL, walk->queue_capacity, sizeof(*walk->queue));
	if (has_wide) {
		walk->visited = calloc(walk_words(walk), sizeof(*walk->visited));
		walk->level_bits = calloc(walk_words(walk), sizeof(*walk->level_bits));
		walk->next_bits = calloc(walk_words(walk), sizeof(*walk->next_bits));
	}
	if (walk->levels && walk->queue &&
	    (!has_wide || (walk->visited && walk->level_bits && walk->next_bits)))
		return 0;
	walk_release(walk);
	return -ENOMEM;
}

int walk_init_options(struct walk *walk, uint64_t nodes_count, unsigned threads_count,
		      const uint64_t *options)
{
	enum walk_order order = (enum walk_order)options[WALK_OPTION_ORDER];

	if (threads_count > 1 && order == WALK_ORDER_FOUND)
		order = WALK_ORDER_AUTO;
	int err = walk_init(walk, nodes_count, options[WALK_OPTION_WINDOW], order);

	if (!err && options[WALK_OPTION_DEPTH])
		walk->depth_max = (uint32_t)options[WALK_OPTION_DEPTH];
	if (!err)
		walk->direction = (enum walk_direction)options[WALK_OPTION_DIRECTION];
	return err;
}

void walk_release(struct walk *walk)
{
	free(walk->levels);
	free(walk->deep);
	free(walk->queue);
	free(walk->visited);
	free(walk->level_bits);
	free(walk->next_bits);
	walk->levels = NULL;
	walk->deep = NULL;
	walk->queue = walk->visited = walk->level_bits = walk->next_bits = NULL;
}

int walk_reserve_deep(struct walk *walk, uint32_t depth)
{
	if (depth < WALK_LEVEL_DEEP || walk->deep)
		return 0;
	walk->deep = reallocarray(NULL, walk->nodes_count, sizeof(*walk->deep));
	return walk->deep ? 0 : -ENOMEM;
}

static int compare_ids(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

void walk_sort_level(uint64_t *nodes, size_t count)
{
	qsort(nodes, count, sizeof(*nodes), compare_ids);
}

void walk_announce(struct store *store)
{
	struct engine *engine = store->engine;

	if (engine)
		engine_begin_walk(engine);
	if (store->ops->begin_walk)
		store->ops->begin_walk(store);
}

int walk_bad_neighbor(struct store *store, uint64_t node, uint64_t id)
{
	return why_set(&store->why, -EBADMSG,
		       "node %" PRIu64 " has a neighbour %" PRIu64 " of %" PRIu64 " nodes", node,
		       id, store->nodes_count);
}

static uint32_t level_of(const struct walk *walk, uint64_t node)
{
	uint8_t level = walk->levels[node];

	return level == WALK_LEVEL_UNREACHED ? LEVEL_UNREACHED
	       : level == WALK_LEVEL_DEEP    ? walk->deep[node]
					     : level;
}

void walk_answer(const struct walk *walk, struct answer *out)
{
	uint32_t levels[SUMMARY_NODES];
	struct levels_hashing hashing;
	uint64_t count;

	memset(out, 0, sizeof(*out));
	levels_summarize_begin(&hashing, &out->walk);
	for (uint64_t first = 0; first < walk->nodes_count; first += count) {
		uint64_t left = walk->nodes_count - first;

		count = left < SUMMARY_NODES ? left : SUMMARY_NODES;
		for (uint64_t i = 0; i < count; i++)
			levels[i] = level_of(walk, first + i);
		levels_summarize_add(&hashing, levels, count, &out->walk);
	}
	out->walk.levels_hash = levels_hash_end(&hashing);
	out->walk.edges_count = walk->summary.edges_count;
	out->operations_count = out->walk.reached_count;
}

int walk_expect(const struct workload_env *env, struct answer *out, struct why *why)
{
	memset(out, 0, sizeof(*out));
	bool walks = env->options != NULL; /* bare-bfs has no options */
	uint64_t depth = walks ? env->options[WALK_OPTION_DEPTH] : 0;
	int err = verify_expect_depth(env->graph, depth ? (uint32_t)depth : LEVEL_UNREACHED,
				      &out->walk, why);

	out->operations_count = out->walk.reached_count;
	return err;
}
