/*
 * mmap_advised: the file is mapped, and the kernel is advised how it will be accessed.
 *
 * How it works: support/mapping.c, with kinds of advice that can each be switched off.
 *   - The access pattern, for the whole mapping. MADV_RANDOM stops a fault from reading around the
 *     page; that is up to megabytes, of which a random walk uses one page.
 *   - MADV_WILLNEED on the nodes ahead on the frontier. It starts the read of these pages only and
 *     returns at once, so that a walk under MADV_RANDOM has many reads in flight instead of one.
 *   - Faulting the whole file in at open, by MAP_POPULATE or MADV_POPULATE_READ. The latter fails
 *     if a page cannot be read, and is repeated at the beginning of the first walk (or prefetch()) after drop_cache: a file
 *     that a walk needs completely, in random order, is then read as one stream.
 *   - Huge pages, if the file system supports them. They are probed for, and counted from
 *     /proc/self/smaps.
 *   - window_bytes: several mappings of this length instead of one; the least recently used one is
 *     replaced. map() then declines, and WILLNEED is given by posix_fadvise(), which needs no
 *     mapping.
 *   - copy_on_write: an instance opened for reading maps privately (MAP_PRIVATE). write() is
 *     allowed and changes a copy of the page that only this instance sees. drop_cache and close
 *     discard the copies, sync ignores them, and they never reach the file. Writes of other
 *     processes to pages that were not copied may or may not be seen. An instance opened for
 *     writing is not affected.
 *
 * WILLNEED on a cached page costs a system call and does nothing, and a warm walk must not pay one
 * per node. So the engine keeps a map of the pages known to be cached or being read
 * (support/page_map.c): filled by one mincore() at open, marked as pages are announced, cleared by
 * drop_cache. While all pages are known, prefetch_ahead_count is 0 and nothing is announced. The
 * kernel may evict pages without notice, so mincore() is called again each time a quarter of the
 * file has been announced: ~50 ns per page, 1 % of the time to read it.
 *
 * Promises: as mmap, except with copy_on_write, as described above.
 *
 * Source: madvise(2), mincore(2), mmap(2).
 */
#include "support/huge_pages.h"
#include "support/mapping.h"
#include "support/page_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>

extern const struct engine_ops engine_mmap_advised;

enum {
	OPTION_ADVICE,
	OPTION_WILLNEED_AHEAD,
	OPTION_POPULATE,
	OPTION_HUGEPAGES,
	OPTION_POPULATE_READ,
	OPTION_COPY_ON_WRITE,
	OPTION_WINDOW_BYTES,
	OPTION_WINDOWS,
	OPTIONS_COUNT
};

/* Values of OPTION_ADVICE, in the order of its choices. */
enum { ADVICE_AUTO, ADVICE_NORMAL, ADVICE_SEQUENTIAL, ADVICE_RANDOM, ADVICE_NONE };

static const struct option_spec advised_options[OPTIONS_COUNT] = {
	[OPTION_ADVICE] = {.name = "advice",
			   .type = OPTION_CHOICE,
			   .default_value = ADVICE_AUTO,
			   .choices = (const char *const[]){"auto", "normal", "sequential",
							    "random", "none", NULL},
			   .tunable = OPTION_TRY("auto", "normal", "sequential", "random"),
			   .help = "access pattern for the kernel; auto: the workload's"},
	[OPTION_WILLNEED_AHEAD] = {.name = "willneed_ahead",
				   .type = OPTION_U64,
				   .default_value = 1024,
				   .max = 65536,
				   .tunable = OPTION_TRY("0", "64", "1024", "16384"),
				   .help = "frontier nodes announced ahead while pages are not "
					   "cached; 0: none"},
	[OPTION_POPULATE] = {.name = "populate",
			     .type = OPTION_BOOL,
			     .help = "fault the whole file in when it is mapped (MAP_POPULATE)"},
	[OPTION_HUGEPAGES] = {.name = "hugepages",
			      .type = OPTION_BOOL,
			      .tunable = OPTION_TRY("0", "1"),
			      .help = "request huge pages (MADV_HUGEPAGE)"},
	[OPTION_POPULATE_READ] =
		{.name = "populate_read",
		 .type = OPTION_BOOL,
		 .tunable = OPTION_TRY("0", "1"),
		 .help = "like populate, by MADV_POPULATE_READ, which reports errors; repeated "
			 "at the first prefetch after drop_cache"},
	[OPTION_COPY_ON_WRITE] = {.name = "copy_on_write",
				  .type = OPTION_BOOL,
				  .help = "map privately for reading (MAP_PRIVATE)"},
	[OPTION_WINDOW_BYTES] = {.name = "window_bytes",
				 .type = OPTION_U64,
				 .max = UINT64_C(1) << 46,
				 .help = "map the file in windows of this length; 0: one mapping"},
	[OPTION_WINDOWS] = {.name = "windows",
			    .type = OPTION_U64,
			    .default_value = 16,
			    .min = 1,
			    .max = REGIONS_MAX,
			    .help = "most windows mapped at a time, if window_bytes is set"},
};

