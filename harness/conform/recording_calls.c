/*
 * The calls of a recorded process: see recording.h.
 *
 * Source: pidfd_getfd(2), process_vm_readv(2), proc_pid_maps(5), and the man page of each call.
 */
#include "recording_events.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define LOOK      100 /* of a mark that is no event */
#define PARTS_MAX 64  /* of one vectored write */

/* One call of the child. */
struct watched {
	struct recording *recording;
	pid_t child;
	int process;
	const struct seccomp_data *data;
};

/* ---- the child ---- */

static bool read_child(const struct watched *watched, uint64_t address, void *bytes,
		       size_t len_bytes)
{
	struct iovec here = {.iov_base = bytes, .iov_len = len_bytes};
	// NOLINTNEXTLINE(performance-no-int-to-ptr): the address is one of the child's
	struct iovec there = {.iov_base = (void *)(uintptr_t)address, .iov_len = len_bytes};

	return process_vm_readv(watched->child, &here, 1, &there, 1, 0) == (ssize_t)len_bytes;
}

/* A path argument: absolute, or else it is none that is recorded. Read up to the end of a page, which may be the last. */
static bool read_path(const struct watched *watched, uint64_t address, char *path)
{
	for (size_t used = 0; used < PATH_MAX - 1;) {
		size_t part = RECORDING_PAGE_BYTES - (address + used) % RECORDING_PAGE_BYTES;

		if (part > PATH_MAX - 1 - used)
			part = PATH_MAX - 1 - used;
		if (!read_child(watched, address + used, path + used, part))
			return false;
		path[used + part] = '\0';
		if (memchr(path + used, '\0', part))
			return true;
		used += part;
	}
	return false;
}

/* A descriptor of the child: a copy of it, and its file; -1: none that is recorded. */
static int descriptor_of(const struct watched *watched, uint64_t number, int *copy)
{
	struct stat status;

	*copy = (int)syscall(SYS_pidfd_getfd, watched->process, (int)number, 0);
	return *copy < 0 || fstat(*copy, &status) ? -1
						  : recording_file_of(watched->recording, &status);
}

/* ---- its calls ---- */

static void watch_open(const struct watched *watched, uint64_t path_address, int flags)
{
	struct recording *recording = watched->recording;
	char path[PATH_MAX];

	if (!(flags & (O_CREAT | O_TRUNC)) || !read_path(watched, path_address, path))
		return;
	int name = recording_find_name(recording, path);
	if (name < 0)
		return;
	int file = recording->names_file[name];
	if (file >= 0 && flags & O_TRUNC)
		recording_size(recording, (uint32_t)file, 0);
	if (file < 0 && flags & O_CREAT)
		recording->pending = name;
}

/* The bytes of a write, from the parts in the child's memory. NULL: they cannot be read. */
static unsigned char *gather(const struct watched *watched, bool vectored, size_t *len_bytes)
{
	const struct seccomp_data *data = watched->data;
	struct iovec parts[PARTS_MAX];
	size_t count = 1, at = 0;

	// NOLINTNEXTLINE(performance-no-int-to-ptr): the address is one of the child's
	parts[0] = (struct iovec){(void *)(uintptr_t)data->args[1], (size_t)data->args[2]};
	if (vectored) {
		count = (size_t)data->args[2];
		if (count > PARTS_MAX ||
		    !read_child(watched, data->args[1], parts, count * sizeof(parts[0])))
			return recording_failed(watched->recording, -EFAULT);
	}
	*len_bytes = 0;
	for (size_t i = 0; i < count; i++)
		*len_bytes += parts[i].iov_len;
	unsigned char *bytes = malloc(*len_bytes + 1);
	for (size_t i = 0; bytes && i < count; at += parts[i++].iov_len) {
		if (!read_child(watched, (uintptr_t)parts[i].iov_base, bytes + at,
				parts[i].iov_len)) {
			free(bytes);
			return recording_failed(watched->recording, -EFAULT);
		}
	}
	return bytes ? bytes : recording_failed(watched->recording, -ENOMEM);
}

static void watch_write(const struct watched *watched, bool positioned, bool vectored)
{
	struct recording *recording = watched->recording;
	int copy, file = descriptor_of(watched, watched->data->args[0], &copy);

	if (file >= 0) {
		int flags = fcntl(copy, F_GETFL);
		uint64_t offset =
			positioned ? watched->data->args[3] : (uint64_t)lseek(copy, 0, SEEK_CUR);
		size_t len_bytes;
		unsigned char *bytes = gather(watched, vectored, &len_bytes);

		if (flags & O_APPEND)
			offset = recording->files[file].size_bytes;
		if (bytes)
			recording_data(recording, (uint32_t)file, offset, bytes, len_bytes);
		if (flags & O_DSYNC)
			recording_sync(recording, (uint32_t)file, offset, len_bytes);
	}
	if (copy >= 0)
		close(copy);
}

