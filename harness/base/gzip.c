/*
 * Compressed records: see gzip.h.
 *
 * How it works: a stdio stream over zlib's gzFile, so that readers of lines need no second code
 * path. The header has no time and no name, so the same samples give the same bytes.
 *
 * Source: zlib.h; fopencookie(3)
 */
#include "gzip.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

static ssize_t read_part(void *cookie, char *buffer, size_t size)
{
	gzFile file = cookie;
	int got = gzread(file, buffer, (unsigned)(size > 1u << 20 ? 1u << 20 : size));
	int state = Z_OK;
	if (got == 0) /* a truncated file reads like a whole one; only gzerror() tells */
		gzerror(file, &state);
	if (got >= 0 && state != Z_BUF_ERROR)
		return got;
	errno = EIO;
	return -1;
}

static int close_part(void *cookie)
{
	return gzclose(cookie) == Z_OK ? 0 : -1;
}

int gzip_open(const char *path, FILE **out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	gzFile file = gzdopen(fd, "r");
	if (file == NULL) {
		close(fd);
		return -ENOMEM;
	}
	*out = fopencookie(file, "r",
			   (cookie_io_functions_t){.read = read_part, .close = close_part});
	if (*out != NULL)
		return 0;
	gzclose(file);
	return -ENOMEM;
}

static int copy(FILE *from, gzFile to)
{
	char buffer[1 << 16];
	size_t got;
	while ((got = fread(buffer, 1, sizeof buffer, from)) > 0) {
		if (gzwrite(to, buffer, (unsigned)got) != (int)got)
			return errno != 0 ? -errno : -EIO;
	}
	return ferror(from) ? -EIO : 0;
}

int gzip_write(FILE *from, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return -errno;
	int kept = dup(fd); /* for fsync() after zlib has closed its file descriptor */
	gzFile file = kept < 0 ? NULL : gzdopen(fd, "w9");
	if (file == NULL) {
		close(fd);
		if (kept >= 0)
			close(kept);
		return -ENOMEM;
	}
	int err = copy(from, file);
	if (gzclose(file) != Z_OK && err == 0)
		err = -EIO;
	if (err == 0 && fsync(kept) != 0 && errno != EINVAL && errno != ENOSYS)
		err = -errno;
	close(kept);
	return err;
}
