/*
 * uring: reads through an io_uring, many in flight.
 *
 * How it works: read_batch() keeps up to `depth` reads with the kernel and replaces each as it is
 * answered, instead of handing them over in waves of which the slowest read holds up all. One
 * io_uring_enter() hands over what is new and waits for the next answer; on a busy device that
 * costs a call for each few reads. Every read that stands alone is a pread(): through the ring it
 * would be the same call with more work round it.
 *
 * direct=1 goes round the page cache. The extents of a batch are sorted, rounded out to blocks, and
 * those that share or adjoin blocks joined (support/extents.c), so that a block is read once; each
 * read goes into a slot of the engine's own memory and is copied from there.
 *
 * Writes go through the page cache in both cases. They are a few bytes of a slot, which as direct
 * I/O would be a read and a write of a block each; and the kernel writes the pages back before a
 * direct read of their range, which keeps the two coherent (support/direct_file.c). No prefetch:
 * the batch is the look-ahead, and has nothing to guess.
 *
 * Promises: as pread. A batch that fails has no read left in flight.
 *
 * Source: io_uring(7), and what support/ring.c names.
 */
#include "support/direct_file.h"
#include "support/extents.h"
#include "support/ring.h"

#include <errno.h>
#include <stdlib.h>

extern const struct engine_ops engine_uring;

enum { OPTION_DEPTH, OPTION_DIRECT, OPTION_FIXED, OPTION_FADVISE, OPTIONS_COUNT };

static const struct option_spec uring_options[OPTIONS_COUNT] = {
	[OPTION_DEPTH] = {"depth", OPTION_U64, 64, 1, 4096, NULL, "reads in flight at most"},
	[OPTION_DIRECT] = {"direct", OPTION_BOOL, 0, 0, 0, NULL,
			   "read round the page cache (O_DIRECT)"},
	[OPTION_FIXED] = {"fixed", OPTION_BOOL, 1, 0, 0, NULL,
			  "register file and memory with the kernel, where it lets us"},
	[OPTION_FADVISE] = {"fadvise", OPTION_BOOL, 1, 0, 0, NULL,
			    "tell the kernel the access pattern (posix_fadvise)"},
};

#define SLOT_BYTES     ((size_t)16384)	 /* longest direct read: more than one keeps the queue full */
#define READ_MAX_BYTES ((size_t)1 << 30) /* longest read at once; the kernel's limit is 2 GiB */

struct request {
	struct span span;
	unsigned char *buffer;
	size_t done_bytes;
};

struct uring {
	struct engine engine;
	struct engine_file file;
	struct direct_file direct; /* only where is_direct */
	struct ring ring;
	bool is_direct, fadvise;
	unsigned depth;
	unsigned char *slots;	  /* [depth * SLOT_BYTES], only where is_direct */
	struct request *requests; /* [depth]; the i-th reads into the i-th slot */
	unsigned *idle;		  /* [depth] indices of requests; the first idle_count are set */
	unsigned idle_count;
};

static struct uring *uring_of(struct engine *engine)
{
	return (struct uring *)engine;
}

static int uring_probe(const char *folder, const uint64_t *options, struct why *why)
{
	int err = ring_probe((unsigned)(options ? options : &uring_options[0].default_value)[0],
			     why);

	return err || !options || !options[OPTION_DIRECT] ? err : direct_file_probe(folder, why);
}

static int uring_free(struct uring *self)
{
	int err = 0;

	ring_close(&self->ring);
	if (self->is_direct)
		err = direct_file_close(&self->direct);
	free(self->slots);
	free(self->requests);
	free(self->idle);
	free(self);
	return err;
}

static int set_up(struct uring *self, const char *path, const uint64_t *options)
{
	struct ring_setup setup = {.depth = self->depth,
				   .file = &self->file,
				   .fd = self->file.fd,
				   .fixed = options[OPTION_FIXED] != 0};

	self->requests = calloc(self->depth, sizeof(*self->requests));
	self->idle = calloc(self->depth, sizeof(*self->idle));
	if (!self->requests || !self->idle)
		return -ENOMEM;
	while (self->idle_count < self->depth) {
		self->idle[self->idle_count] = self->depth - 1 - self->idle_count;
		self->idle_count++;
	}
	if (options[OPTION_DIRECT]) {
		int err = direct_file_open(&self->direct, &self->file, path);

		if (!err && self->direct.block_bytes > SLOT_BYTES) {
			direct_file_close(&self->direct);
			err = -EOPNOTSUPP;
		}
		if (err)
			return err;
		self->is_direct = true;
		setup.fd = self->direct.fd;
		setup.memory_bytes = self->depth * SLOT_BYTES;
		setup.memory = self->slots = direct_file_alloc(&self->direct, setup.memory_bytes);
		if (!self->slots)
			return -ENOMEM;
	}
	return ring_open(&self->ring, &setup);
}

static int uring_open(const char *path, unsigned flags, const uint64_t *options,
		      struct engine **out)
{
	struct uring *self = calloc(1, sizeof(*self));
	int err;

	if (!self)
		return -ENOMEM;
	self->engine.ops = &engine_uring;
	self->depth = (unsigned)options[OPTION_DEPTH];
	self->fadvise = options[OPTION_FADVISE] != 0;
	err = engine_file_open(&self->file, path, flags);
	if (err) {
		free(self);
		return err;
	}
	err = set_up(self, path, options);
	if (err) {
		engine_file_close(&self->file);
		uring_free(self);
		return err == -ENOSYS || err == -EPERM ? -EOPNOTSUPP : err;
	}
	*out = &self->engine;
	return 0;
}

