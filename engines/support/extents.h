/* Sorts the extents of a batch and joins them to spans, so that each byte of the file is read
 * once. */
#ifndef IOWALK_ENGINE_EXTENTS_H
#define IOWALK_ENGINE_EXTENTS_H

#include "../engine.h"

/* By offset, in place. */
void extents_sort(struct engine_extent *extents, size_t count);

/* One read for one extent or several, or for a part of a long one. */
struct span {
	uint64_t offset;
	size_t len_bytes;
	size_t first; /* index of the first extent with bytes in the span */
};

/* State of joining sorted extents; the caller sets the first five members. */
struct spans {
	const struct engine_extent *extents; /* [count], sorted */
	size_t count;
	uint64_t align_bytes; /* spans begin and end at multiples of it */
	uint64_t gap_bytes;   /* gaps between two extents up to this length are read too */
	uint64_t max_bytes;   /* of a span; a multiple of align_bytes */
	size_t next;          /* the first extent that is not completely covered, */
	uint64_t covered;     /* and the offset up to which the file is covered */
};

/*
 * The next span; false if all extents are covered. A span may extend beyond the end of the file. An extent that is longer
 * than max_bytes, touches no other, and is aligned, in memory too, is one span, whatever its length: it is read in place.
 */
bool spans_next(struct spans *spans, struct span *out);

/* Are all within the file? 0 or -ERANGE. */
int extents_within(const struct engine_file *file, const struct engine_extent *extents,
		   size_t count);

/*
 * Reads sorted extents within the file. Those that overlap, are adjacent or have a gap of at most `gap_bytes` between
 * them are read by one pread() into `joined` (EXTENTS_JOINED_BYTES) and copied; extents_joined() gives these spans.
 */
#define EXTENTS_JOINED_BYTES ((size_t)65536)
struct spans extents_joined(const struct engine_extent *extents, size_t count, uint64_t gap_bytes);
int extents_read(struct engine_file *file, const struct engine_extent *extents, size_t count,
		 uint64_t gap_bytes, unsigned char *joined);

/*
 * submit() of an engine without reap(): sorts the batch, and has the kernel begin to read what
 * extents_read() will read, by posix_fadvise(). Sets batch->err and is_read if it is not within the
 * file.
 */
void extents_announce(struct engine_file *file, struct engine_batch *batch, uint64_t gap_bytes);

/* Reading this much for nothing costs less than another read from the page cache. */
#define EXTENTS_GAP_BYTES UINT64_C(4096)

/*
 * The same for a device with many reads in flight: 16 KiB at 2.1 GB/s take 8 µs, a read of 4 KiB at
 * 80 k/s takes 12 µs. One read at a time takes 70 µs, so that more would pay without a queue.
 */
#define EXTENTS_COLD_GAP_BYTES 16384

/* Does the span hold one extent completely, and nothing of another? Then it can be read in place. */
bool spans_is_alone(const struct spans *spans, const struct span *span);

/* Copies the bytes of a span to the buffers of its extents. */
void spans_scatter(const struct spans *spans, const struct span *span, const unsigned char *bytes);

#endif
