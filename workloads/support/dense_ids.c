/*
 * Dense ids: see dense_ids.h. Most files have ids in one range with few holes. A bitmap with the
 * number of ids before each word finds the rank with one load and one popcount. For sparse ids
 * (hashes, account numbers) a hash table holds each id once; the ids are sorted and their ranks are
 * stored in the table. Its cost is cache misses, so slots are prefetched some edges ahead.
 */
#include "dense_ids.h"

#include <errno.h>
#include <stdlib.h>

#include "mix.h"

#define FETCH_AHEAD    16 /* edges; a miss of 100 ns divided by 5 ns per edge, about */
#define SLOTS_AT_START 1024

struct dense_word {
	uint64_t bits;
	uint64_t before_count; /* ids below this word */
};

struct dense_slot {
	uint64_t id;
	uint64_t rank; /* SLOT_EMPTY, or any other value until the ranks are known */
};

#define SLOT_EMPTY UINT64_MAX

static inline void mark(struct dense_ids *ids, uint64_t id)
{
	ids->words[(id - ids->min) / 64].bits |= UINT64_C(1) << ((id - ids->min) % 64);
}

static int bitmap_init(struct dense_ids *ids, const struct edge *edges, size_t count)
{
	uint64_t words_count = (ids->max - ids->min) / 64 + 1;

	ids->words = calloc(words_count, sizeof(*ids->words));
	if (!ids->words)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		mark(ids, edges[i].from);
		mark(ids, edges[i].to);
	}
	for (uint64_t i = 0; i < words_count; i++) {
		ids->words[i].before_count = ids->count;
		ids->count += (uint64_t)__builtin_popcountll(ids->words[i].bits);
	}
	return 0;
}

/* The slot of the id, or the empty slot where it would be stored. */
static inline struct dense_slot *slot_of(const struct dense_ids *ids, uint64_t id)
{
	uint64_t i = mix64(id) & ids->slots_mask;

	while (ids->slots[i].rank != SLOT_EMPTY && ids->slots[i].id != id)
		i = (i + 1) & ids->slots_mask;
	return &ids->slots[i];
}

static inline void slot_fetch(const struct dense_ids *ids, uint64_t id)
{
	__builtin_prefetch(&ids->slots[mix64(id) & ids->slots_mask]);
}

