/* System calls of the calling thread, in all and by name, as events of a perf group. */
#ifndef IOWALK_COUNT_SYSCALL_EVENTS_H
#define IOWALK_COUNT_SYSCALL_EVENTS_H

#include <stddef.h>

#include "../../engines/option.h"
#include "perf.h"

#define SYSCALL_EVENTS_MAX 64

struct syscall_events {
	int all_place;      /* in the group; negative errno: calls cannot be counted here */
	size_t named_count; /* of the following */
	struct syscall_event {
		const char *name; /* the kernel's, static */
		int place;
	} named[SYSCALL_EVENTS_MAX];
};

/* Adds the events to `group`. Returns all_place; where negative, the reason is in `why`. */
int syscall_events_add(struct perf_group *group, struct syscall_events *out, struct why *why);

#endif
