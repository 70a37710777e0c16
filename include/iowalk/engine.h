/*
 * iowalk plug-ins, ABI 1.0: the plug-in itself, and engines. An engine does file I/O: bytes at offsets of one file.
 * Stores, which keep a whole graph with their own I/O, are in store.h.
 *
 * Long: it is one header, so that the author of an engine copies and reads one file.
 *
 * A plug-in is a shared object that exports one constant, `iowalk_plugin`. It needs this header and nothing else of
 * iowalk, and links against nothing of it:
 *
 *     cc -shared -fPIC -I include my_engine.c -o my_engine.so
 *     iowalk list engines --plugin ./my_engine.so
 *
 * docs/PLUGINS.md is the guide; docs/plugins/ has complete examples.
 *
 * Rules for all hooks:
 *   - offsets and lengths are in bytes and need no alignment; a length of 0 does nothing and succeeds;
 *   - 0 on success, a negative errno on failure; -EOPNOTSUPP means that this machine or engine cannot do it: the
 *     cell is skipped with that reason and does not fail;
 *   - an access outside [0, size) returns -ERANGE and does nothing;
 *   - a handle is used by one thread at a time; several handles may be used at the same time;
 *   - a hook does not print, exit, change signal handlers, or leave threads behind after close(): each of these is
 *     an error of the cell. A thread in the background ends in close();
 *   - strings and tables are constant and live as long as the plug-in is loaded.
 *
 * The ABI is frozen: a plug-in compiled with this header loads in every later iowalk of the same major version. A
 * later minor version only adds members at the end of struct iowalk_plugin, iowalk_engine and iowalk_store, which
 * `struct_size` tells apart, and uses members called `reserved`, which are 0 until then. All other structs keep
 * their size.
 */
#ifndef IOWALK_PLUGIN_ENGINE_H
#define IOWALK_PLUGIN_ENGINE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IOWALK_PLUGIN_MAGIC                                                                        \
	UINT64_C(0x3167756c70776f69) /* "iowplug1" as bytes of a little-endian number */
#define IOWALK_ABI_MAJOR 1
#define IOWALK_ABI_MINOR 0

/* ---- options: `--opt NAME.KEY=VALUE` ---- */

#define IOWALK_OPTION_BOOL   0u /* 0 or 1 */
#define IOWALK_OPTION_U64    1u /* a number from min to max; K, M, G are suffixes of 1024 */
#define IOWALK_OPTION_CHOICE 2u /* one of `choices`; the value is its index */

#define IOWALK_OPTION_ALWAYS_NAMED 1u /* part of a cell's name even if it has its default */

#define IOWALK_OPTIONS_MAX 16 /* of an engine or a store */

struct iowalk_option {
	const char *name; /* small letters, digits and _ */
	const char *help; /* half a line */
	uint32_t type;    /* IOWALK_OPTION_BOOL, … */
	uint32_t flags;
	uint64_t default_value;
	uint64_t min, max;          /* IOWALK_OPTION_U64 only */
	const char *const *choices; /* IOWALK_OPTION_CHOICE only: words, ended by NULL */
	const char *const
		*tunable; /* words that `iowalk tune` tries, ended by NULL; NULL: it is not tuned */
	uint64_t reserved[4];
};

/* ---- counts ---- */

#define IOWALK_COUNT_SYSCALL                                                                       \
	0u /* calls of a system call, by the kernel's name: "pread64", "newfstatat" */
#define IOWALK_COUNT_OTHER                                                                         \
	1u /* "buffer_hits", "buffer_misses", "prefetch_extents", "logical_read_bytes" */

/* A function of iowalk that a hook calls for each of its counts, with the `context` that it was given. A name that
 * iowalk does not know is left out. */
typedef void iowalk_count(void *context, uint32_t kind, const char *name, uint64_t value);

/* ---- engines ---- */

#define IOWALK_ENGINE_MAPS           1u /* map() gives every range of the file, without a copy */
#define IOWALK_ENGINE_DIRECT         2u /* reads bypass the page cache */
#define IOWALK_ENGINE_STABLE_POINTER 4u /* pointers from map() stay valid across resize() */
#define IOWALK_ENGINE_HOLDS_FILE     8u /* keeps the file in its own memory: it cannot be cold */

#define IOWALK_OPEN_READ   0u /* the file exists; write() and resize() give -EBADF */
#define IOWALK_OPEN_WRITE  1u /* the file exists */
#define IOWALK_OPEN_CREATE 2u /* a new, empty file; an existing one is truncated. Implies WRITE */

#define IOWALK_PATTERN_NORMAL     0u
#define IOWALK_PATTERN_SEQUENTIAL 1u
#define IOWALK_PATTERN_RANDOM     2u

/* A range of the file, and the caller's memory for it. */
struct iowalk_extent {
	uint64_t offset;
	uint64_t len_bytes;
	void *buffer;
};

/* What open() and attach() fill. It is zeroed before, belongs to iowalk and lives until close(). */
struct iowalk_instance {
	void *handle; /* the engine's own; the other hooks get it */
	/*
	 * Nodes beyond the current window that the walk announces by prefetch(); only where map() gives the file. 0:
	 * prefetch() is not called. Read after open(), begin_walk(), prefetch() and drop_cache(): the engine may
	 * change it there.
	 */
	uint32_t prefetch_ahead_count;
	/* A long read that begins and ends at multiples of this, into memory at a multiple of it, is not copied. 0:
	 * never copied, or always. */
	uint32_t block_bytes;
	uint64_t reserved[6];
};

