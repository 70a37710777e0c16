/*
 * A scratch engine that can have one of many faults, to show that `iowalk conform` finds each. Without a fault it is
 * right: it has a buffer of one write, a cache of one read, a mapping, batches and handles for threads.
 */
#ifndef IOWALK_TESTS_PLANTED_H
#define IOWALK_TESTS_PLANTED_H

#include "../../engines/engine.h"

/* The name of each says what is wrong. */
/* clang-format off */
#define PLANTED_FAULTS(X) \
	X(NONE) X(CACHE_AFTER_WRITE) X(CACHE_AFTER_RESIZE) X(CACHE_AFTER_FAILED_READ) \
	X(CACHE_BY_PREFETCH) X(PENDING_NOT_READ) X(PENDING_NOT_MAPPED) \
	X(PENDING_LOST_BY_NEXT) X(PENDING_LOST_AT_CLOSE) X(PENDING_LOST_AT_SYNC) \
	X(PENDING_LOST_AT_DROP) X(PENDING_BEYOND_END) X(PENDING_SHARED) \
	X(PENDING_OFF_BY_ONE) X(PENDING_DROPPED_ON_ERROR) X(READ_BEYOND_END) \
	X(WRITE_BEYOND_END) X(RANGE_OVERFLOWS) X(READ_ONLY_WRITES) X(READ_ONLY_RESIZES) \
	X(OLD_BYTES_AFTER_GROWTH) X(SIZE_NOT_CUT) X(GROWS_TOO_LITTLE) \
	X(NOT_TRUNCATED_AT_CREATION) X(BATCH_NEVER_READ) X(BATCH_ERROR_LOST) \
	X(MAP_TOO_SHORT) X(MAP_BEYOND_END) X(MAP_FAILED_GIVEN) X(ADVISE_REFUSES) \
	X(UNHEALTHY) X(CRASHES) X(EXITS) X(LEAKS_AT_CLOSE) X(LEAKS_MAPPING) \
	X(LEAKS_ON_FAILED_OPEN) X(LEAKS_ON_FAILED_CLOSE) X(ATTACHED_SIZE) X(CLOSED_TWICE) \
	X(OPEN_GIVES_FAILED) X(EINTR_IS_END) X(SHORT_READ_IS_WHOLE) X(SHORT_WRITE_IS_WHOLE) \
	X(WRITE_ERROR_LOST) X(CLOSE_ERROR_LOST) X(RESIZE_ERROR_LOST) \
	X(RESIZE_ERROR_CHANGES_SIZE) X(SYNC_ERROR_LOST) X(SYNC_REPEATED) \
	X(SYNC_AGAIN_SUCCEEDS) X(SYNC_BEFORE_DATA) X(SYNC_OF_NOTHING)
/* clang-format on */

enum planted_fault {
#define X(name) PLANTED_##name,
	PLANTED_FAULTS(X)
#undef X
		PLANTED_COUNT
};

extern const char *const planted_names[PLANTED_COUNT];

/* The engine's only option is the fault. */
extern const struct engine_ops planted_engine;

#endif
