/*
 * Level-synchronous breadth-first search by several threads.
 *
 * How it works: a level is a slice of the queue, split into one contiguous share per thread. The
 * thread that finds a node first claims it by a compare-and-swap on its level and adds it to its
 * own list. After a barrier, each thread copies its list into the queue; after a second barrier the
 * next level begins. The first thread walks levels of fewer than two nodes per thread alone while
 * the others wait, so a chain does not pay for barriers.
 *
 * Source: Leiserson and Schardl, "A work-efficient parallel breadth-first search algorithm", SPAA
 * 2010, with static shares instead of bags.
 */
#include "parallel_walk.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SPLIT_NODES_MIN 2 /* per thread; fewer are not worth two barriers */

/* The data of one thread, on its own cache lines. */
struct walk_thread {
	_Alignas(64) uint64_t *nodes; /* [nodes_count]: found on the next level */
	uint64_t count;
	uint64_t edges_count;
	int err;
	struct latency_sink *sink; /* or NULL */
	struct neighbors found[WALK_WINDOW_MAX];
};

/* The progress of the walk. The first thread writes it between barriers, or all threads write the
 * same. */
struct walk_state {
	uint64_t head, end; /* the level's nodes are queue[head .. end) */
	uint32_t depth;
	int err; /* of a level that the first thread walked alone */
};

struct parallel_walk {
	struct walk *walk;
	struct thread_pool *pool;
	struct walk_thread *threads; /* [threads_count] */
	struct walk_state state;
};

int parallel_walk_new(struct walk *walk, struct thread_pool *pool, struct parallel_walk **out)
{
	struct parallel_walk *parallel = calloc(1, sizeof(*parallel));
	size_t threads_bytes = pool->threads_count * sizeof(*parallel->threads);
	int err = 0;

	if (!parallel)
		return -ENOMEM;
	parallel->walk = walk;
	parallel->pool = pool;
	parallel->threads = aligned_alloc(_Alignof(struct walk_thread), threads_bytes);
	if (!parallel->threads)
		err = -ENOMEM;
	else
		memset(parallel->threads, 0, threads_bytes);
	for (unsigned i = 0; !err && i < pool->threads_count; i++) {
		parallel->threads[i].nodes =
			reallocarray(NULL, walk->nodes_count, sizeof(uint64_t));
		if (!parallel->threads[i].nodes)
			err = -ENOMEM;
	}
	if (err)
		parallel_walk_free(parallel);
	else
		*out = parallel;
	return err;
}

void parallel_walk_free(struct parallel_walk *parallel)
{
	if (!parallel)
		return;
	for (unsigned i = 0; parallel->threads && i < parallel->pool->threads_count; i++)
		free(parallel->threads[i].nodes);
	free(parallel->threads);
	free(parallel);
}

/* Claims the unreached neighbours of one node. */
static int visit(const struct walk *walk, struct walk_thread *self, struct store *store,
		 const struct neighbors *found, uint64_t node, uint32_t next_level)
{
	self->edges_count += found->count;
	for (size_t k = 0; k < found->count; k++) {
		uint64_t id = neighbor_id(store, found, k);
		uint32_t unreached = LEVEL_UNREACHED;

		if (__builtin_expect(id >= walk->nodes_count, 0))
			return walk_bad_neighbor(store, node, id);
		if (__atomic_load_n(&walk->levels[id], __ATOMIC_RELAXED) == LEVEL_UNREACHED &&
		    __atomic_compare_exchange_n(&walk->levels[id], &unreached, next_level, false,
						__ATOMIC_RELAXED, __ATOMIC_RELAXED))
			self->nodes[self->count++] = id;
	}
	return 0;
}

static int expand(struct parallel_walk *parallel, unsigned thread, uint64_t begin, uint64_t end,
		  uint32_t next_level)
{
	struct walk *walk = parallel->walk;
	struct walk_thread *self = &parallel->threads[thread];
	struct store *store = thread_pool_session(parallel->pool, thread)->store;
	struct frontier level = {.nodes = walk->queue + begin, .count = end - begin};
	size_t window = self->sink ? 1 : walk->window;

	self->count = 0;
	while (level.next < level.count) {
		uint64_t began_ns = self->sink ? clock_now_ns() : 0;
		ssize_t count = store->ops->neighbors_batch(store, &level, self->found, window);
		if (count <= 0)
			return count < 0 ? (int)count : -EIO;
		const uint64_t *nodes = level.nodes + level.next - count;
		for (ssize_t i = 0; i < count; i++) {
			int err = visit(walk, self, store, &self->found[i], nodes[i], next_level);
			if (err)
				return err;
		}
		if (self->sink)
			self->sink->record(self->sink, clock_now_ns() - began_ns);
	}
	return 0;
}

