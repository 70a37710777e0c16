/*
 * An engine that claims what it does not do, in one of many ways, to show that `iowalk conform --only claims` finds each. It
 * passes every call to one of our own engines, but for what its lie is about.
 */
#ifndef IOWALK_TESTS_LIAR_H
#define IOWALK_TESTS_LIAR_H

#include "../../engines/engine.h"

/* X(lie, the claim that finds it, what it is built on, the capabilities that it claims besides ENGINE_PERSISTENT) */
/* clang-format off */
#define LIES(X) \
	X(NONE, "counts", "pread", 0) \
	X(BATCH_IS_A_LOOP, "batch", "pread", ENGINE_BATCH) \
	X(DIRECT_IS_CACHED, "direct", "pread", ENGINE_DIRECT) \
	X(MAP_IS_A_COPY, "zero-copy", "pread", ENGINE_ZERO_COPY) \
	X(MAP_READS_AGAIN, "zero-copy", "pread", ENGINE_ZERO_COPY) \
	X(MAP_MOVES, "stable-pointer", "mmap", ENGINE_STABLE_POINTER) \
	X(MAP_KEEPS_OLD, "stable-pointer", "memory", ENGINE_STABLE_POINTER) \
	X(MAP_DOES_NOT_SHOW_WRITES, "map", "pread", 0) \
	X(MAP_IS_NOT_ALIGNED, "map", "pread", 0) \
	X(PREFETCH_GROWS_FILE, "hints", "pread", 0) \
	X(PREFETCH_NEEDS_ONE, "hints", "pread", 0) \
	X(ADVISE_ONCE_ONLY, "hints", "pread", 0) \
	X(HOLDS_NOTHING, "holds-file", "pread", ENGINE_HOLDS_FILE) \
	X(COPIES_ARE_WRITTEN, "copy-on-write", "mmap", ENGINE_COPY_ON_WRITE) \
	X(NOTHING_IS_COPIED, "copy-on-write", "pread", ENGINE_COPY_ON_WRITE) \
	X(DROPS_NO_PAGES, "drop-cache", "pread", 0) \
	X(DROPS_NO_BUFFER, "drop-cache", "pread", 0) \
	X(SYNC_DOES_NOTHING, "sync", "pread", 0) \
	X(SYNC_OF_A_RANGE, "sync", "pread", 0) \
	X(SYNC_OF_ANOTHER_FILE, "sync", "pread", 0) \
	X(SYNC_COMES_FIRST, "sync", "pread", 0) \
	X(SYNC_WITHOUT_FLUSH, "flush", "pread", 0) \
	X(CLOSE_LOSES_LAST, "persistent", "pread", 0) \
	X(RESIZE_RESERVES_NOTHING, "reserve", "pread", 0) \
	X(RESIZE_NEVER_FAILS, "reserve", "pread", 0) \
	X(BUFFER_OF_ALL, "instances", "pread", 0) \
	X(COUNTS_OF_ALL, "instances", "pread", 0) \
	X(WRITES_WHOLE_BLOCKS, "shared", "pread", 0) \
	X(OPEN_CREATES, "open", "pread", 0) \
	X(OPEN_LEAKS, "open", "pread", 0) \
	X(RANGE_OVERFLOWS, "range", "pread", 0) \
	X(RANGE_IS_FILLED, "range", "pread", 0) \
	X(PRINTS_ERRORS, "quiet", "pread", 0) \
	X(PROBE_LEAVES_FILE, "probe", "pread", 0) \
	X(PROBE_LEAVES_DESCRIPTOR, "probe", "pread", 0) \
	X(PROBE_GIVES_NO_REASON, "probe", "pread", 0) \
	X(END_IS_ZEROS, "truncated", "pread", 0) \
	X(DIES_WRITING, "truncated-writer", "pread", 0) \
	X(DIES_READING, "sigbus", "pread", ENGINE_MAY_SIGBUS) \
	X(THREAD_WITHOUT_NAME, "threads", "pread", 0) \
	X(THREAD_STAYS, "threads", "pread", 0) \
	X(THREAD_OF_ANOTHER, "threads", "pread", 0) \
	X(OFFSETS_OF_32_BITS, "long-file", "pread", 0) \
	X(DEVICE_IS_A_FILE, "paths", "pread", 0) \
	X(PROBE_FAILS, "folders", "pread", 0) \
	X(VALUES_OUT_OF_ORDER, "options", "pread", 0) \
	X(BATCH_IS_CUT, "batches", "pread", 0) \
	X(BATCH_ERROR_IS_LOST, "truncated-batch", "pread", 0) \
	X(BAD_BLOCK_IS_ZEROS, "failing-read", "pread", 0) \
	X(BAD_WRITE_IS_LOST, "failing-write", "pread", 0) \
	X(TAKES_EVERY_SIGBUS, "other-sigbus", "mmap", ENGINE_MAY_SIGBUS) \
	X(COUNTS_NOTHING, "counts", "pread", 0) \
	X(COUNTS_TWICE, "counts", "pread", 0)
/* clang-format on */

enum lie {
#define X(name, claim, inner, capabilities) LIE_##name,
	LIES(X)
#undef X
		LIES_COUNT
};

struct liar_about {
	const char *name, *claim, *inner;
	uint32_t capabilities;
};

extern const struct liar_about lies[LIES_COUNT];

/* The engine that tells it. */
const struct engine_ops *liar(enum lie lie);

#endif
