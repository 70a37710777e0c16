/*
 * Checksums of a layout's data: a CRC32 (zlib's) for each 4096 bytes of the file, stored after the
 * data as little-endian u32. The first block's checksum covers the bytes after the header, which
 * has its own; the last block may be short. Every byte of the file is therefore covered: a flipped
 * bit anywhere is found and its block is reported.
 *
 * A store writes through checksums_write(), which records what changed. A block that is written
 * whole gets its checksum from the bytes being written. Other blocks are read back and summed at
 * the next commit. Walks check nothing; check() compares everything, and so does open() if the
 * option is set. Memory while a store is written: 4 bytes and 1 bit per block, 1/1000 of the file.
 *
 * A file is also marked here as being written: the first change since a commit rewrites the header
 * with the state `unfinished`, so that the file of a killed writer is never taken for complete. When
 * the power fails, the kernel and the device have written in any order. Therefore a sync follows the
 * mark, and checksums_sync() syncs the data before the header says that they are complete: three
 * syncs where the file had been complete. A commit without a sync (of close) has that order only
 * with engines that reorder writes themselves (ENGINE_HOLDS_FILE, ENGINE_DIRECT); after a power
 * failure only check() tells whether such a file is whole.
 */
#ifndef IOWALK_CHECKSUMS_H
#define IOWALK_CHECKSUMS_H

#include "header.h"

#define CHECKSUM_BLOCK_BYTES UINT64_C(4096)
#define CHECKSUM_BYTES       UINT64_C(4)

/* The first options of every layout that stores data. */
enum { OPTION_CHECKSUMS, OPTION_VERIFY_OPEN, CHECKSUM_OPTIONS_COUNT };

#define CHECKSUM_OPTIONS                                                                           \
	{                                                                                          \
		.name = "checksums",                                                               \
		.type = OPTION_BOOL,                                                               \
		.default_value = 1,                                                                \
		.help = "a CRC32 for each 4096 bytes of the file",                                 \
	},                                                                                         \
	{                                                                                          \
		.name = "verify_open", .type = OPTION_BOOL,                                        \
		.help = "compare all checksums when a file is opened",                             \
	}

extern const struct option_spec checksum_options[CHECKSUM_OPTIONS_COUNT];

struct checksums {
	struct engine *engine;           /* borrowed */
	const struct layout_ops *layout; /* for the header */
	struct header *header;           /* the store's, as last read or committed */
	bool begun;                      /* changed since then */
	bool is_sync;                    /* during checksums_sync() */
	bool is_unsynced; /* the last commit was without a sync: what is on the device is not known */
	int failed; /* the first error of a change that is half done, or 0: see checksums_fail() */
	uint32_t *crcs;  /* [blocks_count], valid if not stale */
	uint64_t *stale; /* [blocks_count / 64] one bit per block: computed at the next commit */
	uint64_t blocks_count;
	/* For 64 to 4096 zero bytes, in steps of 64: the operator that appends them to a CRC, and
	 * their own CRC. Computed on first use. */
	uint32_t zeros_operators[64], zeros_crcs[64];
};

/* `header` was read from the file, or is new: created_us 0, and `checksums` as the file is to have
 * them. */
void checksums_init(struct checksums *checksums, struct engine *engine,
		    const struct layout_ops *layout, struct header *header);
void checksums_release(struct checksums *checksums);

/*
 * Call before a change. The first call since a commit marks the file as unfinished and truncates it
 * to its data, which invalidates the engine's mapping.
 */
int checksums_begin(struct checksums *checksums);

/* Writes through the engine. Only between begin and commit. */
int checksums_write(struct checksums *checksums, uint64_t offset, const void *bytes,
		    uint64_t len_bytes);

/*
 * Moves [from, from + len_bytes) up to `to` and fills the gap with zeros: for a region that makes
 * room for the one before it. The ranges may overlap. -ENOMEM, or an error of the engine.
 */
int checksums_move_up(struct checksums *checksums, uint64_t from, uint64_t to, uint64_t len_bytes);

/*
 * A change has ended with `err` in its middle, or is done if that is 0. What is half done must never count as complete: from
 * now on each commit gives the first such error, so that the file stays marked as being written. Writes do it themselves. Returns `err`.
 */
static inline int checksums_fail(struct checksums *checksums, int err)
{
	if (!checksums->failed)
		checksums->failed = err;
	return err;
}

/* Resizes the file, writes the checksums of the data and then the header, whose counts and fields
 * the caller has set. Invalidates the engine's mapping. */
int checksums_commit(struct checksums *checksums, uint64_t data_bytes);

/* The sync() of a layout: commit(), which calls checksums_commit() if there is something to write, in the order that
 * survives a power failure, then the engine's sync. */
int checksums_sync(struct checksums *checksums, struct store *store,
		   int (*commit)(struct store *store));

/* Reads everything and compares. -EBADMSG with the place; 0 if the file has no checksums or was
 * changed since they were computed. */
int checksums_check(struct checksums *checksums, struct why *why);

/* checksums_check() if the option is set; for open(). */
static inline int checksums_verify_open(struct checksums *checksums, const uint64_t *options,
					struct why *why)
{
	return options[OPTION_VERIFY_OPEN] ? checksums_check(checksums, why) : 0;
}

/* Recomputes all checksums at the next commit, because those in the file are not valid any more. */
int checksums_forget(struct checksums *checksums, uint64_t data_bytes);

#endif
