/* What every engine on a file descriptor does alike. Part of engine.h: engines need not include it. */
#ifndef IOWALK_ENGINE_FILE_H
#define IOWALK_ENGINE_FILE_H

/* True where [offset, offset + len_bytes) lies within size_bytes, for any values. */
static inline bool engine_range_ok(uint64_t offset, uint64_t len_bytes, uint64_t size_bytes)
{
	return len_bytes <= size_bytes && offset <= size_bytes - len_bytes;
}

/* An open file: what the calls below need, and where they count their system calls. */
struct engine_file {
	int fd;
	bool writable;
	uint64_t size_bytes;
	bool cut_short; /* a read met the end of the file before size_bytes */
	struct engine_stats stats;
	struct engine_stats *last; /* where the counts go at close; NULL: nowhere */
};

/* Counts one call, whether it succeeds or not: strace shows both. */
static inline void engine_count(struct engine_file *file, enum engine_syscall name)
{
	file->stats.syscalls[name]++;
}

/* Opens a regular file with the flags of enum engine_open_flags, close-on-exec. -EINVAL: not a regular file. */
int engine_file_open(struct engine_file *file, const char *path, unsigned flags);
int engine_file_close(struct engine_file *file);

/*
 * health() of the contract: after a read that met the end of the file early, says so. A hook that
 * returned -EIO for another reason has nothing to add.
 */
int engine_file_health(const struct engine_file *file, struct why *why);

/* All bytes or an error: repeats after EINTR and short transfers; -EIO where the file ends early. */
int engine_file_read(struct engine_file *file, uint64_t offset, void *buffer, size_t len_bytes);
int engine_file_write(struct engine_file *file, uint64_t offset, const void *buffer,
		      size_t len_bytes);

/* resize() of the contract: fallocate where the file system has it, else ftruncate alone. */
int engine_file_resize(struct engine_file *file, uint64_t size_bytes);
int engine_file_sync(struct engine_file *file);

/* advise() of the contract, by posix_fadvise(). */
int engine_file_advise(struct engine_file *file, enum engine_pattern pattern);

/* Writes the file's dirty pages to the device and drops its pages from the page cache. */
int engine_file_drop(struct engine_file *file);

#endif
