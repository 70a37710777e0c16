/*
 * A file behind a descriptor: complete transfers or an error, and a count of every system call.
 *
 * The kernel may transfer less than requested (after a signal, and never more than 0x7ffff000 bytes
 * per call), so transfers are repeated until they are complete. A file grows by fallocate() with
 * mode 0, which reserves blocks and moves the end of the file in one call; if the file system does
 * not support it, by ftruncate().
 *
 * Source: open(2), pread(2), fallocate(2), ftruncate(2), fdatasync(2), posix_fadvise(2).
 */
#include "../engine.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The value of a call that sets errno; it is repeated as long as a signal interrupts it. */
#define COUNTED(file, name, call)                                                                  \
	({                                                                                         \
		int result_;                                                                       \
		do {                                                                               \
			engine_count(file, ENGINE_SYSCALL_##name);                                 \
			result_ = (call);                                                          \
		} while (result_ < 0 && errno == EINTR);                                           \
		result_ < 0 ? -errno : result_;                                                    \
	})

int engine_file_open(struct engine_file *file, const char *path, unsigned flags)
{
	/* O_NONBLOCK: opening a named pipe would block otherwise. It is cleared below, because an io_uring
	 * obeys it: before Linux 5.15, and on file systems without FMODE_NOWAIT, reads fail with -EAGAIN. */
	int how = O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	struct stat status;
	int err;

	*file = (struct engine_file){.writable = flags != ENGINE_OPEN_READ};
	how |= file->writable ? O_RDWR : O_RDONLY;
	if (flags & ENGINE_OPEN_CREATE)
		how |= O_CREAT | O_TRUNC;
	file->fd = COUNTED(file, openat, open(path, how, 0666));
	if (file->fd < 0)
		return file->fd;
	err = engine_file_stat(file, &status);
	if (!err && !S_ISREG(status.st_mode))
		err = -EINVAL;
	/* O_NOATIME: noting the time of access is 11 to 15 % of a cached pread of 256 B, also under
	 * relatime. Only the file's owner may ask for it. */
	how &= ~O_NONBLOCK;
	if (!err)
		err = COUNTED(file, fcntl, fcntl(file->fd, F_SETFL, how | O_NOATIME));
	if (err == -EPERM)
		err = COUNTED(file, fcntl, fcntl(file->fd, F_SETFL, how));
	if (err) {
		engine_file_close(file);
		return err;
	}
	file->size_bytes = (uint64_t)status.st_size;
	return 0;
}

int engine_file_stat(struct engine_file *file, struct stat *status)
{
	/* Not fstat(), which is another system call in one version of glibc than in the next. */
	return COUNTED(file, newfstatat,
		       (int)syscall(SYS_newfstatat, file->fd, "", status, AT_EMPTY_PATH));
}

int engine_file_close(struct engine_file *file)
{
	/* Never repeated: Linux closes the descriptor even if it returns EINTR. */
	engine_count(file, ENGINE_SYSCALL_close);
	if (file->last)
		*file->last = file->stats;
	return close(file->fd) < 0 && errno != EINTR ? -errno : 0;
}

void engine_file_attach(struct engine_file *file, const struct engine_file *of)
{
	*file = (struct engine_file){
		.fd = of->fd, .writable = of->writable, .size_bytes = of->size_bytes};
}

void engine_file_leave(struct engine_file *file)
{
	if (file->last)
		*file->last = file->stats;
}

int engine_file_health(struct engine_file *file, struct why *why)
{
	struct stat status;

	if (!file->truncated)
		return 0;
	if (engine_file_stat(file, &status) == 0 && (uint64_t)status.st_size < file->size_bytes)
		return why_set(why, -EIO,
			       "the file was truncated by another process, from %" PRIu64
			       " to %" PRIu64 " bytes",
			       file->size_bytes, (uint64_t)status.st_size);
	return why_set(why, -EIO, "the file was truncated by another process for a while");
}

int engine_file_read(struct engine_file *file, uint64_t offset, void *buffer, size_t len_bytes)
{
	unsigned char *at = buffer;

	while (len_bytes > 0) {
		ssize_t done;

		engine_count(file, ENGINE_SYSCALL_pread64);
		done = pread(file->fd, at, len_bytes, (off_t)offset);
		if (done < 0 && errno == EINTR)
			continue;
		file->truncated |= done == 0;
		if (done <= 0)
			return done < 0 ? -errno : -EIO;
		at += done;
		offset += (uint64_t)done;
		len_bytes -= (size_t)done;
	}
	return 0;
}

int engine_file_write(struct engine_file *file, uint64_t offset, const void *buffer,
		      size_t len_bytes)
{
	const unsigned char *at = buffer;

	while (len_bytes > 0) {
		ssize_t done;

		engine_count(file, ENGINE_SYSCALL_pwrite64);
		done = pwrite(file->fd, at, len_bytes, (off_t)offset);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 ? -errno : -EIO;
		at += done;
		offset += (uint64_t)done;
		len_bytes -= (size_t)done;
	}
	return 0;
}

static int grow(struct engine_file *file, uint64_t size_bytes)
{
	off_t from = (off_t)file->size_bytes;
	int err;

	err = COUNTED(file, fallocate, fallocate(file->fd, 0, from, (off_t)size_bytes - from));
	if (err == -EOPNOTSUPP || err == -ENOSYS)
		err = COUNTED(file, ftruncate, ftruncate(file->fd, (off_t)size_bytes));
	/* Blocks may have been reserved, and the end moved, before the device was full. */
	if (err)
		(void)COUNTED(file, ftruncate, ftruncate(file->fd, from));
	return err;
}

int engine_file_resize(struct engine_file *file, uint64_t size_bytes)
{
	int err = 0;

	if (!file->writable)
		return -EBADF;
	if (size_bytes > INT64_MAX)
		return -EFBIG;
	if (size_bytes > file->size_bytes)
		err = grow(file, size_bytes);
	else if (size_bytes < file->size_bytes)
		err = COUNTED(file, ftruncate, ftruncate(file->fd, (off_t)size_bytes));
	if (!err)
		file->size_bytes = size_bytes;
	return err;
}

int engine_file_sync(struct engine_file *file)
{
	if (file->sync_err)
		return file->sync_err;
	/* fdatasync() includes the file's size; it leaves out only the time stamps. */
	return engine_file_sync_failed(file, COUNTED(file, fdatasync, fdatasync(file->fd)));
}

int engine_file_sync_failed(struct engine_file *file, int err)
{
	if (!file->sync_err)
		file->sync_err = err;
	return err;
}

int engine_file_advise(struct engine_file *file, enum engine_pattern pattern)
{
	static const int advice[] = {
		[ENGINE_PATTERN_NORMAL] = POSIX_FADV_NORMAL,
		[ENGINE_PATTERN_SEQUENTIAL] = POSIX_FADV_SEQUENTIAL,
		[ENGINE_PATTERN_RANDOM] = POSIX_FADV_RANDOM,
	};

	engine_count(file, ENGINE_SYSCALL_fadvise64);
	return -posix_fadvise(file->fd, 0, 0, advice[pattern]);
}

int engine_file_drop(struct engine_file *file)
{
	/* POSIX_FADV_DONTNEED ignores dirty pages, so they are written first. */
	int err = engine_file_sync(file);

	if (err)
		return err;
	engine_count(file, ENGINE_SYSCALL_fadvise64);
	return -posix_fadvise(file->fd, 0, 0, POSIX_FADV_DONTNEED);
}
