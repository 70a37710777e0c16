/* Batches of reads by system calls: sorted and joined, announced to the kernel or read by threads where that pays. */
#ifndef IOWALK_ENGINE_JOINED_READS_H
#define IOWALK_ENGINE_JOINED_READS_H

#include "extents.h"
#include "read_threads.h"
#include "warmth.h"

struct joined_reads {
	struct engine_file *file; /* borrowed */
	bool announce;            /* batches of a cold file, to the kernel */
	uint64_t cold_gap_bytes;  /* gaps up to this length are read too, of a cold file */
	enum warmth warmth;
	unsigned char *joined;        /* [EXTENTS_JOINED_BYTES]; NULL: not open */
	struct read_threads *threads; /* NULL: none */
};

/*
 * Opens it for a file that was opened with `flags`; `announce` and `cold_gap_bytes` are the caller's to set. Threads as read_threads_new(). 0 or
 * negative errno.
 */
int joined_reads_open(struct joined_reads *self, struct engine_file *file, unsigned flags,
		      uint64_t threads_count);

/* Also of one that is not open. The file's counts have those of the threads then. */
void joined_reads_close(struct joined_reads *self);

/* read_batch() of the contract. */
int joined_reads_batch(struct joined_reads *self, struct engine_extent *extents, size_t count);

/* submit() and reap() of the contract; without threads reap() calls read_batch() of `engine`. */
void joined_reads_submit(struct joined_reads *self, struct engine_batch *batch);
int joined_reads_reap(struct joined_reads *self, struct engine *engine, struct engine_batch *batch);

static inline void joined_reads_begin_walk(struct joined_reads *self)
{
	warmth_begin_walk(&self->warmth, self->file);
}

/* The counts of the file and of all threads. */
void joined_reads_stats(const struct joined_reads *self, struct engine_stats *out);

#endif
