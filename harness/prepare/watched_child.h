/* Work in a process of its own, which can be ended if it shows no sign of life. */
#ifndef IOWALK_PREPARE_WATCHED_CHILD_H
#define IOWALK_PREPARE_WATCHED_CHILD_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "../../engines/why.h"

/* Shared with the process. All zero. */
struct signs_of_life {
	_Atomic uint64_t count; /* grows while something is done */
	_Atomic uint64_t size;  /* of the work: nodes and edges */
};

struct watched_work {
	void (*work)(
		void *context); /* in the child; its result is what it leaves in result[result_bytes] */
	void *context;          /* a copy of the parent's at the time of the fork */
	void *result;
	size_t result_bytes;
	struct signs_of_life *signs; /* NULL: none are shown */
	double patience_s; /* for how long, and WATCHED_ITEM_S more for each item of the size; 0: for ever */
};

#define WATCHED_ITEM_S 1e-3 /* of one node or edge, on a device that takes a millisecond for each */

/* Memory for the signs, or NULL; freed by signs_free(). */
struct signs_of_life *signs_new(void);
void signs_free(struct signs_of_life *signs);

/*
 * Runs it and waits. 0 if it has left a result. -EINTR if a signal ended it; -EIO if it ended by another or without a result;
 * -ETIMEDOUT if it showed no sign of life, then it was killed with all processes that it had started; with the reason.
 */
int watched_child_run(const struct watched_work *work, struct why *why);

#endif
