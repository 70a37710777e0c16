/*
 * mmap_advised: one shared mapping, and the kernel told how it will be used.
 *
 * How it works: support/mapping.c, and three pieces of advice, each of which can be switched off.
 *   - The pattern, for the whole mapping. MADV_RANDOM stops a fault from reading around itself, up
 *     to megabytes of which a random walk uses one page.
 *   - MADV_WILLNEED on the nodes ahead on the frontier: it starts the read of just these pages and
 *     returns at once, so that a walk under MADV_RANDOM has many reads in flight, not one.
 *   - Faulting the whole file in at open.
 *
 * WILLNEED on a page that is cached already costs a system call and does nothing, and a warm walk
 * must not pay one a node. So the engine keeps a map of the pages known to be in the cache or on
 * their way there (support/page_map.c): filled by one mincore() at open, marked as pages are
 * announced, cleared by drop_cache. While all pages are known, prefetch_ahead_count is 0 and
 * nothing is announced. The kernel may throw pages out again without saying so, therefore mincore()
 * is asked anew after every quarter of the file announced: ~50 ns a page, 1 % of what reading them
 * takes.
 *
 * Promises: as mmap.
 *
 * Source: madvise(2), mincore(2), mmap(2).
 */
#include "support/mapping.h"
#include "support/page_map.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

extern const struct engine_ops engine_mmap_advised;

enum { OPTION_ADVICE, OPTION_WILLNEED_AHEAD, OPTION_POPULATE, OPTION_HUGEPAGES, OPTIONS_COUNT };

/* The words of OPTION_ADVICE, in their order. */
enum { ADVICE_AUTO, ADVICE_NORMAL, ADVICE_SEQUENTIAL, ADVICE_RANDOM, ADVICE_NONE };

static const struct option_spec advised_options[OPTIONS_COUNT] = {
	[OPTION_ADVICE] = {.name = "advice",
			   .type = OPTION_CHOICE,
			   .default_value = ADVICE_AUTO,
			   .choices = (const char *const[]){"auto", "normal", "sequential",
							    "random", "none", NULL},
			   .help = "pattern told to the kernel; auto: what the walk says"},
	[OPTION_WILLNEED_AHEAD] = {.name = "willneed_ahead",
				   .type = OPTION_U64,
				   .default_value = 64,
				   .max = 65536,
				   .help = "frontier nodes announced ahead while any page is not "
					   "cached; 0: none"},
	[OPTION_POPULATE] = {.name = "populate",
			     .type = OPTION_BOOL,
			     .help = "fault the whole file in at open"},
	[OPTION_HUGEPAGES] = {.name = "hugepages",
			      .type = OPTION_BOOL,
			      .help = "ask for huge pages, where the file system has them"},
};

/* Runs of pages that one prefetch() collects before it announces them. */
#define RUNS_MAX 64

struct advised {
	struct mapping mapping;
	uint64_t advice; /* of OPTION_ADVICE */
	enum engine_pattern pattern;
	bool hugepages;
	uint32_t willneed_ahead_count;
	size_t page_bytes;
	struct page_map pages;
	size_t announced_count; /* pages announced since mincore() was asked */
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

/* The map of pages as long as the mapping. */
static void fit_pages(struct advised *self)
{
	if (self->willneed_ahead_count == 0)
		return;
	page_map_fit(&self->pages, self->mapping.mapped_bytes / self->page_bytes);
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
		page_map_forget(&self->pages); /* part of the answer may have been written */
	page_map_recount(&self->pages);
	announce_if_useful(self);
}

/* Tells the whole mapping's pattern, and asks for huge pages: as mappings come and go. */
static int tell(struct advised *self)
{
	static const int advice_of_pattern[] = {
		[ENGINE_PATTERN_NORMAL] = MADV_NORMAL,
		[ENGINE_PATTERN_SEQUENTIAL] = MADV_SEQUENTIAL,
		[ENGINE_PATTERN_RANDOM] = MADV_RANDOM,
	};
	struct mapping *mapping = &self->mapping;

	if (!mapping->base)
		return 0;
	if (self->hugepages) { /* refused by kernels and file systems without: then it is nothing */
		engine_count(&mapping->file, ENGINE_SYSCALL_madvise);
		(void)madvise(mapping->base, mapping->mapped_bytes, MADV_HUGEPAGE);
	}
	if (self->advice == ADVICE_NONE)
		return 0;
	engine_count(&mapping->file, ENGINE_SYSCALL_madvise);
	return madvise(mapping->base, mapping->mapped_bytes, advice_of_pattern[self->pattern]) < 0
		       ? -errno
		       : 0;
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
	struct advised *self = calloc(1, sizeof(*self));
	int err;

	if (!self)
		return -ENOMEM;
	/* Populated as it is mapped: before MADV_RANDOM would make that a page at a time. */
	err = mapping_open(&self->mapping, path, flags,
			   options[OPTION_POPULATE] ? MAP_POPULATE : 0);
	if (err) {
		free(self);
		return err;
	}
	self->mapping.engine.ops = &engine_mmap_advised;
	self->advice = options[OPTION_ADVICE];
	self->pattern = patterns[self->advice];
	self->hugepages = options[OPTION_HUGEPAGES] != 0;
	self->willneed_ahead_count = (uint32_t)options[OPTION_WILLNEED_AHEAD];
	self->page_bytes = mapping_round_up(1);
	err = tell(self);
	if (err) {
		mapping_release(&self->mapping);
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
	struct advised *self = advised_of(engine);
	bool was_mapped = self->mapping.base != NULL;
	int err = mapping_resize(engine, size_bytes);

	if (err)
		return err;
	if (!was_mapped)
		(void)tell(self); /* mremap() keeps what was said, a new mapping knows nothing */
	fit_pages(self);
	return 0;
}

static void announce(struct advised *self, struct page_run *runs, size_t count)
{
	struct mapping *mapping = &self->mapping;

	count = page_run_merge(runs, count);
	for (size_t i = 0; i < count; i++) {
		size_t pages_count = runs[i].last - runs[i].first + 1;

		engine_count(&mapping->file, ENGINE_SYSCALL_madvise);
		(void)madvise(mapping->base + runs[i].first * self->page_bytes,
			      pages_count * self->page_bytes, MADV_WILLNEED);
		mapping->file.stats.prefetch_extents++;
		self->announced_count += pages_count;
	}
}

static void advised_prefetch(struct engine *engine, const struct engine_extent *extents,
			     size_t count)
{
	struct advised *self = advised_of(engine);
	struct page_run runs[RUNS_MAX];
	size_t runs_count = 0;

	if (self->mapping.engine.prefetch_ahead_count == 0)
		return;
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
	return tell(self);
}

static int advised_drop_cache(struct engine *engine)
{
	int err = mapping_drop_cache(engine);

	forget_pages(advised_of(engine));
	return err;
}

const struct engine_ops engine_mmap_advised = {
	.magic = ENGINE_MAGIC,
	.abi_major = ENGINE_ABI_MAJOR,
	.abi_minor = ENGINE_ABI_MINOR,
	.struct_size = sizeof(struct engine_ops),
	.name = "mmap_advised",
	.summary = "one shared mapping with advice on pattern and frontier",
	.capabilities = ENGINE_ZERO_COPY | ENGINE_BATCH | ENGINE_PERSISTENT | ENGINE_MAY_SIGBUS,
	.options_count = OPTIONS_COUNT,
	.options = advised_options,
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
};
