/* A file of reference `lmdb` before it is opened: see lmdb_store.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lmdb_store.h"

/* Another process that has the store open holds a lock on the lock file. */
int lmdb_check_lock(const char *path, struct why *why)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char lock_path[4096];

	snprintf(lock_path, sizeof(lock_path), "%s-lock", path);
	int fd = open(lock_path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return 0;
	int err = fcntl(fd, F_GETLK, &lock) ? 0 : lock.l_type == F_UNLCK ? 0 : -EBUSY;
	close(fd);
	return err ? why_set(why, err, "lmdb: in use by process %d", (int)lock.l_pid) : 0;
}

/* Before LMDB maps the file: checks its length and the magic numbers of both meta pages. */
int lmdb_check_head(const char *path, struct why *why)
{
	unsigned char head[32];
	uint64_t size_bytes = 0;
	int err = file_size(path, &size_bytes);
	int fd = err ? -1 : open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return why_set(why, err ? err : -errno, "lmdb: cannot open '%s': %s", path,
			       strerror(err ? -err : errno));
	bool whole = read(fd, head, sizeof(head)) == (ssize_t)sizeof(head);
	close(fd);
	uint32_t magic = 0;
	memcpy(&magic, head + 16, sizeof(magic)); /* after the header of the page */
	if (!whole || magic != 0xBEEFC0DE)
		return why_set(why, -EBADMSG, "lmdb: not a file of LMDB's");
	return 0;
}
