/*
 * direct: O_DIRECT, with a page cache in user space.
 *
 * How it works: all access goes through pages held by the engine (support/cached_file.c). They are
 * read and written with O_DIRECT, which bypasses the kernel's page cache. A hit costs no system
 * call. Memory is bounded by cache_bytes alone. One read is in flight at a time; a batch helps
 * because its extents are sorted, so that missing pages that are adjacent, or have a short gap
 * between them, are read by one preadv(). A read that goes on where one ended is longer each time, up to `ahead`.
 *
 * A long read of whole blocks goes to the caller's memory in place, if the file is larger than the cache and no page of it
 * waits to be written: a walk through the whole file leaves the pages that were read alone.
 *
 * With the option `threads` batches of a file that is larger than the cache are read by threads of the engine, many reads at a
 * time, around the cache too (support/read_threads.c).
 *
 * Writes stay in the page until sync, close, drop_cache, or until its frame is needed for another
 * page. Then all adjacent dirty pages are written too, with one pwrite() if they are also adjacent
 * in memory. Writing through at once would write a block to the device for each slot of a few
 * bytes, and a page takes many of them. A partial block at the end of the file goes through the
 * kernel's page cache: see support/direct_file.c.
 *
 * Promises: other processes see a write after sync or close; their writes may not be seen before
 * drop_cache. A failed flush returns the error and keeps the pages dirty; after close they are
 * lost.
 *
 * Source: open(2) on O_DIRECT; the buffer pools of database systems, which work the same way.
 */
#include "support/cached_file.h"
#include "support/extents.h"
#include "support/read_threads.h"

#include <errno.h>
#include <stdlib.h>

extern const struct engine_ops engine_direct;
static const struct engine_ops with_threads;

enum {
	OPTION_CACHE_BYTES,
	OPTION_PAGE_BYTES,
	OPTION_GAP,
	OPTION_AHEAD,
	OPTION_THREADS,
	OPTIONS_COUNT
};

#define PAGE_SHIFT_MIN 12 /* of the first of page_sizes */

static const char *const page_sizes[] = {"4096",   "8192",   "16384",  "32768",   "65536",
					 "131072", "262144", "524288", "1048576", NULL};

static const struct option_spec direct_options[OPTIONS_COUNT] = {
	[OPTION_CACHE_BYTES] = {.name = "cache_bytes",
				.type = OPTION_U64,
				.default_value = 64 << 20,
				.min = 65536,
				.max = UINT64_C(1) << 40,
				.help = "memory for pages; at least 16 pages",
				.role = OPTION_ROLE_CACHE_BYTES},
	[OPTION_PAGE_BYTES] = {.name = "page_bytes",
			       .type = OPTION_CHOICE,
			       .choices = page_sizes,
			       .tunable = OPTION_TRY("4096", "16384", "65536"),
			       .help = "page length: the bytes that a miss reads"},
	[OPTION_GAP] = {.name = "gap",
			.type = OPTION_U64,
			.default_value = 65536, /* half of what is read in a read's 70 us */
			.max = 1 << 20,
			.tunable = OPTION_TRY("0", "16384", "65536", "262144"),
			.help = "longest gap in a batch that is read with its neighbours"},
	[OPTION_AHEAD] = {.name = "ahead",
			  .type = OPTION_U64,
			  .default_value = 1 << 20,
			  .max = 1 << 20,
			  .tunable = OPTION_TRY("0", "65536", "1048576"),
			  .help = "longest read where reading goes on behind the last; 0: no "
				  "more than is asked for"},
	[OPTION_THREADS] = READ_THREADS_OPTION(
		"reader threads, around the cache; need a file larger than it, opened read-only"),
};

struct direct {
	struct engine engine;
	struct engine_file file;
	struct direct_file direct;
	struct cached_file cached;
	struct read_threads *threads; /* NULL: none */
	uint64_t threads_gap_bytes;
};

static struct direct *direct_of(struct engine *engine)
{
	return (struct direct *)engine;
}

static int direct_probe(const char *folder, const uint64_t *options, struct why *why)
{
	(void)options;
	return direct_file_probe(folder, why);
}

static int direct_open(const char *path, unsigned flags, const uint64_t *options,
		       struct engine **out)
{
	struct direct *self = calloc(1, sizeof(*self));
	int err;

	if (!self)
		return -ENOMEM;
	self->engine.ops = &engine_direct;
	err = engine_file_open(&self->file, path, flags);
	if (err)
		goto out_free;
	err = direct_file_open(&self->direct, &self->file, path);
	if (err)
		goto out_file;
	err = cached_file_init(&self->cached, &self->direct, options[OPTION_CACHE_BYTES],
			       PAGE_SHIFT_MIN + (unsigned)options[OPTION_PAGE_BYTES],
			       options[OPTION_GAP], options[OPTION_AHEAD]);
	if (err)
		goto out_direct;
	/* What is read for nothing costs more than another read, once there are many in flight. */
	self->threads_gap_bytes = options[OPTION_GAP] < EXTENTS_COLD_GAP_BYTES
					  ? options[OPTION_GAP]
					  : EXTENTS_COLD_GAP_BYTES;
	if (self->file.size_bytes > options[OPTION_CACHE_BYTES])
		err = read_threads_new(&self->file, &self->direct, flags, options[OPTION_THREADS],
				       &self->threads);
	if (err)
		goto out_cached;
	self->engine.block_bytes = (uint32_t)self->direct.block_bytes;
	if (self->threads)
		self->engine.ops = &with_threads;
	*out = &self->engine;
	return 0;
out_cached:
	cached_file_release(&self->cached);
out_direct:
	direct_file_close(&self->direct);
out_file:
	engine_file_close(&self->file);
out_free:
	free(self);
	return err;
}

