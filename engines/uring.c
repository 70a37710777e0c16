/*
 * uring: reads through an io_uring, many in flight.
 *
 * How it works: up to `depth` reads of all submitted batches are in flight, and each is replaced when
 * it completes (support/ring_reads.c), so that the queue does not run empty between batches. A
 * single read is a pread(): through the ring it would be one system call too, with more work around
 * it. Extents are joined across small gaps, and across longer ones where the file is not in the page
 * cache (support/warmth.c), or with direct I/O.
 *
 * direct=1 bypasses the page cache. It reads whole blocks, each once per batch. Writes still go through the page cache: they are a few bytes of a slot, and with direct I/O each
 * would read and write a block. The kernel writes cached pages back before a direct read of their
 * range, which keeps the two coherent (support/direct_file.c).
 *
 * Promises: as pread. A batch that fails leaves none of its reads in flight.
 *
 * Source: io_uring(7), and the sources named in support/ring.c.
 */
#include "support/ring_reads.h"
#include "support/warmth.h"

#include <errno.h>
#include <stdlib.h>

extern const struct engine_ops engine_uring;

enum {
	OPTION_DEPTH,
	OPTION_DIRECT,
	OPTION_FIXED,
	OPTION_FADVISE,
	OPTION_GAP,
	OPTION_POLL,
	OPTIONS_COUNT
};

static const struct option_spec uring_options[OPTIONS_COUNT] = {
	[OPTION_DEPTH] = {.name = "depth",
			  .type = OPTION_U64,
			  .default_value = 64,
			  .min = 1,
			  .max = 4096,
			  .tunable = OPTION_TRY("16", "64", "256"),
			  .help = "most reads in flight"},
	[OPTION_DIRECT] = {.name = "direct",
			   .type = OPTION_BOOL,
			   .tunable = OPTION_TRY("0", "1"),
			   .help = "bypass the page cache on reads (O_DIRECT)"},
	[OPTION_FIXED] = {.name = "fixed",
			  .type = OPTION_BOOL,
			  .default_value = 1,
			  .help = "register file and memory with the kernel, if it permits"},
	[OPTION_FADVISE] = {.name = "fadvise",
			    .type = OPTION_BOOL,
			    .default_value = 1,
			    .tunable = OPTION_TRY("0", "1"),
			    .help = "advise the kernel of the access pattern (posix_fadvise)"},
	[OPTION_GAP] = {.name = "gap",
			.type = OPTION_U64,
			.default_value = EXTENTS_COLD_GAP_BYTES,
			.max = RING_SLOT_BYTES,
			.tunable = OPTION_TRY("0", "4096", "16384", "32768"),
			.help = "longest gap that is read with its neighbours from a cold file, or "
				"with direct=1"},
	[OPTION_POLL] = {.name = "poll",
			 .type = OPTION_BOOL,
			 .tunable = OPTION_TRY("0", "1"),
			 .help = "a thread of the kernel submits the reads, and copies what is "
				 "cached (SQPOLL)"},
};

struct uring {
	struct engine engine;
	struct engine_file file;
	struct direct_file direct; /* only if is_direct */
	struct ring_reads reads;
	bool is_direct, fadvise;
	enum warmth warmth; /* of the page cache; WARMTH_COLD if is_direct */
	uint64_t cold_gap_bytes;
};

static struct uring *uring_of(struct engine *engine)
{
	return (struct uring *)engine;
}

static int uring_probe(const char *folder, const uint64_t *options, struct why *why)
{
	uint64_t defaults[OPTIONS_COUNT];
	int err;

	if (!options) {
		option_defaults(uring_options, OPTIONS_COUNT, defaults);
		options = defaults;
	}
	err = ring_probe((unsigned)options[OPTION_DEPTH], options[OPTION_POLL] != 0, why);
	if (!err && options[OPTION_DIRECT])
		err = direct_file_probe(folder, why);
	return err;
}

static int uring_open(const char *path, unsigned flags, const uint64_t *options,
		      struct engine **out)
{
	struct uring *self = calloc(1, sizeof(*self));
	int err;

	if (!self)
		return -ENOMEM;
	self->engine.ops = &engine_uring;
	self->is_direct = options[OPTION_DIRECT] != 0;
	self->warmth = self->is_direct ? WARMTH_COLD : WARMTH_UNKNOWN;
	self->cold_gap_bytes = options[OPTION_GAP];
	self->fadvise = options[OPTION_FADVISE] != 0;
	err = engine_file_open(&self->file, path, flags);
	if (err)
		goto out_free;
	if (self->is_direct)
		err = direct_file_open(&self->direct, &self->file, path);
	if (err)
		goto out_file;
	err = ring_reads_init(&self->reads, &self->file, self->is_direct ? &self->direct : NULL,
			      (unsigned)options[OPTION_DEPTH], options[OPTION_FIXED] != 0,
			      options[OPTION_POLL] != 0);
	if (err == -ENOSYS || err == -EPERM)
		err = -EOPNOTSUPP;
	if (err)
		goto out_direct;
	if (self->is_direct)
		self->engine.block_bytes = (uint32_t)self->direct.block_bytes;
	*out = &self->engine;
	return 0;
out_direct:
	if (self->is_direct)
		direct_file_close(&self->direct);
out_file:
	engine_file_close(&self->file);
out_free:
	free(self);
	return err;
}

