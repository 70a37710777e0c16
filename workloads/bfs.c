/*
 * Breadth-first search from the graph's root over a file that is there: the walk this project is
 * named for. Timed: the walk, the clearing of its levels included. Not timed: opening, allocating,
 * checking. Algorithm and memory: support/walk.h.
 */
#include "support/walk_crew.h"

#include <errno.h>
#include <stdlib.h>

static const struct option_spec options[] = {WALK_OPTIONS};

struct bfs {
	struct crew crew; /* first: crew_*() take it as the state */
	struct walk walk;
	struct walk_crew *team; /* NULL: one thread */
	uint64_t root;
};

static int bfs_begin(const struct workload_env *env, void **state, struct why *why)
{
	struct bfs *bfs = calloc(1, sizeof(*bfs));

	if (!bfs)
		return -ENOMEM;
	int err = crew_open(&bfs->crew, env, env->options[WALK_OPTION_ADVISE], why);
	if (!err) {
		err = walk_init_options(&bfs->walk, bfs->crew.session.store->nodes_count,
					env->options);
		if (!err && bfs->crew.threads_count > 1)
			err = walk_crew_new(&bfs->walk, &bfs->crew, &bfs->team);
		if (err)
			crew_close(&bfs->crew);
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

	int err = bfs->team ? walk_crew_run(bfs->team, bfs->root, NULL)
			    : walk_run(&bfs->walk, bfs->crew.session.store, bfs->root);

	return crew_result(&bfs->crew, err);
}

static int bfs_run_latency(void *state, struct latency_sink *sink)
{
	struct bfs *bfs = state;
	int err = bfs->team
			  ? walk_crew_run(bfs->team, bfs->root, sink)
			  : walk_run_latency(&bfs->walk, bfs->crew.session.store, bfs->root, sink);

	return crew_result(&bfs->crew, err);
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
	int err = crew_close(&bfs->crew);

	walk_crew_free(bfs->team);
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
	.answer = bfs_answer,
	.drop_cache = crew_drop_cache,
	.counts = crew_counts,
	.thread_ids = crew_thread_ids,
	.why = crew_why,
	.end = bfs_end,
};
