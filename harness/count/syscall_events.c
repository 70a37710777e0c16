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

/* Calls of programs that are not ours (counters_new_children()). */
/* clang-format off */
#define PROCESS_SYSCALLS(X)                                                                        \
	X(execve) X(execveat) X(clone) X(clone3) X(fork) X(vfork) X(wait4) X(waitid) X(exit)       \
	X(exit_group) X(kill) X(tgkill) X(pipe) X(pipe2) X(dup) X(dup2) X(dup3) X(open) X(openat2) \
	X(creat) X(stat) X(lstat) X(faccessat) X(faccessat2) X(close_range) X(poll) X(ppoll)       \
	X(select) X(pselect6) X(epoll_create1) X(epoll_ctl) X(epoll_wait) X(epoll_pwait)           \
	X(eventfd2) X(socket) X(socketpair) X(connect) X(bind) X(listen) X(accept) X(accept4)      \
	X(sendto) X(recvfrom) X(sendmsg) X(recvmsg) X(shutdown) X(getsockopt) X(setsockopt)        \
	X(rename) X(renameat2) X(mkdir) X(mkdirat) X(rmdir) X(link) X(linkat) X(symlink)           \
	X(symlinkat) X(readlink) X(readlinkat) X(chdir) X(fchdir) X(getcwd) X(chmod) X(fchmod)     \
	X(fchmodat) X(fchownat) X(utimensat) X(getdents) X(sync) X(syncfs) X(truncate) X(sendfile) \
	X(splice) X(tee) X(memfd_create) X(set_tid_address) X(set_robust_list) X(rseq)             \
	X(prlimit64) X(arch_prctl) X(sigaltstack) X(rt_sigreturn) X(rt_sigsuspend) X(nanosleep)    \
	X(gettimeofday) X(sysinfo) X(umask) X(setpgid) X(getpgrp) X(getppid) X(getuid) X(getgid)   \
	X(getegid) X(statfs) X(sched_getaffinity) X(sched_setaffinity) X(setpriority) X(io_setup)  \
	X(io_submit) X(io_getevents) X(io_destroy)
/* clang-format on */

/* The same of programs: newer architectures have only the later one of two calls. */
#ifndef SYS_fork
#define SYS_fork (-1)
#endif
#ifndef SYS_vfork
#define SYS_vfork (-1)
#endif
#ifndef SYS_open
#define SYS_open (-1)
#endif
#ifndef SYS_creat
#define SYS_creat (-1)
#endif
#ifndef SYS_stat
#define SYS_stat (-1)
#endif
#ifndef SYS_lstat
#define SYS_lstat (-1)
#endif
#ifndef SYS_pipe
#define SYS_pipe (-1)
#endif
#ifndef SYS_dup2
#define SYS_dup2 (-1)
#endif
#ifndef SYS_poll
#define SYS_poll (-1)
#endif
#ifndef SYS_select
#define SYS_select (-1)
#endif
#ifndef SYS_epoll_wait
#define SYS_epoll_wait (-1)
#endif
#ifndef SYS_rename
#define SYS_rename (-1)
#endif
#ifndef SYS_mkdir
#define SYS_mkdir (-1)
#endif
#ifndef SYS_rmdir
#define SYS_rmdir (-1)
#endif
#ifndef SYS_link
#define SYS_link (-1)
#endif
#ifndef SYS_symlink
#define SYS_symlink (-1)
#endif
#ifndef SYS_readlink
#define SYS_readlink (-1)
#endif
#ifndef SYS_chmod
#define SYS_chmod (-1)
#endif
#ifndef SYS_getdents
#define SYS_getdents (-1)
#endif
#ifndef SYS_getpgrp
#define SYS_getpgrp (-1)
#endif
#ifndef SYS_arch_prctl
#define SYS_arch_prctl (-1)
#endif
#ifndef SYS_accept
#define SYS_accept (-1)
#endif

static const struct named_syscall {
	const char *name;
	long number; /* -1: this architecture does not have it */
} named_syscalls[] =
	{
#define X(call) {#call, SYS_##call},
		ENGINE_SYSCALLS(X) OTHER_SYSCALLS(X)
#undef X
},
  process_syscalls[] = {
#define X(call) {#call, SYS_##call},
	  PROCESS_SYSCALLS(X)
#undef X
};

#define NAMED_COUNT   (sizeof(named_syscalls) / sizeof(named_syscalls[0]))
#define PROCESS_COUNT (sizeof(process_syscalls) / sizeof(process_syscalls[0]))

_Static_assert(NAMED_COUNT + PROCESS_COUNT <= SYSCALL_EVENTS_MAX, "there is room for all names");

static const struct named_syscall *syscall_at(size_t i)
{
	return i < NAMED_COUNT ? &named_syscalls[i] : &process_syscalls[i - NAMED_COUNT];
}

const char *syscall_name(long number)
{
	for (size_t i = 0; i < NAMED_COUNT + PROCESS_COUNT; i++) {
		if (syscall_at(i)->number == number)
			return syscall_at(i)->name;
	}
	return NULL;
}

#define ALL_CALLS "raw_syscalls/sys_enter"

/* Index of the event of one call by name, or negative errno. */
static int add_named(struct perf_group *group, int root_fd, uint64_t all_id,
		     const struct named_syscall *call)
{
	/* The tracepoints of stat(2) and its variants have "new" in their names. */
	size_t len = strlen(call->name);
	bool is_stat = len >= 4 && len <= 5 && strcmp(call->name + len - 4, "stat") == 0;
	char tracepoint[64];
	snprintf(tracepoint, sizeof(tracepoint), "syscalls/sys_enter_%s%s", is_stat ? "new" : "",
		 call->name);
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
	size_t count = NAMED_COUNT + (group->of_children ? PROCESS_COUNT : 0);
	for (size_t i = 0; i < count && out->all_index >= 0; i++) {
		const struct named_syscall *call = syscall_at(i);
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
