/* An engine with a store on it, or a reference, opened and closed together. Most workloads begin
 * with it. */
#ifndef IOWALK_SESSION_H
#define IOWALK_SESSION_H

#include "../workload.h"

struct session {
	struct engine *engine; /* NULL for a reference */
	struct store *store;
	char why[sizeof(((struct why *)0)->text)]; /* of the last failure; valid after close */
};

/*
 * Opens env->path for reading. With an engine that keeps no data, creates the graph from env->graph
 * instead. A failed open leaves nothing open.
 */
int session_open(struct session *session, const struct workload_env *env, struct why *why);

/* The same for another thread, on a second handle of the first session's engine if it has that (engine_attach()), else on
 * an engine of its own. Closed before `first`. */
int session_open_beside(struct session *session, const struct session *first,
			const struct workload_env *env, struct why *why);

/* Creates a file with an empty graph. */
int session_create(struct session *session, const struct workload_env *env, struct why *why);

/* Closes the store and the engine; returns the first error. May be called again. */
int session_close(struct session *session);

/* The same, and returns the counts of session_counts() with those of close included. */
int session_close_counted(struct session *session, struct workload_counts *counts);

/* The values of the option `advise`, in the order of enum engine_pattern. */
extern const char *const session_advise_choices[];

/* Advises the engine of the pattern, if it has the hook. */
int session_advise(struct session *session, uint64_t pattern);

/*
 * Rewrites env->path without superseded data: into a second file, which is made durable and then
 * renamed. A process that is killed or fails leaves either the old or the new file, complete. No
 * other process may have the file open for writing. The new file has the settings of env and the
 * current time as `created`. The counts of both instances are added to `counts`. The layout must
 * have compact(), and the engine ENGINE_PERSISTENT.
 */
int session_compact(const struct workload_env *env, struct workload_counts *counts,
		    struct why *why);

/*
 * The result of a run: `err`, or -EIO if the engine's health() reports that not everything it read
 * came from the file (which was truncated under a mapping). session_why() has the reason.
 */
int session_result(struct session *session, int err);

/*
 * Hooks of workload_ops for a state that begins with a struct session: drop_cache and the counts of
 * engine and store, and the reason of the last failure.
 */
int session_drop_cache(void *state);
void session_counts(const void *state, struct workload_counts *out);
const char *session_why(const void *state);

/* Adds the counts of one session to those of sessions that were closed before. */
void session_add_counts(struct workload_counts *into, const struct workload_counts *from);

#endif
