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
