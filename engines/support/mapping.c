/*
 * A mapped file: one mapping, or windows.
 *
 * One mapping covers the whole file and is the page cache itself: a read is a memcpy, and a store
 * is a write that every process sees. To grow, the end of the file is moved first, because pages of
 * the mapping beyond it would raise SIGBUS, and then the mapping by mremap(), which may change its
 * address. mmap(2) refuses a length of 0, so an empty file has no mapping.
 *
 * Windows are regions of equal length, of which a limited number is mapped at a time and replaced
 * in order of last use. They are for address spaces or page tables that are smaller than the file.
 * A pointer would not outlive its window, so map() always declines. All are unmapped when the size
 * changes.
 *
 * A private mapping (copy on write) gives a reader private copies of the pages that it writes.
 *
 * Every region has a SIGBUS guard (support/sigbus.c). If the file is truncated under it, or its
 * device fails, the access reads zeros, and the current hook, the next one, or health() returns
 * -EIO.
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

size_t mapping_pages_bytes(const struct mapping *mapping)
{
	return mapping_round_up(mapping->file.size_bytes);
}

static bool is_private(const struct mapping *mapping)
{
	return mapping->setup.copy_on_write && !mapping->file.writable;
}

static void unmap(struct mapping *mapping, struct region *region)
{
	if (!region->base)
		return;
	mapping->damaged |= sigbus_hit(region->guard);
	sigbus_release(region->guard);
	engine_count(&mapping->file, ENGINE_SYSCALL_munmap);
	munmap(region->base, region->len_bytes);
	*region = (struct region){0};
}

static void unmap_all(struct mapping *mapping)
{
	for (size_t i = 0; i < REGIONS_MAX; i++)
		unmap(mapping, &mapping->regions[i]);
}

/* Maps an unmapped region; it stays unmapped if that fails. */
static int map_new(struct mapping *mapping, struct region *region, uint64_t offset,
		   size_t len_bytes)
{
	bool writes = mapping->file.writable || is_private(mapping);
	int flags = (is_private(mapping) ? MAP_PRIVATE : MAP_SHARED) | mapping->setup.map_flags;
	struct sigbus_guard *guard;
	int err = sigbus_take(&guard);
	void *base;

	if (err)
		return err;
	engine_count(&mapping->file, ENGINE_SYSCALL_mmap);
	base = mmap(NULL, len_bytes, PROT_READ | (writes ? PROT_WRITE : 0), flags, mapping->file.fd,
		    (off_t)offset);
	if (base == MAP_FAILED) {
		err = -errno;
		sigbus_release(guard);
		return err;
	}
	sigbus_watch(guard, base, len_bytes);
	*region = (struct region){offset, base, len_bytes, 0, guard};
	err = mapping->on_region ? mapping->on_region(mapping, region) : 0;
	if (err)
		unmap(mapping, region);
	return err;
}

/* Resizes the one mapping for a file of `size_bytes`; unchanged if that fails. */
static int fit_whole(struct mapping *mapping, uint64_t size_bytes)
{
	struct region *region = &mapping->regions[0];
	size_t wanted_bytes = mapping_round_up(size_bytes);
	void *base;

	if (wanted_bytes == region->len_bytes)
		return 0;
	if (wanted_bytes == 0) {
		unmap(mapping, region);
		return 0;
	}
	if (!region->base)
		return map_new(mapping, region, 0, wanted_bytes);
	engine_count(&mapping->file, ENGINE_SYSCALL_mremap);
	base = mremap(region->base, region->len_bytes, wanted_bytes, MREMAP_MAYMOVE);
	if (base == MAP_FAILED)
		return -errno;
	region->base = base;
	region->len_bytes = wanted_bytes;
	sigbus_watch(region->guard, base, wanted_bytes);
	return 0;
}

int mapping_open(struct mapping *mapping, const char *path, unsigned flags)
{
	int err = engine_file_open(&mapping->file, path, flags);

	if (err)
		return err;
	mapping->setup.window_bytes = mapping_round_up(mapping->setup.window_bytes);
	if (!mapping->setup.window_bytes)
		err = fit_whole(mapping, mapping->file.size_bytes);
	if (err)
		engine_file_close(&mapping->file);
	return err;
}

void mapping_attach(struct mapping *mapping, const struct mapping *of)
{
	*mapping = *of;
	mapping->attached = true;
	engine_file_attach(&mapping->file, &of->file);
}

int mapping_release(struct mapping *mapping)
{
	if (mapping->attached) {
		engine_file_leave(&mapping->file);
		return 0;
	}
	unmap_all(mapping);
	return engine_file_close(&mapping->file);
}

