/* Small writes that are buffered in user space and written sorted and joined. */
#ifndef IOWALK_ENGINE_PENDING_H
#define IOWALK_ENGINE_PENDING_H

#include "../engine.h"

struct pending_write {
	uint64_t offset;
	size_t len_bytes;
	size_t at;    /* position of its bytes in the arena */
	size_t order; /* order of arrival: if two overlap, the later one wins */
};

struct pending {
	struct pending_write
		*writes; /* [max_count]; the first `count` are set, in order of arrival */
	struct pending_write *sorted; /* [max_count], for the flush */
	size_t count, max_count;
	unsigned char *arena; /* [2 * arena_bytes]: the bytes, and room to join runs of them */
	size_t arena_bytes, used_bytes;
};

/* Allocates room for this many writes, each of at most this many bytes. -ENOMEM. */
int pending_init(struct pending *pending, size_t max_count, size_t max_bytes);
void pending_release(struct pending *pending);

/* Buffers a write. The caller ensures that there is room: count < max_count. */
void pending_add(struct pending *pending, uint64_t offset, const void *buffer, size_t len_bytes);

bool pending_touches(const struct pending *pending, uint64_t offset, size_t len_bytes);

/* Applies the pending writes to `buffer`, which has the bytes of the file from `offset` on. */
void pending_overlay(const struct pending *pending, uint64_t offset, unsigned char *buffer,
		     size_t len_bytes);

/* Writes all. If that fails, all is kept: writing a part of it twice is harmless. */
int pending_flush(struct pending *pending, struct engine_file *file);

#endif
