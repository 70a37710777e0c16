/* Batches of reads through an io_uring: many in flight, each replaced when it completes. */
#ifndef IOWALK_ENGINE_RING_READS_H
#define IOWALK_ENGINE_RING_READS_H

#include "extents.h"
#include "ring.h"
#include "ring_ahead.h"

struct ring_request {
	struct span span;
	unsigned char *buffer;
	size_t done_bytes;
	bool in_place; /* into the buffer of an extent, not into a slot */
};

/* Counts of ring_reads_init(). */
struct ring_depth {
	unsigned in_flight;   /* most reads in flight */
	unsigned ahead_slots; /* slots for read-ahead; 0: none */
	bool fixed;           /* as ring_setup */
};

struct ring_reads {
	struct ring ring;
	struct direct_file *direct;    /* borrowed; NULL: through the page cache */
	unsigned char *slots;          /* [(depth + ahead.slots_count) * RING_SLOT_BYTES] */
	unsigned char *bounce;         /* [RING_SLOT_BYTES] after them, for single direct reads */
	struct ring_request *requests; /* [depth]; the i-th direct one reads into the i-th slot */
	unsigned *idle;                /* [depth] of requests; the first idle_count are set */
	unsigned idle_count, depth;
	unsigned flying_count;   /* requests and read-ahead in flight, at most depth */
	struct ring_ahead ahead; /* its slots follow those of the requests */
	bool broken;             /* completions can no longer be received */
};

/*
 * Errors as ring_open(); -EOPNOTSUPP: the device's blocks are longer than a slot. Read-ahead needs
 * `direct`.
 */
int ring_reads_init(struct ring_reads *self, struct engine_file *file, struct direct_file *direct,
		    const struct ring_depth *depth);

/* Waits for the reads in flight. */
void ring_reads_release(struct ring_reads *self);

/* Reads all extents, which must be within the file; sorts them in place. */
int ring_reads_batch(struct ring_reads *self, struct engine_extent *extents, size_t count);

/* Starts to read extents that will be requested soon. Those not within the file are left out. */
void ring_reads_prefetch(struct ring_reads *self, const struct engine_extent *extents,
			 size_t count);

/* Is there read-ahead that was not requested yet? */
static inline bool ring_reads_pending(const struct ring_reads *self)
{
	return self->ahead.idle_count < self->ahead.slots_count;
}

/* The file changes: discards all read-ahead. */
void ring_reads_forget(struct ring_reads *self);

#endif
