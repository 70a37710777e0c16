/* Small writes kept back in user space, to be written sorted and joined. */
#ifndef IOWALK_ENGINE_PENDING_H
#define IOWALK_ENGINE_PENDING_H

#include "../engine.h"

struct pending_write {
	uint64_t offset;
	size_t len_bytes;
	size_t at;    /* where its bytes lie in the arena */
	size_t order; /* of arrival: the later one wins where two overlap */
};

struct pending {
	struct pending_write
		*writes; /* [max_count]; the first `count` are set, in order of arrival */
	struct pending_write *sorted; /* [max_count], for the flush */
	size_t count, max_count;
	unsigned char *arena; /* [2 * arena_bytes]: the bytes, and room to join runs of them */
	size_t arena_bytes, used_bytes;
};

/* Room for so many writes of so many bytes each at most. -ENOMEM. */
int pending_init(struct pending *pending, size_t max_count, size_t max_bytes);
void pending_release(struct pending *pending);

/* Keeps a write. The caller sees to it that there is room: count < max_count. */
void pending_add(struct pending *pending, uint64_t offset, const void *buffer, size_t len_bytes);

bool pending_touches(const struct pending *pending, uint64_t offset, size_t len_bytes);

/* Lays what is pending over `buffer`, which holds the file's bytes from `offset` on. */
void pending_overlay(const struct pending *pending, uint64_t offset, unsigned char *buffer,
		     size_t len_bytes);

/* Writes all. Where that fails all is kept: writing a part of it again does no harm. */
int pending_flush(struct pending *pending, struct engine_file *file);

#endif
