/*
 * Checksums of a layout's data: a CRC32 (zlib's) for each 4096 bytes of the file, u32 one after the
 * other, little-endian, behind the data. The first block's is over what follows the header, which
 * has its own; the last block may be short. So every byte of the file is covered, and a flipped bit
 * anywhere is found and its block named.
 *
 * A store writes through checksums_write(), which notes what changed: a block that is written whole
 * gets its checksum from the bytes at hand, of others it is made at the next commit, by reading them
 * back. Nothing is checked where a walk reads; check() reads all, and open() does where it is told
 * to. Held in memory while a store is written: 4 bytes and 1 bit a block, 1/1000 of the file.
 *
 * This is also where a file is marked as being written: the first change since a commit writes the
 * header anew with its state `unfinished`, so that what a writer leaves that is killed is never
 * taken for whole. Engines that keep writes to themselves (ENGINE_HOLDS_FILE, ENGINE_DIRECT) would
 * write header and data in an order of their own: with them a sync comes between the two.
 */
#ifndef IOWALK_CHECKSUMS_H
#define IOWALK_CHECKSUMS_H

#include "header.h"

#define CHECKSUM_BLOCK_BYTES UINT64_C(4096)
#define CHECKSUM_BYTES       UINT64_C(4)

/* The first options of every layout that keeps data. */
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
		.help = "compare all checksums before a file is used",                             \
	}

extern const struct option_spec checksum_options[CHECKSUM_OPTIONS_COUNT];

struct checksums {
	struct engine *engine;           /* borrowed */
	const struct layout_ops *layout; /* for the header */
	struct header *header;           /* the store's: as it was read or committed last */
	bool begun;                      /* changed since */
	uint32_t *crcs;                  /* [blocks_count], of those not stale */
	uint64_t *stale;                 /* a bit a block: to be made at the next commit */
	uint64_t blocks_count;
	/* Of 64 to 4096 zero bytes, in steps of 64: what appends them to a CRC, and their own; made
	 * when first used. */
	uint32_t zeros_operators[64], zeros_crcs[64];
};

/* `header` as read from the file, or with created_us 0 and `checksums` as the file shall have them. */
void checksums_init(struct checksums *checksums, struct engine *engine,
		    const struct layout_ops *layout, struct header *header);
void checksums_release(struct checksums *checksums);

/*
 * Before a change. The first since a commit marks the file and cuts it to its data, which ends what
 * the engine's map() gave.
 */
int checksums_begin(struct checksums *checksums);

/* The engine's write(), between begin and commit. */
int checksums_write(struct checksums *checksums, uint64_t offset, const void *bytes,
		    uint64_t len_bytes);

/*
 * Moves [from, from + len_bytes) up to `to` and leaves zeros between `from` and `to`: a region makes
 * room for one before it. The two may overlap. -ENOMEM.
 */
int checksums_move_up(struct checksums *checksums, uint64_t from, uint64_t to, uint64_t len_bytes);

/* Sizes the file, writes the checksums of the data and then the header, whose counts and fields the
 * caller has set. Ends what map() gave. */
int checksums_commit(struct checksums *checksums, uint64_t data_bytes);

/* Reads all and compares. -EBADMSG with the place; 0 where the file has no checksums, or was changed
 * since they were made. */
int checksums_check(struct checksums *checksums, struct why *why);

/* As checksums_check(), where the option asks for it; for open(). */
static inline int checksums_verify_open(struct checksums *checksums, const uint64_t *options,
					struct why *why)
{
	return options[OPTION_VERIFY_OPEN] ? checksums_check(checksums, why) : 0;
}

/* All are made anew at the next commit: those on file do not hold any more. */
int checksums_forget(struct checksums *checksums, uint64_t data_bytes);

#endif
