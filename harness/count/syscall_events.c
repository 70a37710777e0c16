/*
 * The events that count system calls.
 *
 * All calls: the tracepoint raw_syscalls:sys_enter. Calls by name: syscalls:sys_enter_<name>. The
 * kernel finds these by the call's number, so fifty of them cost hardly more than one. A kernel
 * built without CONFIG_FTRACE_SYSCALLS has only raw_syscalls:sys_enter. That event is then opened
 * again for each name with the filter "id == NR": the counts are as exact, but each call passes
 * every filter.
 *
 * The id of a tracepoint differs between kernels and is read from tracefs. If tracefs is not
 * mounted, a detached mount is made (fsmount(2)), which no other process sees and which ends with
 * its file descriptor. libpfm4 cannot be used: it finds tracepoints only through debugfs.
 *
 * Sources: perf_event_open(2), the kernel's trace/events.rst and kernel/trace/trace_syscalls.c.
 */
#include "syscall_events.h"

#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../engines/engine.h"

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

/* `root` is the root of a tracefs. 0 if the tracepoint's id can be read there. */
static int usable(int root_fd)
{
	if (faccessat(root_fd, "events/" ALL_CALLS "/id", R_OK, AT_EACCESS) == 0)
		return 0;
	return -errno;
}

/* A file descriptor of `folder` if that is the root of a usable tracefs, else negative errno. */
static int open_folder(const char *folder)
{
	int root_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root_fd < 0)
		return -errno;
	int err = usable(root_fd);
	if (err == 0)
		return root_fd;
	close(root_fd);
	return err;
}

static int open_mounted(void)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	if (mounts == NULL)
		return -ENOENT;
	int root_fd = -ENOENT;
	char line[4096];
	struct mntent entry;
	while (root_fd < 0 && getmntent_r(mounts, &entry, line, sizeof(line)) != NULL) {
		if (strcmp(entry.mnt_type, "tracefs") == 0)
			root_fd = open_folder(entry.mnt_dir);
	}
	endmntent(mounts);
	return root_fd;
}

/* Needs CAP_SYS_ADMIN. */
static int open_detached(void)
{
	int context_fd = fsopen("tracefs", FSOPEN_CLOEXEC);
	if (context_fd < 0)
		return -errno;
	int root_fd = -1;
	int err = 0;
	if (fsconfig(context_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) != 0)
		err = -errno;
	if (err == 0) {
		root_fd = fsmount(context_fd, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOEXEC);
		err = root_fd < 0 ? -errno : usable(root_fd);
	}
	close(context_fd);
	if (err == 0)
		return root_fd;
	if (root_fd >= 0)
		close(root_fd);
	return err;
}

static int open_tracefs(struct why *why)
{
	int root_fd = open_folder("/sys/kernel/tracing");
	int first_err = root_fd;
	if (root_fd < 0)
		root_fd = open_mounted();
	if (root_fd < 0)
		root_fd = open_folder("/sys/kernel/debug/tracing");
	if (root_fd < 0)
		root_fd = open_detached();
	if (root_fd >= 0)
		return root_fd;
	/* "Permission denied" at the usual mount point is the more useful reason. */
	int err = first_err == -EACCES ? first_err : root_fd;
	return why_set(why, err, "cannot read events/" ALL_CALLS "/id in tracefs: %s",
		       strerror(-err));
}

/* `tracepoint` is a path below events/. */
static int read_id(int root_fd, const char *tracepoint, uint64_t *id)
{
	char path[128];
	snprintf(path, sizeof(path), "events/%s/id", tracepoint);
	int fd = openat(root_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	char text[32];
	ssize_t got = read(fd, text, sizeof(text) - 1);
	int err = got < 0 ? -errno : 0;
	close(fd);
	if (err != 0)
		return err;
	text[got] = '\0';
	char *end;
	*id = strtoull(text, &end, 10);
	return end == text ? -EIO : 0;
}

/* Index of the event of one call by name, or negative errno. */
static int add_named(struct perf_group *group, int root_fd, uint64_t all_id,
		     const struct named_syscall *call)
{
	/* The tracepoints of stat(2) and its variants have "new" in their names. */
	const char *name = strcmp(call->name, "fstat") == 0 ? "newfstat" : call->name;
	char tracepoint[64];
	snprintf(tracepoint, sizeof(tracepoint), "syscalls/sys_enter_%s", name);
	uint64_t id = 0;
	if (read_id(root_fd, tracepoint, &id) == 0)
		return perf_group_add_tracepoint(group, id, NULL, NULL);
	char filter[32];
	snprintf(filter, sizeof(filter), "id == %ld", call->number);
	return perf_group_add_tracepoint(group, all_id, filter, NULL);
}

int syscall_events_add(struct perf_group *group, struct syscall_events *out, struct why *why)
{
	out->named_count = 0;
	out->all_index = open_tracefs(why);
	if (out->all_index < 0)
		return out->all_index;
	int root_fd = out->all_index;
	uint64_t id = 0;
	int err = read_id(root_fd, ALL_CALLS, &id);
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
