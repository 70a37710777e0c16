/*
 * cachestat(2) (Linux 6.5), which older C libraries do not know. Source: its manual page.
 */
#ifndef IOWALK_ENGINE_CACHESTAT_H
#define IOWALK_ENGINE_CACHESTAT_H

#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_cachestat
#define SYS_cachestat 451 /* the same on all architectures */
#endif

/* Pages of the first size_bytes of a file that are in the page cache. 0 or negative errno. */
static inline int cachestat_pages(int fd, uint64_t size_bytes, uint64_t *pages_count)
{
	struct {
		uint64_t offset, len_bytes;
	} range = {0, size_bytes};
	struct {
		uint64_t cached, dirty, writeback, evicted, recently_evicted;
	} counts = {0};

	if (syscall(SYS_cachestat, fd, &range, &counts, 0u) != 0)
		return -errno;
	*pages_count = counts.cached;
	return 0;
}

#endif
