/*
 * Rewriting a file without its superseded data. Not timed: creating a file by single inserts of
 * nodes and edges, in `rounds` parts with a sync after each, so that a node that changes again has
 * its record written again. Timed: opening the file, rewriting it into a second file, making that
 * durable, and renaming it (support/session.h). The answer is that of a walk afterwards.
 */
#include "support/create.h"

#include <errno.h>
#include <string.h>

enum { COMPACT_OPTION_ROUNDS = WALK_OPTIONS_COUNT, COMPACT_OPTIONS_COUNT };

static const struct option_spec compact_options[COMPACT_OPTIONS_COUNT] = {
	WALK_OPTIONS,
	{
		.name = "rounds",
		.type = OPTION_U64,
		.default_value = 8,
		.min = 1,
		.max = 1u << 20,
		.help = "parts that the edges come in, each synced",
	},
};

static int compact_begin(const struct workload_env *env, void **state, struct why *why)
{
	struct create *create;

	if (!env->layout->compact)
		return why_set(why, -EOPNOTSUPP,
			       "layout %s supersedes nothing: there is nothing to compact",
			       env->layout->name);
	int err = create_new(env, DURABILITY_NONE, &create, why);
	if (!err)
		*state = create;
	return err;
}

static int compact_prepare(void *state)
{
	struct create *create = state;
	const struct workload_env *env = &create->env;
	const struct edge_stream *stream = &env->graph->stream;
	struct why why = {0};
	int err = create_prepare(state);

	if (!err)
		err = session_create(&create->session, env, &why);
	if (err) {
		memcpy(create->session.why, why.text, sizeof(why.text));
		return err;
	}
	err = create_insert_each(create->session.store, stream,
				 stream->edges_count / env->options[COMPACT_OPTION_ROUNDS] + 1,
				 NULL);
	err = session_result(&create->session, err);
	int close_err = session_close(&create->session);
	return err ? err : close_err;
}

static int compact_run(void *state)
{
	struct create *create = state;
	struct why why = {0};
	int err = session_compact(&create->env, &create->closed, &why);

	if (err)
		memcpy(create->session.why, why.text, sizeof(why.text));
	return err;
}

const struct workload_ops workload_compact = {
	.name = "compact",
	.summary = "a file rewritten without what is superseded in it",
	.capabilities = WORKLOAD_BUILDS | WORKLOAD_WALKS | WORKLOAD_NEEDS_STREAM,
	.options_count = COMPACT_OPTIONS_COUNT,
	.options = compact_options,
	.expect = walk_expect,
	.begin = compact_begin,
	.prepare = compact_prepare,
	.run = compact_run,
	.answer = create_answer,
	.counts = create_counts,
	.why = session_why,
	.end = create_end,
};
