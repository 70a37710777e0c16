/*
 * A cache of pages: a hash table with chains through the frames, and CLOCK for replacement: the
 * hand skips a frame that was used since it last passed. A use costs one store, while LRU would
 * move the frame in a list; on a walk, whose pages have no order of use, LRU is not better.
 *
 * Source: Corbato, A Paging Experiment with the Multics System, 1968; Knuth, The Art of Computer
 * Programming 3, 6.4, on multiplicative hashing.
 */
#include "page_cache.h"

#include <errno.h>
#include <stdlib.h>

int page_cache_init(struct page_cache *cache, uint32_t frames_count, size_t page_bytes,
		    unsigned char *memory)
{
	unsigned bits = 1;

	while ((UINT64_C(1) << bits) < frames_count)
		bits++;
	*cache = (struct page_cache){.page_bytes = page_bytes,
				     .frames_count = frames_count,
				     .shift = 64 - bits,
				     .memory = memory};
	cache->frames = calloc(frames_count, sizeof(*cache->frames));
	cache->chains = malloc(((size_t)1 << bits) * sizeof(*cache->chains));
	if (!cache->frames || !cache->chains) {
		page_cache_release(cache);
		return -ENOMEM;
	}
	for (size_t i = 0; i < (size_t)1 << bits; i++)
		cache->chains[i] = FRAME_NONE;
	return 0;
}

void page_cache_release(struct page_cache *cache)
{
	free(cache->frames);
	free(cache->chains);
	cache->frames = NULL;
	cache->chains = NULL;
}

static uint32_t *chain_of(const struct page_cache *cache, uint64_t page)
{
	return &cache->chains[page * UINT64_C(0x9e3779b97f4a7c15) >> cache->shift];
}

uint32_t page_cache_find(const struct page_cache *cache, uint64_t page)
{
	uint32_t frame = *chain_of(cache, page);

	while (frame != FRAME_NONE && cache->frames[frame].page != page)
		frame = cache->frames[frame].next;
	return frame;
}

uint32_t page_cache_victim(struct page_cache *cache)
{
	for (;;) {
		uint32_t frame = cache->hand;

		cache->hand = frame + 1 < cache->frames_count ? frame + 1 : 0;
		if (!cache->frames[frame].referenced)
			return frame;
		cache->frames[frame].referenced = false;
	}
}

void page_cache_insert(struct page_cache *cache, uint32_t frame, uint64_t page)
{
	uint32_t *chain = chain_of(cache, page);

	cache->frames[frame] =
		(struct frame){.page = page, .next = *chain, .used = true, .referenced = true};
	*chain = frame;
}

void page_cache_remove(struct page_cache *cache, uint32_t frame)
{
	uint32_t *link = chain_of(cache, cache->frames[frame].page);

	if (!cache->frames[frame].used)
		return;
	while (*link != frame)
		link = &cache->frames[*link].next;
	*link = cache->frames[frame].next;
	page_cache_set_dirty(cache, frame, false);
	cache->frames[frame] = (struct frame){.next = FRAME_NONE};
}

void page_cache_set_dirty(struct page_cache *cache, uint32_t frame, bool dirty)
{
	cache->dirty_count += (uint32_t)dirty - (uint32_t)cache->frames[frame].dirty;
	cache->frames[frame].dirty = dirty;
}
