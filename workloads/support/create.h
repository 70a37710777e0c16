/*
 * Creating a graph file: the work of `create` and, followed by a walk, of `create+bfs`. Both use
 * these functions; they differ in where the timed region ends.
 */
#ifndef IOWALK_CREATE_H
#define IOWALK_CREATE_H

#include "session.h"
#include "walk.h"

enum { CREATE_OPTION_INSERT = WALK_OPTIONS_COUNT, CREATE_OPTION_SYNC, CREATE_OPTIONS_COUNT };
extern const struct option_spec create_options[CREATE_OPTIONS_COUNT];

struct create {
	struct session session; /* first member: session_*() accept it as the state */
	struct walk walk;
	struct workload_env env;
	struct workload_counts closed; /* of the sessions closed since begin */
};

/* A state with WALK_OPTIONS only, for create_end(). -EOPNOTSUPP if the engine keeps no data. */
int create_new(const struct workload_env *env, enum store_durability durability,
	       struct create **out, struct why *why);

/* Inserts all nodes and edges singly, with a sync after each `sync_every` edges unless that is
 * 0. */
int create_insert_each(struct store *store, const struct edge_stream *stream,
		       uint64_t sync_every_count, struct latency_sink *sink);

int create_begin(const struct workload_env *env, void **state, struct why *why);
int create_prepare(void *state);

/* Creates the file, inserts all nodes and edges, syncs if requested, closes. */
int create_run(void *state);
int create_run_latency(void *state, struct latency_sink *sink);

/* The same, with a walk by the same instance before close. */
int create_run_and_walk(void *state);
int create_run_and_walk_latency(void *state, struct latency_sink *sink);

/* The answer of a walk after opening the file again. */
int create_answer(void *state, struct answer *out);

/* The answer of the walk of create_run_and_walk(). */
int create_walk_answer(void *state, struct answer *out);

void create_counts(const void *state, struct workload_counts *out);
int create_end(void *state);

#endif
