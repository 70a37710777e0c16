/*
 * Opening and closing a graph file: header and sizes are checked and, with the layout's option
 * `verify_open`, all checksums; the difference of two such cells is the cost of the checksums. One
 * iteration is one open and one close. The answer is the size of the store.
 */
#include "support/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct open_state {
	struct session session; /* first member: session_why() accepts it as the state */
	struct workload_env env;
	struct workload_counts closed; /* of the sessions closed since begin */
	struct answer found;
};

static uint64_t fold_sizes(uint64_t nodes_count, uint64_t edges_count)
{
	const uint64_t sizes[] = {nodes_count, edges_count};

	return verify_fold(0, sizes, 2);
}

static int open_expect(const struct workload_env *env, struct answer *out, struct why *why)
{
	const struct edge_stream *stream = &env->graph->stream;

	(void)why;
	*out = (struct answer){.operations_count = 1,
			       .fold = fold_sizes(stream->nodes_count, stream->edges_count)};
	return 0;
}

static int open_begin(const struct workload_env *env, void **state, struct why *why)
{
	struct open_state *open = calloc(1, sizeof(*open));

	if (!open)
		return -ENOMEM;
	open->env = *env;
	/* What this program checks before it trusts a store with its file is not the store's own work. */
	int err = session_open(&open->session, env, why);
	if (!err)
		err = session_close(&open->session);
	if (err) {
		free(open);
		return err;
	}
	open->env.checked = true;
	*state = open;
	return 0;
}

static int open_session(struct open_state *open)
{
	struct why why = {0};
	int err = session_open(&open->session, &open->env, &why);

	if (err)
		memcpy(open->session.why, why.text, sizeof(why.text));
	return err;
}

static int open_run(void *state)
{
	struct open_state *open = state;
	struct workload_counts counts;
	int err = open_session(open);

	if (err)
		return err;
	open->found = (struct answer){.operations_count = 1,
				      .fold = fold_sizes(open->session.store->nodes_count,
							 open->session.store->edges_count)};
	session_counts(&open->session, &counts);
	session_add_counts(&open->closed, &counts);
	return session_close(&open->session);
}

static int open_answer(void *state, struct answer *out)
{
	*out = ((struct open_state *)state)->found;
	return 0;
}

static int open_drop_cache(void *state)
{
	struct open_state *open = state;
	int err = open_session(open);

	if (err)
		return err;
	err = session_drop_cache(&open->session);
	int close_err = session_close(&open->session);
	return err ? err : close_err;
}

static void open_counts(const void *state, struct workload_counts *out)
{
	*out = ((const struct open_state *)state)->closed;
}

static int open_end(void *state)
{
	free(state);
	return 0;
}

const struct workload_ops workload_open = {
	.name = "open",
	.summary = "opening and closing: what checking a file costs",
	.expect = open_expect,
	.begin = open_begin,
	.run = open_run,
	.answer = open_answer,
	.drop_cache = open_drop_cache,
	.counts = open_counts,
	.why = session_why,
	.end = open_end,
};
