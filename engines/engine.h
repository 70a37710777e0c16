/*
 * The engine contract: a way to do file I/O, bytes at offsets, behind one const table of functions.
 *
 * Long: the contract is one file, so that the author of an engine reads one file.
 *
 * One engine is one file in engines/, named as on the command line: engines/pread.c defines
 * `const struct engine_ops engine_pread`. It includes this header and nothing else of iowalk's.
 * engines/null.c is the smallest whole example.
 *
 * Rules for all hooks, unless the hook says otherwise:
 *   - offsets and lengths are bytes, with no alignment asked of the caller; a length of 0 does
 *     nothing and succeeds;
 *   - 0 or a count on success, negative errno on failure; -EOPNOTSUPP means "this machine, or this
 *     engine, cannot" and is never counted as a failure;
 *   - an access that does not lie within [0, size) is refused with -ERANGE and does nothing;
 *   - an instance is used by one thread at a time; instances are independent of each other: no
 *     mutable globals (but for the handler of support/sigbus.h); ops are const. Two instances on one
 *     file see each other's writes only after sync by the one and open by the other;
 *   - an engine never prints, exits, or aborts on what a file or the kernel says.
 *
 * Several processes: one may have a file open for writing while any number have it open for reading;
 * of two writers nothing is promised. Every engine keeps, with any other on the other side:
 *   - what was written before a sync returned is what an instance opened afterwards reads;
 *   - what the writer does not touch is read right all the time, also by instances opened before;
 *   - a file that is cut short is an error of those that read there, by the hook or by health().
 * What they do not have in common:
 *                             others see a write     it sees others' writes
 *   pread, mmap, mmap_advised at once                at once (mmap_advised with copy_on_write: but in
 *                                                    pages that it has written)
 *   uring                     at once                at once (direct=1: from prefetch() on)
 *   buffered, direct          at sync or close       not before drop_cache
 *   memory                    at sync or close       at the next open
 * tests/test_engine_processes.c holds them to it.
 */
#ifndef IOWALK_ENGINE_H
#define IOWALK_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "option.h"

#define ENGINE_MAGIC     UINT64_C(0x31676e656b776f69) /* "iowkeng1" as bytes of a little-endian u64 */
#define ENGINE_ABI_MAJOR 1                            /* another major is refused; */
#define ENGINE_ABI_MINOR 1 /* a higher minor adds hooks at the end: see struct_size */

enum engine_capability {
	ENGINE_ZERO_COPY = 1u << 0,      /* map() gives the file's bytes without copying them */
	ENGINE_BATCH = 1u << 1,          /* read_batch() keeps several reads in flight */
	ENGINE_DIRECT = 1u << 2,         /* goes round the page cache */
	ENGINE_STABLE_POINTER = 1u << 3, /* what map() gave stays valid across resize */
	ENGINE_PERSISTENT = 1u << 4,     /* close and open again finds the same bytes */
	ENGINE_COPY_ON_WRITE =
		1u << 5,             /* has an option under which ENGINE_OPEN_READ may write, into
					  * copies that only the instance sees, until drop_cache */
	ENGINE_MAY_SIGBUS = 1u << 6, /* a mapping: what is cut off the file by another process is
					  * read as zeros, and health() says so */
	ENGINE_HOLDS_FILE = 1u << 7, /* the file is in its own memory: cold means nothing */
	ENGINE_NO_DATA = 1u << 8,    /* reads give zeros and writes go nowhere */
	ENGINE_BUILDS = 1u << 9, /* graph files are built and verified through it: neither a full
				      * disk nor a truncated file can kill the process. One engine has it */
	ENGINE_WRAPS = 1u << 10, /* passes each call to another engine, and has an option for each
				      * of the roles OPTION_ROLE_WRAPPED and following (option.h) */
};

