/* A pool of threads, each with an engine and a store: see thread_pool.h. */
#include "thread_pool.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct pool_thread {
	struct pool_threads *threads;
	unsigned number;
	pthread_t thread;
};

struct pool_threads {
	pthread_barrier_t run_barrier;  /* before and after each run, with the caller */
	pthread_barrier_t work_barrier; /* inside work(): thread_pool_barrier() */
	void (*work)(void *context, unsigned thread); /* NULL: the threads end */
	void *context;
	pthread_mutex_t mutex;
	bool complete;  /* all threads were created */
	unsigned count; /* of all threads, the caller included */
	pid_t *ids;     /* [count - 1] kernel thread ids of the others */
	struct pool_thread *others;
};

static void *thread_main(void *argument)
{
	struct pool_thread *self = argument;
	struct pool_threads *threads = self->threads;

	threads->ids[self->number - 1] = gettid();
	pthread_mutex_lock(&threads->mutex); /* held until all threads are created, or one failed */
	bool complete = threads->complete;
	pthread_mutex_unlock(&threads->mutex);
	while (complete) {
		pthread_barrier_wait(&threads->run_barrier);
		if (!threads->work)
			return NULL;
		threads->work(threads->context, self->number);
		pthread_barrier_wait(&threads->run_barrier);
	}
	return NULL;
}

/* Signals go to the main thread, except those that a thread raises by its own faults. */
static void block_signals(sigset_t *before)
{
	sigset_t all;

	sigfillset(&all);
	sigdelset(&all, SIGBUS);
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGFPE);
	sigdelset(&all, SIGILL);
	pthread_sigmask(SIG_SETMASK, &all, before);
}

static void threads_free(struct pool_threads *threads)
{
	pthread_barrier_destroy(&threads->run_barrier);
	pthread_barrier_destroy(&threads->work_barrier);
	pthread_mutex_destroy(&threads->mutex);
	free(threads->ids);
	free(threads->others);
	free(threads);
}

static void nothing(void *context, unsigned thread)
{
	(void)context, (void)thread;
}

static void run_threads(struct pool_threads *threads, void (*work)(void *context, unsigned thread),
			void *context)
{
	threads->work = work;
	threads->context = context;
	pthread_barrier_wait(&threads->run_barrier);
	if (!work)
		return;
	work(context, 0);
	pthread_barrier_wait(&threads->run_barrier);
}

