/*
 * Batches of reads through an io_uring.
 *
 * Up to `depth` reads are in flight, of all batches that were submitted, in their order. Each is
 * replaced when it completes; submitting them in waves would make all wait for the slowest read of a
 * wave. One io_uring_enter() submits the new reads and waits for the next completion; a busy device
 * returns several at once.
 *
 * The extents of a batch are sorted and joined across gaps: for direct reads extended to whole
 * blocks, so that each block of a batch is read once. A joined read goes into a slot and is copied
 * from there; through the page cache an extent that stands alone is read in place.
 */
#include "ring_reads.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define READ_MAX_BYTES ((size_t)1 << 30) /* longest read at once; the kernel's limit is 2 GiB */

/* The state of a batch, in the space that the contract gives the engine. */
struct ring_batch {
	struct spans spans;        /* what is left to queue */
	struct engine_batch *next; /* in the list of those with reads to queue */
	unsigned flying_count;
	bool is_queued; /* all of it */
};
_Static_assert(sizeof(struct ring_batch) <= sizeof(((struct engine_batch *)0)->own),
	       "the contract gives an engine this much room in a batch");

static struct ring_batch *ring_batch_of(struct engine_batch *batch)
{
	return (struct ring_batch *)(void *)batch->own;
}

static void finish_if_done(struct engine_batch *batch)
{
	const struct ring_batch *own = ring_batch_of(batch);

	batch->is_read = own->is_queued && own->flying_count == 0;
}

/* Queues the rest of a request. */
static void queue(struct ring_reads *self, unsigned i)
{
	struct ring_request *request = &self->requests[i];
	size_t left = request->span.len_bytes - request->done_bytes;

	ring_read(&self->ring, request->span.offset + request->done_bytes,
		  request->buffer + request->done_bytes,
		  left < READ_MAX_BYTES ? left : READ_MAX_BYTES, i);
}

/* Queues the next read of a batch; false if all are. */
static bool queue_next(struct ring_reads *self, struct engine_batch *batch)
{
	unsigned i = self->idle[self->idle_count - 1];
	struct ring_request *request = &self->requests[i];
	struct ring_batch *own = ring_batch_of(batch);
	struct spans *spans = &own->spans;

	if (batch->err || !spans_next(spans, &request->span))
		return false;
	request->in_place = request->span.len_bytes > RING_SLOT_BYTES ||
			    (!self->direct && spans_is_alone(spans, &request->span));
	request->buffer = request->in_place ? spans->extents[request->span.first].buffer
					    : self->slots + i * RING_SLOT_BYTES;
	request->done_bytes = 0;
	request->batch = batch;
	self->idle_count--;
	own->flying_count++;
	queue(self, i);
	return true;
}

/* Assigns work to idle requests as long as there is any. */
static void fill_queue(struct ring_reads *self)
{
	while (self->first && self->idle_count > 0) {
		struct engine_batch *batch = self->first;

		if (queue_next(self, batch))
			continue;
		self->first = ring_batch_of(batch)->next;
		ring_batch_of(batch)->is_queued = true;
		finish_if_done(batch);
	}
}

/* The length of a span within the file, which a read of it returns. */
static size_t bytes_within(const struct ring_reads *self, const struct span *span)
{
	uint64_t size_bytes = self->ring.setup.file->size_bytes;
	uint64_t left = span->offset < size_bytes ? size_bytes - span->offset : 0;

	return left < span->len_bytes ? (size_t)left : span->len_bytes;
}

/* A completion: the request is done and idle again, or the rest of it is queued. */
static void take_answer(struct ring_reads *self, unsigned i, int result)
{
	struct ring_request *request = &self->requests[i];
	struct engine_batch *batch = request->batch;
	struct ring_batch *own = ring_batch_of(batch);
	size_t wanted = bytes_within(self, &request->span);
	int err = 0;

	if (result > 0)
		request->done_bytes += (size_t)result;
	if (result == 0)
		err = -EIO;
	else if (result < 0 && result != -EINTR && result != -EAGAIN)
		err = result;
	else if (request->done_bytes < wanted && self->direct &&
		 request->done_bytes % self->direct->block_bytes)
		err = -EIO; /* truncated within a block */
	self->ring.setup.file->truncated |= err == -EIO && result >= 0;
	if (!err && request->done_bytes < wanted) {
		queue(self, i);
		return;
	}
	if (!err && !request->in_place)
		spans_scatter(&own->spans, &request->span, request->buffer);
	request->batch = NULL;
	self->idle[self->idle_count++] = i;
	own->flying_count--;
	batch->err = batch->err ? batch->err : err; /* then nothing more of it is queued */
	finish_if_done(batch);
}

