/*
 * The system calls of walks, each with its time from entry to exit, blocked or not. Recording slows a call down, so
 * they are taken in walks of their own. As root only: it needs the tracepoints raw_syscalls.
 */
#ifndef IOWALK_PROFILE_CALLS_H
#define IOWALK_PROFILE_CALLS_H

#include <jansson.h>
#include <stdint.h>
#include <sys/types.h>

#include "../../engines/why.h"

struct calls;

/*
 * For the calling thread and the threads ids[count], which make about calls_count calls each. Also finds out what recording adds to a call's time, which is
 * subtracted from each. -EACCES, -EPERM and others with the reason.
 */
int calls_new(const pid_t *ids, size_t count, uint64_t calls_count, struct calls **out,
	      struct why *why);
void calls_free(struct calls *calls);

/* Between the two, calls are recorded. 0 or negative errno. */
int calls_begin(struct calls *calls);
int calls_end(struct calls *calls);

/* The walks took from began_ns to ended_ns of CLOCK_MONOTONIC; to be called before calls_end(). */
void calls_walked(struct calls *calls, uint64_t began_ns, uint64_t ended_ns);

/*
 * By name: {"pread64":{"count":…, "mean_ns":…, "p50_ns":…, "p99_ns":…, "worst_ns":…}…}, counts per walk of `walks`;
 * calls without a name of their own are "other". NULL if records were lost, so that the counts would be too
 * small. New reference.
 */
json_t *calls_result(const struct calls *calls, uint64_t walks);

#endif