int mapping_each(struct mapping *mapping, int (*call)(struct mapping *, struct region *))
{
	int err = 0;

	for (size_t i = 0; !err && i < REGIONS_MAX; i++)
		err = mapping->regions[i].base ? call(mapping, &mapping->regions[i]) : 0;
	return err;
}

/* ---- damage ---- */

static bool is_damaged(struct mapping *mapping)
{
	if (!mapping->setup.window_bytes)
		return mapping->damaged ||
		       (mapping->regions[0].base && sigbus_hit(mapping->regions[0].guard));
	for (size_t i = 0; !mapping->damaged && i < mapping->setup.windows_count; i++)
		mapping->damaged =
			mapping->regions[i].base && sigbus_hit(mapping->regions[i].guard);
	return mapping->damaged;
}

int mapping_health(struct engine *engine, struct why *why)
{
	struct mapping *mapping = (struct mapping *)engine;
	struct stat status;

	if (!is_damaged(mapping))
		return 0;
	mapping->file.truncated = engine_file_stat(&mapping->file, &status) == 0 &&
				  (uint64_t)status.st_size < mapping->file.size_bytes;
	if (mapping->file.truncated)
		return engine_file_health(&mapping->file, why);
	return why_set(
		why, -EIO,
		"a page of the file could not be read (SIGBUS): the file was truncated for a "
		"while, it has a hole for which there is no room, or its device fails");
}

/* ---- bytes ---- */

/* The region that contains `offset`; it is mapped if necessary. */
static int find_region(struct mapping *mapping, uint64_t offset, struct region **out)
{
	uint64_t window_bytes = mapping->setup.window_bytes;
	struct region *taken = &mapping->regions[0];
	uint64_t start = offset - offset % window_bytes;
	uint64_t left = mapping_pages_bytes(mapping) - start;
	int err;

	for (size_t i = 0; i < mapping->setup.windows_count; i++) {
		struct region *region = &mapping->regions[i];

		if (region->base && region->offset == start) {
			region->last_use = ++mapping->clock;
			*out = region;
			return 0;
		}
		if (region->last_use < taken->last_use)
			taken = region;
	}
	unmap(mapping, taken);
	err = map_new(mapping, taken, start, (size_t)(left < window_bytes ? left : window_bytes));
	if (err)
		return err;
	taken->last_use = ++mapping->clock;
	*out = taken;
	return 0;
}

/* Copies from the windows to `into`, or from `from` to the windows. */
static int copy_windows(struct mapping *mapping, uint64_t offset, unsigned char *into,
			const unsigned char *from, size_t len_bytes)
{
	while (len_bytes > 0) {
		struct region *region;
		int err = find_region(mapping, offset, &region);
		size_t at, part;

		if (err)
			return err;
		at = (size_t)(offset - region->offset);
		part = len_bytes < region->len_bytes - at ? len_bytes : region->len_bytes - at;
		if (into) {
			memcpy(into, region->base + at, part);
			into += part;
		} else {
			memcpy(region->base + at, from, part);
			from += part;
		}
		offset += part;
		len_bytes -= part;
	}
	return 0;
}

uint64_t mapping_size(const struct engine *engine)
{
	return ((const struct mapping *)engine)->file.size_bytes;
}

int mapping_read(struct engine *engine, uint64_t offset, void *buffer, size_t len_bytes)
{
	struct mapping *mapping = (struct mapping *)engine;
	int err = 0;

	if (!engine_range_ok(offset, len_bytes, mapping->file.size_bytes))
		return -ERANGE;
	if (mapping->setup.window_bytes)
		err = copy_windows(mapping, offset, buffer, NULL, len_bytes);
	else if (len_bytes > 0)
		memcpy(buffer, mapping->regions[0].base + offset, len_bytes);
	return !err && is_damaged(mapping) ? -EIO : err;
}

int mapping_write(struct engine *engine, uint64_t offset, const void *buffer, size_t len_bytes)
{
	struct mapping *mapping = (struct mapping *)engine;
	int err = 0;

	if (!mapping->file.writable && !is_private(mapping))
		return -EBADF;
	if (!engine_range_ok(offset, len_bytes, mapping->file.size_bytes))
		return -ERANGE;
	if (mapping->setup.window_bytes)
		err = copy_windows(mapping, offset, NULL, buffer, len_bytes);
	else if (len_bytes > 0)
		memcpy(mapping->regions[0].base + offset, buffer, len_bytes);
	return !err && is_damaged(mapping) ? -EIO : err;
}

