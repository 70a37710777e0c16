/* What may not be lost: the file as it was when it was last synced, and which bytes have been written since. */
#ifndef IOWALK_CONFORM_SYNCED_H
#define IOWALK_CONFORM_SYNCED_H

#include <stdbool.h>
#include <stddef.h>

#include "../../engines/why.h"

struct synced {
	unsigned char *bytes;   /* [capacity] */
	unsigned char *changed; /* [capacity] not 0: written since, so that any content is right */
	size_t capacity, size_bytes;
	size_t least_bytes; /* smallest size since: what was cut off is gone */
	bool is_resized;    /* since */
	bool is_written;    /* since */
};

/* For files up to `capacity` bytes; empty at first. -ENOMEM. synced_release() frees it. */
int synced_init(struct synced *synced, size_t capacity);
void synced_release(struct synced *synced);

/* Everything was synced, and this is the file. */
void synced_take(struct synced *synced, const unsigned char *bytes, size_t size_bytes);

/* A write, or a resize, begins; whether it succeeds does not matter. */
void synced_write(struct synced *synced, size_t offset, size_t len_bytes);
void synced_resize(struct synced *synced, size_t size_bytes);

/* Does the file at `path` have what was synced? 0, or -EIO with the difference in `why`. */
int synced_check(const struct synced *synced, const char *path, struct why *why);

#endif
