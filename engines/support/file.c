/*
 * A file behind a descriptor: transfers that are whole or fail, and a count of every system call.
 *
 * The kernel may transfer less than was asked (a signal, 0x7ffff000 bytes at most a call), so a
 * transfer goes on until all is done. Growth goes through fallocate() with mode 0, which reserves
 * blocks and moves the end of the file in one call; a file system without it gets ftruncate().
 *
 * Source: open(2), pread(2), fallocate(2), ftruncate(2), fdatasync(2), posix_fadvise(2).
 */
#include "../engine.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

/* The value of a call that sets errno, made once for each time a signal broke in on it. */
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
	/* O_NONBLOCK: else a named pipe would keep us waiting; it means nothing to a regular file.
	 */
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
	err = COUNTED(file, newfstatat, fstat(file->fd, &status));
	if (!err && !S_ISREG(status.st_mode))
		err = -EINVAL;
	if (err) {
		engine_file_close(file);
		return err;
	}
	file->size_bytes = (uint64_t)status.st_size;
	return 0;
}

int engine_file_close(struct engine_file *file)
{
	/* Never repeated: on Linux the descriptor is gone even after EINTR. */
	engine_count(file, ENGINE_SYSCALL_close);
	if (file->last)
		*file->last = file->stats;
	return close(file->fd) < 0 && errno != EINTR ? -errno : 0;
}

int engine_file_health(const struct engine_file *file, struct why *why)
{
	struct stat status;

	if (!file->cut_short)
		return 0;
	if (fstat(file->fd, &status) == 0 && (uint64_t)status.st_size < file->size_bytes)
		return why_set(why, -EIO,
			       "the file was cut short by another process, from %" PRIu64
			       " to %" PRIu64 " bytes",
			       file->size_bytes, (uint64_t)status.st_size);
	return why_set(why, -EIO, "the file was cut short by another process for a while");
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
		file->cut_short |= done == 0;
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
	/* Part of the room may have been taken, and the end moved, before there was no more. */
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
	/* fdatasync() carries the file's size with it; what it leaves out is the time stamps. */
	return COUNTED(file, fdatasync, fdatasync(file->fd));
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
	/* POSIX_FADV_DONTNEED passes over dirty pages: they must be clean first. */
	int err = engine_file_sync(file);

	if (err)
		return err;
	engine_count(file, ENGINE_SYSCALL_fadvise64);
	return -posix_fadvise(file->fd, 0, 0, POSIX_FADV_DONTNEED);
}
