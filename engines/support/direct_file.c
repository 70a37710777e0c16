/*
 * Direct I/O on a second descriptor of a file that is also open for buffered I/O.
 *
 * The two descriptors are coherent: before a direct read Linux writes back the dirty cached pages
 * of its range; before a direct write it writes them back and drops them. open(2) warns that mixing
 * the two is slow, and that some file systems are not coherent; tests/test_engine_model.c tests it
 * on the file system of the tests.
 *
 * Blocks have 4096 bytes even if the device accepts 512, because the pages of devices are no
 * smaller: on a virtio disk random reads of 512 bytes reached 72 to 83 k/s, reads of 4096 bytes 87
 * to 91 k/s (fio, io_uring, depth 64).
 *
 * Source: open(2) on O_DIRECT, statx(2) on STATX_DIOALIGN (Linux 6.1).
 */
#include "direct_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define BLOCK_BYTES     ((size_t)4096)
#define HUGE_PAGE_BYTES ((size_t)2 << 20)
#define TMPFS_MAGIC_NO  0x01021994 /* statfs(2); <linux/magic.h> is not in every libc's package */
#define RAMFS_MAGIC_NO  0x858458f6

/* Fills in the alignment; -EOPNOTSUPP with the reason. */
static int look_at(int fd, struct direct_file *direct, struct why *why)
{
	struct statfs system;
	struct statx status;

	direct->block_bytes = BLOCK_BYTES;
	/* Linux 6.6 and later accept O_DIRECT there, but ignore it. */
	if (fstatfs(fd, &system) == 0 && ((unsigned long)system.f_type == TMPFS_MAGIC_NO ||
					  (unsigned long)system.f_type == RAMFS_MAGIC_NO))
		return why_set(why, -EOPNOTSUPP,
			       "no direct I/O: its file system (tmpfs) is the page cache itself");
	if (statx(fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &status) < 0 ||
	    !(status.stx_mask & STATX_DIOALIGN))
		return 0; /* the kernel or the file system does not report it */
	if (status.stx_dio_offset_align == 0)
		return why_set(why, -EOPNOTSUPP,
			       "no direct I/O on this file, its file system says");
	if (status.stx_dio_offset_align > direct->block_bytes)
		direct->block_bytes = status.stx_dio_offset_align;
	if (status.stx_dio_mem_align > direct->block_bytes)
		direct->block_bytes = status.stx_dio_mem_align;
	return 0;
}

int direct_file_open(struct direct_file *direct, struct engine_file *file, const char *path)
{
	int how = (file->writable ? O_RDWR : O_RDONLY) | O_DIRECT | O_CLOEXEC | O_NOCTTY;
	int err;

	*direct = (struct direct_file){.file = file};
	engine_count(file, ENGINE_SYSCALL_openat);
	direct->fd = open(path, how | O_NOATIME); /* see engine_file_open() */
	if (direct->fd < 0 && errno == EPERM) {
		engine_count(file, ENGINE_SYSCALL_openat);
		direct->fd = open(path, how);
	}
	if (direct->fd < 0)
		return errno == EINVAL ? -EOPNOTSUPP : -errno;
	err = look_at(direct->fd, direct, NULL);
	if (err)
		(void)direct_file_close(direct);
	return err;
}

int direct_file_close(struct direct_file *direct)
{
	engine_count(direct->file, ENGINE_SYSCALL_close);
	return close(direct->fd) < 0 && errno != EINTR ? -errno : 0;
}

int direct_file_probe(const char *folder, struct why *why)
{
	struct direct_file direct;
	char path[4096];
	int fd, err;

	if (snprintf(path, sizeof(path), "%s/.iowalk-probe-XXXXXX", folder) >= (int)sizeof(path))
		return why_set(why, -EOPNOTSUPP, "no direct I/O: the folder's name is too long");
	fd = mkostemp(path, O_DIRECT | O_CLOEXEC);
	if (fd < 0) {
		err = errno;
		/* Some file systems create the file and then refuse to open it with O_DIRECT. */
		if (err == EINVAL)
			(void)unlink(path);
		return why_set(why, -EOPNOTSUPP, "no direct I/O in '%.80s': %s", folder,
			       err == EINVAL ? "its file system refuses O_DIRECT" : strerror(err));
	}
	err = look_at(fd, &direct, why);
	close(fd);
	unlink(path);
	return err;
}