/* Runs of pages that prefetch() collects before it announces them. */
#define RUNS_MAX 64

/* Gaps between runs that are read too: see EXTENTS_COLD_GAP_BYTES of support/extents.h. */
#define GAP_BYTES 16384

struct advised {
	struct mapping mapping;
	uint64_t advice; /* of OPTION_ADVICE */
	enum engine_pattern pattern;
	bool hugepages, populate_read;
	bool repopulate; /* the pages were dropped since populate_read read them */
	uint32_t willneed_ahead_count;
	size_t page_bytes;
	struct page_map pages;
	size_t announced_count; /* pages announced since the last mincore() */
};

static struct advised *advised_of(struct engine *engine)
{
	return (struct advised *)engine;
}

static void announce_if_useful(struct advised *self)
{
	self->mapping.engine.prefetch_ahead_count =
		self->pages.unknown_count > 0 ? self->willneed_ahead_count : 0;
}

/* Resizes the page map to the mapping. */
static void fit_pages(struct advised *self)
{
	if (self->willneed_ahead_count == 0)
		return;
	page_map_fit(&self->pages, mapping_pages_bytes(&self->mapping) / self->page_bytes);
	announce_if_useful(self);
}

static void forget_pages(struct advised *self)
{
	page_map_forget(&self->pages);
	self->announced_count = 0;
	announce_if_useful(self);
}

static void look_at_pages(struct advised *self)
{
	forget_pages(self);
	if (!self->pages.known)
		return;
	if (mapping_residency(&self->mapping, self->pages.known) < 0)
		page_map_forget(&self->pages); /* part of the result may have been written */
	page_map_recount(&self->pages);
	announce_if_useful(self);
}

static int advise_region(struct mapping *mapping, struct region *region, int advice)
{
	int result;

	do {
		engine_count(&mapping->file, ENGINE_SYSCALL_madvise);
		result = madvise(region->base, region->len_bytes, advice);
	} while (result < 0 && errno == EINTR);
	return result < 0 ? -errno : 0;
}

static int tell_pattern(struct mapping *mapping, struct region *region)
{
	static const int advice_of_pattern[] = {
		[ENGINE_PATTERN_NORMAL] = MADV_NORMAL,
		[ENGINE_PATTERN_SEQUENTIAL] = MADV_SEQUENTIAL,
		[ENGINE_PATTERN_RANDOM] = MADV_RANDOM,
	};
	struct advised *self = (struct advised *)mapping;

	return self->advice == ADVICE_NONE
		       ? 0
		       : advise_region(mapping, region, advice_of_pattern[self->pattern]);
}

/* The pattern is set afterwards: under MADV_RANDOM the file would be read page by page. */
static int populate(struct mapping *mapping, struct region *region)
{
	int err = advise_region(mapping, region, MADV_POPULATE_READ);

	if (err == -EFAULT || err == -EHWPOISON)
		err = -EIO; /* beyond the end of a truncated file, or an unreadable page */
	return err ? err : tell_pattern(mapping, region);
}

/* Applies all advice to a new region, in this order. */
static int advise_new_region(struct mapping *mapping, struct region *region)
{
	struct advised *self = (struct advised *)mapping;

	if (self->hugepages) /* probe() has checked that it works */
		(void)advise_region(mapping, region, MADV_HUGEPAGE);
	return self->populate_read ? populate(mapping, region) : tell_pattern(mapping, region);
}

/* Region by region in file order, so that the file is read as one stream. A hint: no errors. */
static int populate_again(struct mapping *mapping, struct region *region)
{
	(void)advise_region(mapping, region, MADV_NORMAL);
	(void)populate(mapping, region);
	return 0;
}

