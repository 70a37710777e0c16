/*
 * A file accessed through pages in user space, which are read and written without the kernel's page
 * cache.
 *
 * One read is in flight at a time; adjacent pages of the file are read by one preadv(). Where reading goes on behind what was
 * read last, the next read is twice as long, in a few places at a time: with one in flight a page costs a round trip. A written
 * page stays in its frame until a flush, or until the frame is needed. Then all adjacent dirty
 * pages are written with it, by one pwrite() if they are adjacent in memory too.
 */
#include "cached_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES_MIN   16    /* a read fills at most a quarter, so it never evicts its own pages */
#define AROUND_BYTES 65536 /* the shortest read that goes around the cache */
#define RUN_MAX      256 /* pages of one read: 1 MiB of the shortest, a device's bandwidth at depth 1 */

int cached_file_init(struct cached_file *self, struct direct_file *direct, uint64_t cache_bytes,
		     unsigned page_shift, uint64_t gap_bytes, uint64_t ahead_bytes)
{
	size_t page_bytes = (size_t)1 << page_shift;
	uint64_t frames_count = cache_bytes / page_bytes;
	unsigned char *memory;
	int err;

	if (page_bytes % direct->block_bytes)
		return -EINVAL;
	if (frames_count < FRAMES_MIN)
		frames_count = FRAMES_MIN;
	memory = direct_file_alloc(direct, frames_count * page_bytes);
	if (!memory)
		return -ENOMEM;
	*self = (struct cached_file){.direct = direct,
				     .page_shift = page_shift,
				     .gap_pages = gap_bytes >> page_shift,
				     .ahead_pages_max = (uint32_t)(ahead_bytes >> page_shift)};
	/* All streams together leave half of the cache to others. */
	if (self->ahead_pages_max > frames_count / (2 * CACHED_FILE_STREAMS))
		self->ahead_pages_max = (uint32_t)(frames_count / (2 * CACHED_FILE_STREAMS));
	if (self->ahead_pages_max > RUN_MAX)
		self->ahead_pages_max = RUN_MAX;
	err = page_cache_init(&self->cache, (uint32_t)frames_count, page_bytes, memory);
	if (err)
		free(memory);
	return err;
}

void cached_file_release(struct cached_file *self)
{
	free(self->cache.memory);
	page_cache_release(&self->cache);
}

static bool is_dirty(const struct cached_file *self, uint64_t page, uint32_t *frame)
{
	*frame = page_cache_find(&self->cache, page);
	return *frame != FRAME_NONE && self->cache.frames[*frame].dirty;
}

/* Writes the dirty pages from `page` on whose frames are adjacent too. */
static int flush_run(struct cached_file *self, uint64_t page, uint64_t *next_page)
{
	uint32_t first = page_cache_find(&self->cache, page), frame, count = 1;
	int err;

	while (is_dirty(self, page + count, &frame) && frame == first + count)
		count++;
	err = direct_file_write(self->direct, page << self->page_shift,
				page_cache_bytes(&self->cache, first),
				(size_t)count << self->page_shift);
	for (uint32_t i = 0; !err && i < count; i++)
		page_cache_set_dirty(&self->cache, first + i, false);
	*next_page = page + count;
	return err;
}

/* Writes a dirty page and all dirty pages adjacent to it in the file. */
static int flush_around(struct cached_file *self, uint64_t page)
{
	uint32_t frame;
	int err = 0;

	while (page > 0 && is_dirty(self, page - 1, &frame))
		page--;
	while (!err && is_dirty(self, page, &frame))
		err = flush_run(self, page, &page);
	return err;
}

int cached_file_flush(struct cached_file *self)
{
	int err = 0;

	for (uint32_t i = 0; !err && self->cache.dirty_count && i < self->cache.frames_count; i++) {
		if (self->cache.frames[i].dirty)
			err = flush_around(self, self->cache.frames[i].page);
	}
	return err;
}

/* An empty frame; its previous page has been written. */
static int take_frame(struct cached_file *self, uint32_t *frame)
{
	int err = 0;

	*frame = page_cache_victim(&self->cache);
	if (self->cache.frames[*frame].dirty)
		err = flush_around(self, self->cache.frames[*frame].page);
	if (err)
		return err;
	page_cache_remove(&self->cache, *frame);
	self->cache.frames[*frame].referenced = true; /* so that one run does not take it twice */
	return 0;
}

