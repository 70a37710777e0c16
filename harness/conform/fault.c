/*
 * The calls that may fail, and their errors: see fault.h.
 *
 * Source: the man pages of section 2, and fs/ of the kernel where they are silent (msync() returns what fsync() does).
 * Left out are errors that only a wrong argument causes, and munmap(), which does not fail for whole mappings.
 */
#include "fault.h"

#include "../../engines/support/cachestat.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#define WRITE_ERRORS                                                                               \
	{                                                                                          \
		EIO, ENOSPC, EDQUOT, EFBIG, EPERM, EINTR                                           \
	}
#define READ_ERRORS                                                                                \
	{                                                                                          \
		EIO, EINTR                                                                         \
	}
#define SYNC_ERRORS                                                                                \
	{                                                                                          \
		EIO, ENOSPC, EDQUOT, EINTR                                                         \
	}
#define STATUS_ERRORS                                                                              \
	{                                                                                          \
		EACCES, ENOMEM, EOVERFLOW                                                          \
	}

const struct fault_call fault_calls[] = {
	{"openat",
	 SYS_openat,
	 FAULT_OTHER,
	 {EACCES, EDQUOT, EINTR, EINVAL, EMFILE, ENFILE, ENOMEM, ENOSPC, EPERM, EROFS, EOVERFLOW}},
	{"close", SYS_close, FAULT_CLOSES, {EIO, EINTR, ENOSPC, EDQUOT}},
	{"newfstatat", SYS_newfstatat, FAULT_OTHER, STATUS_ERRORS},
	{"fstat", SYS_fstat, FAULT_OTHER, STATUS_ERRORS},
	{"statx", SYS_statx, FAULT_OTHER, STATUS_ERRORS},
	{"fcntl", SYS_fcntl, FAULT_OTHER, {EPERM, EINVAL}},
	{"read", SYS_read, FAULT_READS, READ_ERRORS},
	{"pread64", SYS_pread64, FAULT_READS, READ_ERRORS},
	{"readv", SYS_readv, FAULT_READS, READ_ERRORS},
	{"preadv", SYS_preadv, FAULT_READS, READ_ERRORS},
	{"preadv2", SYS_preadv2, FAULT_READS, {EIO, EINTR, EAGAIN, EOPNOTSUPP}},
	{"write", SYS_write, FAULT_WRITES, WRITE_ERRORS},
	{"pwrite64", SYS_pwrite64, FAULT_WRITES, WRITE_ERRORS},
	{"writev", SYS_writev, FAULT_WRITES, WRITE_ERRORS},
	{"pwritev", SYS_pwritev, FAULT_WRITES, WRITE_ERRORS},
	{"pwritev2", SYS_pwritev2, FAULT_WRITES, WRITE_ERRORS},
	{"ftruncate", SYS_ftruncate, FAULT_OTHER, {EFBIG, EIO, EPERM, EINTR}},
	{"fallocate",
	 SYS_fallocate,
	 FAULT_OTHER,
	 {EFBIG, EIO, ENOSPC, EDQUOT, EPERM, EOPNOTSUPP, ENOSYS, EINTR}},
	{"fsync", SYS_fsync, FAULT_SYNCS, SYNC_ERRORS},
	{"fdatasync", SYS_fdatasync, FAULT_SYNCS, SYNC_ERRORS},
	{"sync_file_range", SYS_sync_file_range, FAULT_OTHER, {EIO, ENOMEM, ENOSPC}},
	{"syncfs", SYS_syncfs, FAULT_SYNCS, SYNC_ERRORS},
	{"msync", SYS_msync, FAULT_SYNCS, {EIO, ENOMEM, ENOSPC}},
	{"rename", SYS_rename, FAULT_OTHER, {EACCES, EDQUOT, EIO, ENOMEM, ENOSPC, EROFS}},
	{"unlink", SYS_unlink, FAULT_OTHER, {EACCES, EIO, ENOMEM, EROFS}},
	{"mmap", SYS_mmap, FAULT_OTHER, {EAGAIN, ENFILE, ENODEV, ENOMEM, EPERM}},
	{FAULT_ANONYMOUS, SYS_mmap, FAULT_OTHER, {ENOMEM, EAGAIN}},
	{"mremap", SYS_mremap, FAULT_OTHER, {EAGAIN, ENOMEM}},
	{"madvise", SYS_madvise, FAULT_OTHER, {EAGAIN, EIO, ENOMEM, EINVAL, EPERM}},
	{"mincore", SYS_mincore, FAULT_OTHER, {EAGAIN, ENOMEM}},
	{"cachestat", SYS_cachestat, FAULT_OTHER, {EBADF, ENOSYS, EOPNOTSUPP}},
	{"fadvise64", SYS_fadvise64, FAULT_OTHER, {EINVAL, ENOSYS}},
	{"readahead", SYS_readahead, FAULT_OTHER, {EINVAL}},
	/* What is asked for first is refused, or only what an instance asks for later. */
	{"memory", FAULT_OF_MEMORY(0), FAULT_OTHER, {ENOMEM}},
	{"memory_1k", FAULT_OF_MEMORY(1 << 10), FAULT_OTHER, {ENOMEM}},
	{"memory_4k", FAULT_OF_MEMORY(4 << 10), FAULT_OTHER, {ENOMEM}},
	{"memory_16k", FAULT_OF_MEMORY(16 << 10), FAULT_OTHER, {ENOMEM}},
	{"memory_64k", FAULT_OF_MEMORY(64 << 10), FAULT_OTHER, {ENOMEM}},
	{"io_uring_setup",
	 SYS_io_uring_setup,
	 FAULT_OTHER,
	 {EMFILE, ENFILE, ENOMEM, EPERM, ENOSYS}},
	{"io_uring_enter", SYS_io_uring_enter, FAULT_OTHER, {EAGAIN, EBUSY, EINTR, EBADR}},
	{"io_uring_register",
	 SYS_io_uring_register,
	 FAULT_OTHER,
	 {EBUSY, ENOMEM, EPERM, EOPNOTSUPP}},
};
const size_t fault_calls_count = sizeof(fault_calls) / sizeof(fault_calls[0]);

