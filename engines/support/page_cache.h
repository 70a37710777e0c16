/* Pages of a file in user space: their frames, dirty pages, and replacement. */
#ifndef IOWALK_ENGINE_PAGE_CACHE_H
#define IOWALK_ENGINE_PAGE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_NONE UINT32_MAX

struct frame {
	uint64_t page;
	uint32_t next; /* in its chain, or FRAME_NONE */
	bool used, referenced, dirty;
	bool fresh; /* filled, and not used since */
};

struct page_cache {
	size_t page_bytes;
	uint32_t frames_count;
	struct frame *frames; /* [frames_count] */
	uint32_t *chains;     /* [1 << (64 - shift)] first frame of each, or FRAME_NONE */
	unsigned shift;       /* of a page's hash, down to the index of its chain */
	uint32_t hand;        /* of the clock */
	uint32_t dirty_count;
	unsigned char *memory; /* [frames_count * page_bytes], borrowed */
};

/* `memory` stays the caller's. -ENOMEM. */
int page_cache_init(struct page_cache *cache, uint32_t frames_count, size_t page_bytes,
		    unsigned char *memory);
void page_cache_release(struct page_cache *cache);

/* The frame of a page, or FRAME_NONE. Does not count as a use of it. */
uint32_t page_cache_find(const struct page_cache *cache, uint64_t page);

/* The frame to be replaced next. It may be in use and dirty. */
uint32_t page_cache_victim(struct page_cache *cache);

/* Assigns an unused frame to a page; the caller has filled it. */
void page_cache_insert(struct page_cache *cache, uint32_t frame, uint64_t page);

/* Discards the page of a frame, even if it is dirty. */
void page_cache_remove(struct page_cache *cache, uint32_t frame);

void page_cache_set_dirty(struct page_cache *cache, uint32_t frame, bool dirty);

static inline unsigned char *page_cache_bytes(const struct page_cache *cache, uint32_t frame)
{
	return cache->memory + frame * cache->page_bytes;
}

#endif