/* Does the kernel support MADV_POPULATE_READ (Linux 5.14)? */
static int probe_populate_read(struct why *why)
{
	size_t page_bytes = mapping_round_up(1);
	void *page = mmap(NULL, page_bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int result;

	if (page == MAP_FAILED)
		return 0;
	result = madvise(page, page_bytes, MADV_POPULATE_READ);
	munmap(page, page_bytes);
	return result < 0 ? why_set(why, -EOPNOTSUPP,
				    "no MADV_POPULATE_READ: it needs Linux 5.14 "
				    "(populate=on works without it)")
			  : 0;
}

static int advised_probe(const char *folder, const uint64_t *options, struct why *why)
{
	int err = 0;

	if (!options)
		return 0;
	if (options[OPTION_COPY_ON_WRITE] && options[OPTION_WINDOW_BYTES])
		return why_set(why, -EOPNOTSUPP,
			       "copy_on_write with window_bytes: writes would be lost when "
			       "their window is replaced");
	if (options[OPTION_POPULATE_READ])
		err = probe_populate_read(why);
	if (!err && options[OPTION_HUGEPAGES])
		err = huge_pages_probe(folder, why);
	return err;
}

static int advised_open(const char *path, unsigned flags, const uint64_t *options,
			struct engine **out)
{
	static const enum engine_pattern patterns[] = {
		[ADVICE_AUTO] = ENGINE_PATTERN_NORMAL,
		[ADVICE_NORMAL] = ENGINE_PATTERN_NORMAL,
		[ADVICE_SEQUENTIAL] = ENGINE_PATTERN_SEQUENTIAL,
		[ADVICE_RANDOM] = ENGINE_PATTERN_RANDOM,
		[ADVICE_NONE] = ENGINE_PATTERN_NORMAL,
	};
	bool private = options[OPTION_COPY_ON_WRITE] && flags == ENGINE_OPEN_READ;
	struct advised *self;
	int err;

	if (private && options[OPTION_WINDOW_BYTES])
		return -EOPNOTSUPP;
	self = calloc(1, sizeof(*self));
	if (!self)
		return -ENOMEM;
	self->mapping.engine.ops = &engine_mmap_advised;
	self->mapping.on_region = advise_new_region;
	/* MAP_POPULATE of a private mapping would copy every page. */
	self->populate_read =
		options[OPTION_POPULATE_READ] != 0 || (private && options[OPTION_POPULATE] != 0);
	self->mapping.setup = (struct mapping_setup){
		.map_flags = options[OPTION_POPULATE] && !private ? MAP_POPULATE : 0,
		.copy_on_write = options[OPTION_COPY_ON_WRITE] != 0,
		.window_bytes = options[OPTION_WINDOW_BYTES],
		.windows_count = (uint32_t)options[OPTION_WINDOWS]};
	self->advice = options[OPTION_ADVICE];
	self->pattern = patterns[self->advice];
	self->hugepages = options[OPTION_HUGEPAGES] != 0;
	self->willneed_ahead_count = (uint32_t)options[OPTION_WILLNEED_AHEAD];
	self->page_bytes = mapping_round_up(1);
	err = mapping_open(&self->mapping, path, flags);
	if (err) {
		free(self);
		return err;
	}
	fit_pages(self);
	look_at_pages(self);
	*out = &self->mapping.engine;
	return 0;
}

static int advised_close(struct engine *engine)
{
	struct advised *self = advised_of(engine);
	int err = mapping_release(&self->mapping);

	page_map_release(&self->pages);
	free(self);
	return err;
}

static int advised_resize(struct engine *engine, uint64_t size_bytes)
{
	int err = mapping_resize(engine, size_bytes);

	if (!err)
		fit_pages(advised_of(engine));
	return err;
}

static void announce(struct advised *self, struct page_run *runs, size_t count)
{
	struct mapping *mapping = &self->mapping;

	count = page_run_merge(runs, count, GAP_BYTES / self->page_bytes);
	for (size_t i = 0; i < count; i++) {
		size_t pages_count = runs[i].last - runs[i].first + 1;
		size_t at = runs[i].first * self->page_bytes;
		size_t len_bytes = pages_count * self->page_bytes;

		if (mapping->setup.window_bytes) {
			engine_count(&mapping->file, ENGINE_SYSCALL_fadvise64);
			(void)posix_fadvise(mapping->file.fd, (off_t)at, (off_t)len_bytes,
					    POSIX_FADV_WILLNEED);
		} else {
			engine_count(&mapping->file, ENGINE_SYSCALL_madvise);
			(void)madvise(mapping->regions[0].base + at, len_bytes, MADV_WILLNEED);
		}
		mapping->file.stats.prefetch_extents++;
		self->announced_count += pages_count;
	}
}

/* After drop_cache: reads all pages again. */
static void begin_again(struct advised *self)
{
	if (!self->repopulate)
		return;
	self->repopulate = false;
	(void)mapping_each(&self->mapping, populate_again);
	look_at_pages(self);
}

static void advised_begin_walk(struct engine *engine)
{
	struct advised *self = advised_of(engine);

	if (self->mapping.engine.prefetch_ahead_count != 0)
		begin_again(self);
}

static void advised_prefetch(struct engine *engine, const struct engine_extent *extents,
			     size_t count)
{
	struct advised *self = advised_of(engine);
	struct page_run runs[RUNS_MAX];
	size_t runs_count = 0;

	if (self->mapping.engine.prefetch_ahead_count == 0)
		return;
	begin_again(self);
	for (size_t i = 0; i < count; i++) {
		uint64_t offset = extents[i].offset, len_bytes = extents[i].len_bytes;
		size_t page = (size_t)(offset / self->page_bytes), last;

		if (len_bytes == 0 || !engine_range_ok(offset, len_bytes, mapping_size(engine)))
			continue;
		last = (size_t)((offset + len_bytes - 1) / self->page_bytes);
		while (page_map_next(&self->pages, &page, last, &runs[runs_count])) {
			if (++runs_count == RUNS_MAX) {
				announce(self, runs, runs_count);
				runs_count = 0;
			}
		}
	}
	announce(self, runs, runs_count);
	if (self->pages.known && self->announced_count > 0 &&
	    (self->pages.unknown_count == 0 || self->announced_count > self->pages.pages_count / 4))
		look_at_pages(self);
}

static int advised_read_batch(struct engine *engine, struct engine_extent *extents, size_t count)
{
	if (count > 1)
		advised_prefetch(engine, extents, count);
	for (size_t i = 0; i < count; i++) {
		int err = mapping_read(engine, extents[i].offset, extents[i].buffer,
				       (size_t)extents[i].len_bytes);

		if (err)
			return err;
	}
	return 0;
}

static int advised_advise(struct engine *engine, enum engine_pattern pattern)
{
	struct advised *self = advised_of(engine);

	if (self->advice != ADVICE_AUTO)
		return -EOPNOTSUPP;
	self->pattern = pattern;
	return mapping_each(&self->mapping, tell_pattern);
}

static int advised_drop_cache(struct engine *engine)
{
	struct advised *self = advised_of(engine);
	int err = mapping_drop_cache(engine);

	self->repopulate = self->populate_read;
	forget_pages(self);
	return err;
}

static int advised_huge_pages(struct engine *engine, uint64_t *huge_bytes, uint64_t *mapped_bytes)
{
	struct advised *self = advised_of(engine);
	int err = self->hugepages ? 0 : -EOPNOTSUPP;

	*huge_bytes = *mapped_bytes = 0;
	for (size_t i = 0; !err && i < REGIONS_MAX; i++) {
		const struct region *region = &self->mapping.regions[i];

		if (region->base)
			err = huge_pages_count(region->base, region->len_bytes, huge_bytes,
					       mapped_bytes);
	}
	return err;
}

const struct engine_ops engine_mmap_advised = {
	.magic = ENGINE_MAGIC,
	.abi_major = ENGINE_ABI_MAJOR,
	.abi_minor = ENGINE_ABI_MINOR,
	.struct_size = sizeof(struct engine_ops),
	.name = "mmap_advised",
	.summary = "mapping with advice on pattern and frontier, windows, huge pages",
	.capabilities = ENGINE_ZERO_COPY | ENGINE_BATCH | ENGINE_PERSISTENT | ENGINE_COPY_ON_WRITE |
			ENGINE_MAY_SIGBUS,
	.options_count = OPTIONS_COUNT,
	.options = advised_options,
	.probe = advised_probe,
	.open = advised_open,
	.close = advised_close,
	.size = mapping_size,
	.resize = advised_resize,
	.read = mapping_read,
	.write = mapping_write,
	.sync = mapping_sync,
	.map = mapping_map,
	.read_batch = advised_read_batch,
	.prefetch = advised_prefetch,
	.advise = advised_advise,
	.drop_cache = advised_drop_cache,
	.stats = mapping_stats,
	.health = mapping_health,
	.huge_pages = advised_huge_pages,
	.close_counted = mapping_close_counted,
	.begin_walk = advised_begin_walk,
};
