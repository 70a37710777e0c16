/*
 * Building a graph file from nothing: what `create` times, and `create+bfs` with a walk behind it.
 * Both are this file's functions under two names; they differ in where the timed region ends.
 */
#ifndef IOWALK_CREATE_H
#define IOWALK_CREATE_H

#include "session.h"
#include "walk.h"

enum { CREATE_OPTION_INSERT = WALK_OPTIONS_COUNT, CREATE_OPTION_SYNC, CREATE_OPTIONS_COUNT };
extern const struct option_spec create_options[CREATE_OPTIONS_COUNT];

struct create {
	struct session session; /* first: session_*() take it as the state */
	struct walk walk;
	struct workload_env env;
	struct workload_counts closed; /* of sessions that were closed since begin */
};

/* A state of WALK_OPTIONS alone, for create_end(). -EOPNOTSUPP where the engine keeps nothing. */
int create_new(const struct workload_env *env, enum store_durability durability,
	       struct create **out, struct why *why);

/* Every node and edge by itself; a sync after each, or after so many edges, unless that is 0. */
int create_insert_each(struct store *store, const struct edge_stream *stream,
		       uint64_t sync_every_count, struct latency_sink *sink);

int create_begin(const struct workload_env *env, void **state, struct why *why);
int create_prepare(void *state);

/* New file, all nodes, all edges, sync where asked for, close. */
int create_run(void *state);
int create_run_latency(void *state, struct latency_sink *sink);

/* The same, and before close one walk by the instance that built it. */
int create_run_and_walk(void *state);
int create_run_and_walk_latency(void *state, struct latency_sink *sink);

/* What a walk finds after opening the file again. */
int create_answer(void *state, struct answer *out);

/* What the walk of create_run_and_walk() found. */
int create_walk_answer(void *state, struct answer *out);

void create_counts(const void *state, struct workload_counts *out);
int create_end(void *state);

#endif
