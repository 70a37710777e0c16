/*
 * Batches of reads through an io_uring.
 *
 * Up to `depth` reads are in flight. Each is replaced when it completes; submitting them in waves
 * would make all wait for the slowest read of a wave. One io_uring_enter() submits the new reads
 * and waits for the next completion; a busy device returns several at once.
 *
 * The extents of a batch are sorted and joined: for direct reads extended to whole blocks, if they
 * share a block or are adjacent, so that each block is read once; through the page cache also across
 * small gaps, as pread does. A joined read goes into a slot and is copied from there; through the page
 * cache an extent that stands alone is read in place. For direct reads the rest of the queue is used for read-ahead (ring_ahead.c), which stays in
 * flight between batches.
 */
#include "ring_reads.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define READ_MAX_BYTES ((size_t)1 << 30) /* longest read at once; the kernel's limit is 2 GiB */
#define PREFETCH_MAX   64                /* extents sorted and joined at once */

/* Queues the rest of a request. */
static void queue(struct ring_reads *self, unsigned i)
{
	struct ring_request *request = &self->requests[i];
	size_t left = request->span.len_bytes - request->done_bytes;

	ring_read(&self->ring, request->span.offset + request->done_bytes,
		  request->buffer + request->done_bytes,
		  left < READ_MAX_BYTES ? left : READ_MAX_BYTES, i);
}

/* An extent of more than a slot that touches no other is read through the page cache at once and in place. */
static bool next_long(const struct ring_reads *self, struct spans *spans, struct span *out)
{
	const struct engine_extent *extent = &spans->extents[spans->next];

	if (self->direct || spans->next == spans->count || extent->len_bytes <= RING_SLOT_BYTES ||
	    extent->offset < spans->covered)
		return false;
	*out = (struct span){extent->offset, (size_t)extent->len_bytes, spans->next};
	if (!spans_is_alone(spans, out))
		return false;
	spans->covered = out->offset + out->len_bytes;
	spans->next++;
	return true;
}

/* Assigns work to idle requests as long as there is any; true if all is assigned. */
static bool fill_queue(struct ring_reads *self, struct spans *spans)
{
	while (self->idle_count > 0 && self->flying_count < self->depth) {
		unsigned i = self->idle[self->idle_count - 1];
		struct ring_request *request = &self->requests[i];

		if (!next_long(self, spans, &request->span) && !spans_next(spans, &request->span))
			return true;
		request->in_place = !self->direct && spans_is_alone(spans, &request->span);
		request->buffer = request->in_place ? spans->extents[request->span.first].buffer
						    : self->slots + i * RING_SLOT_BYTES;
		request->done_bytes = 0;
		self->idle_count--;
		self->flying_count++;
		queue(self, i);
	}
	return false;
}

/* The rest of the queue is used for announced extents. */
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

/* The length of a span within the file, which a read of it returns. */
static size_t bytes_within(const struct ring_reads *self, const struct span *span)
{
	uint64_t size_bytes = self->ring.setup.file->size_bytes;
	uint64_t left = span->offset < size_bytes ? size_bytes - span->offset : 0;

	return left < span->len_bytes ? (size_t)left : span->len_bytes;
}

/* A completion: the request is done and idle again, or the rest of it is queued. */
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
		err = -EIO; /* truncated within a block */
	self->ring.setup.file->truncated |= err == -EIO && result >= 0;
	if (!err && request->done_bytes < wanted) {
		queue(self, i);
		return 0;
	}
	if (!err && !request->in_place)
		spans_scatter(spans, &request->span, request->buffer);
	self->idle[self->idle_count++] = i;
	self->flying_count--;
	return err;
}

/* A completion of read-ahead. A short or failed read is not repeated. */
static void take_ahead(struct ring_reads *self, unsigned slot, int result)
{
	size_t wanted = bytes_within(self, &self->ahead.slots[slot].span);

	self->flying_count--;
	ring_ahead_answered(&self->ahead, slot, result >= 0 && (size_t)result >= wanted);
}

/* Processes all completions. Returns the first error of the batch's requests. */
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

/* Have all hits of the batch been read? Those before *first have. */
static bool hits_are_there(const struct ring_reads *self, size_t *first)
{
	const struct ring_ahead *ahead = &self->ahead;

	while (*first < ahead->hits_count &&
	       ahead->slots[ahead->hits[*first].slot].state >= AHEAD_READY)
		++*first;
	return *first == ahead->hits_count;
}

/* Reads the spans and waits for the hits. */
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
		if (answer_err) { /* the completions can no longer be received */
			self->broken = true;
			return answer_err;
		}
		answer_err = take_answers(self, spans);
		if (!err && answer_err)
			spans->next = spans->count; /* nothing more of the batch is submitted */
		err = err ? err : answer_err;
	}
}

/* Copies what was read ahead to the extents. */
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
	struct spans spans = {.extents = extents,
			      .count = count,
			      .align_bytes = self->direct ? self->direct->block_bytes : 1,
			      .gap_bytes = self->direct ? 0 : EXTENTS_GAP_BYTES,
			      .max_bytes = RING_SLOT_BYTES};
	int err = self->broken ? -EIO : ring_own(&self->ring);

	if (err)
		return err;
	extents_sort(extents, count);
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

/* Memory of direct slots: those of requests, those of read-ahead, and one for single reads. */
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
		self->idle[i] = self->depth - 1 - i; /* a stack */
	self->idle_count = self->depth;
	if (direct) {
		err = make_slots(self, &setup, depth->ahead_slots);
	} else {
		self->slots = malloc(self->depth * RING_SLOT_BYTES);
		err = self->slots ? 0 : -ENOMEM;
		if (!err) /* so that no walk takes its page faults */
			memset(self->slots, 1, self->depth * RING_SLOT_BYTES);
	}
	if (!err)
		err = ring_open(&self->ring, &setup);
out:
	if (err)
		ring_reads_release(self);
	return err;
}

/* Waits for the reads in flight and discards them. */
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
	if (!self->broken) /* otherwise the kernel may still write there, and it is leaked on purpose */
		free(self->slots);
	ring_ahead_release(&self->ahead);
	free(self->requests);
	free(self->idle);
	*self = (struct ring_reads){.depth = 0};
}