static int threads_new(unsigned count, struct pool_threads **out)
{
	struct pool_threads *threads = calloc(1, sizeof(*threads));
	sigset_t before;
	unsigned made = 1;
	int err = threads ? 0 : -ENOMEM;

	if (err)
		return err;
	threads->count = count;
	threads->ids = calloc(count, sizeof(*threads->ids));
	threads->others = calloc(count, sizeof(*threads->others));
	pthread_barrier_init(&threads->run_barrier, NULL, count);
	pthread_barrier_init(&threads->work_barrier, NULL, count);
	if (!threads->ids || !threads->others)
		err = -ENOMEM;
	pthread_mutex_init(&threads->mutex, NULL);
	pthread_mutex_lock(&threads->mutex);
	block_signals(&before);
	for (; !err && made < count; made += !err) {
		struct pool_thread *self = &threads->others[made];
		*self = (struct pool_thread){.threads = threads, .number = made};
		err = -pthread_create(&self->thread, NULL, thread_main, self);
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	threads->complete = err == 0;
	pthread_mutex_unlock(&threads->mutex);
	if (!err) {
		run_threads(threads, nothing, NULL); /* afterwards all ids are known */
		*out = threads;
		return 0;
	}
	for (unsigned i = 1; threads->others && i < made; i++)
		pthread_join(threads->others[i].thread, NULL);
	threads_free(threads);
	return err;
}

struct session *thread_pool_session(struct thread_pool *pool, unsigned thread)
{
	return thread ? &pool->others[thread - 1] : &pool->session;
}

/* Adds the ids[count] of threads to those of the pool. */
static int add_ids(struct thread_pool *pool, const pid_t *ids, size_t count)
{
	pid_t *grown =
		count ? reallocarray(pool->ids, pool->ids_count + count, sizeof(*grown)) : NULL;

	if (count == 0)
		return 0;
	if (!grown)
		return -ENOMEM;
	memcpy(grown + pool->ids_count, ids, count * sizeof(*ids));
	pool->ids = grown;
	pool->ids_count += count;
	return 0;
}

static int gather_ids(struct thread_pool *pool)
{
	int err = pool->threads ? add_ids(pool, pool->threads->ids, pool->threads->count - 1) : 0;

	for (unsigned i = 0; !err && i < pool->threads_count; i++) {
		const struct engine *engine = thread_pool_session(pool, i)->engine;
		size_t count = 0;
		const pid_t *ids = engine ? engine_thread_ids(engine, &count) : NULL;

		err = add_ids(pool, ids, count);
	}
	return err;
}

int thread_pool_open(struct thread_pool *pool, const struct workload_env *env, uint64_t pattern,
		     struct why *why)
{
	unsigned opened = 0;
	int err = 0;

	memset(pool, 0, sizeof(*pool));
	pool->threads_count = env->threads_count ? env->threads_count : 1;
	pool->others = calloc(pool->threads_count, sizeof(*pool->others));
	if (!pool->others)
		return -ENOMEM;
	for (; !err && opened < pool->threads_count; opened += !err) {
		struct session *session = thread_pool_session(pool, opened);
		err = opened ? session_open_beside(session, &pool->session, env, why)
			     : session_open(session, env, why);
		if (!err)
			err = session_advise(session, pattern);
		if (err)
			session_close(session);
	}
	if (!err && pool->threads_count > 1 &&
	    (err = threads_new(pool->threads_count, &pool->threads)))
		why_set(why, err, "cannot make %u threads: %s", pool->threads_count - 1,
			strerror(-err));
	if (!err)
		err = gather_ids(pool);
	if (err) {
		pool->threads_count = opened ? opened : 1;
		thread_pool_close(pool);
	}
	return err;
}

int thread_pool_close(struct thread_pool *pool)
{
	int err = 0;

	if (pool->threads) {
		run_threads(pool->threads, NULL, NULL);
		for (unsigned i = 1; i < pool->threads->count; i++)
			pthread_join(pool->threads->others[i].thread, NULL);
		threads_free(pool->threads);
		pool->threads = NULL;
	}
	for (unsigned i = pool->threads_count;
	     pool->others && i-- > 0;) { /* handles of the first engine before it */
		int close_err = session_close(thread_pool_session(pool, i));
		err = err ? err : close_err;
	}
	free(pool->others);
	free(pool->ids);
	pool->others = NULL;
	pool->ids = NULL;
	pool->ids_count = 0;
	return err;
}

void thread_pool_run(struct thread_pool *pool, void (*work)(void *context, unsigned thread),
		     void *context)
{
	if (pool->threads)
		run_threads(pool->threads, work, context);
	else
		work(context, 0);
}

void thread_pool_barrier(struct thread_pool *pool)
{
	if (pool->threads)
		pthread_barrier_wait(&pool->threads->work_barrier);
}

int thread_pool_result(struct thread_pool *pool, int err)
{
	for (unsigned i = 0; i < pool->threads_count; i++) {
		int health = session_result(thread_pool_session(pool, i), 0);
		if (health)
			return health;
	}
	return err;
}

int thread_pool_drop_cache(void *state)
{
	struct thread_pool *pool = state;
	int err = 0;

	/* Pages that another thread's engine has mapped stay resident until the last one drops
	 * them. */
	for (unsigned i = 0; !err && i < pool->threads_count; i++)
		err = session_drop_cache(thread_pool_session(pool, i));
	return err;
}

void thread_pool_counts(const void *state, struct workload_counts *out)
{
	const struct thread_pool *pool = state;
	struct workload_counts counts;

	session_counts(&pool->session, out);
	for (unsigned i = 1; i < pool->threads_count; i++) {
		session_counts(&pool->others[i - 1], &counts);
		session_add_counts(out, &counts);
	}
}

const char *thread_pool_why(const void *state)
{
	const struct thread_pool *pool = state;
	const char *words = session_why(&pool->session);

	for (unsigned i = 1; !*words && i < pool->threads_count; i++)
		words = session_why(&pool->others[i - 1]);
	return words;
}

const pid_t *thread_pool_thread_ids(const void *state, size_t *count)
{
	const struct thread_pool *pool = state;

	*count = pool->ids_count;
	return pool->ids;
}
