/*
 * Small writes that are buffered in user space.
 *
 * They are kept in order of arrival. A flush sorts them by offset, joins those that touch or
 * overlap to a run, copies the writes of the run into one buffer in order of arrival, and writes it
 * with one pwrite(). Writing in sorted order would be wrong: of two that overlap, the later one
 * must win, not the one with the higher offset.
 */
#include "pending.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int pending_init(struct pending *pending, size_t max_count, size_t max_bytes)
{
	*pending = (struct pending){.max_count = max_count, .arena_bytes = max_count * max_bytes};
	if (max_count == 0)
		return 0;
	pending->writes = calloc(max_count, sizeof(*pending->writes));
	pending->sorted = calloc(max_count, sizeof(*pending->sorted));
	pending->arena = malloc(2 * pending->arena_bytes);
	if (pending->writes && pending->sorted && pending->arena)
		return 0;
	pending_release(pending);
	return -ENOMEM;
}

void pending_release(struct pending *pending)
{
	free(pending->writes);
	free(pending->sorted);
	free(pending->arena);
	*pending = (struct pending){0};
}

void pending_add(struct pending *pending, uint64_t offset, const void *buffer, size_t len_bytes)
{
	struct pending_write *write = &pending->writes[pending->count];

	*write = (struct pending_write){offset, len_bytes, pending->used_bytes, pending->count};
	memcpy(pending->arena + write->at, buffer, len_bytes);
	pending->used_bytes += len_bytes;
	pending->count++;
}

static bool touches(const struct pending_write *write, uint64_t offset, size_t len_bytes)
{
	return write->offset < offset + len_bytes && offset < write->offset + write->len_bytes;
}

bool pending_touches(const struct pending *pending, uint64_t offset, size_t len_bytes)
{
	for (size_t i = 0; i < pending->count; i++) {
		if (touches(&pending->writes[i], offset, len_bytes))
			return true;
	}
	return false;
}

void pending_overlay(const struct pending *pending, uint64_t offset, unsigned char *buffer,
		     size_t len_bytes)
{
	for (size_t i = 0; i < pending->count; i++) {
		const struct pending_write *write = &pending->writes[i];
		uint64_t from = write->offset > offset ? write->offset : offset;
		uint64_t to = write->offset + write->len_bytes;

		if (!touches(write, offset, len_bytes))
			continue;
		if (to > offset + len_bytes)
			to = offset + len_bytes;
		memcpy(buffer + (from - offset),
		       pending->arena + write->at + (from - write->offset), (size_t)(to - from));
	}
}

static int by_offset(const void *left, const void *right)
{
	const struct pending_write *a = left, *b = right;

	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

static int by_order(const void *left, const void *right)
{
	const struct pending_write *a = left, *b = right;

	return a->order < b->order ? -1 : 1;
}

/* Writes the `count` writes that make the run [from, to). */
static int flush_run(struct pending *pending, struct engine_file *file, struct pending_write *run,
		     size_t count, uint64_t to)
{
	uint64_t from = run[0].offset;
	unsigned char *image = pending->arena + pending->arena_bytes;

	if (count == 1)
		return engine_file_write(file, from, pending->arena + run[0].at, run[0].len_bytes);
	qsort(run, count, sizeof(*run), by_order);
	for (size_t i = 0; i < count; i++)
		memcpy(image + (run[i].offset - from), pending->arena + run[i].at,
		       run[i].len_bytes);
	return engine_file_write(file, from, image, (size_t)(to - from));
}

int pending_flush(struct pending *pending, struct engine_file *file)
{
	struct pending_write *sorted = pending->sorted;

	if (pending->count == 0)
		return 0;
	memcpy(sorted, pending->writes, pending->count * sizeof(*sorted));
	qsort(sorted, pending->count, sizeof(*sorted), by_offset);
	for (size_t first = 0, next; first < pending->count; first = next) {
		uint64_t to = sorted[first].offset + sorted[first].len_bytes;
		int err;

		for (next = first + 1; next < pending->count && sorted[next].offset <= to; next++) {
			if (sorted[next].offset + sorted[next].len_bytes > to)
				to = sorted[next].offset + sorted[next].len_bytes;
		}
		err = flush_run(pending, file, &sorted[first], next - first, to);
		if (err)
			return err;
	}
	pending->count = 0;
	pending->used_bytes = 0;
	return 0;
}
