/* Threads with an engine and a store each: see crew.h. */
#include "crew.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct member {
	struct threads *threads;
	unsigned number;
	pthread_t thread;
};

struct threads {
	pthread_barrier_t gate; /* before and after each work: all threads, the caller too */
	pthread_barrier_t meet; /* within it */
	void (*work)(void *context, unsigned thread); /* NULL: the end */
	void *context;
	pthread_mutex_t mutex;
	bool complete;  /* all could be made */
	unsigned count; /* of all, the caller included */
	pid_t *ids;     /* [count - 1], the kernel's, of the others */
	struct member *members;
};

static void *member_main(void *argument)
{
	struct member *member = argument;
	struct threads *threads = member->threads;

	threads->ids[member->number - 1] = gettid();
	pthread_mutex_lock(&threads->mutex); /* held until it is known whether all could be made */
	bool complete = threads->complete;
	pthread_mutex_unlock(&threads->mutex);
	while (complete) {
		pthread_barrier_wait(&threads->gate);
		if (!threads->work)
			return NULL;
		threads->work(threads->context, member->number);
		pthread_barrier_wait(&threads->gate);
	}
	return NULL;
}

/* Signals are for the thread that runs the program; but those of its own faults each must get. */
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

static void threads_free(struct threads *threads)
{
	pthread_barrier_destroy(&threads->gate);
	pthread_barrier_destroy(&threads->meet);
	pthread_mutex_destroy(&threads->mutex);
	free(threads->ids);
	free(threads->members);
	free(threads);
}

static void nothing(void *context, unsigned thread)
{
	(void)context, (void)thread;
}

static void run_threads(struct threads *threads, void (*work)(void *context, unsigned thread),
			void *context)
{
	threads->work = work;
	threads->context = context;
	pthread_barrier_wait(&threads->gate);
	if (!work)
		return;
	work(context, 0);
	pthread_barrier_wait(&threads->gate);
}

static int threads_new(unsigned count, struct threads **out)
{
	struct threads *threads = calloc(1, sizeof(*threads));
	sigset_t before;
	unsigned made = 1;
	int err = threads ? 0 : -ENOMEM;

	if (err)
		return err;
	threads->count = count;
	threads->ids = calloc(count, sizeof(*threads->ids));
	threads->members = calloc(count, sizeof(*threads->members));
	pthread_barrier_init(&threads->gate, NULL, count);
	pthread_barrier_init(&threads->meet, NULL, count);
	if (!threads->ids || !threads->members)
		err = -ENOMEM;
	pthread_mutex_init(&threads->mutex, NULL);
	pthread_mutex_lock(&threads->mutex);
	block_signals(&before);
	for (; !err && made < count; made += !err) {
		struct member *member = &threads->members[made];
		*member = (struct member){.threads = threads, .number = made};
		err = -pthread_create(&member->thread, NULL, member_main, member);
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	threads->complete = err == 0;
	pthread_mutex_unlock(&threads->mutex);
	if (!err) {
		run_threads(threads, nothing, NULL); /* all ids are known behind it */
		*out = threads;
		return 0;
	}
	for (unsigned i = 1; threads->members && i < made; i++)
		pthread_join(threads->members[i].thread, NULL);
	threads_free(threads);
	return err;
}

struct session *crew_session(struct crew *crew, unsigned thread)
{
	return thread ? &crew->others[thread - 1] : &crew->session;
}

int crew_open(struct crew *crew, const struct workload_env *env, uint64_t pattern, struct why *why)
{
	unsigned opened = 0;
	int err = 0;

	memset(crew, 0, sizeof(*crew));
	crew->threads_count = env->threads_count ? env->threads_count : 1;
	crew->others = calloc(crew->threads_count, sizeof(*crew->others));
	if (!crew->others)
		return -ENOMEM;
	for (; !err && opened < crew->threads_count; opened += !err) {
		struct session *session = crew_session(crew, opened);
		err = session_open(session, env, why);
		if (!err)
			err = session_advise(session, pattern);
		if (err)
			session_close(session);
	}
	if (!err && crew->threads_count > 1 &&
	    (err = threads_new(crew->threads_count, &crew->threads)))
		why_set(why, err, "cannot make %u threads: %s", crew->threads_count - 1,
			strerror(-err));
	if (err) {
		crew->threads_count = opened ? opened : 1;
		crew_close(crew);
	}
	return err;
}

int crew_close(struct crew *crew)
{
	int err = 0;

	if (crew->threads) {
		run_threads(crew->threads, NULL, NULL);
		for (unsigned i = 1; i < crew->threads->count; i++)
			pthread_join(crew->threads->members[i].thread, NULL);
		threads_free(crew->threads);
		crew->threads = NULL;
	}
	for (unsigned i = 0; crew->others && i < crew->threads_count; i++) {
		int close_err = session_close(crew_session(crew, i));
		err = err ? err : close_err;
	}
	free(crew->others);
	crew->others = NULL;
	return err;
}

void crew_run(struct crew *crew, void (*work)(void *context, unsigned thread), void *context)
{
	if (crew->threads)
		run_threads(crew->threads, work, context);
	else
		work(context, 0);
}

void crew_meet(struct crew *crew)
{
	if (crew->threads)
		pthread_barrier_wait(&crew->threads->meet);
}

int crew_result(struct crew *crew, int err)
{
	for (unsigned i = 0; i < crew->threads_count; i++) {
		int health = session_result(crew_session(crew, i), 0);
		if (health)
			return health;
	}
	return err;
}

int crew_drop_cache(void *state)
{
	struct crew *crew = state;
	int err = 0;

	/* Pages that another thread's engine has mapped stay: the last drops them. */
	for (unsigned i = 0; !err && i < crew->threads_count; i++)
		err = session_drop_cache(crew_session(crew, i));
	return err;
}

/* Both are nothing but counts, u64 each. */
static void add_counts(void *into, const void *from, size_t len_bytes)
{
	uint64_t *sums = into;
	const uint64_t *counts = from;

	for (size_t i = 0; i < len_bytes / sizeof(*sums); i++)
		sums[i] += counts[i];
}

void crew_counts(const void *state, struct workload_counts *out)
{
	const struct crew *crew = state;
	struct workload_counts counts;

	_Static_assert(sizeof(out->engine) % sizeof(uint64_t) == 0, "counts only");
	_Static_assert(sizeof(out->layout) % sizeof(uint64_t) == 0, "counts only");
	session_counts(&crew->session, out);
	for (unsigned i = 1; i < crew->threads_count; i++) {
		session_counts(&crew->others[i - 1], &counts);
		add_counts(&out->engine, &counts.engine, sizeof(out->engine));
		add_counts(&out->layout, &counts.layout, sizeof(out->layout));
	}
}

const char *crew_why(const void *state)
{
	const struct crew *crew = state;
	const char *words = session_why(&crew->session);

	for (unsigned i = 1; !*words && i < crew->threads_count; i++)
		words = session_why(&crew->others[i - 1]);
	return words;
}

const pid_t *crew_thread_ids(const void *state, size_t *count)
{
	const struct crew *crew = state;

	*count = crew->threads ? crew->threads->count - 1 : 0;
	return crew->threads ? crew->threads->ids : NULL;
}
