/* Reads and writes that go round the page cache (O_DIRECT), beside a file opened as usual. */
#ifndef IOWALK_ENGINE_DIRECT_FILE_H
#define IOWALK_ENGINE_DIRECT_FILE_H

#include <sys/uio.h>

#include "../engine.h"

struct direct_file {
	struct engine_file *file; /* borrowed: the same file through the page cache; counts calls */
	int fd;                   /* O_DIRECT */
	size_t block_bytes;       /* offsets and lengths are multiples of it; a power of two, */
	size_t memory_align;      /* and addresses of this */
};

/*
 * Opens `path`, which is open as `file`, a second time. -EOPNOTSUPP: the file system has no direct
 * I/O, or a file in it is nothing but page cache.
 */
int direct_file_open(struct direct_file *direct, struct engine_file *file, const char *path);
int direct_file_close(struct direct_file *direct);

/* Could files in `folder` be opened? 0, or -EOPNOTSUPP with the reason. Leaves nothing behind. */
int direct_file_probe(const char *folder, struct why *why);

/* Memory for direct I/O, to be given to free(); NULL: none. */
void *direct_file_alloc(const struct direct_file *direct, size_t len_bytes);

/*
 * Fills aligned memory from an aligned offset on; the last part may reach beyond the end of the
 * file, and what would lie there is zeros. -EIO where the file is shorter than file->size_bytes.
 * The array is used up.
 */
int direct_file_readv(struct direct_file *direct, uint64_t offset, struct iovec *parts, int count);

/* Any bytes within size, through `bounce`: memory for direct I/O of whole blocks. */
int direct_file_read(struct direct_file *direct, uint64_t offset, void *buffer, size_t len_bytes,
		     void *bounce, size_t bounce_bytes);

/*
 * Writes aligned memory at an aligned offset, up to the end of the file: what is left of the last
 * block goes through the page cache, for a direct write of all of it would make the file longer.
 */
int direct_file_write(struct direct_file *direct, uint64_t offset, const void *buffer,
		      size_t len_bytes);

#endif
