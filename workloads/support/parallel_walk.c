/*
 * Level-synchronous breadth-first search by several threads.
 *
 * How it works: the first thread walks as if it were alone (walk_levels.h). For a wide level it calls the others:
 * each takes parts of the level's bitmap, in the order of ids, until none is left, so that a thread with many edges
 * takes fewer parts. Each sets the neighbours in a bitmap of its own, which costs a bit per node and needs no atomic
 * operation per edge. At the end of the level each thread joins a share of the bitmaps. Narrow levels are not worth the
 * barriers, so a chain does not pay for them.
 */
#include "parallel_walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wide_level.h"

#define SPLIT_NODES_MIN 64  /* per thread; fewer are not worth the barriers */
#define PART_WORDS_MAX  256 /* of a level's bitmap: 16384 nodes at once */
#define PARTS_A_THREAD  16  /* at least, where a level has enough words */

/* The data of one thread, on its own cache lines. */
struct walk_thread {
	_Alignas(64) struct wide_worker worker;
	uint64_t count; /* nodes of the next level in its share */
	int err;
	struct neighbors found[WALK_WINDOW_MAX];
};

enum team_work { WORK_EXPAND, WORK_EXPAND_UP, WORK_FINISH, WORK_END };

struct parallel_walk { // NOLINT(clang-analyzer-optin.performance.Padding): a line of its own for what all write
	struct walk_team team; /* first member */
	struct walk *walk;
	struct thread_pool *pool;
	struct walk_thread *threads; /* [threads_count] */
	uint64_t part_words;

	/* Set by the first thread before a barrier. */
	enum team_work work;
	uint32_t depth; /* of the next level */
	uint64_t root;
	struct latency_sink *sink;
	int err;

	_Alignas(64) uint64_t next_word; /* the first word that no thread has taken */
};

/* ---- what each thread does ---- */

static int expand_parts(struct parallel_walk *parallel, struct walk_thread *self, bool up)
{
	uint64_t words = walk_words(parallel->walk), step = parallel->part_words;

	for (;;) {
		uint64_t begin = __atomic_fetch_add(&parallel->next_word, step, __ATOMIC_RELAXED);
		if (begin >= words)
			return 0;
		uint64_t end = words - begin < step ? words : begin + step;
		int err = up ? wide_expand_up(parallel->walk, &self->worker, begin, end)
			     : wide_expand(parallel->walk, &self->worker, begin, end);
		if (err)
			return err;
	}
}

static uint64_t finish_share(struct parallel_walk *parallel, unsigned thread)
{
	struct walk *walk = parallel->walk;
	uint64_t begin, end;

	thread_pool_share(parallel->pool, thread, walk_words(walk), &begin, &end);
	for (unsigned i = 1; i < parallel->pool->threads_count; i++) {
		uint64_t *bits = parallel->threads[i].worker.next_bits;

		for (uint64_t word = begin; word < end; word++) {
			walk->next_bits[word] |= bits[word];
			bits[word] = 0;
		}
	}
	return wide_finish(walk, parallel->depth, begin, end);
}

static void do_work(struct parallel_walk *parallel, unsigned thread)
{
	struct walk_thread *self = &parallel->threads[thread];

	if (parallel->work == WORK_EXPAND || parallel->work == WORK_EXPAND_UP)
		self->err = expand_parts(parallel, self, parallel->work == WORK_EXPAND_UP);
	else if (parallel->work == WORK_FINISH)
		self->count = finish_share(parallel, thread);
}

/* ---- what the first thread asks for ---- */

static void share_work(struct parallel_walk *parallel, enum team_work work)
{
	parallel->work = work;
	parallel->next_word = 0;
	thread_pool_barrier(parallel->pool);
	do_work(parallel, 0);
	if (work != WORK_END)
		thread_pool_barrier(parallel->pool);
}

static int team_expand(struct walk_team *team, bool up, uint64_t *edges_count)
{
	struct parallel_walk *parallel = (struct parallel_walk *)team;
	int err = 0;

	share_work(parallel, up ? WORK_EXPAND_UP : WORK_EXPAND);
	for (unsigned i = 0; i < parallel->pool->threads_count; i++) {
		struct walk_thread *thread = &parallel->threads[i];

		*edges_count += thread->worker.edges_count;
		thread->worker.edges_count = 0;
		err = err ? err : thread->err;
	}
	return err;
}

