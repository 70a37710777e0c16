/* Batches read by threads of the engine's own, several reads at a time, for engines that read by system calls. */
#ifndef IOWALK_ENGINE_READ_THREADS_H
#define IOWALK_ENGINE_READ_THREADS_H

#include "direct_file.h"
#include "extents.h"
#include "../option.h"

struct read_threads;

/* The option of the engines that have them. */
#define READ_THREADS_OPTION(about)                                                                 \
	{                                                                                          \
		.name = "threads", .type = OPTION_U64, .max = 256,                                 \
		.tunable = OPTION_TRY("0", "1", "4", "16"), .help = about                          \
	}

/*
 * Makes `count` threads, which read `file`, or around the page cache `direct` (both borrowed; NULL: through it). *out is NULL
 * if none are wanted, or if the file may be written by the `flags` of open(): who writes reads little. 0 or negative errno.
 */
int read_threads_new(struct engine_file *file, struct direct_file *direct, unsigned flags,
		     uint64_t count, struct read_threads **out);

/* Ends them, after all batches were read. NULL does nothing. */
void read_threads_free(struct read_threads *self);

/* submit() and reap() of the contract. Gaps between extents up to gap_bytes are read too. */
void read_threads_submit(struct read_threads *self, struct engine_batch *batch, uint64_t gap_bytes);
int read_threads_reap(struct read_threads *self, struct engine_batch *batch);

/* Adds the calls of the threads to *sums. NULL made none. */
void read_threads_stats(struct read_threads *self, struct engine_stats *sums);

/* Their kernel ids, [*count]. NULL has none. */
const pid_t *read_threads_ids(const struct read_threads *self, size_t *count);

#endif
