/* Blocks of a file that are read before they are requested: their slots and states. */
#ifndef IOWALK_ENGINE_RING_AHEAD_H
#define IOWALK_ENGINE_RING_AHEAD_H

#include "direct_file.h"
#include "extents.h"
#include "page_cache.h"

#define RING_SLOT_BYTES ((size_t)16384) /* longest direct read; several of them fill a queue */

enum ahead_state {
	AHEAD_IDLE,
	AHEAD_WAITING, /* for room in the ring */
	AHEAD_FLYING,
	AHEAD_READY,
	AHEAD_FAILED, /* a request reads it again */
	AHEAD_STALE,  /* in flight, but discarded: idle when it completes */
};

/* Adjacent blocks that are read at once. */
struct ahead_slot {
	struct span span;
	enum ahead_state state;
	unsigned wanted_count; /* extents in it that were announced and not requested yet */
	uint64_t born;         /* the batch before which it was announced */
};

/* An extent of a batch that is in a slot. */
struct ahead_hit {
	struct engine_extent extent;
	unsigned slot;
};

struct ring_ahead {
	unsigned slots_count; /* 0: no read-ahead */
	size_t block_bytes;
	unsigned blocks_per_slot;
	unsigned char *memory;    /* [slots_count * RING_SLOT_BYTES], borrowed */
	struct ahead_slot *slots; /* [slots_count] */
	struct page_cache blocks; /* block to frame; a slot has blocks_per_slot frames */
	unsigned *idle;           /* [slots_count] the first idle_count are set */
	unsigned idle_count;
	unsigned *waiting; /* [slots_count] a ring of waiting_count, from waiting_first on */
	unsigned waiting_first, waiting_count;
	struct ahead_hit *hits; /* [hits_capacity] of the batch; the first hits_count are set */
	size_t hits_count, hits_capacity;
	uint64_t batches_count;
};

/* `memory` is the caller's, for direct I/O. -ENOMEM. */
int ring_ahead_init(struct ring_ahead *ahead, unsigned slots_count, size_t block_bytes,
		    unsigned char *memory);
void ring_ahead_release(struct ring_ahead *ahead);

/* Adds spans of sorted extents to the waiting slots, as long as there are idle ones. */
void ring_ahead_announce(struct ring_ahead *ahead, struct spans *spans);

/*
 * Moves the sorted extents that are in a slot to `hits`. Returns how many are left; their order is
 * kept.
 */
size_t ring_ahead_split(struct ring_ahead *ahead, struct engine_extent *extents, size_t count);

/* The next slot to be read, now in flight; false if none waits. */
bool ring_ahead_next(struct ring_ahead *ahead, unsigned *slot);

/* A slot was read, or its read failed. */
void ring_ahead_answered(struct ring_ahead *ahead, unsigned slot, bool ok);

/* Discards everything announced so far. */
void ring_ahead_forget(struct ring_ahead *ahead);

/* A hit was copied to its extent. */
void ring_ahead_used(struct ring_ahead *ahead, unsigned slot);

static inline unsigned char *ring_ahead_bytes(const struct ring_ahead *ahead, unsigned slot)
{
	return ahead->memory + slot * RING_SLOT_BYTES;
}

#endif
