/*
 * Level-synchronous breadth-first search by several threads.
 *
 * How it works: each level is a slice of the queue and is split into as many contiguous parts as
 * there are threads. Who finds a node first takes it, by a compare-and-swap on its level, and notes it in a
 * list of its own; behind a barrier the lists are copied into the queue one after the other, and
 * behind another the next level begins. Levels of fewer than two nodes a thread are walked by the
 * first thread alone while the others wait: a chain pays for no barriers.
 *
 * Source: the parallel walk in levels is that of Leiserson and Schardl, "A work-efficient parallel
 * breadth-first search algorithm", SPAA 2010, with static parts in place of its bags.
 */
#include "walk_crew.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SPLIT_NODES_MIN 2 /* a thread: fewer are not worth two barriers */

/* What one thread has to itself: on cache lines of its own. */
struct part {
	_Alignas(64) uint64_t *nodes; /* [nodes_count]: found on the next level */
	uint64_t count;
	uint64_t edges_count;
	int err;
	struct latency_sink *sink; /* or NULL */
	struct neighbors found[WALK_WINDOW_MAX];
};

/* Where the walk stands; written by the first thread between barriers, or alike by all of them. */
struct place {
	uint64_t head, end; /* the level's nodes are queue[head .. end) */
	uint32_t depth;
	int err; /* of a level that the first thread walked alone */
};

struct walk_crew {
	struct walk *walk;
	struct crew *crew;
	struct part *parts; /* [threads_count] */
	struct place place;
};

int walk_crew_new(struct walk *walk, struct crew *crew, struct walk_crew **out)
{
	struct walk_crew *team = calloc(1, sizeof(*team));
	size_t parts_bytes = crew->threads_count * sizeof(*team->parts);
	int err = 0;

	if (!team)
		return -ENOMEM;
	team->walk = walk;
	team->crew = crew;
	team->parts = aligned_alloc(_Alignof(struct part), parts_bytes);
	if (!team->parts)
		err = -ENOMEM;
	else
		memset(team->parts, 0, parts_bytes);
	for (unsigned i = 0; !err && i < crew->threads_count; i++) {
		team->parts[i].nodes = reallocarray(NULL, walk->nodes_count, sizeof(uint64_t));
		if (!team->parts[i].nodes)
			err = -ENOMEM;
	}
	if (err)
		walk_crew_free(team);
	else
		*out = team;
	return err;
}

void walk_crew_free(struct walk_crew *team)
{
	if (!team)
		return;
	for (unsigned i = 0; team->parts && i < team->crew->threads_count; i++)
		free(team->parts[i].nodes);
	free(team->parts);
	free(team);
}

/* Looks at one node's neighbours. */
static int visit(const struct walk *walk, struct part *part, struct store *store,
		 const struct neighbors *found, uint64_t node, uint32_t next_level)
{
	part->edges_count += found->count;
	for (size_t k = 0; k < found->count; k++) {
		uint64_t id = found->ids[k];
		uint32_t unreached = LEVEL_UNREACHED;

		if (__builtin_expect(id >= walk->nodes_count, 0))
			return walk_bad_neighbor(store, node, id);
		if (__atomic_load_n(&walk->levels[id], __ATOMIC_RELAXED) == LEVEL_UNREACHED &&
		    __atomic_compare_exchange_n(&walk->levels[id], &unreached, next_level, false,
						__ATOMIC_RELAXED, __ATOMIC_RELAXED))
			part->nodes[part->count++] = id;
	}
	return 0;
}

static int expand(struct walk_crew *team, unsigned thread, uint64_t begin, uint64_t end,
		  uint32_t next_level)
{
	struct walk *walk = team->walk;
	struct part *part = &team->parts[thread];
	struct store *store = crew_session(team->crew, thread)->store;
	struct frontier level = {.nodes = walk->queue + begin, .count = end - begin};
	size_t window = part->sink ? 1 : walk->window;

	part->count = 0;
	while (level.next < level.count) {
		uint64_t began_ns = part->sink ? clock_now_ns() : 0;
		ssize_t count = store->ops->neighbors_batch(store, &level, part->found, window);
		if (count <= 0)
			return count < 0 ? (int)count : -EIO;
		const uint64_t *nodes = level.nodes + level.next - count;
		for (ssize_t i = 0; i < count; i++) {
			int err = visit(walk, part, store, &part->found[i], nodes[i], next_level);
			if (err)
				return err;
		}
		if (part->sink)
			part->sink->record(part->sink, clock_now_ns() - began_ns);
	}
	return 0;
}

