/* A file seen through pages held in user space, read and written by direct I/O. */
#ifndef IOWALK_ENGINE_CACHED_FILE_H
#define IOWALK_ENGINE_CACHED_FILE_H

#include "direct_file.h"
#include "page_cache.h"

struct cached_file {
	struct direct_file *direct; /* borrowed; its file counts calls, hits and misses */
	struct page_cache cache;
	unsigned page_shift; /* page = offset >> page_shift */
};

/* 16 pages at least. -EINVAL: the device's blocks are longer than a page. */
int cached_file_init(struct cached_file *self, struct direct_file *direct, uint64_t cache_bytes,
		     unsigned page_shift);

/* Forgets all, dirty or not. */
void cached_file_release(struct cached_file *self);

/* Reads the first of `count` sorted extents; the others say what to read along where it misses. */
int cached_file_read(struct cached_file *self, const struct engine_extent *extents, size_t count);

/* Into the pages only. An error may come from a flush of others, to make room. */
int cached_file_write(struct cached_file *self, uint64_t offset, const void *buffer,
		      size_t len_bytes);

/* Writes what is dirty. Where that fails, what was not written stays dirty. */
int cached_file_flush(struct cached_file *self);

/* The file ends at `size_bytes` now, earlier than before: beyond it pages hold zeros again. */
void cached_file_cut(struct cached_file *self, uint64_t size_bytes);

/* Writes what is dirty, and forgets all pages. */
int cached_file_drop(struct cached_file *self);

#endif