/* Resizes the table to `slots_count` slots. */
static int table_resize(struct dense_ids *ids, uint64_t slots_count)
{
	struct dense_slot *old = ids->slots;
	uint64_t old_count = old ? ids->slots_mask + 1 : 0;
	struct dense_slot *slots = reallocarray(NULL, slots_count, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (uint64_t i = 0; i < slots_count; i++)
		slots[i].rank = SLOT_EMPTY;
	ids->slots = slots;
	ids->slots_mask = slots_count - 1;
	for (uint64_t i = 0; i < old_count; i++) {
		if (old[i].rank != SLOT_EMPTY)
			*slot_of(ids, old[i].id) = old[i];
	}
	free(old);
	return 0;
}

/* The table is at most three quarters full. */
static inline int table_insert(struct dense_ids *ids, uint64_t id)
{
	struct dense_slot *slot = slot_of(ids, id);

	if (slot->rank != SLOT_EMPTY)
		return 0;
	*slot = (struct dense_slot){.id = id, .rank = 0};
	ids->count++;
	if (ids->count <= (ids->slots_mask + 1) / 4 * 3)
		return 0;
	return table_resize(ids, 2 * (ids->slots_mask + 1));
}

static int compare_ids(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int table_rank(struct dense_ids *ids)
{
	uint64_t *sorted = reallocarray(NULL, ids->count, sizeof(*sorted));
	uint64_t n = 0;

	if (!sorted)
		return -ENOMEM;
	for (uint64_t i = 0; i <= ids->slots_mask; i++) {
		if (ids->slots[i].rank != SLOT_EMPTY)
			sorted[n++] = ids->slots[i].id;
	}
	qsort(sorted, n, sizeof(*sorted), compare_ids);
	for (uint64_t i = 0; i < n; i++) {
		if (i + FETCH_AHEAD < n)
			slot_fetch(ids, sorted[i + FETCH_AHEAD]);
		slot_of(ids, sorted[i])->rank = i;
	}
	free(sorted);
	return 0;
}

static int table_init(struct dense_ids *ids, const struct edge *edges, size_t count)
{
	int err = table_resize(ids, SLOTS_AT_START);

	for (size_t i = 0; i < count && !err; i++) {
		if (i + FETCH_AHEAD < count) {
			slot_fetch(ids, edges[i + FETCH_AHEAD].from);
			slot_fetch(ids, edges[i + FETCH_AHEAD].to);
		}
		err = table_insert(ids, edges[i].from);
		if (!err)
			err = table_insert(ids, edges[i].to);
	}
	return err ? err : table_rank(ids);
}

int dense_ids_init(struct dense_ids *ids, const struct edge *edges, size_t count)
{
	int err;

	*ids = (struct dense_ids){.min = UINT64_MAX};
	for (size_t i = 0; i < count; i++) {
		uint64_t from = edges[i].from, to = edges[i].to;
		uint64_t low = from < to ? from : to, high = from < to ? to : from;

		ids->min = low < ids->min ? low : ids->min;
		ids->max = high > ids->max ? high : ids->max;
	}
	/* A word of 16 bytes stands for 64 ids: up to half as many words as edges, 8 bytes an edge.
	 */
	if ((ids->max - ids->min) / 64 <= count / 2)
		err = bitmap_init(ids, edges, count);
	else
		err = table_init(ids, edges, count);
	if (err)
		dense_ids_release(ids);
	return err;
}

void dense_ids_release(struct dense_ids *ids)
{
	free(ids->words);
	free(ids->slots);
	*ids = (struct dense_ids){0};
}

static inline uint64_t bitmap_rank(const struct dense_ids *ids, uint64_t id)
{
	const struct dense_word *word = &ids->words[(id - ids->min) / 64];
	uint64_t below = (UINT64_C(1) << ((id - ids->min) % 64)) - 1;

	return word->before_count + (uint64_t)__builtin_popcountll(word->bits & below);
}

bool dense_ids_find(const struct dense_ids *ids, uint64_t id, uint64_t *dense)
{
	uint64_t offset = id - ids->min;

	if (id < ids->min || id > ids->max)
		return false;
	if (ids->words) {
		*dense = bitmap_rank(ids, id);
		return ids->words[offset / 64].bits >> (offset % 64) & 1;
	}
	*dense = slot_of(ids, id)->rank;
	return *dense != SLOT_EMPTY;
}

void dense_ids_apply(const struct dense_ids *ids, struct edge *edges, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (ids->words) {
			edges[i].from = bitmap_rank(ids, edges[i].from);
			edges[i].to = bitmap_rank(ids, edges[i].to);
			continue;
		}
		if (i + FETCH_AHEAD < count) {
			slot_fetch(ids, edges[i + FETCH_AHEAD].from);
			slot_fetch(ids, edges[i + FETCH_AHEAD].to);
		}
		edges[i].from = slot_of(ids, edges[i].from)->rank;
		edges[i].to = slot_of(ids, edges[i].to)->rank;
	}
}

uint64_t dense_ids_name(const struct dense_ids *ids, uint64_t dense)
{
	if (!ids->words) {
		for (uint64_t i = 0; i <= ids->slots_mask; i++) {
			if (ids->slots[i].rank == dense)
				return ids->slots[i].id;
		}
		return ids->max;
	}
	for (uint64_t id = ids->min;; id++) {
		uint64_t found;

		if ((dense_ids_find(ids, id, &found) && found == dense) || id == ids->max)
			return id;
	}
}
