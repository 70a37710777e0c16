/*
 * Reading ahead of batches.
 *
 * A batch ends when its slowest read does, and the queue drains until then: of 64 reads, half are
 * idle on average. Announced extents fill it. They become slots (sorted, extended to whole blocks
 * and joined, as in a batch), wait until the ring has room that no batch needs, and are kept until
 * each extent was requested once. Blocks are found by the hash table of support/page_cache.c.
 *
 * It is a hint: if there is no slot, the extent is read when it is requested. A slot that is not
 * requested within STALE_BATCHES batches is reused.
 */
#include "ring_ahead.h"

#include <errno.h>
#include <stdlib.h>

#define STALE_BATCHES 64

int ring_ahead_init(struct ring_ahead *ahead, unsigned slots_count, size_t block_bytes,
		    unsigned char *memory)
{
	unsigned blocks = (unsigned)(RING_SLOT_BYTES / block_bytes);
	int err;

	*ahead = (struct ring_ahead){.slots_count = slots_count,
				     .block_bytes = block_bytes,
				     .blocks_per_slot = blocks,
				     .memory = memory,
				     .idle_count = slots_count};
	if (slots_count == 0)
		return 0;
	err = page_cache_init(&ahead->blocks, slots_count * blocks, block_bytes, memory);
	ahead->slots = calloc(slots_count, sizeof(*ahead->slots));
	ahead->idle = calloc(slots_count, sizeof(*ahead->idle));
	ahead->waiting = calloc(slots_count, sizeof(*ahead->waiting));
	if (err || !ahead->slots || !ahead->idle || !ahead->waiting) {
		ring_ahead_release(ahead);
		return -ENOMEM;
	}
	for (unsigned i = 0; i < slots_count; i++)
		ahead->idle[i] = slots_count - 1 - i;
	return 0;
}

void ring_ahead_release(struct ring_ahead *ahead)
{
	page_cache_release(&ahead->blocks);
	free(ahead->slots);
	free(ahead->idle);
	free(ahead->waiting);
	free(ahead->hits);
	*ahead = (struct ring_ahead){.slots_count = 0};
}

/* The slot that contains the block or will; slots_count if there is none. */
static unsigned find(const struct ring_ahead *ahead, uint64_t block)
{
	uint32_t frame = page_cache_find(&ahead->blocks, block);

	return frame == FRAME_NONE ? ahead->slots_count : frame / ahead->blocks_per_slot;
}

/* Removes its blocks from the hash table. */
static void unlink_slot(struct ring_ahead *ahead, unsigned slot)
{
	for (unsigned i = 0; i < ahead->blocks_per_slot; i++)
		page_cache_remove(&ahead->blocks, slot * ahead->blocks_per_slot + i);
}

static void make_idle(struct ring_ahead *ahead, unsigned slot)
{
	ahead->slots[slot].state = AHEAD_IDLE;
	ahead->idle[ahead->idle_count++] = slot;
}

/* Releases slots that were never requested; only if no other slot is idle. */
static void reclaim(struct ring_ahead *ahead)
{
	for (unsigned i = 0; i < ahead->slots_count; i++) {
		struct ahead_slot *slot = &ahead->slots[i];

		if ((slot->state == AHEAD_READY || slot->state == AHEAD_FAILED) &&
		    slot->born + STALE_BATCHES < ahead->batches_count) {
			unlink_slot(ahead, i);
			make_idle(ahead, i);
		}
	}
}

/* Does a slot contain one of the blocks of the span already? */
static bool is_known(const struct ring_ahead *ahead, const struct span *span)
{
	for (size_t at = 0; at < span->len_bytes; at += ahead->block_bytes) {
		if (find(ahead, (span->offset + at) / ahead->block_bytes) < ahead->slots_count)
			return true;
	}
	return false;
}

static unsigned extents_within(const struct spans *spans, const struct span *span)
{
	unsigned count = 0;

	for (size_t i = span->first;
	     i < spans->count && spans->extents[i].offset < span->offset + span->len_bytes; i++)
		count += spans->extents[i].offset >= span->offset;
	return count;
}

