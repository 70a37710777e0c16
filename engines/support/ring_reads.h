/* Batches of reads through an io_uring: many in flight, each replaced as it is answered. */
#ifndef IOWALK_ENGINE_RING_READS_H
#define IOWALK_ENGINE_RING_READS_H

#include "extents.h"
#include "ring.h"
#include "ring_ahead.h"

struct ring_request {
	struct span span;
	unsigned char *buffer;
	size_t done_bytes;
};

/* Counts of ring_reads_init(). */
struct ring_depth {
	unsigned in_flight;   /* reads with the kernel at most */
	unsigned ahead_slots; /* reads ahead of batches, kept until they are asked for; 0: none */
	bool fixed;           /* as ring_setup */
};

struct ring_reads {
	struct ring ring;
	struct direct_file *direct; /* borrowed; NULL: through the page cache */
	unsigned char
		*slots; /* [(depth + ahead.slots_count) * RING_SLOT_BYTES], only where direct */
	unsigned char *bounce; /* [RING_SLOT_BYTES] behind them, for a read that stands alone */
	struct ring_request *requests; /* [depth]; the i-th direct one reads into the i-th slot */
	unsigned *idle;                /* [depth] of requests; the first idle_count are set */
	unsigned idle_count, depth;
	unsigned flying_count;   /* of requests and reads ahead, depth at most */
	struct ring_ahead ahead; /* its slots lie behind the requests' */
	bool broken;             /* answers cannot be had any more */
};

/*
 * Errors as ring_open(); -EOPNOTSUPP: the device's blocks are longer than a slot. Reads ahead need
 * `direct`.
 */
int ring_reads_init(struct ring_reads *self, struct engine_file *file, struct direct_file *direct,
		    const struct ring_depth *depth);

/* Waits for what is in flight. */
void ring_reads_release(struct ring_reads *self);

/* Reads all extents, which lie within the file; sorts them in place where direct. */
int ring_reads_batch(struct ring_reads *self, struct engine_extent *extents, size_t count);

/* Starts to read what will be asked for soon. What does not lie within the file is left out. */
void ring_reads_prefetch(struct ring_reads *self, const struct engine_extent *extents,
			 size_t count);

/* Is there anything read ahead that was not asked for? */
static inline bool ring_reads_pending(const struct ring_reads *self)
{
	return self->ahead.idle_count < self->ahead.slots_count;
}

/* The file changes: nothing that was read ahead is handed out. */
void ring_reads_forget(struct ring_reads *self);

#endif
