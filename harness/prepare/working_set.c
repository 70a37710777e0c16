/*
 * Counting the pages that a walk needs: see working_set.h.
 *
 * How it works: an engine that is not in the table passes each read on and sets a bit per page,
 * like a cache without a limit. Its misses are the distinct pages, and stats() returns them as
 * buffer_misses. drop_cache() clears the bitmap, so that the pages read by opening do not count.
 *
 * Reads go to pread(2), or to the cell's engine if the file does not fit into memory: a walk by
 * single reads from the device would take hours where the engine, with its own depth and order,
 * takes minutes. So counting costs one walk more, and the count is exact.
 */
#include "working_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_BYTES 4096

static const struct engine_ops recorder;
static uint64_t recorder_size(const struct engine *engine);
static int recorder_close(struct engine *engine);

/* What recorder_open() gets as options: the engine that reads, or NULL for pread(2). */
struct recorder_options {
	const struct engine_ops *inner;
	const uint64_t *inner_options;
};

struct recorder {
	struct engine engine;
	struct engine *inner; /* NULL: `file` is read */
	struct engine_file file;
	unsigned char *pages; /* a bit per page */
	size_t pages_len_bytes;
	uint64_t distinct_count; /* bits set */
};

static struct recorder *recorder_of(const struct engine *engine)
{
	return (struct recorder *)(uintptr_t)engine;
}

static int recorder_open(const char *path, unsigned flags, const uint64_t *options,
			 struct engine **out)
{
	const struct recorder_options *given = (const void *)options;
	struct recorder *self = calloc(1, sizeof(*self));

	if (!self)
		return -ENOMEM;
	self->engine.ops = &recorder;
	int err = given->inner ? engine_ops_open(given->inner, path, flags, given->inner_options,
						 &self->inner)
			       : engine_file_open(&self->file, path, flags);
	if (err) {
		free(self);
		return err;
	}
	self->pages_len_bytes = recorder_size(&self->engine) / PAGE_BYTES / 8 + 1;
	self->pages = calloc(1, self->pages_len_bytes);
	if (!self->pages) {
		recorder_close(&self->engine);
		return -ENOMEM;
	}
	*out = &self->engine;
	return 0;
}

static int recorder_close(struct engine *engine)
{
	struct recorder *self = recorder_of(engine);
	int err =
		self->inner ? self->inner->ops->close(self->inner) : engine_file_close(&self->file);

	free(self->pages);
	free(self);
	return err;
}

static uint64_t recorder_size(const struct engine *engine)
{
	const struct recorder *self = recorder_of(engine);

	return self->inner ? self->inner->ops->size(self->inner) : self->file.size_bytes;
}

static void record(struct recorder *self, uint64_t offset, uint64_t len_bytes)
{
	if (!len_bytes || !engine_range_ok(offset, len_bytes, recorder_size(&self->engine)))
		return; /* the read fails */
	for (uint64_t page = offset / PAGE_BYTES; page <= (offset + len_bytes - 1) / PAGE_BYTES;
	     page++) {
		unsigned char bit = (unsigned char)(1u << page % 8);
		self->distinct_count += !(self->pages[page / 8] & bit);
		self->pages[page / 8] |= bit;
	}
}

static int recorder_read(struct engine *engine, uint64_t offset, void *buffer, size_t len_bytes)
{
	struct recorder *self = recorder_of(engine);

	record(self, offset, len_bytes);
	if (self->inner)
		return self->inner->ops->read(self->inner, offset, buffer, len_bytes);
	if (!engine_range_ok(offset, len_bytes, self->file.size_bytes))
		return -ERANGE;
	return len_bytes ? engine_file_read(&self->file, offset, buffer, len_bytes) : 0;
}

static void record_all(struct recorder *self, const struct engine_extent *extents, size_t count)
{
	for (size_t i = 0; i < count; i++)
		record(self, extents[i].offset, extents[i].len_bytes);
}

static int recorder_read_batch(struct engine *engine, struct engine_extent *extents, size_t count)
{
	struct recorder *self = recorder_of(engine);
	int err = 0;

	if (self->inner) {
		record_all(self, extents, count);
		return engine_read_batch(self->inner, extents, count);
	}
	for (size_t i = 0; !err && i < count; i++)
		err = recorder_read(engine, extents[i].offset, extents[i].buffer,
				    extents[i].len_bytes);
	return err;
}

