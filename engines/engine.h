/*
 * The engine contract: a way to do file I/O, bytes at offsets, behind one const table of functions.
 *
 * Long: the contract is one file, so that the author of an engine reads one file.
 *
 * One engine is one file in engines/, named as on the command line: engines/pread.c defines
 * `const struct engine_ops engine_pread`. It needs no other header of iowalk than this one.
 * engines/null.c is the smallest complete example.
 *
 * Rules for all hooks, unless the hook says otherwise:
 *   - offsets and lengths are in bytes and need no alignment; a length of 0 does nothing and succeeds;
 *   - 0 or a count on success, negative errno on failure; -EOPNOTSUPP means that this
 *     machine or this engine cannot do it, and is never counted as a failure;
 *   - an access outside [0, size) returns -ERANGE and does nothing;
 *   - an instance is used by one thread at a time; instances are independent: no mutable
 *     globals (except the handler of support/sigbus.h), and ops are const. Of two instances on one file,
 *     one sees the writes of the other only after the writer's sync and its own open;
 *   - an engine never prints, exits or aborts because of the contents of a file or a kernel error.
 *
 * Several processes: one process may write a file while any number of others read it; two writers
 * are undefined. Every engine guarantees, whatever engine the other process uses:
 *   - an instance opened after a sync returned reads everything that was written before that sync;
 *   - bytes that the writer does not change are always read correctly, also by instances that were open
 *     before;
 *   - reading where another process truncated the file is an error, from the hook or from health().
 * In this they differ:
 *                             others see its writes  it sees writes of others
 *   pread, mmap, mmap_advised at once                at once (mmap_advised with copy_on_write: except
 *                                                    in pages that it has written)
 *   uring                     at once                at once (direct=1: from prefetch() on)
 *   buffered, direct          at sync or close       not before drop_cache
 *   memory                    at sync or close       at the next open
 * tests/test_engine_processes.c checks this.
 */
#ifndef IOWALK_ENGINE_H
#define IOWALK_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "option.h"

#define ENGINE_MAGIC     UINT64_C(0x31676e656b776f69) /* "iowkeng1" as bytes of a little-endian u64 */
#define ENGINE_ABI_MAJOR 1                            /* another major is refused; */
#define ENGINE_ABI_MINOR 5 /* a higher minor adds hooks at the end: see struct_size */

enum engine_capability {
	ENGINE_ZERO_COPY = 1u << 0,      /* map() gives the file's bytes without copying them */
	ENGINE_BATCH = 1u << 1,          /* read_batch() keeps several reads in flight */
	ENGINE_DIRECT = 1u << 2,         /* reads bypass the page cache */
	ENGINE_STABLE_POINTER = 1u << 3, /* pointers from map() stay valid across resize */
	ENGINE_PERSISTENT = 1u << 4,     /* bytes survive close and open */
	ENGINE_COPY_ON_WRITE =
		1u << 5,             /* has an option under which ENGINE_OPEN_READ may write, into
					  * copies that only the instance sees, until drop_cache */
	ENGINE_MAY_SIGBUS = 1u << 6, /* a mapping: bytes that another process truncates are read
					  * as zeros, and health() reports it */
	ENGINE_HOLDS_FILE = 1u << 7, /* keeps the file in its own memory: it cannot be cold */
	ENGINE_NO_DATA = 1u << 8,    /* reads give zeros, writes are discarded */
	ENGINE_BUILDS = 1u << 9, /* graph files are built and verified through it: neither a full
				      * disk nor a truncated file can kill the process. One engine has it */
	ENGINE_UNCOUNTED = 1u << 11, /* stats() does not know its system calls */
	ENGINE_READ_ONLY = 1u << 12, /* opens files for reading only: of plug-ins */
	ENGINE_WRAPS = 1u << 10, /* passes each call to another engine, and has an option for each
				      * of the roles OPTION_ROLE_WRAPPED and following (option.h) */
};