/* Reads `count` adjacent pages, none of which is in the cache. At most RUN_MAX and a quarter of
 * the cache. */
static int load(struct cached_file *self, uint64_t page, uint32_t count)
{
	struct iovec parts[RUN_MAX];
	uint32_t frames[RUN_MAX];
	int err = 0, parts_count = 0;

	for (uint32_t i = 0; !err && i < count; i++) {
		err = take_frame(self, &frames[i]);
		unsigned char *bytes = page_cache_bytes(&self->cache, frames[i]);
		struct iovec *last = parts_count > 0 ? &parts[parts_count - 1] : NULL;

		/* Victims are taken in the order of frames, so that most of them are adjacent: the device gets fewer parts. */
		if (last && (unsigned char *)last->iov_base + last->iov_len == bytes)
			last->iov_len += self->cache.page_bytes;
		else
			parts[parts_count++] = (struct iovec){bytes, self->cache.page_bytes};
	}
	if (!err)
		err = direct_file_readv(self->direct, page << self->page_shift, parts, parts_count);
	for (uint32_t i = 0; !err && i < count; i++) {
		page_cache_insert(&self->cache, frames[i], page + i);
		self->cache.frames[frames[i]].fresh = true;
	}
	return err;
}

/* The number of pages from `page` on that are missing and needed by the sorted extents, or in a short gap
 * between two of them; at least one. */
static uint32_t missing_run(const struct cached_file *self, uint64_t page,
			    const struct engine_extent *extents, size_t count)
{
	uint32_t max = self->cache.frames_count / 4, run = 1;
	uint64_t last = page; /* wanted */

	if (max > RUN_MAX)
		max = RUN_MAX;
	for (size_t i = 0; i < count && last - page < max &&
			   extents[i].offset >> self->page_shift <= last + 1 + self->gap_pages;
	     i++) {
		uint64_t end = extents[i].offset + extents[i].len_bytes;

		if (extents[i].len_bytes && (end - 1) >> self->page_shift > last)
			last = (end - 1) >> self->page_shift;
	}
	while (run < max && page + run <= last &&
	       page_cache_find(&self->cache, page + run) == FRAME_NONE)
		run++;
	return run;
}

/* The stream that a missing page continues, now twice as long; else the one used least recently begins anew there. */
static struct stream *stream_at(struct cached_file *self, uint64_t page)
{
	struct stream *found = &self->streams[0];
	uint32_t pages = 1;

	for (size_t i = 0; i < CACHED_FILE_STREAMS; i++) {
		struct stream *stream = &self->streams[i];

		if (stream->pages > 0 && stream->next_page == page) {
			found = stream;
			pages = 2 * stream->pages < self->ahead_pages_max ? 2 * stream->pages
									  : self->ahead_pages_max;
			break;
		}
		if (stream->used_at < found->used_at)
			found = stream;
	}
	found->pages = pages;
	found->used_at = ++self->misses_count;
	return found;
}

/* Reads the missing page, and with it what its batch needs, or what a stream will need. */
static int load_ahead(struct cached_file *self, uint64_t page, const struct engine_extent *extents,
		      size_t count)
{
	uint64_t pages_count =
		(self->direct->file->size_bytes + self->cache.page_bytes - 1) >> self->page_shift;
	struct stream *stream = stream_at(self, page);
	uint32_t needed = missing_run(self, page, extents, count), run = needed;
	int err;

	while (run < stream->pages && page + run < pages_count &&
	       page_cache_find(&self->cache, page + run) == FRAME_NONE)
		run++;
	err = load(self, page, run);
	if (err && run > needed) {
		run = needed; /* what cannot be read was not asked for */
		err = load(self, page, run);
	}
	stream->next_page = page + run;
	return err;
}

/* Counts hits and misses: a page that a read or its batch had to fill is one miss. */
static void use(struct cached_file *self, uint32_t frame)
{
	struct frame *used = &self->cache.frames[frame];

	used->referenced = true;
	if (used->fresh)
		self->direct->file->stats.buffer_misses++;
	else
		self->direct->file->stats.buffer_hits++;
	used->fresh = false;
}

/*
 * Can the extent be read in place, around the cache? It is long and aligned, what is cached of it is as in the file, and the
 * file is larger than the cache: reading it in order would replace all pages without a hit.
 */
