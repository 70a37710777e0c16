/*
 * Breadth-first search from the graph's root over a file that is there: the walk this project is
 * named for. Timed: the walk, the clearing of its levels included. Not timed: opening, allocating,
 * checking. Algorithm and memory: support/walk.h.
 */
#include "support/session.h"
#include "support/walk.h"

#include <errno.h>
#include <stdlib.h>

static const struct option_spec options[] = {WALK_OPTIONS};

struct bfs {
	struct session session; /* first: session_*() take it as the state */
	struct walk walk;
	uint64_t root;
};

static int bfs_begin(const struct workload_env *env, void **state, struct why *why)
{
	struct bfs *bfs = calloc(1, sizeof(*bfs));

	if (!bfs)
		return -ENOMEM;
	int err = session_open(&bfs->session, env, why);
	if (!err) {
		err = walk_init_options(&bfs->walk, bfs->session.store->nodes_count, env->options);
		if (!err)
			err = session_advise(&bfs->session, env->options[WALK_OPTION_ADVISE]);
		if (err)
			session_close(&bfs->session);
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

	return session_result(&bfs->session, walk_run(&bfs->walk, bfs->session.store, bfs->root));
}

static int bfs_run_latency(void *state, struct latency_sink *sink)
{
	struct bfs *bfs = state;

	int err = walk_run_latency(&bfs->walk, bfs->session.store, bfs->root, sink);

	return session_result(&bfs->session, err);
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
	int err = session_close(&bfs->session);

	walk_release(&bfs->walk);
	free(bfs);
	return err;
}

const struct workload_ops workload_bfs = {
	.name = "bfs",
	.summary = "breadth-first search over a finished file",
	.capabilities = WORKLOAD_WALKS,
	.options_count = sizeof(options) / sizeof(options[0]),
	.options = options,
	.expect = walk_expect,
	.begin = bfs_begin,
	.run = bfs_run,
	.run_latency = bfs_run_latency,
	.answer = bfs_answer,
	.drop_cache = session_drop_cache,
	.counts = session_counts,
	.why = session_why,
	.end = bfs_end,
};
