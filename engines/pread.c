/*
 * pread: one pread() or pwrite() per access, directly between the page cache and the caller.
 *
 * How it works: nothing is kept in user space, so there is no coherence to maintain, and each
 * access costs one system call, whatever its length. The kernel does its own read-ahead. advise()
 * passes the pattern by posix_fadvise(), which on a random walk stops the kernel from reading bytes
 * that will not be used.
 *
 * A batch is read one extent at a time, or sorted: extents that overlap, adjoin, or have a small
 * gap between them are then read by one pread() into a buffer and copied from it
 * (support/extents.c). preadv() would save the copy of a few bytes, but cannot read a byte into two
 * places.
 *
 * Where the file is not in the page cache (support/warmth.c), gaps may be longer, and submit()
 * announces the reads of its batch by posix_fadvise(): the kernel begins them, many at a time, and
 * read_batch() finds them read. So the device has a queue without threads or a ring. With the option `threads` batches are
 * read by threads of the engine too (support/read_threads.c): another processor then copies what the walk will need.
 *
 * Promises: other processes see a write at once, and it is durable after sync. If another process
 * truncates the file, a read gives -EIO, never a signal.
 *
 * Source: pread(2), posix_fadvise(2).
 */
#include "engine.h"
#include "support/joined_reads.h"

#include <errno.h>
#include <stdlib.h>

extern const struct engine_ops engine_pread;

struct pread_engine {
	struct engine engine;
	struct engine_file file;
	bool fadvise;
	struct joined_reads reads; /* open only if batches are sorted */
};

enum { OPTION_FADVISE, OPTION_BATCH, OPTION_GAP, OPTION_ANNOUNCE, OPTION_THREADS, OPTIONS_COUNT };

enum { BATCH_EACH, BATCH_SORTED };

static const char *const batches[] = {"each", "sorted", NULL};

static const struct option_spec pread_options[OPTIONS_COUNT] = {
	[OPTION_FADVISE] = {.name = "fadvise",
			    .type = OPTION_BOOL,
			    .default_value = 1,
			    .tunable = OPTION_TRY("0", "1"),
			    .help = "advise the kernel of the access pattern (posix_fadvise)"},
	[OPTION_BATCH] = {.name = "batch",
			  .type = OPTION_CHOICE,
			  .default_value = BATCH_SORTED,
			  .choices = batches,
			  .tunable = OPTION_TRY("each", "sorted"),
			  .help = "one read per extent, or extents sorted and neighbours joined"},
	[OPTION_GAP] = {.name = "gap",
			.type = OPTION_U64,
			.default_value = EXTENTS_COLD_GAP_BYTES,
			.max = EXTENTS_JOINED_BYTES,
			.tunable = OPTION_TRY("0", "4096", "16384", "65536"),
			.help = "longest gap that is read with its neighbours from a cold file"},
	[OPTION_ANNOUNCE] = {.name = "announce",
			     .type = OPTION_BOOL,
			     .default_value = 1,
			     .tunable = OPTION_TRY("0", "1"),
			     .help = "announce batches of a cold file to the kernel, many reads "
				     "ahead"},
	[OPTION_THREADS] = READ_THREADS_OPTION(
		"reader threads; need batch=sorted and a file opened read-only"),
};

static struct engine_file *file_of(struct engine *engine)
{
	return &((struct pread_engine *)engine)->file;
}

static int pread_open(const char *path, unsigned flags, const uint64_t *options,
		      struct engine **out)
{
	bool sorted = options[OPTION_BATCH] == BATCH_SORTED;
	struct pread_engine *self = calloc(1, sizeof(*self));
	int err;

	if (!self)
		return -ENOMEM;
	self->engine.ops = &engine_pread;
	self->fadvise = options[OPTION_FADVISE] != 0;
	self->reads = (struct joined_reads){.file = &self->file,
					    .announce = options[OPTION_ANNOUNCE] != 0,
					    .cold_gap_bytes = options[OPTION_GAP]};
	err = engine_file_open(&self->file, path, flags);
	if (!err && sorted) {
		err = joined_reads_open(&self->reads, &self->file, flags, options[OPTION_THREADS]);
		if (err)
			(void)engine_file_close(&self->file);
	}
	if (err) {
		free(self);
		return err;
	}
	*out = &self->engine;
	return 0;
}

