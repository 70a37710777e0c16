/*
 * Asks by cachestat(2) (Linux 6.5): one call, without a mapping; or else by mincore(2) on a mapping that
 * is made for it. Source: the manual pages of both.
 */
#include "warmth.h"

#include "cachestat.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static uint64_t pages_of(const struct engine_file *file)
{
	uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);

	return (file->size_bytes + page_bytes - 1) / page_bytes;
}

static int count_by_mincore(struct engine_file *file, uint64_t *pages)
{
	uint64_t count = pages_of(file);
	unsigned char *seen = malloc((size_t)count);
	void *base = MAP_FAILED;
	int err = -ENOMEM;

	if (seen) {
		engine_count(file, ENGINE_SYSCALL_mmap);
		base = mmap(NULL, (size_t)file->size_bytes, PROT_READ, MAP_SHARED, file->fd, 0);
		err = base == MAP_FAILED ? -errno : 0;
	}
	if (!err) {
		engine_count(file, ENGINE_SYSCALL_mincore);
		err = mincore(base, (size_t)file->size_bytes, seen) == 0 ? 0 : -errno;
	}
	*pages = 0;
	for (uint64_t i = 0; !err && i < count; i++)
		*pages += seen[i] & 1;
	if (base != MAP_FAILED) {
		engine_count(file, ENGINE_SYSCALL_munmap);
		munmap(base, (size_t)file->size_bytes);
	}
	free(seen);
	return err;
}

enum warmth warmth_ask(struct engine_file *file)
{
	uint64_t pages = 0;

	if (file->size_bytes == 0)
		return WARMTH_WARM;
	engine_count(file, ENGINE_SYSCALL_cachestat);
	int err = cachestat_pages(file->fd, file->size_bytes, &pages);

	if (err)
		err = count_by_mincore(file, &pages);
	return err || pages >= pages_of(file) - pages_of(file) / 10 ? WARMTH_WARM : WARMTH_COLD;
}
