/*
 * Batches of reads through an io_uring.
 *
 * Up to `depth` reads are with the kernel; each is replaced as it is answered, instead of all being
 * handed over in waves of which the slowest read holds up the rest. One io_uring_enter() hands over
 * what is new and waits for the next answer; a busy device gives several at once.
 *
 * Direct reads are made of a batch's extents sorted, rounded out to blocks, and joined where they
 * share or adjoin a block, so that a block is read once; each goes into a slot of our own memory and
 * is copied from there. Room in the queue that a batch does not need is for reads ahead of the next
 * ones (ring_ahead.c), which stay in flight between batches.
 */
#include "ring_reads.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define READ_MAX_BYTES ((size_t)1 << 30) /* longest read at once; the kernel's limit is 2 GiB */
#define PREFETCH_MAX   64                /* extents sorted and joined at once */

/* Queues what is left of a request. */
static void queue(struct ring_reads *self, unsigned i)
{
	struct ring_request *request = &self->requests[i];
	size_t left = request->span.len_bytes - request->done_bytes;

	ring_read(&self->ring, request->span.offset + request->done_bytes,
		  request->buffer + request->done_bytes,
		  left < READ_MAX_BYTES ? left : READ_MAX_BYTES, i);
}

/* Gives idle requests something to do, as long as there is something; true: there is no more. */
static bool fill_queue(struct ring_reads *self, struct spans *spans)
{
	while (self->idle_count > 0 && self->flying_count < self->depth) {
		unsigned i = self->idle[self->idle_count - 1];
		struct ring_request *request = &self->requests[i];

		if (self->direct) {
			if (!spans_next(spans, &request->span))
				return true;
			request->buffer = self->slots + i * RING_SLOT_BYTES;
		} else {
			const struct engine_extent *extent = &spans->extents[spans->next];

			if (spans->next == spans->count)
				return true;
			spans->next++;
			request->span = (struct span){extent->offset, (size_t)extent->len_bytes, 0};
			request->buffer = extent->buffer;
			if (extent->len_bytes == 0)
				continue;
		}
		request->done_bytes = 0;
		self->idle_count--;
		self->flying_count++;
		queue(self, i);
	}
	return false;
}

/* What room the batch leaves is for what was announced. */
static void fill_ahead(struct ring_reads *self)
{
	unsigned slot;

	while (self->flying_count < self->depth && ring_ahead_next(&self->ahead, &slot)) {
		const struct span *span = &self->ahead.slots[slot].span;

		self->flying_count++;
		ring_read(&self->ring, span->offset, ring_ahead_bytes(&self->ahead, slot),
			  span->len_bytes, self->depth + slot);
	}
}

/* How much of a span lies within the file, which is what a read of it gives. */
static size_t bytes_within(const struct ring_reads *self, const struct span *span)
{
	uint64_t size_bytes = self->ring.setup.file->size_bytes;
	uint64_t left = span->offset < size_bytes ? size_bytes - span->offset : 0;

	return left < span->len_bytes ? (size_t)left : span->len_bytes;
}

/* An answer: the request is done and idle again, or what is left of it queued. */
static int take_answer(struct ring_reads *self, const struct spans *spans, unsigned i, int result)
{
	struct ring_request *request = &self->requests[i];
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
		err = -EIO; /* cut short within a block */
	self->ring.setup.file->cut_short |= err == -EIO && result >= 0;
	if (!err && request->done_bytes < wanted) {
		queue(self, i);
		return 0;
	}
	if (!err && self->direct)
		spans_scatter(spans, &request->span, request->buffer);
	self->idle[self->idle_count++] = i;
	self->flying_count--;
	return err;
}

/* An answer to a read ahead: one that is short or failed is not worth a second try. */
static void take_ahead(struct ring_reads *self, unsigned slot, int result)
{
	size_t wanted = bytes_within(self, &self->ahead.slots[slot].span);

	self->flying_count--;
	ring_ahead_answered(&self->ahead, slot, result >= 0 && (size_t)result >= wanted);
}

/* Takes all answers that are there: the first error among those to the batch's requests. */
static int take_answers(struct ring_reads *self, const struct spans *spans)
{
	uint64_t tag;
	int result, err = 0;

	while (ring_next(&self->ring, &tag, &result)) {
		int answer_err = 0;

		if (tag < self->depth)
			answer_err = take_answer(self, spans, (unsigned)tag, result);
		else
			take_ahead(self, (unsigned)tag - self->depth, result);
		err = err ? err : answer_err;
	}
	return err;
}

/* Have all hits of the batch been answered? Those before *first have. */
static bool hits_are_there(const struct ring_reads *self, size_t *first)
{
	const struct ring_ahead *ahead = &self->ahead;

	while (*first < ahead->hits_count &&
	       ahead->slots[ahead->hits[*first].slot].state >= AHEAD_READY)
		++*first;
	return *first == ahead->hits_count;
}

/* Reads the spans, and waits for the hits. */
static int read_all(struct ring_reads *self, struct spans *spans)
{
	size_t hits_done = 0;
	int err = 0;

	for (;;) {
		bool handed_over = fill_queue(self, spans) || err;
		int answer_err;

		fill_ahead(self);
		if (handed_over && self->idle_count == self->depth &&
		    (err || hits_are_there(self, &hits_done))) {
			ring_submit(&self->ring);
			return err;
		}
		answer_err = ring_wait(&self->ring);
		if (answer_err) { /* no way to get at the answers, nor to know when they came */
			self->broken = true;
			return answer_err;
		}
		answer_err = take_answers(self, spans);
		if (!err && answer_err)
			spans->next = spans->count; /* nothing more of it is asked for */
		err = err ? err : answer_err;
	}
}

