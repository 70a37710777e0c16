/* Work in a process of its own, which can be ended if it shows no sign of life. */
#ifndef IOWALK_BASE_WATCHED_CHILD_H
#define IOWALK_BASE_WATCHED_CHILD_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

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
 * Runs it and waits; what it has started is killed with it. 0 if it has left a result. -EINTR: this process caught a signal;
 * -ETIMEDOUT: no sign of life; -EIO: it ended without a result, and *status is its wait status. Errors of pipe(2) and fork(2).
 */
int watched_child_run(const struct watched_work *work, int *status);

/* In a child: ends it, without what exit() does. */
void child_exit(int status) __attribute__((noreturn));

#endif