static void watch_resize(const struct watched *watched)
{
	const struct seccomp_data *data = watched->data;
	struct recording *recording = watched->recording;
	int copy, file = descriptor_of(watched, data->args[0], &copy);

	if (copy >= 0)
		close(copy);
	if (file < 0)
		return;
	if (data->nr == SYS_ftruncate)
		recording_size(recording, (uint32_t)file, data->args[1]);
	else if (data->args[1] & ~(uint64_t)FALLOC_FL_KEEP_SIZE) /* it changes bytes */
		recording_failed(recording, -ENOTSUP);
	else if (data->args[1] == 0 &&
		 data->args[2] + data->args[3] > recording->files[file].size_bytes)
		recording_size(recording, (uint32_t)file, data->args[2] + data->args[3]);
}

/* fsync() or fdatasync() of a file; of a folder it makes the names of all files durable. */
static bool watch_sync(const struct watched *watched)
{
	int copy, file = descriptor_of(watched, watched->data->args[0], &copy);
	struct stat status;
	bool is_folder = copy >= 0 && fstat(copy, &status) == 0 && S_ISDIR(status.st_mode);

	if (copy >= 0)
		close(copy);
	if (file >= 0)
		recording_sync(watched->recording, (uint32_t)file, 0, UINT64_MAX);
	else if (is_folder)
		recording_sync(watched->recording, RECORDING_ALL, 0, 0);
	return file >= 0 || is_folder;
}

/* The mapping at an address tells the file and the range. */
static bool watch_msync(const struct watched *watched)
{
	uint64_t address = watched->data->args[0], len_bytes = watched->data->args[1], from, to,
		 offset;
	char path[64], line[PATH_MAX + 256];
	unsigned long inode;
	bool found = false;

	if (!(watched->data->args[2] & MS_SYNC))
		return true;
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)watched->child);
	FILE *maps = fopen(path, "re");
	while (maps && !found && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %*s %lx %*x:%*x %lu", &from, &to, &offset, &inode) != 4 ||
		    address < from || address >= to)
			continue;
		for (uint32_t i = 0; !found && i < watched->recording->files_count; i++) {
			if (watched->recording->files[i].inode != inode)
				continue;
			recording_sync(watched->recording, i, offset + (address - from), len_bytes);
			found = true;
		}
		break;
	}
	if (maps)
		fclose(maps);
	return found;
}

static void watch_map(const struct watched *watched)
{
	const struct seccomp_data *data = watched->data;
	int copy, file;

	if (data->args[3] & MAP_ANONYMOUS || !(data->args[3] & MAP_SHARED))
		return;
	file = descriptor_of(watched, data->args[4], &copy);
	if (copy >= 0)
		close(copy);
	if (file >= 0)
		watched->recording->files[file].is_mapped = true;
}

/* `to_address` 0: the name is removed. */
static void watch_rename(const struct watched *watched, uint64_t from_address, uint64_t to_address)
{
	struct recording *recording = watched->recording;
	char path[PATH_MAX];
	int from = -1, to = -1;

	if (read_path(watched, from_address, path))
		from = recording_find_name(recording, path);
	if (to_address && read_path(watched, to_address, path))
		to = recording_find_name(recording, path);
	if (from >= 0 && recording->names_file[from] >= 0 && (to >= 0 || !to_address))
		recording_name(recording, (uint32_t)recording->names_file[from], from, to);
}

static bool watch_mark(struct recording *recording, const struct seccomp_data *data)
{
	recording_compare(recording, data->args[2] == LOOK);
	if (data->args[2] != LOOK) {
		recording_operation(recording, (enum recorded_kind)data->args[2],
				    (size_t)data->args[1]);
	}
	return true;
}

bool recording_watch(void *context, pid_t child, int process, const struct seccomp_data *data)
{
	struct recording *recording = context;
	const struct watched watched = {recording, child, process, data};

	recording_created(recording);
	switch (data->nr) {
	case SYS_openat:
		watch_open(&watched, data->args[1], (int)data->args[2]);
		return false;
	case SYS_write:
	case SYS_pwrite64:
		watch_write(&watched, data->nr == SYS_pwrite64, false);
		return false;
	case SYS_writev:
	case SYS_pwritev:
	case SYS_pwritev2:
		watch_write(&watched, data->nr != SYS_writev, true);
		return false;
	case SYS_mmap:
		watch_map(&watched);
		return false;
	case SYS_rename:
		watch_rename(&watched, data->args[0], data->args[1]);
		return false;
	case SYS_unlink:
		watch_rename(&watched, data->args[0], 0);
		return false;
	case SYS_ftruncate:
	case SYS_fallocate:
		recording_compare(recording, true);
		watch_resize(&watched);
		return false;
	case SYS_fsync:
	case SYS_fdatasync:
		recording_compare(recording, true);
		return watch_sync(&watched);
	case SYS_syncfs:
		recording_compare(recording, true);
		for (uint32_t i = 0; i < recording->files_count; i++)
			recording_sync(recording, i, 0, UINT64_MAX);
		return true;
	case SYS_msync:
		recording_compare(recording, true);
		return watch_msync(&watched);
	case SYS_sync_file_range: /* makes nothing durable: the device's cache keeps what it gets */
		return (int)data->args[0] == -1 ? watch_mark(recording, data) : false;
	default:
		return false;
	}
}

void recording_mark(enum recorded_kind kind, size_t operation)
{
	(void)syscall(SYS_sync_file_range, -1, operation, kind, 0);
}

void recording_look(void)
{
	(void)syscall(SYS_sync_file_range, -1, 0, LOOK, 0);
}