static bool finished(const struct walk_crew *team, const struct place *place)
{
	return place->head == place->end || place->depth >= team->walk->depth_max;
}

static bool worth_splitting(const struct walk_crew *team, const struct place *place)
{
	return place->end - place->head >= (uint64_t)SPLIT_NODES_MIN * team->crew->threads_count;
}

/* The first thread alone, until there is a level for all, or none. */
static void walk_narrow(struct walk_crew *team, struct place *place)
{
	struct walk *walk = team->walk;
	struct part *part = &team->parts[0];

	while (!place->err && !finished(team, place) && !worth_splitting(team, place)) {
		if (walk->sorted)
			walk_sort_level(walk, walk->queue + place->head, place->end - place->head);
		place->err = expand(team, 0, place->head, place->end, place->depth + 1);
		memcpy(walk->queue + place->end, part->nodes, part->count * sizeof(*part->nodes));
		place->head = place->end;
		place->end += part->count;
		place->depth++;
	}
}

/* This thread's part of a level, and of the queue behind it. */
static int walk_wide(struct walk_crew *team, unsigned thread, struct place *place)
{
	struct walk *walk = team->walk;
	uint64_t begin, end, at = place->end, total = place->end;
	int err = 0;

	crew_share(team->crew, thread, place->end - place->head, &begin, &end);
	team->parts[thread].err =
		expand(team, thread, place->head + begin, place->head + end, place->depth + 1);
	crew_meet(team->crew);
	for (unsigned i = 0; i < team->crew->threads_count; i++) {
		at += i < thread ? team->parts[i].count : 0;
		total += team->parts[i].count;
		err = err ? err : team->parts[i].err;
	}
	memcpy(walk->queue + at, team->parts[thread].nodes,
	       team->parts[thread].count * sizeof(*walk->queue));
	place->head = place->end;
	place->end = total;
	place->depth++;
	crew_meet(team->crew);
	return err;
}

static void walk_part(void *context, unsigned thread)
{
	struct walk_crew *team = context;
	struct walk *walk = team->walk;
	struct place place = team->place; /* before the first thread can have gone on */
	uint64_t begin, end;

	crew_share(team->crew, thread, walk->nodes_count, &begin, &end);
	memset(walk->levels + begin, 0xff, (end - begin) * sizeof(*walk->levels));
	crew_meet(team->crew);
	if (thread == 0)
		walk->levels[walk->queue[0]] = 0;
	for (;;) {
		/* Every thread stands at the same place, and so decides the same. */
		if (finished(team, &place))
			return;
		if (!worth_splitting(team, &place)) {
			if (thread == 0) {
				walk_narrow(team, &place);
				team->place = place;
			}
			crew_meet(team->crew);
			place = team->place;
			if (place.err)
				return;
			continue;
		}
		if (walk->sorted) {
			if (thread == 0)
				walk_sort_level(walk, walk->queue + place.head,
						place.end - place.head);
			crew_meet(team->crew);
		}
		if (walk_wide(team, thread, &place))
			return;
	}
}

int walk_crew_run(struct walk_crew *team, uint64_t root, struct latency_sink *sink)
{
	struct walk *walk = team->walk;
	int err;

	for (unsigned i = 0; i < team->crew->threads_count; i++) {
		if (root >= walk->nodes_count ||
		    crew_session(team->crew, i)->store->nodes_count != walk->nodes_count)
			return -ERANGE;
		team->parts[i].sink = sink;
		team->parts[i].err = 0;
		team->parts[i].count = 0;
		team->parts[i].edges_count = 0;
		sink = sink ? sink->next : NULL;
	}
	walk_announce(crew_session(team->crew, 0)->store);
	walk->queue[0] = root;
	team->place = (struct place){.head = 0, .end = 1};
	crew_run(team->crew, walk_part, team);
	walk->summary.edges_count = 0;
	err = team->place.err;
	for (unsigned i = 0; i < team->crew->threads_count; i++) {
		walk->summary.edges_count += team->parts[i].edges_count;
		err = err ? err : team->parts[i].err;
	}
	return err;
}
