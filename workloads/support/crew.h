/*
 * Threads that share one iteration's work, each with an engine and a store of its own on the same
 * file (see session.h): engines are used by one thread at a time. The caller of run() is the first of
 * them. The others are made once and wait between iterations, so that no iteration pays for their
 * making; one of two barriers wakes them, the other ends it (futex(2), some microseconds each).
 */
#ifndef IOWALK_CREW_H
#define IOWALK_CREW_H

#include "session.h"

struct crew {
	struct session session;  /* of the first; first, so that session_*() take it as the state */
	struct session *others;  /* [threads_count - 1] */
	struct threads *threads; /* NULL where the caller is alone */
	unsigned threads_count;
};

/* Opens env->path once a thread and tells each engine `pattern`; a failed open leaves nothing. */
int crew_open(struct crew *crew, const struct workload_env *env, uint64_t pattern, struct why *why);

/* Ends the threads, closes all; the first error. */
int crew_close(struct crew *crew);

struct session *crew_session(struct crew *crew, unsigned thread);

/* Calls work(context, thread) in every thread, and returns when all have returned. */
void crew_run(struct crew *crew, void (*work)(void *context, unsigned thread), void *context);

/* Inside of work(): waits for all threads. What they wrote before is seen by all after. */
void crew_meet(struct crew *crew);

/* session_result() of all threads: the first error, `err` before theirs. */
int crew_result(struct crew *crew, int err);

/* Thread number `thread`'s part of `count` things: *begin up to, not with, *end. */
static inline void crew_share(const struct crew *crew, unsigned thread, uint64_t count,
			      uint64_t *begin, uint64_t *end)
{
	uint64_t each = count / crew->threads_count, more = count % crew->threads_count;

	*begin = each * thread + (thread < more ? thread : more);
	*end = *begin + each + (thread < more);
}

/* Hooks of workload_ops for states that begin with a struct crew: as in session.h, of all threads. */
int crew_drop_cache(void *state);
void crew_counts(const void *state, struct workload_counts *out);
const char *crew_why(const void *state);
const pid_t *crew_thread_ids(const void *state, size_t *count);

#endif