/* The system calls that an engine counts itself, by the kernel's names. */
/* clang-format off */
#define ENGINE_SYSCALLS(X)                                                                         \
	X(pread64) X(preadv) X(pwrite64) X(pwritev) X(read) X(write) X(lseek) X(openat) X(close)   \
	X(newfstatat) X(ftruncate) X(fallocate) X(fsync) X(fdatasync) X(fadvise64) X(readahead)    \
	X(sync_file_range) X(mmap) X(munmap) X(mremap) X(madvise) X(msync) X(mincore)              \
	X(io_uring_setup) X(io_uring_enter) X(io_uring_register) X(fcntl) X(cachestat)
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

/* Counts since open, by the engine itself. They are always on, so they must cost next to
 * nothing. */
struct engine_stats {
	uint64_t syscalls[ENGINE_SYSCALLS_COUNT];
	uint64_t other_syscalls;   /* calls that the list above does not have: of plug-ins */
	uint64_t buffer_hits;      /* reads served from the engine's own buffers */
	uint64_t buffer_misses;    /* reads that had to fill a buffer */
	uint64_t prefetch_extents; /* extents announced to the kernel */
};

enum engine_open_flags {
	ENGINE_OPEN_READ = 0,        /* the file must exist; write, resize give -EBADF (write: but
				      * under the option of an ENGINE_COPY_ON_WRITE) */
	ENGINE_OPEN_WRITE = 1u << 0, /* the file must exist */
	ENGINE_OPEN_CREATE =
		1u << 1 /* a new, empty file; an existing one is truncated. Implies WRITE */
};

enum engine_pattern { ENGINE_PATTERN_NORMAL, ENGINE_PATTERN_SEQUENTIAL, ENGINE_PATTERN_RANDOM };

/* A range of the file; for read_batch() also the caller's buffer of len_bytes. */
struct engine_extent {
	uint64_t offset;
	uint64_t len_bytes;
	void *buffer;
};

/*
 * Extents that are read together while the caller goes on: submit() and reap(). The caller sets
 * `extents` and `count` and keeps both arrays and buffers until the batch is read.
 */
struct engine_batch {
	struct engine_extent *extents; /* [count]; the engine may sort them in place */
	size_t count;
	/* Set by the engine: */
	int err;      /* 0, or the first error; then the contents of all buffers are undefined */
	bool is_read; /* nothing of it is in flight any more */
	uint64_t own[16]; /* the engine's, between submit() and is_read */
};

struct engine_ops;

/* An open instance. It is the first member of an engine's own struct; what open() does not set is 0. */
struct engine {
	const struct engine_ops *ops;
	/*
	 * Number of frontier nodes beyond the current window that the caller announces by
	 * prefetch() where map() gives it the file (what it reads itself it has in flight by
	 * submit()). 0: prefetch() is not called. It may change with any call (it becomes 0 when
	 * the file is found resident), so the caller reads it each time.
	 */
	uint32_t prefetch_ahead_count;
	/*
	 * A read of many bytes that begins and ends at multiples of this in the file, and goes to memory
	 * at a multiple of it, is not copied on its way. 0: it is never copied, or always. Set by open().
	 */
	uint32_t block_bytes;
};

struct engine_ops {
	/* Of this table, not of plug-ins: theirs is include/iowalk/engine.h, which support/plugin.h adapts. */
	uint64_t magic;     /* ENGINE_MAGIC */
	uint16_t abi_major; /* ENGINE_ABI_MAJOR it was compiled with */
	uint16_t abi_minor;
	uint32_t
		struct_size; /* sizeof(struct engine_ops) at that time: later hooks count as NULL */

	const char *name;      /* as on the command line; equal to the file's name */
	const char *summary;   /* half a line for `iowalk list engines` */
	uint32_t capabilities; /* of enum engine_capability */
	uint32_t options_count;
	const struct option_spec *options; /* [options_count]; open() gets a value for each */

	/*
	 * Can this engine work on files in `folder` on this machine, with these options (as for
	 * open(); NULL: the defaults)? 0, or -EOPNOTSUPP with the reason in `why`. Must leave no
	 * files behind. May be NULL: it always can.
	 */
	int (*probe)(const char *folder, const uint64_t *options, struct why *why);

	/*
	 * Required. Opens `path`; `options` has one value per entry of the option table, in its
	 * order, already checked against type and range. A failed open leaves *out unchanged and
	 * nothing to close, but may leave a new empty file behind with ENGINE_OPEN_CREATE. What is
	 * no regular file is refused.
	 */
	int (*open)(const char *path, unsigned flags, const uint64_t *options, struct engine **out);