_Static_assert(sizeof(fault_calls) / sizeof(fault_calls[0]) <= FAULT_CALLS_MAX,
	       "arrays of counts have room for all calls");

bool fault_may_be_short(const struct fault_call *call)
{
	return call->effect == FAULT_READS || call->effect == FAULT_WRITES;
}

bool fault_is_of_memory(const struct fault_call *call)
{
	return call->number < 0;
}

bool fault_is_transient(int error)
{
	return error == EINTR || error == EAGAIN || error == EBUSY;
}

void fault_format(const struct fault *fault, char *text, size_t size)
{
	snprintf(text, size, "%s:%u=%s%s", fault_calls[fault->call].name, fault->ordinal,
		 fault->error ? strerrorname_np(fault->error) : "short",
		 fault->for_ever ? "+" : "");
}

/* The error of that name among those of the call; -1 if there is none. "short" is 0. */
static int error_named(const struct fault_call *call, const char *name, size_t name_len)
{
	if (fault_may_be_short(call) && name_len == 5 && memcmp(name, "short", 5) == 0)
		return 0;
	for (size_t i = 0; i < FAULT_ERRORS_MAX && call->errors[i]; i++) {
		const char *other = strerrorname_np(call->errors[i]);

		if (strlen(other) == name_len && memcmp(other, name, name_len) == 0)
			return call->errors[i];
	}
	return -1;
}

int fault_parse(const char *text, struct fault *fault, struct why *why)
{
	size_t name_len = strcspn(text, ":"), call = 0;
	char *end;

	while (call < fault_calls_count && (strlen(fault_calls[call].name) != name_len ||
					    memcmp(fault_calls[call].name, text, name_len) != 0))
		call++;
	if (call == fault_calls_count || !text[name_len])
		return why_set(why, -EINVAL,
			       "fault '%.60s': not of the form CALL:N=ERROR with a "
			       "call that may fail, such as fdatasync:1=EIO",
			       text);
	unsigned long ordinal = strtoul(text + name_len + 1, &end, 10);
	size_t error_len = *end ? strcspn(end + 1, "+") : 0;
	int error = *end == '=' ? error_named(&fault_calls[call], end + 1, error_len) : -1;
	bool for_ever = error >= 0 && end[1 + error_len] == '+';

	if (error < 0 || ordinal < 1 || ordinal > UINT_MAX || end[1 + error_len + for_ever])
		return why_set(why, -EINVAL, "fault '%.60s': %s has no such error", text,
			       fault_calls[call].name);
	*fault = (struct fault){call, (unsigned)ordinal, error, for_ever};
	return 0;
}
