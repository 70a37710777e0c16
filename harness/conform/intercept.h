/*
 * Faults below the engine: the system calls of a child process are stopped before the kernel executes them, and this
 * process lets them through, makes them fail, or makes them transfer less. It works for every library and plug-in, also
 * where a thread blocks all signals; what an io_uring does between its calls is not seen.
 */
#ifndef IOWALK_CONFORM_INTERCEPT_H
#define IOWALK_CONFORM_INTERCEPT_H

#include <linux/seccomp.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "fault.h"

#define INTERCEPT_UNCLOSED_MAX 32

/* In memory that both processes share. */
struct intercept {
	atomic_bool armed;    /* calls belong to the engine: they are counted, and may fail */
	atomic_uint injected; /* faults so far */
	atomic_bool
		lost; /* a sync has failed, and nothing was written since: its pages count as clean */
	atomic_bool unsynced; /* a call has written, and no sync has succeeded since */
	int caller;           /* the thread whose call is being answered */
	atomic_int bad_close; /* a descriptor that was closed twice, plus 1 */
	atomic_uint unclosed_count;
	int unclosed
		[INTERCEPT_UNCLOSED_MAX]; /* descriptors whose close failed: to be closed in fact */
	unsigned counts[FAULT_CALLS_MAX]; /* of armed calls, as fault_calls[]; of hooks */
	bool refuses;                     /* the hook that runs gets no memory */
	struct fault fault;               /* none if its ordinal is 0 */
};

/* The connection over which the child passes its calls. */
struct intercept_link {
	int sockets[2];
	/*
	 * NULL, or set by the caller after intercept_open(): called in the parent before each call, armed or not; `process` is
	 * the child's pidfd. Returns whether the call is not to be executed and gives 0.
	 */
	bool (*watch)(void *context, pid_t child, int process, const struct seccomp_data *data);
	void *context;
	bool all; /* set by the caller too: every call passes, not only those of fault_calls[] */
};

/* Before fork(). Negative errno. */
int intercept_open(struct intercept_link *link);

/* In the child: from now on its calls go through the parent. -EOPNOTSUPP if the kernel does not offer it. */
int intercept_child(struct intercept_link *link);

/*
 * In the parent: answers the calls of the child until it ends, then waits for it. Returns 0 with its wait status, or
 * negative errno, -EOPNOTSUPP as above; the child has ended in each case.
 */
int intercept_serve(struct intercept_link *link, struct intercept *intercept, pid_t child,
		    int *status);

/* In the child, around each hook of the engine. `intercept` may be NULL. Unarming closes what is unclosed. */
void intercept_arm(struct intercept *intercept);
void intercept_unarm(struct intercept *intercept);

#endif
