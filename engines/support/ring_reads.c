/*
 * Batches of reads through an io_uring.
 *
 * Up to `depth` reads are with the kernel; each is replaced as it is answered, instead of all being
 * handed over in waves of which the slowest read holds up the rest. One io_uring_enter() hands over
 * what is new and waits for the next answer; a busy device gives several at once.
 *
 * Direct reads are made of a batch's extents sorted, rounded out to blocks, and joined where they
 * share or adjoin a block, so that a block is read once; each goes into a slot of our own memory and
 * is copied from there.
 */
#include "ring_reads.h"

#include <errno.h>
#include <stdlib.h>

#define READ_MAX_BYTES ((size_t)1 << 30) /* longest read at once; the kernel's limit is 2 GiB */

static void all_idle(struct ring_reads *self)
{
	for (unsigned i = 0; i < self->depth; i++)
		self->idle[i] = self->depth - 1 - i; /* the last one is taken first */
	self->idle_count = self->depth;
}

int ring_reads_init(struct ring_reads *self, struct engine_file *file, struct direct_file *direct,
		    unsigned depth, bool fixed)
{
	struct ring_setup setup = {.depth = depth, .file = file, .fd = file->fd, .fixed = fixed};
	int err = -ENOMEM;

	*self = (struct ring_reads){.direct = direct, .depth = depth};
	self->requests = calloc(depth, sizeof(*self->requests));
	self->idle = calloc(depth, sizeof(*self->idle));
	if (!self->requests || !self->idle)
		goto out;
	all_idle(self);
	if (direct) {
		err = -EOPNOTSUPP;
		if (RING_SLOT_BYTES % direct->block_bytes)
			goto out;
		err = -ENOMEM;
		setup.fd = direct->fd;
		setup.memory_bytes = depth * RING_SLOT_BYTES;
		setup.memory = self->slots = direct_file_alloc(direct, setup.memory_bytes);
		if (!self->slots)
			goto out;
	}
	err = ring_open(&self->ring, &setup);
out:
	if (err)
		ring_reads_release(self);
	return err;
}

void ring_reads_release(struct ring_reads *self)
{
	ring_close(&self->ring);
	free(self->slots);
	free(self->requests);
	free(self->idle);
	*self = (struct ring_reads){.depth = 0};
}

/* Queues what is left of a request. */
static void queue(struct ring_reads *self, unsigned i)
{
	struct ring_request *request = &self->requests[i];
	size_t left = request->span.len_bytes - request->done_bytes;

	ring_read(&self->ring, request->span.offset + request->done_bytes,
		  request->buffer + request->done_bytes,
		  left < READ_MAX_BYTES ? left : READ_MAX_BYTES, i);
}

/* Gives idle requests something to do, as long as there is something. */
static void fill_queue(struct ring_reads *self, struct spans *spans)
{
	while (self->idle_count > 0) {
		unsigned i = self->idle[self->idle_count - 1];
		struct ring_request *request = &self->requests[i];

		if (self->direct) {
			if (!spans_next(spans, &request->span))
				return;
			request->buffer = self->slots + i * RING_SLOT_BYTES;
		} else {
			const struct engine_extent *extent = &spans->extents[spans->next];

			if (spans->next == spans->count)
				return;
			spans->next++;
			request->span = (struct span){extent->offset, (size_t)extent->len_bytes, 0};
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
static int take_answer(struct ring_reads *self, const struct spans *spans, unsigned i, int result)
{
	struct ring_request *request = &self->requests[i];
	uint64_t wanted = self->ring.setup.file->size_bytes - request->span.offset;
	int err = 0;

	if (wanted > request->span.len_bytes)
		wanted = request->span.len_bytes;
	if (result > 0)
		request->done_bytes += (size_t)result;
	if (result == 0)
		err = -EIO; /* the file was cut short */
	else if (result < 0 && result != -EINTR && result != -EAGAIN)
		err = result;
	else if (request->done_bytes < wanted && self->direct &&
		 request->done_bytes % self->direct->block_bytes)
		err = -EIO; /* cut short within a block */
	if (!err && request->done_bytes < wanted) {
		queue(self, i);
		return 0;
	}
	if (!err && self->direct)
		spans_scatter(spans, &request->span, request->buffer);
	self->idle[self->idle_count++] = i;
	return err;
}

static int read_all(struct ring_reads *self, struct spans *spans)
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
		if (answer_err) { /* no way to get at the answers: what is in flight ends with the ring */
			ring_close(&self->ring);
			all_idle(self);
			return answer_err;
		}
		while (ring_next(&self->ring, &i, &result)) {
			answer_err = take_answer(self, spans, (unsigned)i, result);
			err = err ? err : answer_err;
		}
	}
}

int ring_reads_batch(struct ring_reads *self, struct engine_extent *extents, size_t count)
{
	struct spans spans = {.extents = extents, .count = count, .max_bytes = RING_SLOT_BYTES};
	int err = ring_own(&self->ring);

	if (err)
		return err;
	if (self->direct) {
		extents_sort(extents, count);
		spans.align_bytes = self->direct->block_bytes;
	}
	return read_all(self, &spans);
}
