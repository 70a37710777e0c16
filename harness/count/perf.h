/*
 * Groups of perf events; one ioctl on the leader starts or stops a whole group. Used by counters.c
 * and syscall_events.c only; the interface for others is counters.h.
 */
#ifndef IOWALK_COUNT_PERF_H
#define IOWALK_COUNT_PERF_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../../engines/why.h"

#define PERF_GROUP_MAX 180

/* The first event is the leader; the others are enabled and disabled with it. All zero: empty. */
struct perf_group {
	pid_t thread_id; /* that is counted; 0: the calling thread */
	bool of_children; /* instead: the processes that the thread starts, each from its execve(2) on */
	int anchor_fd; /* of_children, and if there are events: see perf.c */
	unsigned events_count;
	int fds[PERF_GROUP_MAX];
};

/* The kernel's layout for PERF_FORMAT_GROUP with both times. */
struct perf_reading {
	uint64_t events_count;
	uint64_t enabled_ns;
	uint64_t running_ns; /* less than enabled_ns: multiplexed, the values are too low */
	uint64_t values[PERF_GROUP_MAX];
};

/*
 * Adds a stopped event of the group's thread. Returns its index in the group, or negative errno
 * with the reason in `why` (may be NULL). `event` is libpfm4's name. `user_only`: does not count in
 * the kernel.
 */
int perf_group_add(struct perf_group *group, const char *event, bool user_only, struct why *why);

/* The same for a tracepoint by its id; `filter` as in the kernel's trace/events.rst, or NULL. */
int perf_group_add_tracepoint(struct perf_group *group, uint64_t id, const char *filter,
			      struct why *why);

void perf_group_close(struct perf_group *group);

/* One system call each, none for an empty group; 0 or negative errno. A group of children needs no
 * enabling, and one system call for each event that is read. */
int perf_group_enable(const struct perf_group *group);
int perf_group_disable(const struct perf_group *group);
int perf_group_read(const struct perf_group *group, struct perf_reading *out);

#endif
