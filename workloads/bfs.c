/*
 * Breadth-first search from the graph's root over an existing file. Timed: the walk, including the
 * clearing of its levels. Not timed: opening, allocating, checking. Algorithm and memory:
 * support/walk.h.
 */
#include "support/parallel_walk.h"

#include <errno.h>
#include <stdlib.h>

static const struct option_spec options[] = {WALK_OPTIONS};

struct bfs {
	struct thread_pool pool; /* first member: thread_pool_*() accept it as the state */
	struct walk walk;
	struct parallel_walk *team; /* NULL if there is one thread */
	uint64_t root;
};

static int bfs_begin(const struct workload_env *env, void **state, struct why *why)
{
	struct bfs *bfs = calloc(1, sizeof(*bfs));

	if (!bfs)
		return -ENOMEM;
	int err = thread_pool_open(&bfs->pool, env, env->options[WALK_OPTION_ADVISE], why);
	if (!err) {
		err = walk_init_options(&bfs->walk, bfs->pool.session.store->nodes_count,
					bfs->pool.threads_count, env->options);
		if (!err && bfs->pool.threads_count > 1)
			err = parallel_walk_new(&bfs->walk, &bfs->pool, &bfs->team);
		if (err)
			thread_pool_close(&bfs->pool);
	}
	if (err) {
		walk_release(&bfs->walk);
		free(bfs);
		return err;
	}
	bfs->root = env->root;
	*state = bfs;
	return 0;
}

static int bfs_run(void *state)
{
	struct bfs *bfs = state;

	int err = bfs->team ? parallel_walk_run(bfs->team, bfs->root, NULL)
			    : walk_run(&bfs->walk, bfs->pool.session.store, bfs->root);

	return thread_pool_result(&bfs->pool, err);
}

static int bfs_run_latency(void *state, struct latency_sink *sink)
{
	struct bfs *bfs = state;
	int err = bfs->team
			  ? parallel_walk_run(bfs->team, bfs->root, sink)
			  : walk_run_latency(&bfs->walk, bfs->pool.session.store, bfs->root, sink);

	return thread_pool_result(&bfs->pool, err);
}

/* A walk that goes up reads in-edges; nodes one at a time are expanded downwards. */
static bool bfs_latency_reads_else(const void *state)
{
	const struct bfs *bfs = state;
	const struct store *store = bfs->pool.session.store;

	return store->in_edges && !store->both_ways && bfs->walk.direction != WALK_DIRECTION_DOWN;
}

static int bfs_run_levels(void *state, struct level_sink *sink)
{
	struct bfs *bfs = state;

	if (bfs->team)
		return -EOPNOTSUPP;
	int err = walk_run_levels(&bfs->walk, bfs->pool.session.store, bfs->root, sink);
	return thread_pool_result(&bfs->pool, err);
}

static int bfs_answer(void *state, struct answer *out)
{
	struct bfs *bfs = state;

	walk_answer(&bfs->walk, out);
	return 0;
}

static int bfs_end(void *state)
{
	struct bfs *bfs = state;
	int err = thread_pool_close(&bfs->pool);

	parallel_walk_free(bfs->team);
	walk_release(&bfs->walk);
	free(bfs);
	return err;
}

const struct workload_ops workload_bfs = {
	.name = "bfs",
	.summary = "breadth-first search over a finished file",
	.capabilities = WORKLOAD_WALKS | WORKLOAD_THREADS,
	.options_count = sizeof(options) / sizeof(options[0]),
	.options = options,
	.expect = walk_expect,
	.begin = bfs_begin,
	.run = bfs_run,
	.run_latency = bfs_run_latency,
	.latency_reads_else = bfs_latency_reads_else,
	.run_levels = bfs_run_levels,
	.answer = bfs_answer,
	.drop_cache = thread_pool_drop_cache,
	.counts = thread_pool_counts,
	.thread_ids = thread_pool_thread_ids,
	.why = thread_pool_why,
	.end = bfs_end,
};