static void recorder_submit(struct engine *engine, struct engine_batch *batch)
{
	struct recorder *self = recorder_of(engine);

	if (self->inner) {
		record_all(self, batch->extents, batch->count);
		engine_submit(self->inner, batch);
		return;
	}
	batch->err = recorder_read_batch(engine, batch->extents, batch->count);
	batch->is_read = true;
}

static int recorder_reap(struct engine *engine, struct engine_batch *batch)
{
	struct recorder *self = recorder_of(engine);

	return self->inner ? engine_reap(self->inner, batch) : batch->err;
}

static void recorder_begin_walk(struct engine *engine)
{
	if (recorder_of(engine)->inner)
		engine_begin_walk(recorder_of(engine)->inner);
}

static int recorder_advise(struct engine *engine, enum engine_pattern pattern)
{
	struct engine *inner = recorder_of(engine)->inner;

	return inner && inner->ops->advise ? inner->ops->advise(inner, pattern) : 0;
}

static int recorder_health(struct engine *engine, struct why *why)
{
	struct engine *inner = recorder_of(engine)->inner;

	return inner ? engine_health(inner, why) : 0;
}

static int recorder_write(struct engine *engine, uint64_t offset, const void *buffer,
			  size_t len_bytes)
{
	(void)engine, (void)offset, (void)buffer, (void)len_bytes;
	return -EBADF;
}

static int recorder_resize(struct engine *engine, uint64_t size_bytes)
{
	(void)engine, (void)size_bytes;
	return -EBADF;
}

static int recorder_sync(struct engine *engine)
{
	(void)engine;
	return 0;
}

static int recorder_drop_cache(struct engine *engine)
{
	struct recorder *self = recorder_of(engine);

	memset(self->pages, 0, self->pages_len_bytes);
	self->distinct_count = 0;
	return self->inner && self->inner->ops->drop_cache
		       ? self->inner->ops->drop_cache(self->inner)
		       : 0;
}

static void recorder_stats(const struct engine *engine, struct engine_stats *out)
{
	const struct recorder *self = recorder_of(engine);

	if (self->inner)
		self->inner->ops->stats(self->inner, out);
	else
		*out = self->file.stats;
	out->buffer_misses = self->distinct_count;
}

static const struct engine_ops recorder = {
	.magic = ENGINE_MAGIC,
	.abi_major = ENGINE_ABI_MAJOR,
	.abi_minor = ENGINE_ABI_MINOR,
	.struct_size = sizeof(struct engine_ops),
	.name = "working_set",
	.summary = "counts distinct pages",
	.capabilities = ENGINE_PERSISTENT,
	.open = recorder_open,
	.close = recorder_close,
	.size = recorder_size,
	.resize = recorder_resize,
	.read = recorder_read,
	.write = recorder_write,
	.sync = recorder_sync,
	.read_batch = recorder_read_batch,
	.advise = recorder_advise,
	.drop_cache = recorder_drop_cache,
	.stats = recorder_stats,
	.health = recorder_health,
	.begin_walk = recorder_begin_walk,
	.submit = recorder_submit,
	.reap = recorder_reap,
};

int working_set_pages(const struct workload_ops *workload, const struct workload_env *env,
		      bool by_engine, uint64_t *pages_count, struct why *why)
{
	const struct recorder_options options = {by_engine ? env->engine : NULL,
						 env->engine_options};
	struct workload_env recorded = *env;
	struct workload_counts counts;
	void *state;

	recorded.engine = &recorder;
	recorded.engine_options = (const void *)&options;
	recorded.threads_count = 1;
	int err = workload->begin(&recorded, &state, why);
	if (err)
		return err;
	err = workload->drop_cache(state);
	if (!err && workload->prepare)
		err = workload->prepare(state);
	if (!err)
		err = workload->run(state);
	workload->counts(state, &counts);
	*pages_count = counts.engine.buffer_misses;
	if (err)
		why_set(why, err, "counting pages: %s: %s", strerror(-err), workload->why(state));
	int end_err = workload->end(state);
	return err ? err : end_err;
}
