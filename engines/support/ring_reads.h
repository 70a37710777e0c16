/* Batches of reads through an io_uring: many in flight, each replaced as it is answered. */
#ifndef IOWALK_ENGINE_RING_READS_H
#define IOWALK_ENGINE_RING_READS_H

#include "direct_file.h"
#include "extents.h"
#include "ring.h"

#define RING_SLOT_BYTES ((size_t)16384) /* longest direct read: several of them keep a queue full */

struct ring_request {
	struct span span;
	unsigned char *buffer;
	size_t done_bytes;
};

struct ring_reads {
	struct ring ring;
	struct direct_file *direct;    /* borrowed; NULL: through the page cache */
	unsigned char *slots;          /* [depth * RING_SLOT_BYTES], only where direct */
	struct ring_request *requests; /* [depth]; the i-th direct one reads into the i-th slot */
	unsigned *idle;                /* [depth] of requests; the first idle_count are set */
	unsigned idle_count, depth;
};

/* Errors as ring_open(); -EOPNOTSUPP: the device's blocks are longer than a slot. */
int ring_reads_init(struct ring_reads *self, struct engine_file *file, struct direct_file *direct,
		    unsigned depth, bool fixed);
void ring_reads_release(struct ring_reads *self);

/* Reads all extents, which lie within the file; sorts them in place where direct. */
int ring_reads_batch(struct ring_reads *self, struct engine_extent *extents, size_t count);

#endif
