/*
 * Neighbour queries for random nodes, one at a time, as in a search that does not proceed level by
 * level. The nodes are computed from the seed and the number of the query, so that no list of them
 * occupies the caches. One iteration is all queries.
 */
#include "support/thread_pool.h"
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
		.help = "access pattern that the engine is advised of",
	},
};

struct lookup {
	struct thread_pool pool; /* first member: thread_pool_*() accept it as the state */
	uint64_t queries_count, seed;
	uint64_t fold;      /* of the last iteration */
	struct part *parts; /* [threads_count] */
	struct latency_sink *sink;
};

/* The result of one thread, on its own cache line. */
struct part {
	_Alignas(64) uint64_t fold;
	int err;
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
	int err = thread_pool_open(&lookup->pool, env, env->options[OPTION_ADVISE], why);
	if (!err) {
		lookup->parts = aligned_alloc(_Alignof(struct part),
					      lookup->pool.threads_count * sizeof(*lookup->parts));
		if (!lookup->parts) {
			thread_pool_close(&lookup->pool);
			err = -ENOMEM;
		}
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

static inline __attribute__((always_inline)) int query_some(const struct lookup *lookup,
							    struct store *store, uint64_t begin,
							    uint64_t end, struct latency_sink *sink,
							    uint64_t *out)
{
	uint64_t fold = 0, began_ns = 0;

	for (uint64_t i = begin; i < end; i++) {
		uint64_t node = verify_query_node(lookup->seed, i, store->nodes_count);
		struct neighbors found;

		if (sink)
			began_ns = clock_now_ns();
		int err = store->ops->neighbors(store, node, &found);
		if (err)
			return err;
		fold += store->narrow_ids ? verify_fold_narrow(i, found.ids, found.count)
					  : verify_fold(i, found.ids, found.count);
		if (sink)
			sink->record(sink, clock_now_ns() - began_ns);
	}
	*out = fold;
	return 0;
}

static void query_part(void *context, unsigned thread)
{
	struct lookup *lookup = context;
	struct part *part = &lookup->parts[thread];
	struct store *store = thread_pool_session(&lookup->pool, thread)->store;
	struct latency_sink *sink = lookup->sink;
	uint64_t begin, end;

	for (unsigned i = 0; sink && i < thread; i++)
		sink = sink->next;
	part->fold = 0;
	thread_pool_share(&lookup->pool, thread, lookup->queries_count, &begin, &end);
	part->err = sink ? query_some(lookup, store, begin, end, sink, &part->fold)
			 : query_some(lookup, store, begin, end, NULL, &part->fold);
}

static int lookup_run_latency(void *state, struct latency_sink *sink)
{
	struct lookup *lookup = state;
	int err = 0;

	lookup->sink = sink;
	lookup->fold = 0;
	thread_pool_run(&lookup->pool, query_part, lookup);
	for (unsigned i = 0; i < lookup->pool.threads_count; i++) {
		lookup->fold += lookup->parts[i].fold;
		err = err ? err : lookup->parts[i].err;
	}
	return thread_pool_result(&lookup->pool, err);
}

static int lookup_run(void *state)
{
	return lookup_run_latency(state, NULL);
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
	int err = thread_pool_close(&lookup->pool);

	free(lookup->parts);
	free(lookup);
	return err;
}

const struct workload_ops workload_lookup = {
	.name = "lookup",
	.operation = "query",
	.summary = "neighbour queries for seeded random nodes",
	.capabilities = WORKLOAD_THREADS,
	.options_count = OPTIONS_COUNT,
	.options = options,
	.expect = lookup_expect,
	.begin = lookup_begin,
	.run = lookup_run,
	.run_latency = lookup_run_latency,
	.answer = lookup_answer,
	.drop_cache = thread_pool_drop_cache,
	.counts = thread_pool_counts,
	.thread_ids = thread_pool_thread_ids,
	.why = thread_pool_why,
	.end = lookup_end,
};
