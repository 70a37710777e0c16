/* An engine and a store on it (or a reference by itself), opened and closed together; what most
 * workloads begin with. */
#ifndef IOWALK_SESSION_H
#define IOWALK_SESSION_H

#include "../workload.h"

struct session {
	struct engine *engine; /* NULL under a reference */
	struct store *store;
	char why[sizeof(((struct why *)0)->text)]; /* of the last failure, kept beyond close */
};

/*
 * Opens env->path for reading; under an engine that keeps no data, makes the graph from env->graph
 * instead. A failed open leaves nothing open.
 */
int session_open(struct session *session, const struct workload_env *env, struct why *why);

/* A new file with an empty graph. */
int session_create(struct session *session, const struct workload_env *env, struct why *why);

/* Closes what is open; the first error. May be called again. */
int session_close(struct session *session);

/* The same, with all that session_counts() would say had it been asked in the middle of close. */
int session_close_counted(struct session *session, struct workload_counts *counts);

/* Values of an option `advise`: enum engine_pattern in its order. */
extern const char *const session_advise_choices[];

/* Tells the engine, where it listens. */
int session_advise(struct session *session, uint64_t pattern);

/*
 * Rewrites env->path without what its layout has superseded: into a file beside it, which is made
 * durable and then takes its place, so that whoever is killed, or fails, leaves the old file or the
 * new one, whole. Nobody else may have it open for writing. Its settings are those of env, its
 * `created` is now. Counts of both instances are added to `counts`. The layout has a compact(), and
 * the engine is ENGINE_PERSISTENT.
 */
int session_compact(const struct workload_env *env, struct workload_counts *counts,
		    struct why *why);

/*
 * The result of a run: `err`, unless the engine says that not all it read came from the file (it was
 * cut short under a mapping): then -EIO, whatever was found. The reason is in session_why().
 */
int session_result(struct session *session, int err);

/*
 * Hooks of workload_ops for states that begin with a struct session: drop_cache and the
 * self-counts of both engine and store, and the store's own words on the last failure.
 */
int session_drop_cache(void *state);
void session_counts(const void *state, struct workload_counts *out);
const char *session_why(const void *state);

/* Adds the counts of one session to those of others, closed before it. */
void session_add_counts(struct workload_counts *into, const struct workload_counts *from);

#endif
