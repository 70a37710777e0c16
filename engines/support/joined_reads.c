#include "joined_reads.h"

#include <errno.h>
#include <stdlib.h>

int joined_reads_open(struct joined_reads *self, struct engine_file *file, unsigned flags,
		      uint64_t threads_count)
{
	int err;

	self->file = file;
	self->joined = malloc(EXTENTS_JOINED_BYTES);
	if (!self->joined)
		return -ENOMEM;
	err = read_threads_new(file, NULL, flags, threads_count, &self->threads);
	if (err)
		joined_reads_close(self);
	return err;
}

void joined_reads_close(struct joined_reads *self)
{
	read_threads_stats(self->threads, &self->file->stats);
	read_threads_free(self->threads);
	free(self->joined);
	self->threads = NULL;
	self->joined = NULL;
}

/* The gap across which extents are joined. */
static uint64_t gap_of(struct joined_reads *self)
{
	return warmth_is_cold(&self->warmth, self->file) ? self->cold_gap_bytes : EXTENTS_GAP_BYTES;
}

int joined_reads_batch(struct joined_reads *self, struct engine_extent *extents, size_t count)
{
	int err = extents_within(self->file, extents, count);

	if (err)
		return err;
	extents_sort(extents, count);
	return extents_read(self->file, extents, count, gap_of(self), self->joined);
}

void joined_reads_submit(struct joined_reads *self, struct engine_batch *batch)
{
	if (self->announce && warmth_is_cold(&self->warmth, self->file))
		extents_announce(self->file, batch, self->cold_gap_bytes);
	if (self->threads && !batch->is_read)
		read_threads_submit(self->threads, batch, gap_of(self));
}

int joined_reads_reap(struct joined_reads *self, struct engine *engine, struct engine_batch *batch)
{
	if (self->threads)
		return read_threads_reap(self->threads, batch);
	batch->err = engine->ops->read_batch(engine, batch->extents, batch->count);
	batch->is_read = true;
	return batch->err;
}

void joined_reads_stats(const struct joined_reads *self, struct engine_stats *out)
{
	*out = self->file->stats;
	read_threads_stats(self->threads, out);
}