static uint64_t direct_size(const struct engine *engine)
{
	return ((const struct direct *)engine)->file.size_bytes;
}

static int direct_read(struct engine *engine, uint64_t offset, void *buffer, size_t len_bytes)
{
	struct direct *self = direct_of(engine);
	struct engine_extent extent = {offset, len_bytes, buffer};

	if (!engine_range_ok(offset, len_bytes, self->file.size_bytes))
		return -ERANGE;
	return cached_file_read(&self->cached, &extent, 1);
}

static int direct_read_batch(struct engine *engine, struct engine_extent *extents, size_t count)
{
	struct direct *self = direct_of(engine);
	int err = 0;

	for (size_t i = 0; i < count; i++) {
		if (!engine_range_ok(extents[i].offset, extents[i].len_bytes,
				     self->file.size_bytes))
			return -ERANGE;
	}
	extents_sort(extents, count);
	for (size_t i = 0; !err && i < count; i++)
		err = cached_file_read(&self->cached, &extents[i], count - i);
	return err;
}

static void direct_submit(struct engine *engine, struct engine_batch *batch)
{
	struct direct *self = direct_of(engine);

	self->file.stats.buffer_misses += batch->count;
	read_threads_submit(self->threads, batch, self->threads_gap_bytes);
}

static int direct_reap(struct engine *engine, struct engine_batch *batch)
{
	return read_threads_reap(direct_of(engine)->threads, batch);
}

static const pid_t *direct_thread_ids(const struct engine *engine, size_t *count)
{
	return read_threads_ids(((const struct direct *)engine)->threads, count);
}

static int direct_write(struct engine *engine, uint64_t offset, const void *buffer,
			size_t len_bytes)
{
	struct direct *self = direct_of(engine);

	if (!self->file.writable)
		return -EBADF;
	if (!engine_range_ok(offset, len_bytes, self->file.size_bytes))
		return -ERANGE;
	return cached_file_write(&self->cached, offset, buffer, len_bytes);
}

static int direct_resize(struct engine *engine, uint64_t size_bytes)
{
	struct direct *self = direct_of(engine);
	uint64_t before_bytes = self->file.size_bytes;
	int err = engine_file_resize(&self->file, size_bytes);

	if (!err && size_bytes < before_bytes)
		cached_file_cut(&self->cached, size_bytes);
	return err;
}

static int direct_sync(struct engine *engine)
{
	int err = cached_file_flush(&direct_of(engine)->cached);

	return err ? err : engine_file_sync(&direct_of(engine)->file);
}

static int direct_drop_cache(struct engine *engine)
{
	struct direct *self = direct_of(engine);
	int err = cached_file_drop(&self->cached);

	return err ? err : engine_file_drop(&self->file);
}

static int direct_close(struct engine *engine)
{
	struct direct *self = direct_of(engine);
	int err = cached_file_flush(&self->cached), direct_err, file_err;

	read_threads_stats(self->threads, &self->file.stats);
	read_threads_free(self->threads);
	direct_err = direct_file_close(&self->direct);
	file_err = engine_file_close(&self->file);

	cached_file_release(&self->cached);
	free(self);
	return err ? err : direct_err ? direct_err : file_err;
}

static void direct_stats(const struct engine *engine, struct engine_stats *out)
{
	const struct direct *self = (const struct direct *)engine;

	*out = self->file.stats;
	read_threads_stats(self->threads, out);
}

static int direct_health(struct engine *engine, struct why *why)
{
	return engine_file_health(&((struct direct *)engine)->file, why);
}

static int direct_close_counted(struct engine *engine, struct engine_stats *last)
{
	((struct direct *)engine)->file.last = last;
	return direct_close(engine);
}

#define DIRECT_OPS                                                                                 \
	.magic = ENGINE_MAGIC, .abi_major = ENGINE_ABI_MAJOR, .abi_minor = ENGINE_ABI_MINOR,       \
	.struct_size = sizeof(struct engine_ops), .name = "direct",                                \
	.summary = "O_DIRECT with a page cache in user space",                                     \
	.capabilities = ENGINE_DIRECT | ENGINE_PERSISTENT, .options_count = OPTIONS_COUNT,         \
	.options = direct_options, .probe = direct_probe, .open = direct_open,                     \
	.close = direct_close, .size = direct_size, .resize = direct_resize, .read = direct_read,  \
	.write = direct_write, .sync = direct_sync, .read_batch = direct_read_batch,               \
	.drop_cache = direct_drop_cache, .stats = direct_stats, .health = direct_health,           \
	.close_counted = direct_close_counted

const struct engine_ops engine_direct = {DIRECT_OPS};

/* Only then several batches are in flight. */
static const struct engine_ops with_threads = {
	DIRECT_OPS,
	.submit = direct_submit,
	.reap = direct_reap,
	.thread_ids = direct_thread_ids,
};