void *direct_file_alloc(const struct direct_file *direct, size_t len_bytes)
{
	bool huge = len_bytes >= HUGE_PAGE_BYTES && direct->block_bytes <= HUGE_PAGE_BYTES;
	size_t align = huge ? HUGE_PAGE_BYTES : direct->block_bytes;
	size_t bytes = (len_bytes + align - 1) / align * align;
	void *memory = aligned_alloc(align, bytes);

	if (memory && huge) {
		engine_count(direct->file, ENGINE_SYSCALL_madvise);
		(void)madvise(memory, bytes, MADV_HUGEPAGE); /* best effort */
	}
	return memory;
}

/* Advances the parts by `done` bytes; returns the number of parts that are left. */
static int skip_parts(struct iovec **parts, int count, size_t done)
{
	while (count > 0 && done >= (*parts)->iov_len) {
		done -= (*parts)->iov_len;
		(*parts)++;
		count--;
	}
	if (count > 0) {
		(*parts)->iov_base = (unsigned char *)(*parts)->iov_base + done;
		(*parts)->iov_len -= done;
	}
	return count;
}

int direct_file_readv(struct direct_file *direct, uint64_t offset, struct iovec *parts, int count)
{
	while (count > 0 && offset < direct->file->size_bytes) {
		ssize_t done;

		engine_count(direct->file,
			     count > 1 ? ENGINE_SYSCALL_preadv : ENGINE_SYSCALL_pread64);
		done = count > 1
			       ? preadv(direct->fd, parts, count, (off_t)offset)
			       : pread(direct->fd, parts->iov_base, parts->iov_len, (off_t)offset);
		if (done < 0 && errno == EINTR)
			continue;
		direct->file->truncated |= done == 0;
		if (done <= 0)
			return done < 0 ? -errno : -EIO;
		offset += (uint64_t)done;
		count = skip_parts(&parts, count, (size_t)done);
		/* A partial block is the end of the file; elsewhere an aligned read could not
		 * continue there. */
		if (count > 0 && offset < direct->file->size_bytes &&
		    offset % direct->block_bytes) {
			direct->file->truncated = true;
			return -EIO;
		}
	}
	for (int i = 0; i < count; i++)
		memset(parts[i].iov_base, 0, parts[i].iov_len);
	return 0;
}

int direct_file_read(struct direct_file *direct, uint64_t offset, void *buffer, size_t len_bytes,
		     void *bounce, size_t bounce_bytes)
{
	unsigned char *to = buffer;

	while (len_bytes > 0) {
		size_t lead = (size_t)(offset % direct->block_bytes);
		size_t part = len_bytes < bounce_bytes - lead ? len_bytes : bounce_bytes - lead;
		size_t whole = lead + part + direct->block_bytes - 1;
		struct iovec into = {bounce, whole - whole % direct->block_bytes};
		int err = direct_file_readv(direct, offset - lead, &into, 1);

		if (err)
			return err;
		memcpy(to, (unsigned char *)bounce + lead, part);
		to += part;
		offset += part;
		len_bytes -= part;
	}
	return 0;
}

int direct_file_write(struct direct_file *direct, uint64_t offset, const void *buffer,
		      size_t len_bytes)
{
	struct engine_file *file = direct->file;
	int cached_fd = file->fd, err;
	size_t tail_bytes = 0;

	if (offset >= file->size_bytes)
		return 0;
	if (len_bytes >= file->size_bytes - offset) {
		len_bytes = (size_t)(file->size_bytes - offset);
		tail_bytes = len_bytes % direct->block_bytes;
	}
	file->fd = direct->fd;
	err = engine_file_write(file, offset, buffer, len_bytes - tail_bytes);
	file->fd = cached_fd;
	if (err || tail_bytes == 0)
		return err;
	offset += len_bytes - tail_bytes;
	return engine_file_write(
		file, offset, (const unsigned char *)buffer + (len_bytes - tail_bytes), tail_bytes);
}
