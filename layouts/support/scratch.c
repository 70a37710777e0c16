/* Temporary files: see scratch.h. O_TMPFILE (open(2)), or a file that is unlinked at once where the
 * file system has no such files. */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int scratch_open(const char *folder)
{
	char *path;
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0)
		return fd;
	if (errno != EOPNOTSUPP && errno != EISDIR)
		return -errno;
	if (asprintf(&path, "%s/scratch.XXXXXX", folder) < 0)
		return -ENOMEM;
	fd = mkostemp(path, O_CLOEXEC);
	int err = fd < 0 ? -errno : 0;
	if (!err && unlink(path)) {
		err = -errno;
		close(fd);
	}
	free(path);
	return err ? err : fd;
}

void *scratch_map(const char *folder, size_t len_bytes, int *err)
{
	int fd = scratch_open(folder);

	if (!len_bytes)
		len_bytes = 1;
	*err = fd < 0 ? fd : -posix_fallocate(fd, 0, (off_t)len_bytes);
	void *bytes =
		*err ? NULL : mmap(NULL, len_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED) {
		*err = -errno;
		bytes = NULL;
	}
	if (fd >= 0)
		close(fd);
	return bytes;
}

void scratch_unmap(void *bytes, size_t len_bytes)
{
	if (bytes)
		munmap(bytes, len_bytes ? len_bytes : 1);
}