/* Copies what was read ahead to where it is wanted. */
static int hand_out(struct ring_reads *self, int err)
{
	struct ring_ahead *ahead = &self->ahead;

	for (size_t i = 0; i < ahead->hits_count; i++) {
		const struct engine_extent *extent = &ahead->hits[i].extent;
		const struct ahead_slot *slot = &ahead->slots[ahead->hits[i].slot];

		if (!err && slot->state == AHEAD_FAILED)
			err = direct_file_read(self->direct, extent->offset, extent->buffer,
					       (size_t)extent->len_bytes, self->bounce,
					       RING_SLOT_BYTES);
		else if (!err)
			memcpy(extent->buffer,
			       ring_ahead_bytes(ahead, ahead->hits[i].slot) +
				       (extent->offset - slot->span.offset),
			       (size_t)extent->len_bytes);
	}
	for (size_t i = 0; !err && i < ahead->hits_count; i++)
		ring_ahead_used(ahead, ahead->hits[i].slot);
	ahead->hits_count = 0;
	return err;
}

int ring_reads_batch(struct ring_reads *self, struct engine_extent *extents, size_t count)
{
	struct spans spans = {.extents = extents, .count = count, .max_bytes = RING_SLOT_BYTES};
	int err = self->broken ? -EIO : ring_own(&self->ring);

	if (err)
		return err;
	if (self->direct) {
		extents_sort(extents, count);
		spans.align_bytes = self->direct->block_bytes;
	}
	if (self->ahead.slots_count)
		spans.count = ring_ahead_split(&self->ahead, extents, count);
	err = read_all(self, &spans);
	return self->ahead.hits_count ? hand_out(self, err) : err;
}

void ring_reads_prefetch(struct ring_reads *self, const struct engine_extent *extents, size_t count)
{
	struct engine_file *file = self->ring.setup.file;
	struct engine_extent sorted[PREFETCH_MAX];

	if (!self->ahead.slots_count || self->broken)
		return;
	for (size_t i = 0; i < count;) {
		struct spans spans = {.extents = sorted,
				      .align_bytes = self->direct->block_bytes,
				      .max_bytes = RING_SLOT_BYTES};

		for (; i < count && spans.count < PREFETCH_MAX; i++) {
			if (extents[i].len_bytes <= RING_SLOT_BYTES &&
			    engine_range_ok(extents[i].offset, extents[i].len_bytes,
					    file->size_bytes))
				sorted[spans.count++] = extents[i];
		}
		extents_sort(sorted, spans.count);
		ring_ahead_announce(&self->ahead, &spans);
		file->stats.prefetch_extents += spans.count;
	}
	fill_ahead(self);
	ring_submit(&self->ring);
}

void ring_reads_forget(struct ring_reads *self)
{
	if (self->ahead.slots_count)
		ring_ahead_forget(&self->ahead);
}

/* ---- opening and closing ---- */

/* Memory of slots, where direct: the requests', those of reads ahead, and one for single reads. */
static int make_slots(struct ring_reads *self, struct ring_setup *setup, unsigned ahead_slots)
{
	size_t count = (size_t)self->depth + ahead_slots + 1;

	if (RING_SLOT_BYTES % self->direct->block_bytes)
		return -EOPNOTSUPP;
	setup->fd = self->direct->fd;
	setup->memory_bytes = count * RING_SLOT_BYTES;
	setup->memory = self->slots = direct_file_alloc(self->direct, setup->memory_bytes);
	if (!self->slots)
		return -ENOMEM;
	self->bounce = self->slots + (count - 1) * RING_SLOT_BYTES;
	return ring_ahead_init(&self->ahead, ahead_slots, self->direct->block_bytes,
			       self->slots + self->depth * RING_SLOT_BYTES);
}

int ring_reads_init(struct ring_reads *self, struct engine_file *file, struct direct_file *direct,
		    const struct ring_depth *depth)
{
	struct ring_setup setup = {.depth = depth->in_flight,
				   .file = file,
				   .fd = file->fd,
				   .fixed = depth->fixed,
				   .any_thread = direct && depth->ahead_slots > 0};
	int err = -ENOMEM;

	*self = (struct ring_reads){.direct = direct, .depth = depth->in_flight};
	self->requests = calloc(self->depth, sizeof(*self->requests));
	self->idle = calloc(self->depth, sizeof(*self->idle));
	if (!self->requests || !self->idle)
		goto out;
	for (unsigned i = 0; i < self->depth; i++)
		self->idle[i] = self->depth - 1 - i; /* the last one is taken first */
	self->idle_count = self->depth;
	err = direct ? make_slots(self, &setup, depth->ahead_slots) : 0;
	if (!err)
		err = ring_open(&self->ring, &setup);
out:
	if (err)
		ring_reads_release(self);
	return err;
}

/* Waits for what is in flight, which nobody wants any more. */
static void drain(struct ring_reads *self)
{
	const struct spans none = {.count = 0};

	ring_reads_forget(self);
	while (self->flying_count > 0 && !self->broken) {
		self->broken = ring_wait(&self->ring) != 0;
		if (!self->broken)
			(void)take_answers(self, &none);
	}
}

void ring_reads_release(struct ring_reads *self)
{
	drain(self);
	ring_close(&self->ring);
	if (!self->broken) /* else the kernel may still write there, and it stays for ever */
		free(self->slots);
	ring_ahead_release(&self->ahead);
	free(self->requests);
	free(self->idle);
	*self = (struct ring_reads){.depth = 0};
}