struct iowalk_engine {
	uint32_t struct_size;  /* sizeof(struct iowalk_engine) */
	uint32_t capabilities; /* of IOWALK_ENGINE_… */
	const char *
		name; /* as on the command line: a small letter, then small letters, digits and _; 31 at most */
	const char *summary;                        /* half a line for `iowalk list engines` */
	const struct iowalk_option *const *options; /* ended by NULL; NULL: none */

	/*
	 * Can this engine work on files in `folder` with these options? 0, or -EOPNOTSUPP with the reason in
	 * why[why_size]. Leaves no files behind. May be NULL: it always can.
	 */
	int (*probe)(const char *folder, const uint64_t *options, char *why, size_t why_size);

	/* Required. `options` has a value for each entry of the table, in its order, already checked. A failed open
	 * leaves nothing to close. What is no regular file is refused. */
	int (*open)(const char *path, uint32_t flags, const uint64_t *options,
		    struct iowalk_instance *out);

	/*
	 * Required. Writes back what is pending (not durably) and frees the handle, also on failure; returns the first
	 * error. With `count` not NULL it reports the counts since open(), its own included, as stats() does.
	 */
	int (*close)(void *handle, iowalk_count *count, void *context);

	/* Required. Bytes in the file as this handle sees it, pending writes included. */
	uint64_t (*size)(void *handle);

	/* Required. Reads all `len_bytes` or fails. */
	int (*read)(void *handle, uint64_t offset, void *buffer, size_t len_bytes);

	/*
	 * The three for writing come together; all NULL: the engine only reads, and cells that write are skipped.
	 * write() writes all of it or fails and does not grow the file. resize() grows the file with zeros, or
	 * truncates it, and reserves space where it can. After sync() all that was written is on the device. After a sync() that
	 * failed a later one fails, too, unless the data was written again: the kernel counts it as clean.
	 */
	int (*write)(void *handle, uint64_t offset, const void *buffer, size_t len_bytes);
	int (*resize)(void *handle, uint64_t size_bytes);
	int (*sync)(void *handle);

	/* A read-only pointer to a range, valid until resize() or close(). Every range within size, or none (NULL). May
	 * be NULL. */
	const void *(*map)(void *handle, uint64_t offset, size_t len_bytes);

	/* Reads all extents, in any order. May sort the array. May be NULL: read() is called for each. */
	int (*read_batch)(void *handle, struct iowalk_extent *extents, size_t count);

	/*
	 * Begins to read a batch and returns without waiting for the device. *ticket, 0 before, becomes the number of the
	 * batch; left at 0, the batch is read already. The array and the buffers stay until reap(). An error ends the
	 * batch. Several batches may be in flight. submit and reap come together; both may be NULL.
	 */
	int (*submit)(void *handle, struct iowalk_extent *extents, size_t count, uint64_t *ticket);

	/* Waits until that batch is read. Called once for each ticket, in any order. */
	int (*reap)(void *handle, uint64_t ticket);

	/* These extents are needed soon; their buffers are not used. May be NULL. */
	void (*prefetch)(void *handle, const struct iowalk_extent *extents, size_t count);

	/* IOWALK_PATTERN_… in which the file will be read. May be NULL. */
	int (*advise)(void *handle, uint32_t pattern);

	/* Writes back and drops the handle's own buffers and the kernel's cached pages of this file, so that the next read
	 * goes to the device. NULL: only where nothing can be dropped. */
	int (*drop_cache)(void *handle);

	/* A walk over the whole file begins. May be NULL. */
	void (*begin_walk)(void *handle);

	/*
	 * A second handle on what this one has open, for another thread: it reads the same bytes and shares what can be
	 * shared (a mapping, a cache, a pool). Both may be used at the same time. It is closed by close(), before the
	 * first one. May be NULL, or -EOPNOTSUPP: the file is opened again.
	 */
	int (*attach)(void *handle, struct iowalk_instance *out);

	/* Kernel ids (gettid) of the engine's own threads, the same from open() to close(): fills ids[ids_max], returns how
	 * many. What they do is counted and profiled. May be NULL: none. */
	size_t (*threads)(void *handle, int32_t *ids, size_t ids_max);

	/* Did all that was read since open() come from the file? 0, or -EIO with the reason. Called after each walk. May be
	 * NULL: each failure is returned by a hook. */
	int (*health)(void *handle, char *why, size_t why_size);

	/* The counts since open(). May be NULL: iowalk's own counts of the kernel's calls have nothing to agree with. */
	void (*stats)(void *handle, iowalk_count *count, void *context);
};

/* ---- the plug-in ---- */

struct iowalk_store; /* store.h */

struct iowalk_plugin {
	uint64_t magic; /* IOWALK_PLUGIN_MAGIC. The first four members never move */
	uint16_t abi_major;
	uint16_t abi_minor;
	uint32_t struct_size;                       /* sizeof(struct iowalk_plugin) */
	const char *name;                           /* for messages and records */
	const char *version;                        /* any text; it is recorded */
	const struct iowalk_engine *const *engines; /* ended by NULL; NULL: none */
	const struct iowalk_store *const *stores;   /* the same */
};

/* The one exported symbol: define it as
 *     IOWALK_EXPORT const struct iowalk_plugin iowalk_plugin = {IOWALK_PLUGIN_HEAD, "name", "1.0", engines, NULL}; */
#define IOWALK_EXPORT __attribute__((visibility("default")))
#define IOWALK_PLUGIN_HEAD                                                                         \
	IOWALK_PLUGIN_MAGIC, IOWALK_ABI_MAJOR, IOWALK_ABI_MINOR,                                   \
		(uint32_t)sizeof(struct iowalk_plugin)
extern IOWALK_EXPORT const struct iowalk_plugin iowalk_plugin;

#ifdef __cplusplus
}
#endif

#endif
