/* Extents of a batch, sorted and joined to longer spans, so that a byte of the file is read once. */
#ifndef IOWALK_ENGINE_EXTENTS_H
#define IOWALK_ENGINE_EXTENTS_H

#include "../engine.h"

/* By offset, in place. */
void extents_sort(struct engine_extent *extents, size_t count);

/* One read that serves one extent or several, or a part of a long one. */
struct span {
	uint64_t offset;
	size_t len_bytes;
	size_t first; /* index of the first extent that has bytes in it */
};

/* Where the joining of sorted extents stands; the caller sets the first five. */
struct spans {
	const struct engine_extent *extents; /* [count], sorted */
	size_t count;
	uint64_t align_bytes; /* spans begin and end at multiples of it */
	uint64_t gap_bytes;   /* this much between two extents is read along */
	uint64_t max_bytes;   /* of a span; a multiple of align_bytes */
	size_t next;          /* the first extent not covered whole, */
	uint64_t covered;     /* and up to where the file is */
};

/* The next span; false: all extents are covered. A span may reach beyond the end of the file. */
bool spans_next(struct spans *spans, struct span *out);

/*
 * Reads a batch sorted: extents that overlap, adjoin or have a small gap between them by one pread(),
 * through `joined` (EXTENTS_JOINED_BYTES). -ERANGE where one lies beyond the end.
 */
#define EXTENTS_JOINED_BYTES ((size_t)65536)
int extents_read(struct engine_file *file, struct engine_extent *extents, size_t count,
		 unsigned char *joined);

/* Hands a span's bytes, which were read to `bytes`, out to the extents' buffers. */
void spans_scatter(const struct spans *spans, const struct span *span, const unsigned char *bytes);

#endif