static uint64_t team_finish(struct walk_team *team, uint32_t depth)
{
	struct parallel_walk *parallel = (struct parallel_walk *)team;
	uint64_t count = 0;

	parallel->depth = depth;
	share_work(parallel, WORK_FINISH);
	for (unsigned i = 0; i < parallel->pool->threads_count; i++)
		count += parallel->threads[i].count;
	return count;
}

static void walk_part(void *context, unsigned thread)
{
	struct parallel_walk *parallel = context;
	struct store *store = thread_pool_session(parallel->pool, 0)->store;

	if (thread == 0) {
		parallel->err = parallel->sink ? walk_run_latency(parallel->walk, store,
								  parallel->root, parallel->sink)
					       : walk_run(parallel->walk, store, parallel->root);
		share_work(parallel, WORK_END);
		return;
	}
	for (;;) {
		thread_pool_barrier(parallel->pool);
		if (parallel->work == WORK_END)
			return;
		do_work(parallel, thread);
		thread_pool_barrier(parallel->pool);
	}
}

int parallel_walk_run(struct parallel_walk *parallel, uint64_t root, struct latency_sink *sink)
{
	struct walk *walk = parallel->walk;

	parallel->root = root;
	parallel->sink = sink;
	for (unsigned i = 0; i < parallel->pool->threads_count; i++) {
		struct wide_worker *worker = &parallel->threads[i].worker;

		if (thread_pool_session(parallel->pool, i)->store->nodes_count != walk->nodes_count)
			return -ERANGE;
		worker->sink = sink;
		worker->window = sink ? 1 : walk->window;
		worker->edges_count = 0;
		/* After an error there may be bits left. */
		if (parallel->err)
			memset(worker->next_bits, 0, walk_words(walk) * sizeof(*worker->next_bits));
		sink = sink ? sink->next : NULL;
	}
	thread_pool_run(parallel->pool, walk_part, parallel);
	return parallel->err;
}

/* ---- creating ---- */

static int thread_init(struct parallel_walk *parallel, unsigned i)
{
	struct walk_thread *thread = &parallel->threads[i];
	uint64_t *bits =
		i ? calloc(walk_words(parallel->walk), sizeof(*bits)) : parallel->walk->next_bits;

	thread->worker = (struct wide_worker){
		.store = thread_pool_session(parallel->pool, i)->store,
		.next_bits = bits,
		.nodes = reallocarray(NULL, 64 * parallel->part_words, sizeof(uint64_t)),
		.nodes_capacity = 64 * parallel->part_words,
		.found = thread->found,
	};
	return thread->worker.next_bits && thread->worker.nodes ? 0 : -ENOMEM;
}

int parallel_walk_new(struct walk *walk, struct thread_pool *pool, struct parallel_walk **out)
{
	struct parallel_walk *parallel = aligned_alloc(64, sizeof(*parallel));
	size_t threads_bytes = pool->threads_count * sizeof(*parallel->threads);
	uint64_t part_words = walk_words(walk) / (PARTS_A_THREAD * pool->threads_count) + 1;
	int err = 0;

	if (!parallel)
		return -ENOMEM;
	*parallel = (struct parallel_walk){
		.team = {team_expand, team_finish, (uint64_t)SPLIT_NODES_MIN * pool->threads_count},
		.walk = walk,
		.pool = pool,
		.part_words = part_words < PART_WORDS_MAX ? part_words : PART_WORDS_MAX,
		.threads = aligned_alloc(_Alignof(struct walk_thread), threads_bytes),
	};
	if (!parallel->threads)
		err = -ENOMEM;
	else
		memset(parallel->threads, 0, threads_bytes);
	for (unsigned i = 0; !err && i < pool->threads_count; i++)
		err = thread_init(parallel, i);
	if (err) {
		parallel_walk_free(parallel);
		return err;
	}
	walk->team = &parallel->team;
	*out = parallel;
	return 0;
}

void parallel_walk_free(struct parallel_walk *parallel)
{
	if (!parallel)
		return;
	for (unsigned i = 0; parallel->threads && i < parallel->pool->threads_count; i++) {
		free(parallel->threads[i].worker.nodes);
		if (i > 0)
			free(parallel->threads[i].worker.next_bits);
	}
	free(parallel->threads);
	free(parallel);
}
