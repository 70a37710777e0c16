/*
 * Which pages of a file are known to be cached: one byte per page, as mincore(2) fills it. It
 * records what was requested, which may be outdated, because the kernel drops pages silently.
 */
#include "page_map.h"

#include <stdlib.h>
#include <string.h>

void page_map_fit(struct page_map *map, size_t pages_count)
{
	size_t before_count = map->pages_count;
	bool whole = map->known || before_count == 0; /* else pages exist that were never mapped */
	unsigned char *known = NULL;

	if (pages_count == before_count)
		return;
	for (size_t i = pages_count; map->known && i < before_count; i++)
		map->unknown_count -= !(map->known[i] & 1u);
	if (whole && pages_count > 0 && pages_count <= PAGE_MAP_PAGES_MAX)
		known = realloc(map->known, pages_count);
	if (known && pages_count > before_count)
		memset(known + before_count, 1, pages_count - before_count);
	if (!known) {
		free(map->known);
		map->unknown_count = pages_count;
	}
	map->known = known;
	map->pages_count = pages_count;
}

void page_map_release(struct page_map *map)
{
	free(map->known);
	*map = (struct page_map){0};
}

void page_map_forget(struct page_map *map)
{
	if (map->known)
		memset(map->known, 0, map->pages_count);
	map->unknown_count = map->pages_count;
}

void page_map_recount(struct page_map *map)
{
	map->unknown_count = map->pages_count;
	for (size_t i = 0; map->known && i < map->pages_count; i++)
		map->unknown_count -= map->known[i] & 1u;
}

bool page_map_next(struct page_map *map, size_t *page, size_t last, struct page_run *run)
{
	size_t at = *page;

	if (!map->known) {
		*run = (struct page_run){at, last};
		*page = last + 1;
		return at <= last;
	}
	while (at <= last && map->known[at] & 1u)
		at++;
	run->first = at;
	for (; at <= last && !(map->known[at] & 1u); at++)
		map->known[at] = 1;
	map->unknown_count -= at - run->first;
	run->last = at - 1;
	*page = at;
	return at > run->first;
}

static int compare_runs(const void *left, const void *right)
{
	const struct page_run *a = left, *b = right;

	return (a->first > b->first) - (a->first < b->first);
}

size_t page_run_merge(struct page_run *runs, size_t count, size_t gap_pages)
{
	size_t kept = 0;

	qsort(runs, count, sizeof(*runs), compare_runs);
	for (size_t i = 0; i < count; i++) {
		if (kept > 0 && runs[i].first <= runs[kept - 1].last + 1 + gap_pages) {
			if (runs[i].last > runs[kept - 1].last)
				runs[kept - 1].last = runs[i].last;
		} else {
			runs[kept++] = runs[i];
		}
	}
	return kept;
}