const void *mapping_map(struct engine *engine, uint64_t offset, size_t len_bytes)
{
	struct mapping *mapping = (struct mapping *)engine;

	if (!mapping->regions[0].base || mapping->setup.window_bytes ||
	    !engine_range_ok(offset, len_bytes, mapping->file.size_bytes))
		return NULL;
	return mapping->regions[0].base + offset;
}

/* ---- the file ---- */

int mapping_resize(struct engine *engine, uint64_t size_bytes)
{
	struct mapping *mapping = (struct mapping *)engine;
	uint64_t before_bytes = mapping->file.size_bytes;
	int err;

	if (is_damaged(mapping))
		return -EIO;
	if (mapping->setup.window_bytes && mapping->file.writable)
		unmap_all(mapping);
	err = engine_file_resize(&mapping->file, size_bytes);
	if (err || mapping->setup.window_bytes)
		return err;
	err = fit_whole(mapping, size_bytes);
	if (!err || size_bytes < before_bytes) /* a mapping that is too long is harmless */
		return 0;
	(void)engine_file_resize(&mapping->file, before_bytes);
	return err;
}

static int sync_region(struct mapping *mapping, struct region *region)
{
	engine_count(&mapping->file, ENGINE_SYSCALL_msync);
	return msync(region->base, region->len_bytes, MS_SYNC) < 0
		       ? engine_file_sync_failed(&mapping->file, -errno)
		       : 0;
}

int mapping_sync(struct engine *engine)
{
	struct mapping *mapping = (struct mapping *)engine;
	int err = is_damaged(mapping) ? -EIO : mapping->file.sync_err;

	if (!err)
		err = mapping_each(mapping, sync_region);
	/* Also the size, and what was written through windows that are unmapped by now. */
	return err ? err : engine_file_sync(&mapping->file);
}

static int forget_region(struct mapping *mapping, struct region *region)
{
	engine_count(&mapping->file, ENGINE_SYSCALL_madvise);
	return madvise(region->base, region->len_bytes, MADV_DONTNEED) < 0 ? -errno : 0;
}

int mapping_drop_cache(struct engine *engine)
{
	struct mapping *mapping = (struct mapping *)engine;
	int err = is_damaged(mapping) ? -EIO : mapping_each(mapping, forget_region);

	/* The kernel does not drop mapped pages, so they are unmapped first; dirty pages stay
	 * dirty. */
	return err ? err : engine_file_drop(&mapping->file);
}

int mapping_close_counted(struct engine *engine, struct engine_stats *last)
{
	((struct mapping *)engine)->file.last = last;
	return engine->ops->close(engine);
}

void mapping_stats(const struct engine *engine, struct engine_stats *out)
{
	*out = ((const struct mapping *)engine)->file.stats;
}

/* ---- what is cached ---- */

/* For a caller that neither owns the file nor may write it, the kernel reports all pages as
 * cached. */
static int may_ask(struct engine_file *file)
{
	struct stat status;

	if (file->writable || getauxval(AT_EUID) == 0)
		return 0;
	return engine_file_stat(file, &status) < 0 || status.st_uid != getauxval(AT_EUID) ? -EACCES
											  : 0;
}

static int residency_of(struct engine_file *file, void *base, size_t len_bytes,
			unsigned char *pages)
{
	engine_count(file, ENGINE_SYSCALL_mincore);
	return mincore(base, len_bytes, pages) < 0 ? -errno : 0;
}

int mapping_residency(struct mapping *mapping, unsigned char *pages)
{
	struct engine_file *file = &mapping->file;
	size_t file_bytes = mapping_pages_bytes(mapping), page_bytes = mapping_round_up(1);
	int err = may_ask(file);

	if (!err && !mapping->setup.window_bytes)
		return residency_of(file, mapping->regions[0].base, file_bytes, pages);
	for (size_t at = 0; !err && at < file_bytes; at += mapping->setup.window_bytes) {
		size_t left = file_bytes - at;
		size_t len =
			left < mapping->setup.window_bytes ? left : mapping->setup.window_bytes;
		void *base;

		engine_count(file, ENGINE_SYSCALL_mmap);
		base = mmap(NULL, len, PROT_READ, MAP_SHARED, file->fd, (off_t)at);
		if (base == MAP_FAILED)
			return -errno;
		err = residency_of(file, base, len, pages + at / page_bytes);
		engine_count(file, ENGINE_SYSCALL_munmap);
		munmap(base, len);
	}
	return err;
}