static bool finished(const struct parallel_walk *parallel, const struct walk_state *state)
{
	return state->head == state->end || state->depth >= parallel->walk->depth_max;
}

static bool worth_splitting(const struct parallel_walk *parallel, const struct walk_state *state)
{
	return state->end - state->head >=
	       (uint64_t)SPLIT_NODES_MIN * parallel->pool->threads_count;
}

/* The first thread walks alone until a level is wide enough for all, or the walk ends. */
static void walk_narrow(struct parallel_walk *parallel, struct walk_state *state)
{
	struct walk *walk = parallel->walk;
	struct walk_thread *self = &parallel->threads[0];

	while (!state->err && !finished(parallel, state) && !worth_splitting(parallel, state)) {
		if (walk->sorted)
			walk_sort_level(walk, walk->queue + state->head, state->end - state->head);
		state->err = expand(parallel, 0, state->head, state->end, state->depth + 1);
		memcpy(walk->queue + state->end, self->nodes, self->count * sizeof(*self->nodes));
		state->head = state->end;
		state->end += self->count;
		state->depth++;
	}
}

/* This thread's share of a level and of the queue after it. */
static int walk_wide(struct parallel_walk *parallel, unsigned thread, struct walk_state *state)
{
	struct walk *walk = parallel->walk;
	uint64_t begin, end, at = state->end, total = state->end;
	int err = 0;

	thread_pool_share(parallel->pool, thread, state->end - state->head, &begin, &end);
	parallel->threads[thread].err =
		expand(parallel, thread, state->head + begin, state->head + end, state->depth + 1);
	thread_pool_barrier(parallel->pool);
	for (unsigned i = 0; i < parallel->pool->threads_count; i++) {
		at += i < thread ? parallel->threads[i].count : 0;
		total += parallel->threads[i].count;
		err = err ? err : parallel->threads[i].err;
	}
	memcpy(walk->queue + at, parallel->threads[thread].nodes,
	       parallel->threads[thread].count * sizeof(*walk->queue));
	state->head = state->end;
	state->end = total;
	state->depth++;
	thread_pool_barrier(parallel->pool);
	return err;
}

static void walk_part(void *context, unsigned thread)
{
	struct parallel_walk *parallel = context;
	struct walk *walk = parallel->walk;
	struct walk_state state =
		parallel->state; /* copied before the first thread can change it */
	uint64_t begin, end;

	thread_pool_share(parallel->pool, thread, walk->nodes_count, &begin, &end);
	memset(walk->levels + begin, 0xff, (end - begin) * sizeof(*walk->levels));
	thread_pool_barrier(parallel->pool);
	if (thread == 0)
		walk->levels[walk->queue[0]] = 0;
	for (;;) {
		/* All threads have the same state and therefore decide the same. */
		if (finished(parallel, &state))
			return;
		if (!worth_splitting(parallel, &state)) {
			if (thread == 0) {
				walk_narrow(parallel, &state);
				parallel->state = state;
			}
			thread_pool_barrier(parallel->pool);
			state = parallel->state;
			if (state.err)
				return;
			continue;
		}
		if (walk->sorted) {
			if (thread == 0)
				walk_sort_level(walk, walk->queue + state.head,
						state.end - state.head);
			thread_pool_barrier(parallel->pool);
		}
		if (walk_wide(parallel, thread, &state))
			return;
	}
}

int parallel_walk_run(struct parallel_walk *parallel, uint64_t root, struct latency_sink *sink)
{
	struct walk *walk = parallel->walk;
	int err;

	for (unsigned i = 0; i < parallel->pool->threads_count; i++) {
		if (root >= walk->nodes_count ||
		    thread_pool_session(parallel->pool, i)->store->nodes_count != walk->nodes_count)
			return -ERANGE;
		parallel->threads[i].sink = sink;
		parallel->threads[i].err = 0;
		parallel->threads[i].count = 0;
		parallel->threads[i].edges_count = 0;
		sink = sink ? sink->next : NULL;
	}
	walk_announce(thread_pool_session(parallel->pool, 0)->store);
	walk->queue[0] = root;
	parallel->state = (struct walk_state){.head = 0, .end = 1};
	thread_pool_run(parallel->pool, walk_part, parallel);
	walk->summary.edges_count = 0;
	err = parallel->state.err;
	for (unsigned i = 0; i < parallel->pool->threads_count; i++) {
		walk->summary.edges_count += parallel->threads[i].edges_count;
		err = err ? err : parallel->threads[i].err;
	}
	return err;
}