static int uring_close(struct engine *engine)
{
	struct uring *self = uring_of(engine);
	int direct_err = 0, err;

	ring_reads_release(&self->reads);
	if (self->is_direct)
		direct_err = direct_file_close(&self->direct);
	err = engine_file_close(&self->file);
	free(self);
	return err ? err : direct_err;
}

static uint64_t uring_size(const struct engine *engine)
{
	return ((const struct uring *)engine)->file.size_bytes;
}

static int uring_resize(struct engine *engine, uint64_t size_bytes)
{
	ring_reads_drain(&uring_of(engine)->reads);
	return engine_file_resize(&uring_of(engine)->file, size_bytes);
}

static int uring_read(struct engine *engine, uint64_t offset, void *buffer, size_t len_bytes)
{
	struct uring *self = uring_of(engine);

	if (!engine_range_ok(offset, len_bytes, self->file.size_bytes))
		return -ERANGE;
	if (!self->is_direct)
		return engine_file_read(&self->file, offset, buffer, len_bytes);
	return direct_file_read(&self->direct, offset, buffer, len_bytes, self->reads.bounce,
				RING_SLOT_BYTES);
}

/* Are all extents within the file? Sets the gap across which they are joined. */
static int prepare(struct uring *self, const struct engine_extent *extents, size_t count)
{
	self->reads.gap_bytes = warmth_is_cold(&self->warmth, &self->file) ? self->cold_gap_bytes
									   : EXTENTS_GAP_BYTES;
	return extents_within(&self->file, extents, count);
}

/* A single extent is read without the ring, unless it is long: with direct I/O it is then read in parts. */
static int uring_read_batch(struct engine *engine, struct engine_extent *extents, size_t count)
{
	struct uring *self = uring_of(engine);
	int err;

	if (count == 1 && extents->len_bytes <= RING_SLOT_BYTES)
		return uring_read(engine, extents->offset, extents->buffer,
				  (size_t)extents->len_bytes);
	err = prepare(self, extents, count);
	return err ? err : ring_reads_batch(&self->reads, extents, count);
}

static void uring_submit(struct engine *engine, struct engine_batch *batch)
{
	struct uring *self = uring_of(engine);

	batch->err = prepare(self, batch->extents, batch->count);
	batch->is_read = batch->err != 0;
	if (!batch->is_read)
		ring_reads_submit(&self->reads, batch);
}

static int uring_reap(struct engine *engine, struct engine_batch *batch)
{
	return ring_reads_reap(&uring_of(engine)->reads, batch);
}

static void uring_begin_walk(struct engine *engine)
{
	struct uring *self = uring_of(engine);

	if (!self->is_direct)
		warmth_begin_walk(&self->warmth, &self->file);
}

static int uring_write(struct engine *engine, uint64_t offset, const void *buffer, size_t len_bytes)
{
	struct engine_file *file = &uring_of(engine)->file;

	if (!file->writable)
		return -EBADF;
	if (!engine_range_ok(offset, len_bytes, file->size_bytes))
		return -ERANGE;
	ring_reads_drain(&uring_of(engine)->reads);
	return engine_file_write(file, offset, buffer, len_bytes);
}

static int uring_sync(struct engine *engine)
{
	return engine_file_sync(&uring_of(engine)->file);
}

static int uring_advise(struct engine *engine, enum engine_pattern pattern)
{
	if (!uring_of(engine)->fadvise || uring_of(engine)->is_direct)
		return -EOPNOTSUPP;
	return engine_file_advise(&uring_of(engine)->file, pattern);
}

static int uring_drop_cache(struct engine *engine)
{
	uring_of(engine)->warmth = WARMTH_COLD;
	ring_reads_drain(&uring_of(engine)->reads);
	return engine_file_drop(&uring_of(engine)->file);
}

static void uring_stats(const struct engine *engine, struct engine_stats *out)
{
	*out = ((const struct uring *)engine)->file.stats;
}

static int uring_health(struct engine *engine, struct why *why)
{
	return engine_file_health(&((struct uring *)engine)->file, why);
}

static int uring_close_counted(struct engine *engine, struct engine_stats *last)
{
	((struct uring *)engine)->file.last = last;
	return uring_close(engine);
}

const struct engine_ops engine_uring = {
	.magic = ENGINE_MAGIC,
	.abi_major = ENGINE_ABI_MAJOR,
	.abi_minor = ENGINE_ABI_MINOR,
	.struct_size = sizeof(struct engine_ops),
	.name = "uring",
	.summary = "batches through io_uring, many reads in flight; optional direct I/O",
	.capabilities = ENGINE_BATCH | ENGINE_DIRECT | ENGINE_PERSISTENT,
	.options_count = OPTIONS_COUNT,
	.options = uring_options,
	.probe = uring_probe,
	.open = uring_open,
	.close = uring_close,
	.size = uring_size,
	.resize = uring_resize,
	.read = uring_read,
	.write = uring_write,
	.sync = uring_sync,
	.read_batch = uring_read_batch,
	.advise = uring_advise,
	.drop_cache = uring_drop_cache,
	.stats = uring_stats,
	.health = uring_health,
	.close_counted = uring_close_counted,
	.begin_walk = uring_begin_walk,
	.submit = uring_submit,
	.reap = uring_reap,
};
