/*
 * The events that count system calls.
 *
 * All calls: the tracepoint raw_syscalls:sys_enter. Calls by name: syscalls:sys_enter_<name>. The
 * kernel finds these by the call's number, so fifty of them cost hardly more than one. A kernel
 * built without CONFIG_FTRACE_SYSCALLS has only raw_syscalls:sys_enter. That event is then opened
 * again for each name with the filter "id == NR": the counts are as exact, but each call passes
 * every filter.
 *
 * The id of a tracepoint differs between kernels and is read from tracefs (tracefs.h). libpfm4 cannot be
 * used: it finds tracepoints only through debugfs.
 *
 * Sources: perf_event_open(2), the kernel's trace/events.rst and kernel/trace/trace_syscalls.c.
 */
#include "syscall_events.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../engines/engine.h"
#include "../../engines/support/cachestat.h"
#include "tracefs.h"

/* Calls of the harness, the C library and the reference stores, beside those of the engines.
 * Not formatted: clang-format would indent each line further than the one before. */
/* clang-format off */
#define OTHER_SYSCALLS(X)                                                                          \
	X(fstat) X(statx) X(flock) X(ioctl) X(unlinkat) X(renameat) X(getdents64)         \
	X(readv) X(writev) X(preadv2) X(pwritev2) X(copy_file_range) X(mprotect) X(brk) X(futex)   \
	X(mlock) X(munlock) X(clock_gettime) X(clock_nanosleep) X(getrusage) X(sched_yield)        \
	X(rt_sigaction) X(rt_sigprocmask) X(getpid) X(gettid) X(getrandom) X(prctl)                \
	X(unlink) X(access) X(fchown) X(geteuid) X(fstatfs) X(uname)
/* clang-format on */

/* A call that this architecture does not have gets the number -1 and is skipped. */
#ifndef SYS_sync_file_range /* ppc64 has sync_file_range2 */
#define SYS_sync_file_range (-1)
#endif
#ifndef SYS_unlink /* newer architectures have unlinkat */
#define SYS_unlink (-1)
#endif
#ifndef SYS_access /* and faccessat */
#define SYS_access (-1)
#endif
#ifndef SYS_renameat /* riscv64 has renameat2 */
#define SYS_renameat (-1)
#endif

static const struct named_syscall {
	const char *name;
	long number;
} named_syscalls[] = {
#define X(call) {#call, SYS_##call},
	ENGINE_SYSCALLS(X) OTHER_SYSCALLS(X)
#undef X
};

#define NAMED_COUNT (sizeof(named_syscalls) / sizeof(named_syscalls[0]))

_Static_assert(NAMED_COUNT <= SYSCALL_EVENTS_MAX, "there is room for all names");

const char *syscall_name(long number)
{
	for (size_t i = 0; i < NAMED_COUNT; i++) {
		if (named_syscalls[i].number == number)
			return named_syscalls[i].name;
	}
	return NULL;
}

#define ALL_CALLS "raw_syscalls/sys_enter"

/* Index of the event of one call by name, or negative errno. */
static int add_named(struct perf_group *group, int root_fd, uint64_t all_id,
		     const struct named_syscall *call)
{
	/* The tracepoints of stat(2) and its variants have "new" in their names. */
	const char *name = strcmp(call->name, "fstat") == 0 ? "newfstat" : call->name;
	char tracepoint[64];
	snprintf(tracepoint, sizeof(tracepoint), "syscalls/sys_enter_%s", name);
	uint64_t id = 0;
	if (tracefs_id(root_fd, tracepoint, &id) == 0)
		return perf_group_add_tracepoint(group, id, NULL, NULL);
	char filter[32];
	snprintf(filter, sizeof(filter), "id == %ld", call->number);
	return perf_group_add_tracepoint(group, all_id, filter, NULL);
}

int syscall_events_add(struct perf_group *group, struct syscall_events *out, struct why *why)
{
	out->named_count = 0;
	out->all_index = tracefs_open(why);
	if (out->all_index < 0)
		return out->all_index;
	int root_fd = out->all_index;
	uint64_t id = 0;
	int err = tracefs_id(root_fd, ALL_CALLS, &id);
	if (err != 0)
		out->all_index = why_set(why, err, "cannot read events/" ALL_CALLS "/id: %s",
					 strerror(-err));
	else
		out->all_index = perf_group_add_tracepoint(group, id, NULL, why);
	for (size_t i = 0; i < NAMED_COUNT && out->all_index >= 0; i++) {
		const struct named_syscall *call = &named_syscalls[i];
		if (call->number < 0)
			continue;
		int index = add_named(group, root_fd, id, call);
		if (index >= 0)
			out->named[out->named_count++] =
				(struct syscall_event){.name = call->name, .index = index};
	}
	close(root_fd);
	return out->all_index;
}