	/*
	 * Required. Writes back buffered data (not durably; that is sync) and frees the instance,
	 * also on failure; returns the first error.
	 */
	int (*close)(struct engine *engine);

	/* Required. Bytes in the file as this instance sees it, pending writes included. */
	uint64_t (*size)(const struct engine *engine);

	/*
	 * Required. Grows the file with zeros, or truncates it. Reserves space on the device if the
	 * file system can, so that later writes do not run out of it: fails with -ENOSPC, -EFBIG or
	 * -EDQUOT now and keeps the size. Invalidates pointers from map() unless
	 * ENGINE_STABLE_POINTER.
	 */
	int (*resize)(struct engine *engine, uint64_t size_bytes);

	/* Required. Reads all `len_bytes` or returns an error. Sees all earlier writes. */
	int (*read)(struct engine *engine, uint64_t offset, void *buffer, size_t len_bytes);

	/* Required. Writes all of it or returns an error. Does not grow the file: resize first. */
	int (*write)(struct engine *engine, uint64_t offset, const void *buffer, size_t len_bytes);

	/*
	 * Required. On return everything that was written is on the device. Once a sync of the
	 * kernel has failed each later call fails too, until the file is opened again: what could
	 * not be written counts as written for the kernel's next sync.
	 */
	int (*sync)(struct engine *engine);

	/*
	 * A borrowed, read-only pointer to [offset, offset + len_bytes), with the alignment of the
	 * offset; later write() calls show through it. Valid until resize or close. NULL: declined,
	 * use read(). An engine maps either every range within size or none. May be NULL: always
	 * declined.
	 */
	const void *(*map)(struct engine *engine, uint64_t offset, size_t len_bytes);

	/*
	 * Reads all extents, in any order and with any queue depth. After an error the contents of
	 * all buffers are undefined. May sort the array in place. May be NULL: engine_read_batch()
	 * loops over read().
	 */
	int (*read_batch)(struct engine *engine, struct engine_extent *extents, size_t count);

	/*
	 * A hint that these extents are needed soon; their buffers are not used. Never fails:
	 * extents that cannot be announced are ignored. May be NULL: does nothing.
	 */
	void (*prefetch)(struct engine *engine, const struct engine_extent *extents, size_t count);

	/*
	 * The pattern in which the whole file will be read from now on. -EOPNOTSUPP if switched
	 * off. May be NULL.
	 */
	int (*advise)(struct engine *engine, enum engine_pattern pattern);

	/*
	 * Writes back and drops the instance's own buffers, its page-table entries and the kernel's
	 * cached pages of this file, so that the next read goes to the device. -EOPNOTSUPP for
	 * ENGINE_HOLDS_FILE. May be NULL: there is nothing to drop.
	 */
	int (*drop_cache)(struct engine *engine);

	/* Required. The counts since open. */
	void (*stats)(const struct engine *engine, struct engine_stats *out);

	/* ---- since minor version 1; call them through the functions below ---- */

	/*
	 * Did everything that was read since open come from the file? 0; or -EIO with the reason in
	 * `why` (which may be NULL): then no result is valid, and the instance can only be closed.
	 * Called at the end of a walk, because a load through a pointer from map() cannot return an
	 * error. Cheap. May be NULL: every failure is returned by a hook.
	 */
	int (*health)(struct engine *engine, struct why *why);

	/*
	 * How much of the file is mapped now, and how much of that with huge pages. Reads /proc
	 * without counting its system calls, so do not call it in a timed region. -EOPNOTSUPP: huge
	 * pages were not requested, or the kernel does not report them. May be NULL.
	 */
	int (*huge_pages)(struct engine *engine, uint64_t *huge_bytes, uint64_t *mapped_bytes);

	/*
	 * close(), and the counts since open, those of close itself included, in *last. May be
	 * NULL: the counts before close are used.
	 */
	int (*close_counted)(struct engine *engine, struct engine_stats *last);

	/* ---- since minor version 2 ---- */

	/*
	 * A walk over the whole file begins: what has to be done once for it, such as reading the file
	 * again after drop_cache, is done now. Never fails. May be NULL: does nothing.
	 */
	void (*begin_walk)(struct engine *engine);

