/*
 * A file in one shared mapping.
 *
 * The mapping covers the file from 0 to its last page and is the page cache itself: a read is a
 * memcpy, and a store is a write that every process sees. Growth moves the end of the file first
 * (so that no page of the mapping lies beyond it, which would be SIGBUS) and then the mapping, by
 * mremap(), which may move it. mmap(2) refuses a length of 0, so an empty file has no mapping.
 *
 * Source: mmap(2), mremap(2), msync(2), madvise(2), mincore(2).
 */
#include "mapping.h"

#include <errno.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

size_t mapping_round_up(uint64_t len_bytes)
{
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);

	return ((size_t)len_bytes + page_bytes - 1) / page_bytes * page_bytes;
}

static void unmap(struct mapping *mapping)
{
	if (!mapping->base)
		return;
	engine_count(&mapping->file, ENGINE_SYSCALL_munmap);
	munmap(mapping->base, mapping->mapped_bytes);
	mapping->base = NULL;
	mapping->mapped_bytes = 0;
}

/* Makes the mapping as long as a file of `size_bytes`; as it was where that fails. */
static int remap(struct mapping *mapping, uint64_t size_bytes)
{
	size_t wanted_bytes = mapping_round_up(size_bytes);
	int protection = PROT_READ | (mapping->file.writable ? PROT_WRITE : 0);
	void *base;

	if (wanted_bytes == mapping->mapped_bytes)
		return 0;
	if (wanted_bytes == 0) {
		unmap(mapping);
		return 0;
	}
	if (mapping->base) {
		engine_count(&mapping->file, ENGINE_SYSCALL_mremap);
		base = mremap(mapping->base, mapping->mapped_bytes, wanted_bytes, MREMAP_MAYMOVE);
	} else {
		engine_count(&mapping->file, ENGINE_SYSCALL_mmap);
		base = mmap(NULL, wanted_bytes, protection, MAP_SHARED | mapping->map_flags,
			    mapping->file.fd, 0);
	}
	if (base == MAP_FAILED)
		return -errno;
	mapping->base = base;
	mapping->mapped_bytes = wanted_bytes;
	return 0;
}

int mapping_open(struct mapping *mapping, const char *path, unsigned flags, int map_flags)
{
	int err = engine_file_open(&mapping->file, path, flags);

	if (err)
		return err;
	mapping->base = NULL;
	mapping->mapped_bytes = 0;
	mapping->map_flags = map_flags;
	err = remap(mapping, mapping->file.size_bytes);
	if (err)
		engine_file_close(&mapping->file);
	return err;
}

int mapping_release(struct mapping *mapping)
{
	unmap(mapping);
	return engine_file_close(&mapping->file);
}

int mapping_residency(struct mapping *mapping, unsigned char *pages)
{
	struct engine_file *file = &mapping->file;
	struct stat status;

	/* Whoever may not write the file and does not own it is told that all of it is cached. */
	if (!file->writable && getauxval(AT_EUID) != 0) {
		engine_count(file, ENGINE_SYSCALL_newfstatat);
		if (fstat(file->fd, &status) < 0 || status.st_uid != getauxval(AT_EUID))
			return -EACCES;
	}
	engine_count(file, ENGINE_SYSCALL_mincore);
	return mincore(mapping->base, mapping->mapped_bytes, pages) < 0 ? -errno : 0;
}

uint64_t mapping_size(const struct engine *engine)
{
	return ((const struct mapping *)engine)->file.size_bytes;
}

int mapping_resize(struct engine *engine, uint64_t size_bytes)
{
	struct mapping *mapping = (struct mapping *)engine;
	uint64_t before_bytes = mapping->file.size_bytes;
	int err = engine_file_resize(&mapping->file, size_bytes);

	if (err)
		return err;
	err = remap(mapping, size_bytes);
	if (!err || size_bytes < before_bytes) /* a mapping that is too long does no harm */
		return 0;
	(void)engine_file_resize(&mapping->file, before_bytes);
	return err;
}

int mapping_read(struct engine *engine, uint64_t offset, void *buffer, size_t len_bytes)
{
	struct mapping *mapping = (struct mapping *)engine;

	if (!engine_range_ok(offset, len_bytes, mapping->file.size_bytes))
		return -ERANGE;
	if (len_bytes > 0)
		memcpy(buffer, mapping->base + offset, len_bytes);
	return 0;
}

int mapping_write(struct engine *engine, uint64_t offset, const void *buffer, size_t len_bytes)
{
	struct mapping *mapping = (struct mapping *)engine;

	if (!mapping->file.writable)
		return -EBADF;
	if (!engine_range_ok(offset, len_bytes, mapping->file.size_bytes))
		return -ERANGE;
	if (len_bytes > 0)
		memcpy(mapping->base + offset, buffer, len_bytes);
	return 0;
}

int mapping_sync(struct engine *engine)
{
	struct mapping *mapping = (struct mapping *)engine;

	if (mapping->base) {
		engine_count(&mapping->file, ENGINE_SYSCALL_msync);
		if (msync(mapping->base, mapping->mapped_bytes, MS_SYNC) < 0)
			return -errno;
	}
	return engine_file_sync(&mapping->file); /* the size, where no page was dirty */
}

const void *mapping_map(struct engine *engine, uint64_t offset, size_t len_bytes)
{
	struct mapping *mapping = (struct mapping *)engine;

	if (!mapping->base || !engine_range_ok(offset, len_bytes, mapping->file.size_bytes))
		return NULL;
	return mapping->base + offset;
}

int mapping_drop_cache(struct engine *engine)
{
	struct mapping *mapping = (struct mapping *)engine;

	/* The kernel does not drop a page that a page table points to; what was dirty stays so. */
	if (mapping->base) {
		engine_count(&mapping->file, ENGINE_SYSCALL_madvise);
		if (madvise(mapping->base, mapping->mapped_bytes, MADV_DONTNEED) < 0)
			return -errno;
	}
	return engine_file_drop(&mapping->file);
}

void mapping_stats(const struct engine *engine, struct engine_stats *out)
{
	*out = ((const struct mapping *)engine)->file.stats;
}
