/*
 * A thread pool for one iteration's work. Each thread has its own store on the same file, on a
 * handle of its own to one engine if that has attach(), else on its own engine (see session.h). The caller of
 * thread_pool_run() is the first thread. The others are created once and wait between iterations,
 * so no iteration pays for creating them. One barrier starts an iteration and ends it (futex(2),
 * some microseconds each time).
 */
#ifndef IOPARALLEL_WALK_H
#define IOPARALLEL_WALK_H

#include "session.h"

struct thread_pool {
	struct session
		session; /* of the first thread; first member, so that session_*() accept the pool */
	struct session *others;       /* [threads_count - 1] */
	struct pool_threads *threads; /* NULL if the caller is the only thread */
	unsigned threads_count;
	pid_t *ids; /* [ids_count] of its threads and of those of its engines */
	size_t ids_count;
};

/* Opens env->path once per thread and advises each engine of `pattern`. A failed open leaves
 * nothing. */
int thread_pool_open(struct thread_pool *pool, const struct workload_env *env, uint64_t pattern,
		     struct why *why);

/* Ends the threads and closes all sessions; returns the first error. */
int thread_pool_close(struct thread_pool *pool);

struct session *thread_pool_session(struct thread_pool *pool, unsigned thread);

/* Calls work(context, thread) in every thread, and returns when all have returned. */
void thread_pool_run(struct thread_pool *pool, void (*work)(void *context, unsigned thread),
		     void *context);

/* Inside work(): waits for all threads. Afterwards each thread sees what the others wrote
 * before. */
void thread_pool_barrier(struct thread_pool *pool);

/* session_result() of all threads: the first error, or `err` if none has one. */
int thread_pool_result(struct thread_pool *pool, int err);

/* The share of thread number `thread` in `count` items: [*begin, *end). */
static inline void thread_pool_share(const struct thread_pool *pool, unsigned thread,
				     uint64_t count, uint64_t *begin, uint64_t *end)
{
	uint64_t each = count / pool->threads_count, more = count % pool->threads_count;

	*begin = each * thread + (thread < more ? thread : more);
	*end = *begin + each + (thread < more);
}

/* Hooks of workload_ops for a state that begins with a struct thread_pool; as in session.h, over all
 * threads. */
int thread_pool_drop_cache(void *state);
void thread_pool_counts(const void *state, struct workload_counts *out);
const char *thread_pool_why(const void *state);
const pid_t *thread_pool_thread_ids(const void *state, size_t *count);

#endif
