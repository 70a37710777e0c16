/*
 * Neighbour queries for random nodes, one at a time: what a store does for a search that hops about
 * instead of walking level by level. The nodes are worked out from the seed and the query's number,
 * so that no list of them is in the caches beside the graph. One iteration is all queries.
 */
#include "support/session.h"
#include "support/walk.h"

#include <errno.h>
#include <stdlib.h>

enum { OPTION_QUERIES, OPTION_ADVISE, OPTIONS_COUNT };

static const struct option_spec options[OPTIONS_COUNT] = {
	{
		.name = "queries",
		.type = OPTION_U64,
		.default_value = 10000,
		.min = 1,
		.max = UINT64_C(1) << 32,
		.help = "neighbour queries in one iteration",
	},
	{
		.name = "advise",
		.type = OPTION_CHOICE,
		.default_value = ENGINE_PATTERN_RANDOM,
		.choices = session_advise_choices,
		.help = "what the engine is told of how the file will be read",
	},
};

struct lookup {
	struct session session; /* first: session_*() take it as the state */
	uint64_t queries_count, seed;
	uint64_t fold; /* of the last iteration */
};

static int lookup_expect(const struct workload_env *env, struct answer *out, struct why *why)
{
	(void)why;
	*out = (struct answer){.operations_count = env->options[OPTION_QUERIES]};
	return verify_lookups(&env->graph->stream, env->seed, env->options[OPTION_QUERIES],
			      &out->fold);
}

static int lookup_begin(const struct workload_env *env, void **state, struct why *why)
{
	struct lookup *lookup = calloc(1, sizeof(*lookup));

	if (!lookup)
		return -ENOMEM;
	int err = session_open(&lookup->session, env, why);
	if (!err) {
		err = session_advise(&lookup->session, env->options[OPTION_ADVISE]);
		if (err)
			session_close(&lookup->session);
	}
	if (err) {
		free(lookup);
		return err;
	}
	lookup->queries_count = env->options[OPTION_QUERIES];
	lookup->seed = env->seed;
	*state = lookup;
	return 0;
}

static inline int query_all(struct lookup *lookup, struct latency_sink *sink)
{
	struct store *store = lookup->session.store;
	uint64_t fold = 0, began_ns = 0;

	for (uint64_t i = 0; i < lookup->queries_count; i++) {
		uint64_t node = verify_query_node(lookup->seed, i, store->nodes_count);
		struct neighbors found;

		if (sink)
			began_ns = clock_now_ns();
		int err = store->ops->neighbors(store, node, &found);
		if (err)
			return err;
		fold = verify_fold(fold, found.ids, found.count);
		if (sink)
			sink->record(sink, clock_now_ns() - began_ns);
	}
	lookup->fold = fold;
	return 0;
}

static int lookup_run(void *state)
{
	return session_result(state, query_all(state, NULL));
}

static int lookup_run_latency(void *state, struct latency_sink *sink)
{
	return session_result(state, query_all(state, sink));
}

static int lookup_answer(void *state, struct answer *out)
{
	const struct lookup *lookup = state;

	*out = (struct answer){.fold = lookup->fold, .operations_count = lookup->queries_count};
	return 0;
}

static int lookup_end(void *state)
{
	struct lookup *lookup = state;
	int err = session_close(&lookup->session);

	free(lookup);
	return err;
}

const struct workload_ops workload_lookup = {
	.name = "lookup",
	.summary = "neighbour queries for seeded random nodes",
	.options_count = OPTIONS_COUNT,
	.options = options,
	.expect = lookup_expect,
	.begin = lookup_begin,
	.run = lookup_run,
	.run_latency = lookup_run_latency,
	.answer = lookup_answer,
	.drop_cache = session_drop_cache,
	.counts = session_counts,
	.why = session_why,
	.end = lookup_end,
};
