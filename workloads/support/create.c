/* Creating a graph file: see create.h. */
#include "create.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STREAM_EDGES 256 /* edges read from the stream at once */

static const char *const insert_choices[] = {"bulk", "single", NULL};
static const char *const sync_choices[] = {"none", "end", "each", NULL}; /* store_durability */

enum { INSERT_BULK, INSERT_SINGLE };

const struct option_spec create_options[CREATE_OPTIONS_COUNT] = {
	WALK_OPTIONS,
	{
		.name = "insert",
		.type = OPTION_CHOICE,
		.choices = insert_choices,
		.help = "one bulk load, or single inserts",
	},
	{
		.name = "sync",
		.type = OPTION_CHOICE,
		.choices = sync_choices,
		.help = "durable: never guaranteed, once at the end, or after each insert",
		.always_named = true,
	},
};

int create_new(const struct workload_env *env, enum store_durability durability,
	       struct create **out, struct why *why)
{
	if (!(env->engine->capabilities & ENGINE_PERSISTENT))
		return why_set(why, -EOPNOTSUPP,
			       "engine %s keeps nothing: a file cannot be created",
			       env->engine->name);
	struct create *create = calloc(1, sizeof(*create));
	if (!create)
		return -ENOMEM;
	create->env = *env;
	create->env.durability = durability;
	int err = walk_init_options(&create->walk, env->nodes_count, 1, env->options);
	if (err) {
		free(create);
		return err;
	}
	*out = create;
	return 0;
}

int create_begin(const struct workload_env *env, void **state, struct why *why)
{
	struct create *create = NULL;
	int err = create_new(env, (enum store_durability)env->options[CREATE_OPTION_SYNC], &create,
			     why);

	if (!err)
		*state = create;
	return err;
}

int create_prepare(void *state)
{
	struct create *create = state;

	int err = layout_unlink(create->env.path);
	return err == -ENOENT ? 0 : err;
}

/* The state between the start and the end of one operation. */
struct insert_clock {
	struct latency_sink *sink; /* or NULL */
	uint64_t began_ns;
};

static void insert_begins(struct insert_clock *clock)
{
	if (clock->sink)
		clock->began_ns = clock_now_ns();
}

static int insert_ends(struct insert_clock *clock, struct store *store, bool durable, int err)
{
	if (!err && durable)
		err = store->ops->sync(store);
	if (clock->sink)
		clock->sink->record(clock->sink, clock_now_ns() - clock->began_ns);
	return err;
}

int create_insert_each(struct store *store, const struct edge_stream *stream,
		       uint64_t sync_every_count, struct latency_sink *sink)
{
	struct insert_clock clock = {.sink = sink};
	struct edge edges[STREAM_EDGES];
	uint64_t cursor = 0, inserted_count = 0;
	size_t count;
	int err = 0;

	for (uint64_t i = 0; !err && i < stream->nodes_count; i++) {
		insert_begins(&clock);
		err = insert_ends(&clock, store, sync_every_count == 1,
				  store->ops->insert_node(store));
	}
	while (!err && (count = stream->next(stream->context, &cursor, edges, STREAM_EDGES)) > 0) {
		for (size_t i = 0; !err && i < count; i++) {
			insert_begins(&clock);
			err = store->ops->insert_edge(store, edges[i].from, edges[i].to);
			inserted_count++;
			err = insert_ends(
				&clock, store,
				sync_every_count && inserted_count % sync_every_count == 0, err);
		}
	}
	return err;
}

static int close_counted(struct create *create)
{
	struct workload_counts counts;
	int err = session_close_counted(&create->session, &counts);

	session_add_counts(&create->closed, &counts);
	return err;
}

static int create_and(struct create *create, bool walks, struct latency_sink *sink)
{
	const struct workload_env *env = &create->env;
	bool single = env->options[CREATE_OPTION_INSERT] == INSERT_SINGLE;
	struct why why = {0};

	if (sink && !single)
		return -EOPNOTSUPP; /* a bulk load is one operation */
	int err = session_create(&create->session, env, &why);
	if (err) {
		memcpy(create->session.why, why.text, sizeof(why.text));
		return err;
	}
	struct store *store = create->session.store;
	bool durable = single && env->durability == DURABILITY_EACH;
	err = single ? create_insert_each(store, &env->graph->stream, durable, sink)
		     : store->ops->bulk(store, &env->graph->stream);
	/* A bulk load is one insert, so `each` and `end` mean the same. */
	if (!err && env->durability != DURABILITY_NONE && !durable)
		err = store->ops->sync(store);
	if (!err && walks)
		err = session_advise(&create->session, env->options[WALK_OPTION_ADVISE]);
	if (!err && walks)
		err = walk_run(&create->walk, store, env->root);
	err = session_result(&create->session, err);
	int close_err = close_counted(create);
	return err ? err : close_err;
}

int create_run(void *state)
{
	return create_and(state, false, NULL);
}

int create_run_latency(void *state, struct latency_sink *sink)
{
	return create_and(state, false, sink);
}

int create_run_and_walk(void *state)
{
	return create_and(state, true, NULL);
}

int create_run_and_walk_latency(void *state, struct latency_sink *sink)
{
	return create_and(state, true, sink);
}

int create_walk_answer(void *state, struct answer *out)
{
	struct create *create = state;

	walk_answer(&create->walk, out);
	return 0;
}

int create_answer(void *state, struct answer *out)
{
	struct create *create = state;
	struct why why = {0};
	int err = session_open(&create->session, &create->env, &why);

	if (err) {
		memcpy(create->session.why, why.text, sizeof(why.text));
		return err;
	}
	err = walk_run(&create->walk, create->session.store, create->env.root);
	err = session_result(&create->session, err);
	int close_err = session_close(&create->session);
	if (!err)
		walk_answer(&create->walk, out);
	return err ? err : close_err;
}

void create_counts(const void *state, struct workload_counts *out)
{
	const struct create *create = state;

	session_counts(&create->session, out);
	session_add_counts(out, &create->closed);
}

int create_end(void *state)
{
	struct create *create = state;

	session_close(&create->session);
	layout_unlink(create->env.path);
	walk_release(&create->walk);
	free(create);
	return 0;
}
