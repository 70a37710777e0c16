/* Which pages of a file are known to be cached, or on their way there: a byte a page. */
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
	size_t unknown_count; /* pages whose bit is clear; pages_count where no map is kept */
};

struct page_run {
	size_t first, last; /* pages, both included */
};

/*
 * Fits the map to a file of so many pages. New ones are known: they are holes, which no device is
 * asked for. Where there is no memory for a map none is kept: no page is known.
 */
void page_map_fit(struct page_map *map, size_t pages_count);
void page_map_release(struct page_map *map);

/* No page is known any more. */
void page_map_forget(struct page_map *map);

/* Counts anew, after `known` was written to. */
void page_map_recount(struct page_map *map);

/*
 * The next run of unknown pages from *page to `last`; they are known from then on, and *page is
 * behind them. False: there is none left.
 */
bool page_map_next(struct page_map *map, size_t *page, size_t last, struct page_run *run);

/* Sorts runs and joins those that touch or overlap: the count that is left. */
size_t page_run_merge(struct page_run *runs, size_t count);

#endif