static int uring_close(struct engine *engine)
{
	int err = engine_file_close(&uring_of(engine)->file);
	int direct_err = uring_free(uring_of(engine));

	return err ? err : direct_err;
}

static uint64_t uring_size(const struct engine *engine)
{
	return ((const struct uring *)engine)->file.size_bytes;
}

static int uring_resize(struct engine *engine, uint64_t size_bytes)
{
	return engine_file_resize(&uring_of(engine)->file, size_bytes);
}

static int uring_read(struct engine *engine, uint64_t offset, void *buffer, size_t len_bytes)
{
	struct uring *self = uring_of(engine);

	if (!engine_range_ok(offset, len_bytes, self->file.size_bytes))
		return -ERANGE;
	if (!self->is_direct)
		return engine_file_read(&self->file, offset, buffer, len_bytes);
	return direct_file_read(&self->direct, offset, buffer, len_bytes, self->slots,
				self->depth * SLOT_BYTES);
}

/* Queues what is left of a request. */
static void queue(struct uring *self, unsigned i)
{
	struct request *request = &self->requests[i];
	size_t left = request->span.len_bytes - request->done_bytes;

	ring_read(&self->ring, request->span.offset + request->done_bytes,
		  request->buffer + request->done_bytes,
		  left < READ_MAX_BYTES ? left : READ_MAX_BYTES, i);
}

/* Gives idle requests something to do, as long as there is something. */
static void fill_queue(struct uring *self, struct spans *spans)
{
	while (self->idle_count > 0) {
		unsigned i = self->idle[self->idle_count - 1];
		struct request *request = &self->requests[i];

		if (self->is_direct) {
			if (!spans_next(spans, &request->span))
				return;
			request->buffer = self->slots + i * SLOT_BYTES;
		} else {
			const struct engine_extent *extent = &spans->extents[spans->next];

			if (spans->next == spans->count)
				return;
			spans->next++;
			request->span =
				(struct span){extent->offset, (size_t)extent->len_bytes, 0};
			request->buffer = extent->buffer;
			if (extent->len_bytes == 0)
				continue;
		}
		request->done_bytes = 0;
		self->idle_count--;
		queue(self, i);
	}
}

/* An answer: the request is done and idle again, or what is left of it queued. */
static int take_answer(struct uring *self, const struct spans *spans, unsigned i, int result)
{
	struct request *request = &self->requests[i];
	uint64_t wanted = self->file.size_bytes - request->span.offset; /* else the end of it */
	int err = 0;

	if (wanted > request->span.len_bytes)
		wanted = request->span.len_bytes;
	if (result > 0)
		request->done_bytes += (size_t)result;
	if (result == 0)
		err = -EIO; /* the file was cut short */
	else if (result < 0 && result != -EINTR && result != -EAGAIN)
		err = result;
	else if (request->done_bytes < wanted && self->is_direct &&
		 request->done_bytes % self->direct.block_bytes)
		err = -EIO; /* cut short within a block */
	if (!err && request->done_bytes < wanted) {
		queue(self, i);
		return 0;
	}
	if (!err && self->is_direct)
		spans_scatter(spans, &request->span, request->buffer);
	self->idle[self->idle_count++] = i;
	return err;
}

static int read_all(struct uring *self, struct spans *spans)
{
	int err = 0;

	for (;;) {
		uint64_t i;
		int result, answer_err;

		if (!err)
			fill_queue(self, spans);
		if (self->idle_count == self->depth)
			return err;
		answer_err = ring_wait(&self->ring);
		if (answer_err) { /* no way to get at the answers: what is in flight ends with it */
			ring_close(&self->ring);
			return answer_err;
		}
		while (ring_next(&self->ring, &i, &result)) {
			answer_err = take_answer(self, spans, (unsigned)i, result);
			err = err ? err : answer_err;
		}
	}
}

static int uring_read_batch(struct engine *engine, struct engine_extent *extents, size_t count)
{
	struct uring *self = uring_of(engine);
	struct spans spans = {.extents = extents, .count = count, .max_bytes = SLOT_BYTES};
	int err;

	for (size_t i = 0; i < count; i++) {
		if (!engine_range_ok(extents[i].offset, extents[i].len_bytes,
				     self->file.size_bytes))
			return -ERANGE;
	}
	if (count == 1 && extents->len_bytes <= SLOT_BYTES / 2)
		return uring_read(engine, extents->offset, extents->buffer,
				  (size_t)extents->len_bytes);
	if (self->is_direct) {
		extents_sort(extents, count);
		spans.align_bytes = self->direct.block_bytes;
	}
	err = ring_own(&self->ring);
	return err ? err : read_all(self, &spans);
}

static int uring_write(struct engine *engine, uint64_t offset, const void *buffer, size_t len_bytes)
{
	struct engine_file *file = &uring_of(engine)->file;

	if (!file->writable)
		return -EBADF;
	if (!engine_range_ok(offset, len_bytes, file->size_bytes))
		return -ERANGE;
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
	return engine_file_drop(&uring_of(engine)->file);
}

static void uring_stats(const struct engine *engine, struct engine_stats *out)
{
	*out = ((const struct uring *)engine)->file.stats;
}

const struct engine_ops engine_uring = {
	.magic = ENGINE_MAGIC,
	.abi_major = ENGINE_ABI_MAJOR,
	.abi_minor = ENGINE_ABI_MINOR,
	.struct_size = sizeof(struct engine_ops),
	.name = "uring",
	.summary = "batches through io_uring, many reads in flight; direct I/O as an option",
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
};
