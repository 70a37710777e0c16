/* Opening and closing an engine with a store on it: see session.h. */
#include "session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const session_advise_choices[] = {"normal", "sequential", "random", NULL};

static int open_engine(struct session *session, const struct workload_env *env, unsigned flags,
		       struct why *why)
{
	memset(session, 0, sizeof(*session));
	if (env->layout->capabilities & LAYOUT_REFERENCE)
		return 0;
	int err = engine_ops_open(env->engine, env->path, flags, env->engine_options,
				  &session->engine);
	if (err)
		why_set(why, err, "engine %s cannot open '%s': %s", env->engine->name, env->path,
			strerror(-err));
	return err;
}

static struct store_config session_config(const struct session *session,
					  const struct workload_env *env)
{
	return (struct store_config){.engine = session->engine,
				     .path = env->path,
				     .options = env->layout_options,
				     .engine_options = env->engine_options,
				     .durability = env->durability,
				     .checked = env->checked};
}

int session_create(struct session *session, const struct workload_env *env, struct why *why)
{
	int err = open_engine(session, env, ENGINE_OPEN_CREATE, why);

	if (err)
		return err;
	struct store_config config = session_config(session, env);
	err = layout_ops_create(env->layout, &config, &session->store, why);
	if (err)
		session_close(session);
	return err;
}

/* Opens the store on session->engine. */
static int open_store(struct session *session, const struct workload_env *env, struct why *why)
{
	struct store_config config = session_config(session, env);
	int err = layout_ops_open(env->layout, &config, &session->store, why);

	if (err && session->engine && engine_health(session->engine, why))
		err = -EIO; /* the damage that the layout found did not come from the file */
	if (err)
		session_close(session);
	return err;
}

int session_open_beside(struct session *session, const struct session *first,
			const struct workload_env *env, struct why *why)
{
	struct engine *engine = NULL;

	if (env->layout->attach) {
		memset(session, 0, sizeof(*session));
		int attach_err = env->layout->attach(first->store, &session->store);
		return attach_err ? why_set(why, attach_err, "%s cannot serve another thread: %s",
					    env->layout->name, strerror(-attach_err))
				  : 0;
	}
	int err = first->engine && !(env->engine->capabilities & ENGINE_NO_DATA)
			  ? engine_attach(first->engine, &engine)
			  : -EOPNOTSUPP;

	if (err == -EOPNOTSUPP)
		return session_open(session, env, why);
	if (err)
		return why_set(why, err, "engine %s cannot serve another thread: %s",
			       env->engine->name, strerror(-err));
	memset(session, 0, sizeof(*session));
	session->engine = engine;
	return open_store(session, env, why);
}

int session_open(struct session *session, const struct workload_env *env, struct why *why)
{
	int err;

	if (env->engine->capabilities & ENGINE_NO_DATA) {
		err = session_create(session, env, why);
		if (err)
			return err;
		err = session->store->ops->bulk(session->store, &env->graph->stream);
		if (err) {
			why_set(why, err, "%s", session->store->why.text);
			session_close(session);
		}
		return err;
	}
	err = open_engine(session, env, ENGINE_OPEN_READ, why);
	return err ? err : open_store(session, env, why);
}

int session_result(struct session *session, int err)
{
	struct why why = {0};
	int health = session->engine ? engine_health(session->engine, &why) : 0;

	if (!health && session->store && session->store->beside)
		health = engine_health(session->store->beside, &why);
	if (!health)
		return err;
	if (session->store)
		session->store->why = why;
	else
		memcpy(session->why, why.text, sizeof(session->why));
	return health;
}

int session_advise(struct session *session, uint64_t pattern)
{
	if (!session->engine)
		return 0;
	const struct engine_ops *ops = session->engine->ops;
	int err = ops->advise ? ops->advise(session->engine, (enum engine_pattern)pattern) : 0;

	return err == -EOPNOTSUPP ? 0 : err;
}

int session_close(struct session *session)
{
	struct workload_counts counts;

	return session_close_counted(session, &counts);
}

/* Adds the counts of the engine of the store's second file. */
static void count_beside(const struct session *session, struct workload_counts *counts)
{
	struct engine_stats beside;

	if (!session->store->beside)
		return;
	session->store->beside->ops->stats(session->store->beside, &beside);
	engine_stats_add(&counts->engine, &beside);
}

int session_close_counted(struct session *session, struct workload_counts *counts)
{
	int err = 0;

	memset(counts, 0, sizeof(*counts));
	if (session->store) {
		counts->layout = session->store->stats;
		count_beside(session, counts);

		snprintf(session->why, sizeof(session->why), "%s", session->store->why.text);
		err = session->store->ops->close(session->store);
	}
	if (session->engine) {
		struct engine_stats beside = counts->engine;
		int engine_err = engine_close_counted(session->engine, &counts->engine);
		engine_stats_add(&counts->engine, &beside);
		err = err ? err : engine_err;
	}
	session->store = NULL;
	session->engine = NULL;
	return err;
}

int session_drop_cache(void *state)
{
	struct session *session = state;
	const struct layout_ops *layout = session->store ? session->store->ops : NULL;
	int err = layout && layout->drop_cache ? layout->drop_cache(session->store) : 0;

	if (err || !session->engine)
		return err;
	const struct engine_ops *ops = session->engine->ops;
	return ops->drop_cache ? session_result(session, ops->drop_cache(session->engine)) : 0;
}

void session_counts(const void *state, struct workload_counts *out)
{
	const struct session *session = state;

	memset(out, 0, sizeof(*out));
	if (session->engine) {
		session->engine->ops->stats(session->engine, &out->engine);
		out->has_huge = engine_huge_pages(session->engine, &out->huge_bytes,
						  &out->mapped_bytes) == 0;
	}
	if (session->store) {
		out->layout = session->store->stats;
		if (session->store->ops->counts)
			session->store->ops->counts(session->store, &out->engine);
		count_beside(session, out);
	}
}

void session_add_counts(struct workload_counts *into, const struct workload_counts *from)
{
	engine_stats_add(&into->engine, &from->engine);
	into->layout.logical_read_bytes += from->layout.logical_read_bytes;
}

/* Ends a session: its result, its counts and, after a failure, the reason. */
static int end_counted(struct session *session, int err, struct workload_counts *counts,
		       struct why *why)
{
	struct workload_counts closed;

	err = session_result(session, err);
	int close_err = session_close_counted(session, &closed);
	session_add_counts(counts, &closed);
	err = err ? err : close_err;
	if (err && !*why->text)
		snprintf(why->text, sizeof(why->text), "%s", session->why);
	return err;
}

int session_compact(const struct workload_env *env, struct workload_counts *counts, struct why *why)
{
	struct workload_env aside_env = *env;
	struct session from, into;
	char *aside;

	if (asprintf(&aside, "%s.compact", env->path) < 0)
		return -ENOMEM;
	aside_env.path = aside;
	int err = session_open(&from, env, why);
	if (err)
		goto out;
	err = session_create(&into, &aside_env, why);
	if (!err) {
		err = from.store->ops->compact(from.store, into.store);
		if (!err)
			err = into.store->ops->sync(into.store);
		err = end_counted(&into, err, counts, why);
	}
	err = end_counted(&from, err, counts, why);
	if (!err)
		err = layout_replace(env->layout, aside, env->path);
	if (err)
		layout_unlink(aside);
out:
	free(aside);
	return err;
}

const char *session_why(const void *state)
{
	const struct session *session = state;

	return session->store ? session->store->why.text : session->why;
}
