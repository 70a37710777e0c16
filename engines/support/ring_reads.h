/* Batches of reads through an io_uring: many reads of several batches in flight, each replaced when it
 * completes. */
#ifndef IOWALK_ENGINE_RING_READS_H
#define IOWALK_ENGINE_RING_READS_H

#include "direct_file.h"
#include "extents.h"
#include "ring.h"

/* Longest joined read, and longest direct one. 64 of them in flight are 2 MiB, ten times what a
 * device of 2 GB/s and 100 µs has in flight. */
#define RING_SLOT_BYTES ((size_t)32768)

struct ring_request {
	struct span span;
	unsigned char *buffer;
	size_t done_bytes;
	struct engine_batch *batch; /* NULL: idle */
	bool in_place;              /* into the buffer of an extent, not into a slot */
};

struct ring_reads {
	struct ring ring;
	struct direct_file *direct; /* borrowed; NULL: through the page cache */
	unsigned char *slots;       /* [depth * RING_SLOT_BYTES] */
	unsigned char *bounce;      /* [RING_SLOT_BYTES] after them, for single direct reads */
	struct ring_request
		*requests; /* [depth]; the i-th one that is not in place reads into the i-th slot */
	unsigned *idle;    /* [depth] of requests; the first idle_count are set */
	unsigned idle_count, depth;
	uint64_t gap_bytes;                /* gaps between extents up to this length are read too */
	struct engine_batch *first, *last; /* batches of which not all reads were queued */
	bool broken;                       /* completions can no longer be received */
};

/* Errors as ring_open(); -EOPNOTSUPP: the device's blocks are longer than a slot. `fixed` and `poll`
 * as ring_setup. */
int ring_reads_init(struct ring_reads *self, struct engine_file *file, struct direct_file *direct,
		    unsigned depth, bool fixed, bool poll);

/* Waits for the reads in flight. */
void ring_reads_release(struct ring_reads *self);

/* submit() and reap() of the contract; all extents must be within the file. */
void ring_reads_submit(struct ring_reads *self, struct engine_batch *batch);
int ring_reads_reap(struct ring_reads *self, struct engine_batch *batch);

/* read_batch() of the contract. */
int ring_reads_batch(struct ring_reads *self, struct engine_extent *extents, size_t count);

/* Waits until no batch is in flight. */
void ring_reads_drain(struct ring_reads *self);

/* Is a batch in flight? */
static inline bool ring_reads_pending(const struct ring_reads *self)
{
	return self->idle_count < self->depth || self->first;
}

#endif
