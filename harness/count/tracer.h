/*
 * System calls by number, for a user who may not count them with perf: another process looks at them
 * by ptrace(2), as strace does. Each call then costs some microseconds, so nothing else can be
 * measured at the same time.
 *
 * It can also follow what the caller starts: then it counts the calls of those processes, and reads how
 * much memory each had when it ended.
 *
 * On x86-64 and AArch64, from Linux 5.3 on (PTRACE_GET_SYSCALL_INFO).
 */
#ifndef IOWALK_COUNT_TRACER_H
#define IOWALK_COUNT_TRACER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../../engines/why.h"

#define TRACER_CALLS_MAX 1024 /* system call numbers; the largest in use is below 500 */

struct tracer;

enum tracer_kind {
	TRACER_THREADS, /* counts the caller and the threads that are named */
	TRACER_CHILDREN, /* counts the processes that the caller starts, with all that they start, from the first
			  * execve(2) on, which is not counted */
};

/* Starts the other process and tries it. Negative errno with the reason in `why`: -EPERM where
 * ptrace is forbidden or the process is being traced already. The caller releases it with
 * tracer_free(), from the same thread. */
int tracer_new(enum tracer_kind kind, struct tracer **out, struct why *why);
void tracer_free(struct tracer *tracer);

/*
 * Begins to count the calls of the caller and of the threads ids[count], which must be blocked now:
 * the first call of each is the one in which it was found, and is not counted. For children, `count` is 0.
 * 0 or negative errno.
 */
int tracer_start(struct tracer *tracer, const pid_t *ids, size_t count);

/* Ends it; neither call counts any of its own. -E2BIG if there were more than 1024 threads at a time. */
int tracer_stop(struct tracer *tracer);

/* Calls between the last start and stop, by number. [TRACER_CALLS_MAX] */
const uint64_t *tracer_counts(const struct tracer *tracer);

/* The most memory that one of the children had at a time, since its last execve(2). */
uint64_t tracer_memory_bytes(const struct tracer *tracer);

#endif