/* Completions can no longer be received: every batch fails. */
static void break_off(struct ring_reads *self, int err)
{
	self->broken = true;
	for (unsigned i = 0; i < self->depth; i++) {
		struct engine_batch *batch = self->requests[i].batch;

		if (batch) {
			batch->err = batch->err ? batch->err : err;
			batch->is_read = true;
		}
	}
	for (; self->first; self->first = ring_batch_of(self->first)->next) {
		self->first->err = err;
		self->first->is_read = true;
	}
}

/* Processes the completions that are there, and queues reads in their place. */
static void take_answers(struct ring_reads *self)
{
	uint64_t tag;
	int result;

	while (ring_next(&self->ring, &tag, &result))
		take_answer(self, (unsigned)tag, result);
	fill_queue(self);
}

/* The same after waiting for at least one. */
static void wait_for_answers(struct ring_reads *self)
{
	int err = ring_wait(&self->ring);

	if (err)
		break_off(self, err);
	else
		take_answers(self);
}

/* Sorts a batch and queues what there is room for. */
static void start(struct ring_reads *self, struct engine_batch *batch)
{
	struct ring_batch *own = ring_batch_of(batch);
	int err = self->broken ? -EIO : ring_reads_pending(self) ? 0 : ring_own(&self->ring);

	*own = (struct ring_batch){
		.spans = {.extents = batch->extents,
			  .count = batch->count,
			  .align_bytes = self->direct ? self->direct->block_bytes : 1,
			  .gap_bytes = self->gap_bytes,
			  .max_bytes = RING_SLOT_BYTES}};
	batch->err = err;
	batch->is_read = err != 0;
	if (err)
		return;
	extents_sort(batch->extents, batch->count);
	if (self->first)
		ring_batch_of(self->last)->next = batch;
	else
		self->first = batch;
	self->last = batch;
	fill_queue(self);
}

void ring_reads_submit(struct ring_reads *self, struct engine_batch *batch)
{
	start(self, batch);
	ring_submit(&self->ring);
}

int ring_reads_reap(struct ring_reads *self, struct engine_batch *batch)
{
	if (!batch->is_read)
		take_answers(self);
	while (!batch->is_read)
		wait_for_answers(self);
	if (!self->broken)
		ring_submit(&self->ring); /* the device has work while the caller uses the batch */
	return batch->err;
}

int ring_reads_batch(struct ring_reads *self, struct engine_extent *extents, size_t count)
{
	struct engine_batch batch = {.extents = extents, .count = count};

	start(self, &batch);
	while (!batch.is_read)
		wait_for_answers(self);
	return batch.err;
}

void ring_reads_drain(struct ring_reads *self)
{
	while (ring_reads_pending(self) && !self->broken)
		wait_for_answers(self);
}

/* ---- opening and closing ---- */

/* Memory of direct slots, and one more for single reads. */
static int make_slots(struct ring_reads *self, struct ring_setup *setup)
{
	size_t count = (size_t)self->depth + 1;

	if (!self->direct) {
		self->slots = malloc(self->depth * RING_SLOT_BYTES);
		if (self->slots) /* so that no walk takes its page faults */
			memset(self->slots, 1, self->depth * RING_SLOT_BYTES);
		return self->slots ? 0 : -ENOMEM;
	}
	if (RING_SLOT_BYTES % self->direct->block_bytes)
		return -EOPNOTSUPP;
	setup->fd = self->direct->fd;
	setup->memory_bytes = count * RING_SLOT_BYTES;
	setup->memory = self->slots = direct_file_alloc(self->direct, setup->memory_bytes);
	self->bounce = self->slots + (count - 1) * RING_SLOT_BYTES;
	return self->slots ? 0 : -ENOMEM;
}

int ring_reads_init(struct ring_reads *self, struct engine_file *file, struct direct_file *direct,
		    unsigned depth, bool fixed, bool poll)
{
	struct ring_setup setup = {
		.depth = depth, .file = file, .fd = file->fd, .fixed = fixed, .poll = poll};
	int err = -ENOMEM;

	*self = (struct ring_reads){.direct = direct};
	self->requests = calloc(depth, sizeof(*self->requests));
	self->idle = calloc(depth, sizeof(*self->idle));
	if (!self->requests || !self->idle)
		goto out; /* with a depth of 0: nothing is in flight */
	self->depth = depth;
	for (unsigned i = 0; i < self->depth; i++)
		self->idle[i] = self->depth - 1 - i; /* a stack */
	self->idle_count = self->depth;
	err = make_slots(self, &setup);
	if (!err)
		err = ring_open(&self->ring, &setup);
out:
	if (err)
		ring_reads_release(self);
	return err;
}

void ring_reads_release(struct ring_reads *self)
{
	ring_reads_drain(self);
	ring_close(&self->ring);
	if (!self->broken) /* otherwise the kernel may still write there, and it is leaked on purpose */
		free(self->slots);
	free(self->requests);
	free(self->idle);
	*self = (struct ring_reads){.depth = 0};
}
