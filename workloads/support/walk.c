/* Breadth-first search over a store: see walk.h. */
#include "walk_levels.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *const walk_order_choices[] = {"found", "sorted", NULL};

/* A level with a smaller share of the nodes is sorted by comparison, a larger one with a bitmap. */
#define BITMAP_SHARE 32

int walk_init(struct walk *walk, uint64_t nodes_count, size_t window, bool sorted)
{
	memset(walk, 0, sizeof(*walk));
	walk->nodes_count = nodes_count;
	walk->window = window;
	walk->sorted = sorted;
	walk->depth_max = LEVEL_UNREACHED;
	walk->levels = malloc(nodes_count * sizeof(*walk->levels));
	walk->queue = malloc(nodes_count * sizeof(*walk->queue));
	if (sorted)
		walk->bitmap = calloc(nodes_count / 64 + 1, sizeof(*walk->bitmap));
	if (walk->levels && walk->queue && (!sorted || walk->bitmap))
		return 0;
	walk_release(walk);
	return -ENOMEM;
}

int walk_init_options(struct walk *walk, uint64_t nodes_count, const uint64_t *options)
{
	int err = walk_init(walk, nodes_count, options[WALK_OPTION_WINDOW],
			    options[WALK_OPTION_ORDER] == 1);

	if (!err && options[WALK_OPTION_DEPTH])
		walk->depth_max = (uint32_t)options[WALK_OPTION_DEPTH];
	return err;
}

void walk_release(struct walk *walk)
{
	free(walk->levels);
	free(walk->queue);
	free(walk->bitmap);
	walk->levels = NULL;
	walk->queue = NULL;
	walk->bitmap = NULL;
}

static int compare_ids(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

void walk_sort_level(struct walk *walk, uint64_t *nodes, size_t count)
{
	if (count < walk->nodes_count / BITMAP_SHARE) {
		qsort(nodes, count, sizeof(*nodes), compare_ids);
		return;
	}
	for (size_t i = 0; i < count; i++)
		walk->bitmap[nodes[i] / 64] |= UINT64_C(1) << (nodes[i] % 64);
	for (uint64_t word = 0; word <= walk->nodes_count / 64; word++) {
		for (uint64_t bits = walk->bitmap[word]; bits; bits &= bits - 1)
			*nodes++ = word * 64 + (unsigned)__builtin_ctzll(bits);
		walk->bitmap[word] = 0;
	}
}

void walk_announce(struct store *store)
{
	struct engine *engine = store->engine;

	if (engine)
		engine_begin_walk(engine);
}

int walk_bad_neighbor(struct store *store, uint64_t node, uint64_t id)
{
	return why_set(&store->why, -EBADMSG,
		       "node %" PRIu64 " has a neighbour %" PRIu64 " of %" PRIu64 " nodes", node,
		       id, store->nodes_count);
}

int walk_run_wide(struct walk *walk, struct store *store, uint64_t root)
{
	return walk_levels(walk, store, root, walk->window, NULL, NULL, false);
}

int walk_run_wide_latency(struct walk *walk, struct store *store, uint64_t root,
			  struct latency_sink *sink)
{
	return walk_levels(walk, store, root, 1, sink, NULL, false);
}

void walk_answer(const struct walk *walk, struct answer *out)
{
	memset(out, 0, sizeof(*out));
	levels_summarize(walk->levels, walk->nodes_count, &out->walk);
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