static int pread_close(struct engine *engine)
{
	struct pread_engine *self = (struct pread_engine *)engine;
	int err;

	joined_reads_close(&self->reads);
	err = engine_file_close(&self->file);
	free(self);
	return err;
}

static uint64_t pread_size(const struct engine *engine)
{
	return ((const struct pread_engine *)engine)->file.size_bytes;
}

static int pread_resize(struct engine *engine, uint64_t size_bytes)
{
	return engine_file_resize(file_of(engine), size_bytes);
}

static int pread_read(struct engine *engine, uint64_t offset, void *buffer, size_t len_bytes)
{
	struct engine_file *file = file_of(engine);

	if (!engine_range_ok(offset, len_bytes, file->size_bytes))
		return -ERANGE;
	return engine_file_read(file, offset, buffer, len_bytes);
}

static int read_each(struct engine *engine, const struct engine_extent *extents, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int err = pread_read(engine, extents[i].offset, extents[i].buffer,
				     (size_t)extents[i].len_bytes);

		if (err)
			return err;
	}
	return 0;
}

static int pread_read_batch(struct engine *engine, struct engine_extent *extents, size_t count)
{
	struct joined_reads *reads = &((struct pread_engine *)engine)->reads;

	return reads->joined && count > 1 ? joined_reads_batch(reads, extents, count)
					  : read_each(engine, extents, count);
}

static void pread_submit(struct engine *engine, struct engine_batch *batch)
{
	struct joined_reads *reads = &((struct pread_engine *)engine)->reads;

	if (reads->joined)
		joined_reads_submit(reads, batch);
}

static int pread_reap(struct engine *engine, struct engine_batch *batch)
{
	return joined_reads_reap(&((struct pread_engine *)engine)->reads, engine, batch);
}

static const pid_t *pread_thread_ids(const struct engine *engine, size_t *count)
{
	return read_threads_ids(((const struct pread_engine *)engine)->reads.threads, count);
}

static void pread_begin_walk(struct engine *engine)
{
	joined_reads_begin_walk(&((struct pread_engine *)engine)->reads);
}

static int pread_write(struct engine *engine, uint64_t offset, const void *buffer, size_t len_bytes)
{
	struct engine_file *file = file_of(engine);

	if (!file->writable)
		return -EBADF;
	if (!engine_range_ok(offset, len_bytes, file->size_bytes))
		return -ERANGE;
	return engine_file_write(file, offset, buffer, len_bytes);
}

static int pread_sync(struct engine *engine)
{
	return engine_file_sync(file_of(engine));
}

static int pread_advise(struct engine *engine, enum engine_pattern pattern)
{
	if (!((struct pread_engine *)engine)->fadvise)
		return -EOPNOTSUPP;
	return engine_file_advise(file_of(engine), pattern);
}

static int pread_drop_cache(struct engine *engine)
{
	((struct pread_engine *)engine)->reads.warmth = WARMTH_COLD;
	return engine_file_drop(file_of(engine));
}

static void pread_stats(const struct engine *engine, struct engine_stats *out)
{
	joined_reads_stats(&((const struct pread_engine *)engine)->reads, out);
}

static int pread_health(struct engine *engine, struct why *why)
{
	return engine_file_health(&((struct pread_engine *)engine)->file, why);
}

static int pread_close_counted(struct engine *engine, struct engine_stats *last)
{
	((struct pread_engine *)engine)->file.last = last;
	return pread_close(engine);
}

const struct engine_ops engine_pread = {
	.magic = ENGINE_MAGIC,
	.abi_major = ENGINE_ABI_MAJOR,
	.abi_minor = ENGINE_ABI_MINOR,
	.struct_size = sizeof(struct engine_ops),
	.name = "pread",
	.summary = "one pread or pwrite per access",
	.capabilities = ENGINE_PERSISTENT | ENGINE_BUILDS,
	.options_count = OPTIONS_COUNT,
	.options = pread_options,
	.open = pread_open,
	.close = pread_close,
	.size = pread_size,
	.resize = pread_resize,
	.read = pread_read,
	.write = pread_write,
	.sync = pread_sync,
	.read_batch = pread_read_batch,
	.advise = pread_advise,
	.drop_cache = pread_drop_cache,
	.stats = pread_stats,
	.health = pread_health,
	.close_counted = pread_close_counted,
	.begin_walk = pread_begin_walk,
	.submit = pread_submit,
	.reap = pread_reap,
	.thread_ids = pread_thread_ids,
};
