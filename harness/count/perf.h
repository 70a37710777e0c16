/*
 * Groups of perf events that are started and stopped by one ioctl of their leader. Only counters.c
 * and syscall_events.c need this; see counters.h for what it makes of it.
 */
#ifndef IOWALK_COUNT_PERF_H
#define IOWALK_COUNT_PERF_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../../engines/option.h"

#define PERF_GROUP_MAX 80

/* The first event leads; all others follow it in being enabled or not. Zeroed: an empty group. */
struct perf_group {
	pid_t thread_id; /* whose events; 0: the calling thread's */
	unsigned events_count;
	int fds[PERF_GROUP_MAX];
};

/* As the kernel writes it for PERF_FORMAT_GROUP and both times: no padding, this order. */
struct perf_reading {
	uint64_t events_count;
	uint64_t enabled_ns;
	uint64_t running_ns; /* less than enabled_ns: multiplexed, values are not whole */
	uint64_t values[PERF_GROUP_MAX];
};

/*
 * Adds an event of the group's thread, stopped. Returns its place in the group, or negative errno
 * with the reason in `why` (may be NULL). `event`: by libpfm4's name. `user_only`: not in the
 * kernel.
 */
int perf_group_add(struct perf_group *group, const char *event, bool user_only, struct why *why);

/* The same for a tracepoint by its id; `filter` as in the kernel's trace/events.rst, or NULL. */
int perf_group_add_tracepoint(struct perf_group *group, uint64_t id, const char *filter,
			      struct why *why);

void perf_group_close(struct perf_group *group);

/* Each is one system call; 0 or negative errno. An empty group: none, and 0. */
int perf_group_enable(const struct perf_group *group);
int perf_group_disable(const struct perf_group *group);
int perf_group_read(const struct perf_group *group, struct perf_reading *out);

#endif
