/* Shared by all engines on a file descriptor. Part of engine.h, so engines need not include it. */
#ifndef IOWALK_ENGINE_FILE_H
#define IOWALK_ENGINE_FILE_H

/* Is [offset, offset + len_bytes) within size_bytes? Correct for any values. */
static inline bool engine_range_ok(uint64_t offset, uint64_t len_bytes, uint64_t size_bytes)
{
	return len_bytes <= size_bytes && offset <= size_bytes - len_bytes;
}

/* An open file, and the counts of its system calls. */
struct engine_file {
	int fd;
	bool writable;
	uint64_t size_bytes;
	bool truncated; /* a read met the end of the file before size_bytes */
	int sync_err;   /* of the first sync that failed: no later one may succeed */
	struct engine_stats stats;
	struct engine_stats *last; /* receives the counts at close; may be NULL */
};

/* Counts one call. Failed calls count too, as in strace. */
static inline void engine_count(struct engine_file *file, enum engine_syscall name)
{
	file->stats.syscalls[name]++;
}

/* Opens a regular file with the flags of enum engine_open_flags, close-on-exec. -EINVAL: not a
 * regular file. */
int engine_file_open(struct engine_file *file, const char *path, unsigned flags);
int engine_file_close(struct engine_file *file);

/* A handle on a file that another instance has open: begins to count anew. It is left before that one is
 * closed. */
void engine_file_attach(struct engine_file *file, const struct engine_file *of);
void engine_file_leave(struct engine_file *file);

/* fstat() of the file: always the system call newfstatat. 0 or negative errno. */
struct stat;
int engine_file_stat(struct engine_file *file, struct stat *status);

/*
 * health() of the contract: -EIO with the reason after a read that met the end of the file early.
 * Other errors were reported by the hook that met them.
 */
int engine_file_health(struct engine_file *file, struct why *why);

/* Transfers all bytes or fails; repeats after EINTR and short transfers. -EIO if the file ends
 * early. */
int engine_file_read(struct engine_file *file, uint64_t offset, void *buffer, size_t len_bytes);
int engine_file_write(struct engine_file *file, uint64_t offset, const void *buffer,
		      size_t len_bytes);

/* resize() of the contract: by fallocate() if the file system supports it, else by ftruncate(). */
int engine_file_resize(struct engine_file *file, uint64_t size_bytes);

/*
 * sync() of the contract. Once it has failed it fails with the same error until the file is opened again: pages that the
 * kernel could not write count as clean afterwards, so that a second fdatasync() would report success. A sync that
 * has failed in another way, such as msync(), is noted by engine_file_sync_failed(), which returns `err`.
 */
int engine_file_sync(struct engine_file *file);
int engine_file_sync_failed(struct engine_file *file, int err);

/* advise() of the contract, by posix_fadvise(). */
int engine_file_advise(struct engine_file *file, enum engine_pattern pattern);

/* Writes the file's dirty pages to the device and drops its pages from the page cache. */
int engine_file_drop(struct engine_file *file);

#endif
