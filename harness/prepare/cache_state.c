/*
 * How much of a file is in the page cache, and how to change it: see cache_state.h.
 *
 * How it works: cachestat(2) (Linux 6.5) asks the page cache in one call and without a mapping.
 * Older kernels have mincore(2) on a mapping whose pages are not accessed. Since Linux 5.2 it
 * reports every page as resident if the caller neither owns the file nor may write it; such a
 * caller gets -EPERM here instead of a wrong result. Dropping needs no privilege: posix_fadvise(2)
 * DONTNEED removes clean, unmapped pages, and fdatasync(2) before it makes dirty pages clean.
 *
 * Neither call can be trusted to see: a file of an overlay has its pages under the file below, so
 * cachestat(2) says 0 for ever, and mincore(2), whose mapping is of the file below, is right. An
 * answer above 0 proves that the call sees. An answer of 0 is believed only if the same call has
 * seen a page that was there: one page of the file is read, and dropped again if it was not there
 * before. That is tried once for each file system.
 */
#include "cache_state.h"

#include "../../engines/support/cachestat.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* One read of cache_fill(). Larger ones begin before the read-ahead has grown, and get smaller folios: of a file of 42 MiB 80 to
 * 90 % of the pages are in folios of 1 MiB or more by 16 to 128 KiB, 46 % by 1 MiB, and 22 % by 4 MiB. */
#define FILL_BYTES (UINT64_C(64) << 10)
#define WINDOW_BYTES                                                                               \
	(UINT64_C(1) << 30) /* mapped at a time for mincore(), whose result takes 256 KiB */

static int ask_cachestat(int fd, const struct stat *status, uint64_t size_bytes,
			 struct residency *out)
{
	(void)status;
	uint64_t cached_count = 0;
	int err = cachestat_pages(fd, size_bytes, &cached_count);
	if (err != 0)
		return err;
	out->resident_count = cached_count < out->pages_count ? cached_count : out->pages_count;
	out->source = "cachestat";
	return 0;
}

static int ask_mincore(int fd, const struct stat *status, uint64_t size_bytes,
		       struct residency *out)
{
	uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
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

/* ---- which call sees ---- */

typedef int ask_residency(int fd, const struct stat *status, uint64_t size_bytes,
			  struct residency *out);

static ask_residency *const asks[] = {ask_cachestat, ask_mincore};

#define ASKS_COUNT (sizeof(asks) / sizeof(*asks))
#define KNOWN_MAX  32 /* file systems; one more replaces the oldest */

/* What was found out about a file system. The process has one such table, because the result is a
 * property of the kernel and of the file system. */
static struct known {
	dev_t device;
	uint32_t sees; /* bit i: asks[i] has seen a page here */
	bool is_tried;
} known[KNOWN_MAX];
static size_t known_count;
static pthread_mutex_t known_lock = PTHREAD_MUTEX_INITIALIZER;

static struct known *known_of(dev_t device)
{
	size_t i = 0;
	while (i < known_count && i < KNOWN_MAX && known[i].device != device)
		i++;
	if (i == known_count || i == KNOWN_MAX) {
		i = known_count++ % KNOWN_MAX;
		known[i] = (struct known){.device = device};
	}
	return &known[i];
}

/* Reads one page, without read-ahead, and notes which calls see it. */
static void try_calls(int fd, const struct stat *status, struct known *entry)
{
	char byte;
	struct residency found;
	uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	if (pread(fd, &byte, 1, 0) != 1)
		return;
	for (size_t i = 0; i < ASKS_COUNT; i++) {
		found = (struct residency){.pages_count = 1};
		if (asks[i](fd, status, page_bytes, &found) != 0)
			continue; /* not allowed for this file, which says nothing about others */
		entry->is_tried = true;
		entry->sees |= found.resident_count == 1 ? 1u << i : 0;
	}
	posix_fadvise(fd, 0, (off_t)page_bytes, POSIX_FADV_DONTNEED);
}

/* Neither call that exists saw the page. */
static int nothing_sees(int err)
{
	return err == 0 || err == -ENOSYS ? -EOPNOTSUPP : err;
}

/* The first call that has seen a page on this file system answers. */
static int ask(int fd, const struct stat *status, struct residency *out)
{
	uint64_t size_bytes = (uint64_t)status->st_size;
	struct known *entry = known_of(status->st_dev);
	int first_err = 0;
	for (int tries = 0; tries < 2; tries++) {
		for (size_t i = 0; i < ASKS_COUNT; i++) {
			if (entry->is_tried && !(entry->sees & 1u << i))
				continue;
			int err = asks[i](fd, status, size_bytes, out);
			if (err == 0 && out->resident_count > 0)
				entry->sees |= 1u << i;
			if (err == 0 && (entry->sees & 1u << i))
				return 0;
			first_err = first_err == 0 ? err : first_err;
		}
		if (entry->is_tried)
			break;
		try_calls(fd, status, entry);
	}
	return nothing_sees(first_err);
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
	uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	struct residency found = {.pages_count =
					  ((uint64_t)status.st_size + page_bytes - 1) / page_bytes};
	if (status.st_size > 0) {
		pthread_mutex_lock(&known_lock);
		err = ask(fd, &status, &found);
		pthread_mutex_unlock(&known_lock);
	} else {
		found.source = "nothing to see";
	}
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

static bool is_filled(const char *path)
{
	struct residency found;
	return cache_residency(path, &found) == 0 && found.resident_count == found.pages_count;
}

int cache_fill(const char *path)
{
	if (is_filled(path))
		return 0;
	cache_drop(path); /* if it cannot, what is missing is read all the same */
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
