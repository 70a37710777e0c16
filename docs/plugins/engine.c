/*
 * An engine as a plug-in, to copy: one pread() or pwrite() per access, as the built-in pread does it with the options
 * batch=each and announce=0. It makes the same system calls.
 *
 *     cc -O2 -shared -fPIC -I include docs/plugins/engine.c -o my_engine.so
 *     iowalk list engines --plugin ./my_engine.so
 *
 * The contract of each hook is in include/iowalk/engine.h; hooks that are left out are NULL.
 */
#define _GNU_SOURCE
#include <iowalk/engine.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The calls that it counts, by the kernel's names. */
enum { OPEN, STAT, READ, WRITE, TRUNCATE, ALLOCATE, SYNC, ADVISE, CONTROL, CLOSE, CALLS };
static const char *const call_names[CALLS] = {"openat",    "newfstatat", "pread64",   "pwrite64",
					      "ftruncate", "fallocate",  "fdatasync", "fadvise64",
					      "fcntl",     "close"};

/* What a handle points to. */
struct file {
	int fd;
	uint64_t size_bytes;
	int sync_err; /* of the first sync that failed, or 0 */
	uint64_t calls[CALLS];
};

/* ---- options: `--opt my_engine.advise=0` ---- */

enum { OPTION_ADVISE };
static const struct iowalk_option option_advise = {
	.name = "advise",
	.help = "advise the kernel of the access pattern (posix_fadvise)",
	.type = IOWALK_OPTION_BOOL,
	.default_value = 1,
};
static const struct iowalk_option *const options[] = {&option_advise, NULL};

/* ---- opening and closing ---- */

static int my_open(const char *path, uint32_t flags, const uint64_t *values,
		   struct iowalk_instance *out)
{
	/* O_NONBLOCK: opening a named pipe would wait otherwise. */
	int how = O_CLOEXEC | O_NONBLOCK | (flags == IOWALK_OPEN_READ ? O_RDONLY : O_RDWR) |
		  (flags & IOWALK_OPEN_CREATE ? O_CREAT | O_TRUNC : 0);
	struct file *file = calloc(1, sizeof(*file));
	struct stat status;
	int err = 0;

	(void)values; /* values[OPTION_ADVISE] is 0 or 1 */
	if (!file)
		return -ENOMEM;
	file->fd = open(path, how, 0666);
	file->calls[OPEN]++;
	if (file->fd < 0) {
		err = -errno;
	} else {
		/* Not fstat(), which is another system call in one version of the C library than in the next. */
		file->calls[STAT]++;
		if (syscall(SYS_newfstatat, file->fd, "", &status, AT_EMPTY_PATH))
			err = -errno;
		else if (!S_ISREG(status.st_mode)) /* a folder, for instance */
			err = -EINVAL;
		/* A read need not note the time of access. Only the owner of the file may ask for that. */
		file->calls[CONTROL]++;
		(void)fcntl(file->fd, F_SETFL, O_NOATIME);
	}
	if (err) {
		if (file->fd >= 0)
			close(file->fd);
		free(file);
		return err;
	}
	file->size_bytes = (uint64_t)status.st_size;
	out->handle = file;
	return 0;
}

static void my_stats(void *handle, iowalk_count *count, void *context)
{
	const struct file *file = handle;

	for (int i = 0; i < CALLS; i++)
		count(context, IOWALK_COUNT_SYSCALL, call_names[i], file->calls[i]);
}

static int my_close(void *handle, iowalk_count *count, void *context)
{
	struct file *file = handle;
	int err = close(file->fd) ? -errno : 0;

	file->calls[CLOSE]++;
	if (count)
		my_stats(file, count, context);
	free(file);
	return err;
}

static uint64_t my_size(void *handle)
{
	return ((struct file *)handle)->size_bytes;
}

/* ---- reading ---- */

static int is_outside(const struct file *file, uint64_t offset, uint64_t len_bytes)
{
	return len_bytes > file->size_bytes || offset > file->size_bytes - len_bytes;
}