static bool goes_around(const struct cached_file *self, const struct engine_extent *extent)
{
	uint64_t cache_bytes = self->cache.frames_count * (uint64_t)self->cache.page_bytes;
	uint64_t block = self->direct->block_bytes;
	uint64_t page = extent->offset >> self->page_shift;

	if (extent->len_bytes < AROUND_BYTES || self->direct->file->size_bytes <= cache_bytes ||
	    (extent->offset | extent->len_bytes | (uintptr_t)extent->buffer) % block)
		return false;
	uint32_t frame;

	for (; self->cache.dirty_count &&
	       page << self->page_shift < extent->offset + extent->len_bytes;
	     page++) {
		if (is_dirty(self, page, &frame))
			return false;
	}
	return true;
}

int cached_file_read(struct cached_file *self, const struct engine_extent *extents, size_t count)
{
	if (goes_around(self, extents)) {
		struct iovec part = {extents->buffer, extents->len_bytes};

		self->direct->file->stats.buffer_misses++;
		return direct_file_readv(self->direct, extents->offset, &part, 1);
	}
	uint64_t offset = extents->offset, left = extents->len_bytes;
	unsigned char *to = extents->buffer;

	while (left > 0) {
		uint64_t page = offset >> self->page_shift;
		size_t at = (size_t)(offset - (page << self->page_shift));
		size_t part = self->cache.page_bytes - at;
		uint32_t frame = page_cache_find(&self->cache, page);

		if (frame == FRAME_NONE) {
			int err = load_ahead(self, page, extents, count);

			if (err)
				return err;
			frame = page_cache_find(&self->cache, page);
		}
		if (part > left)
			part = (size_t)left;
		memcpy(to, page_cache_bytes(&self->cache, frame) + at, part);
		use(self, frame);
		to += part;
		offset += part;
		left -= part;
	}
	return 0;
}

/* The frame of a page to be written; its old bytes are read if some of them remain. */
static int frame_to_write(struct cached_file *self, uint64_t page, bool whole, uint32_t *frame)
{
	int err = 0;

	*frame = page_cache_find(&self->cache, page);
	if (*frame == FRAME_NONE && !whole) {
		err = load(self, page, 1);
		*frame = page_cache_find(&self->cache, page);
	} else if (*frame == FRAME_NONE) {
		err = take_frame(self, frame);
		if (!err)
			page_cache_insert(&self->cache, *frame, page);
	}
	return err;
}

int cached_file_write(struct cached_file *self, uint64_t offset, const void *buffer,
		      size_t len_bytes)
{
	const unsigned char *from = buffer;

	while (len_bytes > 0) {
		uint64_t page = offset >> self->page_shift;
		size_t at = (size_t)(offset - (page << self->page_shift));
		size_t part = self->cache.page_bytes - at;
		uint32_t frame;
		int err;

		if (part > len_bytes)
			part = len_bytes;
		err = frame_to_write(self, page, part == self->cache.page_bytes, &frame);
		if (err)
			return err;
		memcpy(page_cache_bytes(&self->cache, frame) + at, from, part);
		self->cache.frames[frame].referenced = true;
		page_cache_set_dirty(&self->cache, frame, true);
		from += part;
		offset += part;
		len_bytes -= part;
	}
	return 0;
}

void cached_file_cut(struct cached_file *self, uint64_t size_bytes)
{
	uint64_t page = size_bytes >> self->page_shift;
	size_t kept = (size_t)(size_bytes - (page << self->page_shift));
	uint32_t last = page_cache_find(&self->cache, page);

	for (uint32_t i = 0; i < self->cache.frames_count; i++) {
		if (self->cache.frames[i].used && self->cache.frames[i].page >= page + (kept > 0))
			page_cache_remove(&self->cache, i);
	}
	if (kept > 0 && last != FRAME_NONE)
		memset(page_cache_bytes(&self->cache, last) + kept, 0,
		       self->cache.page_bytes - kept);
}

int cached_file_drop(struct cached_file *self)
{
	int err = cached_file_flush(self);

	for (uint32_t i = 0; !err && i < self->cache.frames_count; i++)
		page_cache_remove(&self->cache, i);
	memset(self->streams, 0, sizeof(self->streams));
	return err;
}