void ring_ahead_announce(struct ring_ahead *ahead, struct spans *spans)
{
	struct span span;

	if (ahead->idle_count == 0)
		reclaim(ahead);
	while (ahead->idle_count > 0 && spans_next(spans, &span)) {
		uint64_t block = span.offset / ahead->block_bytes;
		unsigned slot, last = ahead->waiting_first + ahead->waiting_count;

		if (is_known(ahead, &span))
			continue;
		slot = ahead->idle[--ahead->idle_count];
		ahead->slots[slot] =
			(struct ahead_slot){.span = span,
					    .state = AHEAD_WAITING,
					    .wanted_count = extents_within(spans, &span),
					    .born = ahead->batches_count};
		for (unsigned i = 0; i < span.len_bytes / ahead->block_bytes; i++)
			page_cache_insert(&ahead->blocks, slot * ahead->blocks_per_slot + i,
					  block + i);
		ahead->waiting[last % ahead->slots_count] = slot;
		ahead->waiting_count++;
	}
}

static bool reserve_hits(struct ring_ahead *ahead, size_t count)
{
	struct ahead_hit *hits;

	if (count <= ahead->hits_capacity)
		return true;
	hits = realloc(ahead->hits, count * sizeof(*hits));
	if (!hits)
		return false;
	ahead->hits = hits;
	ahead->hits_capacity = count;
	return true;
}

size_t ring_ahead_split(struct ring_ahead *ahead, struct engine_extent *extents, size_t count)
{
	size_t kept = 0;

	ahead->hits_count = 0;
	ahead->batches_count++;
	if (ahead->idle_count == ahead->slots_count || !reserve_hits(ahead, count))
		return count;
	for (size_t i = 0; i < count; i++) {
		const struct engine_extent extent = extents[i];
		unsigned slot = extent.len_bytes ? find(ahead, extent.offset / ahead->block_bytes)
						 : ahead->slots_count;
		const struct span *span = &ahead->slots[slot < ahead->slots_count ? slot : 0].span;

		if (slot < ahead->slots_count &&
		    extent.offset + extent.len_bytes <= span->offset + span->len_bytes)
			ahead->hits[ahead->hits_count++] = (struct ahead_hit){extent, slot};
		else
			extents[kept++] = extent;
	}
	return kept;
}

bool ring_ahead_next(struct ring_ahead *ahead, unsigned *slot)
{
	if (ahead->waiting_count == 0)
		return false;
	*slot = ahead->waiting[ahead->waiting_first];
	ahead->waiting_first = (ahead->waiting_first + 1) % ahead->slots_count;
	ahead->waiting_count--;
	ahead->slots[*slot].state = AHEAD_FLYING;
	return true;
}

void ring_ahead_answered(struct ring_ahead *ahead, unsigned slot, bool ok)
{
	if (ahead->slots[slot].state == AHEAD_STALE)
		make_idle(ahead, slot);
	else
		ahead->slots[slot].state = ok ? AHEAD_READY : AHEAD_FAILED;
}

void ring_ahead_forget(struct ring_ahead *ahead)
{
	if (ahead->idle_count == ahead->slots_count)
		return;
	for (unsigned i = 0; i < ahead->slots_count; i++) {
		struct ahead_slot *slot = &ahead->slots[i];

		if (slot->state == AHEAD_IDLE || slot->state == AHEAD_STALE)
			continue;
		unlink_slot(ahead, i);
		if (slot->state == AHEAD_FLYING)
			slot->state = AHEAD_STALE;
		else
			make_idle(ahead, i);
	}
	ahead->waiting_first = ahead->waiting_count = 0;
}

void ring_ahead_used(struct ring_ahead *ahead, unsigned slot)
{
	if (ahead->slots[slot].wanted_count > 1) {
		ahead->slots[slot].wanted_count--;
		return;
	}
	/* Hits of the same batch may still use its bytes; they cannot be overwritten before. */
	if (ahead->slots[slot].state == AHEAD_IDLE)
		return;
	unlink_slot(ahead, slot);
	make_idle(ahead, slot);
}
