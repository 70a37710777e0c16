/* A file accessed through pages in user space, which are read and written by direct I/O. */
#ifndef IOWALK_ENGINE_CACHED_FILE_H
#define IOWALK_ENGINE_CACHED_FILE_H

#include "direct_file.h"
#include "page_cache.h"

/* A place where reading went on: the page behind what was read, and how much was. */
struct stream {
	uint64_t next_page, used_at;
	uint32_t pages;
};

#define CACHED_FILE_STREAMS                                                                        \
	4 /* nodes and edges, of two walks: a chain of slots alternates between two */

struct cached_file {
	struct direct_file *direct; /* borrowed; its file counts calls, hits and misses */
	struct page_cache cache;
	unsigned page_shift; /* page = offset >> page_shift */
	uint64_t gap_pages;  /* gaps in a batch up to this length are read too */
	uint32_t ahead_pages_max;
	struct stream streams[CACHED_FILE_STREAMS];
	uint64_t misses_count; /* the clock of used_at */
};

/* At least 16 pages. At most ahead_bytes of a read that goes on where one ended. -EINVAL: the device's blocks are larger than a
 * page. */
int cached_file_init(struct cached_file *self, struct direct_file *direct, uint64_t cache_bytes,
		     unsigned page_shift, uint64_t gap_bytes, uint64_t ahead_bytes);

/* Discards all pages, including dirty ones. */
void cached_file_release(struct cached_file *self);

/* Reads the first of `count` sorted extents. On a miss, adjacent pages of the others are read with
 * it. */
int cached_file_read(struct cached_file *self, const struct engine_extent *extents, size_t count);

/* Writes into the pages only. An error may come from writing other pages to make room. */
int cached_file_write(struct cached_file *self, uint64_t offset, const void *buffer,
		      size_t len_bytes);

/* Writes all dirty pages. If that fails, those not written stay dirty. */
int cached_file_flush(struct cached_file *self);

/* The file was truncated to `size_bytes`: pages are zeroed beyond it. */
void cached_file_cut(struct cached_file *self, uint64_t size_bytes);

/* Writes all dirty pages, then discards all pages. */
int cached_file_drop(struct cached_file *self);

#endif
