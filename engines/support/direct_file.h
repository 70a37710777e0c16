/* Reads and writes that bypass the page cache (O_DIRECT), for a file that is also open for
 * buffered I/O. */
#ifndef IOWALK_ENGINE_DIRECT_FILE_H
#define IOWALK_ENGINE_DIRECT_FILE_H

#include <sys/uio.h>

#include "../engine.h"

struct direct_file {
	struct engine_file *file; /* borrowed: the same file through the page cache; counts calls */
	int fd;                   /* O_DIRECT */
	size_t block_bytes; /* offsets, lengths and addresses are multiples of this power of two */
};

/*
 * Opens `path`, which is open as `file`, a second time. -EOPNOTSUPP: the file system has no direct
 * I/O, or its files exist only in the page cache.
 */
int direct_file_open(struct direct_file *direct, struct engine_file *file, const char *path);
int direct_file_close(struct direct_file *direct);

/* Does the file system of `folder` support it? 0, or -EOPNOTSUPP with the reason. Leaves no
 * files. */
int direct_file_probe(const char *folder, struct why *why);

/* Memory aligned for direct I/O; the caller frees it. NULL if out of memory. */
void *direct_file_alloc(const struct direct_file *direct, size_t len_bytes);

/*
 * Reads into aligned memory from an aligned offset on. The last part may extend beyond the end of
 * the file; it is filled with zeros there. -EIO if the file is shorter than file->size_bytes. The
 * array is modified.
 */
int direct_file_readv(struct direct_file *direct, uint64_t offset, struct iovec *parts, int count);

/* Reads any range within the size through `bounce`, aligned memory of whole blocks. */
int direct_file_read(struct direct_file *direct, uint64_t offset, void *buffer, size_t len_bytes,
		     void *bounce, size_t bounce_bytes);

/*
 * Writes aligned memory at an aligned offset, up to the end of the file. A partial last block is
 * written through the page cache, because a direct write of the whole block would extend the file.
 */
int direct_file_write(struct direct_file *direct, uint64_t offset, const void *buffer,
		      size_t len_bytes);

#endif