/* The system calls an engine may make, as it counts them itself, by the kernel's name. */
/* clang-format off */
#define ENGINE_SYSCALLS(X)                                                                         \
	X(pread64) X(preadv) X(pwrite64) X(pwritev) X(read) X(write) X(lseek) X(openat) X(close)   \
	X(newfstatat) X(ftruncate) X(fallocate) X(fsync) X(fdatasync) X(fadvise64) X(readahead)    \
	X(sync_file_range) X(mmap) X(munmap) X(mremap) X(madvise) X(msync) X(mincore)              \
	X(io_uring_setup) X(io_uring_enter) X(io_uring_register)
/* clang-format on */

/* clang-format off */
enum engine_syscall {
#define X(name) ENGINE_SYSCALL_##name,
	ENGINE_SYSCALLS(X)
#undef X
	ENGINE_SYSCALLS_COUNT
};
/* clang-format on */

extern const char *const engine_syscall_names[ENGINE_SYSCALLS_COUNT];

/* Counted since open, by the engine itself; always on, so it must cost next to nothing. */
struct engine_stats {
	uint64_t syscalls[ENGINE_SYSCALLS_COUNT];
	uint64_t buffer_hits;      /* reads answered from a buffer of the engine's own */
	uint64_t buffer_misses;    /* reads that had to fill one */
	uint64_t prefetch_extents; /* extents announced to the kernel */
};

enum engine_open_flags {
	ENGINE_OPEN_READ = 0,        /* the file must exist; write, resize give -EBADF (write: but
				      * under the option of an ENGINE_COPY_ON_WRITE) */
	ENGINE_OPEN_WRITE = 1u << 0, /* the file must exist */
	ENGINE_OPEN_CREATE =
		1u << 1 /* a new, empty file; one that is there is cut to nothing. Implies WRITE */
};

enum engine_pattern { ENGINE_PATTERN_NORMAL, ENGINE_PATTERN_SEQUENTIAL, ENGINE_PATTERN_RANDOM };

/* Some bytes of the file, and for read_batch() where they shall go (caller's, len_bytes long). */
struct engine_extent {
	uint64_t offset;
	uint64_t len_bytes;
	void *buffer;
};

struct engine_ops;

/* An open instance. Engines put it first in a struct of their own. */
struct engine {
	const struct engine_ops *ops;
	/*
	 * How many frontier nodes beyond the window being read this instance wants to be told of through
	 * prefetch(). 0: none, and prefetch() is not called. May change with any call (an engine that
	 * finds the file resident wants none), so it is read each time.
	 */
	uint32_t prefetch_ahead_count;
};

struct engine_ops {
	/* The head of the plug-in ABI: these four keep their place for ever. */
	uint64_t magic;     /* ENGINE_MAGIC */
	uint16_t abi_major; /* ENGINE_ABI_MAJOR it was compiled with */
	uint16_t abi_minor;
	uint32_t struct_size; /* sizeof(struct engine_ops) then: a hook beyond it counts as NULL */

	const char *name;      /* as on the command line; equals the file's name */
	const char *summary;   /* half a line for `iowalk list engines` */
	uint32_t capabilities; /* of enum engine_capability */
	uint32_t options_count;
	const struct option_spec *options; /* [options_count]; open() gets a value for each */

	/*
	 * Can this engine work on files in `folder`, here and now, with these options (as open() gets
	 * them; NULL: their defaults)? 0, or -EOPNOTSUPP with the reason in `why`. May be NULL: then
	 * it always can. Must leave nothing behind.
	 */
	int (*probe)(const char *folder, const uint64_t *options, struct why *why);

	/*
	 * Required. Opens `path`; `options` has one value an entry of the option table, in its order,
	 * already checked against type and range. A failed open leaves nothing to close and *out
	 * untouched, but may leave a new empty file where it was to create one.
	 */
	int (*open)(const char *path, unsigned flags, const uint64_t *options, struct engine **out);

	/*
	 * Required. Writes back what is still buffered (no promise of durability: that is sync) and
	 * frees the instance, also where that fails; the first error is returned.
	 */
	int (*close)(struct engine *engine);

	/* Required. Bytes in the file as this instance sees it, pending writes included. */
	uint64_t (*size)(const struct engine *engine);