static int my_read(void *handle, uint64_t offset, void *buffer, size_t len_bytes)
{
	struct file *file = handle;
	size_t done = 0;

	if (is_outside(file, offset, len_bytes))
		return -ERANGE;
	while (done < len_bytes) {
		ssize_t got = pread(file->fd, (char *)buffer + done, len_bytes - done,
				    (off_t)(offset + done));

		file->calls[READ]++;
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got ? -errno : -EIO; /* 0: somebody truncated the file */
		done += (size_t)got;
	}
	return 0;
}

static int my_advise(void *handle, uint32_t pattern)
{
	static const int advices[] = {[IOWALK_PATTERN_NORMAL] = POSIX_FADV_NORMAL,
				      [IOWALK_PATTERN_SEQUENTIAL] = POSIX_FADV_SEQUENTIAL,
				      [IOWALK_PATTERN_RANDOM] = POSIX_FADV_RANDOM};
	struct file *file = handle;

	if (pattern > IOWALK_PATTERN_RANDOM)
		return -EINVAL;
	file->calls[ADVISE]++;
	return -posix_fadvise(file->fd, 0, 0, advices[pattern]);
}

/* After an error the kernel counts what it could not write as clean, and would report success the next time. */
static int my_sync(void *handle)
{
	struct file *file = handle;

	if (file->sync_err)
		return file->sync_err;
	file->calls[SYNC]++;
	file->sync_err = fdatasync(file->fd) ? -errno : 0;
	return file->sync_err;
}

/* Without this hook a cell cannot be cold. */
static int my_drop_cache(void *handle)
{
	struct file *file = handle;
	int err = my_sync(handle);

	if (err)
		return err;
	file->calls[ADVISE]++;
	return -posix_fadvise(file->fd, 0, 0, POSIX_FADV_DONTNEED);
}

/* ---- writing: these two and my_sync() may be left out together ---- */

static int my_write(void *handle, uint64_t offset, const void *buffer, size_t len_bytes)
{
	struct file *file = handle;
	size_t done = 0;

	if (is_outside(file, offset, len_bytes))
		return -ERANGE;
	while (done < len_bytes) {
		ssize_t put = pwrite(file->fd, (const char *)buffer + done, len_bytes - done,
				     (off_t)(offset + done));

		file->calls[WRITE]++;
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return put ? -errno : -EIO;
		done += (size_t)put;
	}
	return 0;
}

static int my_resize(void *handle, uint64_t size_bytes)
{
	struct file *file = handle;
	int err = 0;

	if (size_bytes > INT64_MAX)
		return -EFBIG;
	if (size_bytes > file->size_bytes) { /* reserves the blocks where the file system can */
		file->calls[ALLOCATE]++;
		err = fallocate(file->fd, 0, (off_t)file->size_bytes,
				(off_t)(size_bytes - file->size_bytes))
			      ? -errno
			      : 0;
	}
	if (size_bytes < file->size_bytes || err == -EOPNOTSUPP) {
		file->calls[TRUNCATE]++;
		err = ftruncate(file->fd, (off_t)size_bytes) ? -errno : 0;
	}
	if (!err)
		file->size_bytes = size_bytes;
	return err;
}

/* ---- the tables ---- */

static const struct iowalk_engine my_engine = {
	.struct_size = sizeof(struct iowalk_engine),
	.name = "my_engine",
	.summary = "one pread or pwrite per access, as a plug-in",
	.options = options,
	.open = my_open,
	.close = my_close,
	.size = my_size,
	.read = my_read,
	.write = my_write,
	.resize = my_resize,
	.sync = my_sync,
	.advise = my_advise,
	.drop_cache = my_drop_cache,
	.stats = my_stats,
};

static const struct iowalk_engine *const engines[] = {&my_engine, NULL};

IOWALK_EXPORT const struct iowalk_plugin iowalk_plugin = {
	IOWALK_PLUGIN_HEAD,
	.name = "my_plugin",
	.version = "1.0",
	.engines = engines,
};
