/*
 * How much of a file is in the page cache, and how to change it: see cache_state.h.
 *
 * How it works: cachestat(2) (Linux 6.5) asks the page cache in one call and without a mapping.
 * Older kernels have mincore(2) on a mapping whose pages are not accessed. Since Linux 5.2 it
 * reports every page as resident if the caller neither owns the file nor may write it; such a
 * caller gets -EPERM here instead of a wrong result. Dropping needs no privilege: posix_fadvise(2)
 * DONTNEED removes clean, unmapped pages, and fdatasync(2) before it makes dirty pages clean.
 */
#include "cache_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Older C libraries have neither the number of the call nor its structs. */
#ifndef SYS_cachestat
#define SYS_cachestat 451 /* the same on all architectures */
#endif

#define FILL_BYTES                                                                                 \
	(UINT64_C(1) << 20) /* one read of cache_fill(): large enough for full read-ahead */
#define WINDOW_BYTES                                                                               \
	(UINT64_C(1) << 30) /* mapped at a time for mincore(), whose result takes 256 KiB */

struct page_range {
	uint64_t offset;
	uint64_t len_bytes;
};

struct page_counts {
	uint64_t cached;
	uint64_t dirty;
	uint64_t writeback;
	uint64_t evicted;
	uint64_t recently_evicted;
};

static int ask_cachestat(int fd, uint64_t size_bytes, struct residency *out)
{
	struct page_range range = {.offset = 0, .len_bytes = size_bytes};
	struct page_counts counts = {0};
	if (syscall(SYS_cachestat, fd, &range, &counts, 0u) != 0)
		return -errno;
	out->resident_count = counts.cached < out->pages_count ? counts.cached : out->pages_count;
	out->source = "cachestat";
	return 0;
}

static int ask_mincore(int fd, const struct stat *status, uint64_t page_bytes,
		       struct residency *out)
{
	uint64_t size_bytes = (uint64_t)status->st_size;
	if (status->st_uid != geteuid()) {
		/* Checks by the descriptor, because the name may mean another file by now. */
		if (faccessat(fd, "", W_OK, AT_EMPTY_PATH | AT_EACCESS) != 0)
			return -EPERM;
	}
	unsigned char *pages = malloc(WINDOW_BYTES / page_bytes);
	if (pages == NULL)
		return -ENOMEM;
	int err = 0;
	out->resident_count = 0;
	for (uint64_t offset = 0; offset < size_bytes && err == 0; offset += WINDOW_BYTES) {
		uint64_t left = size_bytes - offset;
		size_t len_bytes = left < WINDOW_BYTES ? left : WINDOW_BYTES;
		void *window = mmap(NULL, len_bytes, PROT_READ, MAP_SHARED, fd, (off_t)offset);
		if (window == MAP_FAILED) {
			err = -errno;
			break;
		}
		if (mincore(window, len_bytes, pages) != 0)
			err = errno == ENOSYS ? -EOPNOTSUPP : -errno;
		size_t pages_count = (len_bytes + page_bytes - 1) / page_bytes;
		for (size_t i = 0; err == 0 && i < pages_count; i++)
			out->resident_count += pages[i] & 1u;
		munmap(window, len_bytes);
	}
	free(pages);
	out->source = "mincore";
	return err;
}

int cache_residency(const char *path, struct residency *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int err = 0;
	struct stat status;
	if (fstat(fd, &status) != 0) {
		err = -errno;
		goto out;
	}
	uint64_t size_bytes = (uint64_t)status.st_size;
	uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	struct residency found = {.pages_count = (size_bytes + page_bytes - 1) / page_bytes};
	err = ask_cachestat(fd, size_bytes, &found);
	/* EPERM: another user's file, or a seccomp filter that does not know the call. */
	if (err == -ENOSYS || err == -EPERM || err == -EOPNOTSUPP)
		err = ask_mincore(fd, &status, page_bytes, &found);
	if (err == 0)
		*out = found;
out:
	close(fd);
	return err;
}

int cache_drop(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int err = 0;
	if (fdatasync(fd) != 0)
		err = -errno;
	if (err == 0)
		err = -posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	close(fd);
	return err;
}

int cache_fill(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int err = 0;
	void *buffer = malloc(FILL_BYTES);
	if (buffer == NULL) {
		err = -ENOMEM;
		goto out;
	}
	for (;;) {
		ssize_t got = read(fd, buffer, FILL_BYTES);
		if (got == 0)
			break;
		if (got < 0 && errno != EINTR) {
			err = -errno;
			break;
		}
	}
out:
	free(buffer);
	close(fd);
	return err;
}