	/*
	 * Required. Grows with zeros, or cuts. Room on the device is reserved where the file system
	 * can, so that later writes do not fail for want of it: -ENOSPC, -EFBIG or -EDQUOT now, with
	 * the size as before. Pointers from map() end here unless ENGINE_STABLE_POINTER.
	 */
	int (*resize)(struct engine *engine, uint64_t size_bytes);

	/* Required. All `len_bytes` into the caller's buffer, or an error. Sees all earlier writes. */
	int (*read)(struct engine *engine, uint64_t offset, void *buffer, size_t len_bytes);

	/* Required. All of it, or an error; does not grow the file: resize first. */
	int (*write)(struct engine *engine, uint64_t offset, const void *buffer, size_t len_bytes);

	/* Required. On return everything written is on the device. */
	int (*sync)(struct engine *engine);

	/*
	 * A borrowed, read-only pointer to [offset, offset + len_bytes), any alignment as the file has
	 * it; coherent with later write(). Valid until resize or close. NULL: declined, use read().
	 * May be NULL: always declined. An engine either maps every range within size or none.
	 */
	const void *(*map)(struct engine *engine, uint64_t offset, size_t len_bytes);

	/*
	 * Reads all extents, in any order, as many at once as the engine finds best. All or an error;
	 * buffers of the others then hold anything. The array may be sorted in place.
	 * May be NULL: engine_read_batch() then loops over read().
	 */
	int (*read_batch)(struct engine *engine, struct engine_extent *extents, size_t count);

	/*
	 * A hint that these extents are needed soon (their buffers are not looked at). Never fails: what
	 * cannot be announced is left out. `count` 0: a walk over the whole file begins. May be NULL:
	 * then it does nothing.
	 */
	void (*prefetch)(struct engine *engine, const struct engine_extent *extents, size_t count);

	/*
	 * How the whole file will be read from here on. May be NULL; -EOPNOTSUPP where switched off.
	 */
	int (*advise)(struct engine *engine, enum engine_pattern pattern);

	/*
	 * Writes back and forgets: the instance's own buffers, its page-table entries, and the kernel's
	 * cached pages of this file, so that the next read goes to the device. -EOPNOTSUPP where
	 * ENGINE_HOLDS_FILE. May be NULL: there is nothing to forget.
	 */
	int (*drop_cache)(struct engine *engine);

	/* Required. The counts since open. */
	void (*stats)(const struct engine *engine, struct engine_stats *out);

	/* ---- since minor 1: to be called through the functions below ---- */

	/*
	 * Did all that was read since open come from the file? 0; or -EIO with the reason in `why`
	 * (which may be NULL): part of it did not, so nothing found in it counts, and the instance
	 * is good for nothing but close. Asked at the end of a walk, since a pointer from map()
	 * cannot say so itself. Cheap. May be NULL: every failure is the result of a hook.
	 */
	int (*health)(struct engine *engine, struct why *why);

	/*
	 * How much of the file is mapped into memory at this moment, and how much of that by huge
	 * pages. Reads a file of the kernel's, which is not counted as a system call: not to be
	 * called where time is taken. -EOPNOTSUPP: huge pages were not asked for, or the kernel does
	 * not say. May be NULL.
	 */
	int (*huge_pages)(struct engine *engine, uint64_t *huge_bytes, uint64_t *mapped_bytes);

	/*
	 * close(), with the counts of all since open and of close itself in *last. May be NULL: the
	 * counts are those before.
	 */
	int (*close_counted)(struct engine *engine, struct engine_stats *last);
};

/* The engines that were built in, sorted by name; generated from the files in engines/. */
extern const struct engine_ops *const engine_table[];
extern const size_t engine_table_count;

/* read_batch(), or a loop over read() for an engine that has none. */
int engine_read_batch(struct engine *engine, struct engine_extent *extents, size_t count);

/* health(), huge_pages() and close_counted(), or what their being NULL stands for. */
int engine_health(struct engine *engine, struct why *why);
int engine_huge_pages(struct engine *engine, uint64_t *huge_bytes, uint64_t *mapped_bytes);
int engine_close_counted(struct engine *engine, struct engine_stats *last);

#include "support/file.h"

#endif