	/* ---- since minor version 3 ---- */

	/*
	 * Begins to read a batch and returns without waiting for the device where that is possible.
	 * An error of a read is in batch->err once batch->is_read is set, which may be at once. Until all
	 * batches are read, the same thread goes on, and calls no hook that changes the file or drops
	 * its pages; reads of its own it may make. May be NULL: engine_submit() reads the batch at
	 * once.
	 */
	void (*submit)(struct engine *engine, struct engine_batch *batch);

	/*
	 * Waits until this batch is read; others may become so on the way. Returns batch->err. May be
	 * NULL: what submit() has only announced is read by read_batch() in engine_reap().
	 */
	int (*reap)(struct engine *engine, struct engine_batch *batch);

	/*
	 * Opens a second handle on what `engine` has open, for another thread: it reads the same
	 * bytes and shares what instances can share (the mapping, the copy of the file, pools). It
	 * may be used at the same time as `engine`, is closed by close(), and before `engine`. Both
	 * are opened for reading. May be NULL, or -EOPNOTSUPP: the caller opens the file again.
	 */
	int (*attach)(struct engine *engine, struct engine **out);

	/* ---- since minor version 4 ---- */

	/*
	 * Kernel ids of the threads that the instance has made, [*count]: what they do is counted and
	 * profiled too. They are the same from open() to close(), which ends them. May be NULL: none.
	 */
	const pid_t *(*thread_ids)(const struct engine *engine, size_t *count);

	/* ---- since minor version 5 ---- */

	/*
	 * open() and probe() of a table that was made at run time, as for a plug-in: they get the table. It has
	 * these two instead of the others. Call engine_ops_open() and engine_ops_probe().
	 */
	int (*open_of)(const struct engine_ops *ops, const char *path, unsigned flags,
		       const uint64_t *options, struct engine **out);
	int (*probe_of)(const struct engine_ops *ops, const char *folder, const uint64_t *options,
			struct why *why);
};

/* The built-in engines, sorted by name; generated from the files in engines/. */
extern const struct engine_ops *const engine_table[];
extern const size_t engine_table_count;

/* The engines that there are: the built-in ones, then those that were added, which is done once, before
 * anything is measured. engines_add(): -ENOSPC; the table stays the caller's and must outlive all uses. */
size_t engines_count(void);
const struct engine_ops *engine_at(size_t i);
int engines_add(const struct engine_ops *ops);

/* open() and probe(), or what replaces them. */
int engine_ops_open(const struct engine_ops *ops, const char *path, unsigned flags,
		    const uint64_t *options, struct engine **out);
int engine_ops_probe(const struct engine_ops *ops, const char *folder, const uint64_t *options,
		     struct why *why);
bool engine_ops_can_open(const struct engine_ops *ops);

/* The sum of the system calls. */
uint64_t engine_stats_syscalls(const struct engine_stats *stats);

/* read_batch(), or a loop over read() if the engine has none. */
int engine_read_batch(struct engine *engine, struct engine_extent *extents, size_t count);

/*
 * submit() and reap(); an engine without them reads the batch in engine_submit(). A batch is ready
 * for use once engine_reap() returned 0, or batch->is_read is set and batch->err is 0.
 */
void engine_submit(struct engine *engine, struct engine_batch *batch);
int engine_reap(struct engine *engine, struct engine_batch *batch);

/* Does submit() return before the reads are done? Then several batches are worth having in flight. */
bool engine_has_submit(const struct engine *engine);

/* attach(); -EOPNOTSUPP if the engine has none. */
int engine_attach(struct engine *engine, struct engine **out);

/* Adds counts up. */
void engine_stats_add(struct engine_stats *into, const struct engine_stats *from);

/* thread_ids(), or none. */
const pid_t *engine_thread_ids(const struct engine *engine, size_t *count);

/* health(), huge_pages(), close_counted() and begin_walk(), or the result that NULL stands for. */
int engine_health(struct engine *engine, struct why *why);
int engine_huge_pages(struct engine *engine, uint64_t *huge_bytes, uint64_t *mapped_bytes);
int engine_close_counted(struct engine *engine, struct engine_stats *last);
void engine_begin_walk(struct engine *engine);

#include "support/file.h"

#endif
