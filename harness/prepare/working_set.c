/*
 * Counting the pages that a walk needs: see working_set.h.
 *
 * How it works: an engine that is not in the table passes each read on and sets a bit per page,
 * like a cache without a limit. Its misses are the distinct pages, and stats() returns them as
 * buffer_misses. drop_cache() clears the bitmap, so that the pages read by opening do not count.
 */
#include "working_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_BYTES 4096

static const struct engine_ops recorder;

struct recorder {
	struct engine engine;
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
	struct recorder *self = calloc(1, sizeof(*self));

	(void)options;
	if (!self)
		return -ENOMEM;
	int err = engine_file_open(&self->file, path, flags);
	if (err) {
		free(self);
		return err;
	}
	self->pages_len_bytes = self->file.size_bytes / PAGE_BYTES / 8 + 1;
	self->pages = calloc(1, self->pages_len_bytes);
	if (!self->pages) {
		engine_file_close(&self->file);
		free(self);
		return -ENOMEM;
	}
	self->engine.ops = &recorder;
	*out = &self->engine;
	return 0;
}

static int recorder_close(struct engine *engine)
{
	struct recorder *self = recorder_of(engine);
	int err = engine_file_close(&self->file);

	free(self->pages);
	free(self);
	return err;
}

static uint64_t recorder_size(const struct engine *engine)
{
	return recorder_of(engine)->file.size_bytes;
}

static int recorder_read(struct engine *engine, uint64_t offset, void *buffer, size_t len_bytes)
{
	struct recorder *self = recorder_of(engine);

	if (!engine_range_ok(offset, len_bytes, self->file.size_bytes))
		return -ERANGE;
	if (len_bytes == 0)
		return 0;
	for (uint64_t page = offset / PAGE_BYTES; page <= (offset + len_bytes - 1) / PAGE_BYTES;
	     page++) {
		unsigned char bit = (unsigned char)(1u << page % 8);
		self->distinct_count += !(self->pages[page / 8] & bit);
		self->pages[page / 8] |= bit;
	}
	return engine_file_read(&self->file, offset, buffer, len_bytes);
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
	return 0;
}

static void recorder_stats(const struct engine *engine, struct engine_stats *out)
{
	*out = recorder_of(engine)->file.stats;
	out->buffer_misses = recorder_of(engine)->distinct_count;
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
	.drop_cache = recorder_drop_cache,
	.stats = recorder_stats,
};

int working_set_pages(const struct workload_ops *workload, const struct workload_env *env,
		      uint64_t *pages_count, struct why *why)
{
	struct workload_env recorded = *env;
	struct workload_counts counts;
	void *state;

	recorded.engine = &recorder;
	recorded.engine_options = NULL;
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
