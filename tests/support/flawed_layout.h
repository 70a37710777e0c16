/*
 * The scratch layout (scratch_layout.h) with one of many flaws, to show that `iowalk conform` finds each in the groups model,
 * faults and damage.
 */
#ifndef IOWALK_TESTS_FLAWED_LAYOUT_H
#define IOWALK_TESTS_FLAWED_LAYOUT_H

#include "../../layouts/layout.h"

/* The name of each says what is wrong. */
/* clang-format off */
#define FLAWS(X) \
	X(NONE) X(UNKNOWN_NODE_TAKEN) X(REFUSED_EDGE_COUNTS) X(READ_ONLY_INSERTS) X(BULK_TWICE) \
	X(BULK_ERROR_LOST) X(FEW_EDGES_TAKEN) X(ORDER_REVERSED) X(LAST_NEIGHBOR_LOST) \
	X(SELF_LOOP_LOST) X(FINDS_BEYOND_END) X(BATCH_SKIPS) X(BATCH_FOR_ONE_NODE) \
	X(BATCH_NEVER_ENDS) X(BOTH_WAYS_LIES) X(FILE_BYTES_WRONG) X(LOST_AT_CLOSE) \
	X(DROP_LOSES_CHANGES) X(CHECK_REFUSES) X(CHECK_CRASHES) X(CHECK_EXITS) \
	X(LEAKS_AT_CLOSE) X(LEAKS_ON_FAILED_OPEN) X(OPEN_ERROR_LOST) \
	X(SYNC_ERROR_LOST) X(CLOSE_ERROR_LOST) X(SYNC_BEFORE_DATA) \
	X(MEMORY_UNCHECKED) X(SHARED_BY_ALL) X(OPEN_CRASHES_ON_DAMAGE) X(DAMAGE_HAS_NO_REASON) \
	X(DAMAGE_IS_ANOTHER_ERROR) X(CHECK_IS_BLIND) X(INSERT_CRASHES_ON_DAMAGE)
/* clang-format on */

enum flaw {
#define X(name) FLAW_##name,
	FLAWS(X)
#undef X
		FLAWS_COUNT
};

extern const char *const flaw_names[FLAWS_COUNT];

/* Of all stores that are created or opened. */
extern enum flaw flaw;

extern const struct layout_ops flawed_layout;

#endif
