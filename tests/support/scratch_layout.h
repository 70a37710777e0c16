/*
 * A scratch layout that can have one of many faults of order, to show that `iowalk conform` finds each when the power fails.
 * Without a fault it is right: edges are appended and synced, then a header of one sector says how many there are.
 */
#ifndef IOWALK_TESTS_SCRATCH_LAYOUT_H
#define IOWALK_TESTS_SCRATCH_LAYOUT_H

#include "../../layouts/layout.h"

/* The name of each says what is wrong. */
/* clang-format off */
#define SCRATCH_FAULTS(X) \
	X(NONE) X(HEADER_BEFORE_DATA) X(NO_BARRIER) X(SYNC_OF_NOTHING) X(HEADER_NOT_SYNCED) \
	X(TORN_HEADER) X(IN_PLACE) X(CLOSE_WITHOUT_BARRIER) X(HEADER_AT_INSERT) X(DATA_AFTER_SYNC)
/* clang-format on */

enum scratch_fault {
#define X(name) SCRATCH_##name,
	SCRATCH_FAULTS(X)
#undef X
		SCRATCH_COUNT
};

extern const char *const scratch_names[SCRATCH_COUNT];

/* Of all stores that are created or opened. */
extern enum scratch_fault scratch_fault;

extern const struct layout_ops scratch_layout;

#endif
