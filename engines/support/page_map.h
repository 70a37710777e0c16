/* Which pages of a file are known to be cached or being read: one byte per page. */
#ifndef IOWALK_ENGINE_PAGE_MAP_H
#define IOWALK_ENGINE_PAGE_MAP_H

#include <stdbool.h>
#include <stddef.h>

/* Beyond this many pages (256 GiB) no map is kept. */
#define PAGE_MAP_PAGES_MAX ((size_t)1 << 26)

struct page_map {
	unsigned char
		*known; /* [pages_count], bit 0, as mincore(2) sets it; NULL: no map is kept */
	size_t pages_count;
	size_t unknown_count; /* pages whose bit is clear; pages_count if no map is kept */
};

struct page_run {
	size_t first, last; /* pages, both inclusive */
};

/*
 * Resizes the map for a file of this many pages. New pages are known: they are holes, which are not
 * read from the device. If there is no memory for a map, none is kept, and no page is known.
 */
void page_map_fit(struct page_map *map, size_t pages_count);
void page_map_release(struct page_map *map);

/* Marks all pages as unknown. */
void page_map_forget(struct page_map *map);

/* Updates the count after a change of `known`. */
void page_map_recount(struct page_map *map);

/*
 * Finds the next run of unknown pages between *page and `last`, marks them as known, and moves
 * *page beyond them. False if there is none.
 */
bool page_map_next(struct page_map *map, size_t *page, size_t last, struct page_run *run);

/* Sorts runs and joins those that overlap or have at most gap_pages between them. Returns how many are left. */
size_t page_run_merge(struct page_run *runs, size_t count, size_t gap_pages);

#endif
