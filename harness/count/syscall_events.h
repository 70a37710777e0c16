/* System calls of one thread, all and by name, as events of a perf group. */
#ifndef IOWALK_COUNT_SYSCALL_EVENTS_H
#define IOWALK_COUNT_SYSCALL_EVENTS_H

#include <stddef.h>

#include "perf.h"

#define SYSCALL_EVENTS_MAX 172

struct syscall_events {
	int all_index; /* index of the event for all calls; negative errno: cannot be counted */
	size_t named_count; /* of the following */
	struct syscall_event {
		const char *name; /* as in the kernel; static */
		int index;
	} named[SYSCALL_EVENTS_MAX];
};

/* The kernel's name of a call that has an event, by its number; else NULL. */
const char *syscall_name(long number);

/* Adds the events to `group`, to one of children also those of calls that only programs make. Returns all_index; if that is negative, `why` has the reason. */
int syscall_events_add(struct perf_group *group, struct syscall_events *out, struct why *why);

#endif
