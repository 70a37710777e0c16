/* A build loaded into memory to be executed: see process.h. */
#include "process.h"

#include "library_path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* linux/memfd.h since 6.3 */
#endif

void worker_binary_release(struct worker_binary *binary)
{
	if (binary->fd >= 0)
		close(binary->fd);
	binary->fd = -1;
}

/* Returns a copy of `file` in memory, and closes `file`; or `file` itself if that is not
 * allowed. */
static int copy_to_memory(int file)
{
	int memory = memfd_create("iowalk", MFD_CLOEXEC | MFD_EXEC);
	char *bytes = malloc(1 << 20);
	ssize_t got = 0;

	if (memory < 0 && errno == EINVAL)
		memory = memfd_create("iowalk", MFD_CLOEXEC);
	while (memory >= 0 && bytes && (got = read(file, bytes, 1 << 20)) > 0) {
		if (write(memory, bytes, (size_t)got) != got) {
			got = -1;
			break;
		}
	}
	if (memory >= 0 && bytes && got == 0 && fchmod(memory, 0700) == 0) {
		/* Reopened, because a file open for writing cannot be executed (ETXTBSY). */
		char path[64];
		snprintf(path, sizeof(path), "/proc/self/fd/%d", memory);
		int readable = open(path, O_RDONLY | O_CLOEXEC);
		if (readable >= 0) {
			close(file);
			file = readable;
		}
	}
	if (memory >= 0)
		close(memory);
	free(bytes);
	return file;
}

int worker_binary_load(struct worker_binary *binary, struct why *why)
{
	struct stat status;
	int file = open(binary->path, O_RDONLY | O_CLOEXEC);
	int err = file < 0 ? -errno : 0;

	if (!err && (fstat(file, &status) || !S_ISREG(status.st_mode)))
		err = -EINVAL;
	if (!err && access(binary->path, X_OK))
		err = -errno;
	if (err) {
		if (file >= 0)
			close(file);
		return why_set(why, err, "%s: cannot execute '%s': %s", binary->label, binary->path,
			       err == -EINVAL ? "not a file" : strerror(-err));
	}
	worker_binary_release(binary);
	library_path_read(file, binary->path, binary->library_path, sizeof(binary->library_path));
	binary->fd = copy_to_memory(file);
	return 0;
}
