/*
 * The first step of an external sort: edges are divided by their node into parts, each of which can
 * be sorted in memory (Knuth, The Art of Computer Programming, volume 3, section 5.2.5: distribution
 * by the leading digits). One temporary file has the chunks of all parts; a part knows the numbers of
 * its chunks. Edges keep the order of insertion within a part.
 *
 * A record has as few bytes as it needs: (node within the part) * 2^other_bits + other node, and, if
 * asked for, the index of the edge. Records are written and read 8 bytes at a time, so buffers
 * have room for 16 more bytes.
 */
#include "partitions.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scratch.h"

#define STREAM_EDGES    512  /* pulled from a stream at once */
#define PARTS_MAX       1024 /* so that the end of each part's buffer is in the processor's cache */
#define PARTS_FEW       16   /* also within a small budget */
#define CHUNK_BYTES_MIN 4096
#define CHUNK_BYTES     65536     /* enough for the device, if the budget has room for it */
#define CHUNK_BYTES_MAX (1 << 18) /* more is not faster */
#define SLACK_BYTES     16
#define AHEAD_CHUNKS    64 /* read ahead: 4 to 16 MiB */

static unsigned bits_of(uint64_t count)
{
	unsigned bits = 0;

	while (bits < 63 && UINT64_C(1) << bits < count)
		bits++;
	return bits;
}

void partitions_plan(struct partitions *plan, uint64_t nodes_count, uint64_t edges_count,
		     bool with_orders, uint64_t memory_bytes)
{
	uint64_t parts_max = memory_bytes / 2 / CHUNK_BYTES;

	parts_max = parts_max < PARTS_FEW ? PARTS_FEW : parts_max;
	parts_max = parts_max > PARTS_MAX ? PARTS_MAX : parts_max;
	*plan = (struct partitions){.fd = -1, .other_bits = bits_of(nodes_count)};
	while ((nodes_count >> plan->shift) >= parts_max)
		plan->shift++;
	plan->parts_count = (size_t)(nodes_count >> plan->shift) + 1;
	plan->value_bytes = (plan->shift + plan->other_bits + 7) / 8;
	plan->value_bytes += !plan->value_bytes;
	plan->order_bytes = with_orders ? (bits_of(edges_count) + 7) / 8 : 0;
	plan->record_bytes = plan->value_bytes + plan->order_bytes;
	uint64_t chunk_bytes =
		memory_bytes / 2 / plan->parts_count / CHUNK_BYTES_MIN * CHUNK_BYTES_MIN;
	chunk_bytes = chunk_bytes < CHUNK_BYTES_MIN ? CHUNK_BYTES_MIN : chunk_bytes;
	plan->chunk_bytes = chunk_bytes > CHUNK_BYTES_MAX ? CHUNK_BYTES_MAX : (size_t)chunk_bytes;
	plan->chunk_records = plan->chunk_bytes / plan->record_bytes;
}

uint64_t partitions_file_bytes(const struct partitions *plan, uint64_t edges_count)
{
	return (edges_count / plan->chunk_records + plan->parts_count) * plan->chunk_bytes;
}

/* Writes the chunk of a part and begins the next one. */
static int flush(struct partitions *parts, struct partition *part)
{
	size_t done = 0;

	if (part->chunks_count == part->chunks_capacity) {
		size_t capacity = part->chunks_capacity ? part->chunks_capacity * 2 : 16;
		uint32_t *grown = reallocarray(part->chunks, capacity, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		part->chunks = grown;
		part->chunks_capacity = capacity;
	}
	if (parts->chunks_count == UINT32_MAX)
		return -EOVERFLOW;
	/* Whole chunks: pages that are written in part would have to be read first. */
	while (done < parts->chunk_bytes) {
		off_t at = (off_t)parts->chunks_count * (off_t)parts->chunk_bytes;
		ssize_t written = pwrite(parts->fd, part->buffer + done, parts->chunk_bytes - done,
					 at + (off_t)done);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return written ? -errno : -EIO;
		done += (size_t)written;
	}
	part->chunks[part->chunks_count++] = parts->chunks_count++;
	part->used_bytes = 0;
	return 0;
}

static int add_edge(struct partitions *parts, uint64_t key, uint64_t other, uint64_t order)
{
	struct partition *part = &parts->parts[key >> parts->shift];
	uint64_t inside = key & ((UINT64_C(1) << parts->shift) - 1);
	uint64_t value = htole64(inside << parts->other_bits | other);
	unsigned char *record = part->buffer + part->used_bytes;

	memcpy(record, &value, sizeof(value));
	if (parts->order_bytes) {
		order = htole64(order);
		memcpy(record + parts->value_bytes, &order, sizeof(order));
	}
	part->used_bytes += parts->record_bytes;
	part->edges_count++;
	return part->used_bytes + parts->record_bytes > parts->chunk_bytes ? flush(parts, part) : 0;
}

static int add_all(struct partitions *parts, const struct edge_stream *stream, bool incoming)
{
	struct edge edges[STREAM_EDGES];
	uint64_t cursor = 0, order = 0;
	size_t count;

	while ((count = stream->next(stream->context, &cursor, edges, STREAM_EDGES)) > 0) {
		for (size_t i = 0; i < count; i++, order++) {
			uint64_t from = edges[i].from, to = edges[i].to;

			if (from >= stream->nodes_count || to >= stream->nodes_count)
				return -ERANGE;
			int err =
				add_edge(parts, incoming ? to : from, incoming ? from : to, order);
			if (err)
				return err;
		}
		if (order > stream->edges_count)
			return -EINVAL;
	}
	if (order != stream->edges_count)
		return -EINVAL;
	for (size_t i = 0; i < parts->parts_count; i++) {
		int err = parts->parts[i].used_bytes ? flush(parts, &parts->parts[i]) : 0;
		if (err)
			return err;
	}
	return 0;
}

int partitions_write(struct partitions *parts, const struct edge_stream *stream, bool incoming)
{
	size_t buffer_bytes = parts->chunk_bytes + SLACK_BYTES;

	if (parts->value_bytes > sizeof(uint64_t))
		return -EOVERFLOW;
	parts->parts = calloc(parts->parts_count, sizeof(*parts->parts));
	parts->buffers = calloc(parts->parts_count, buffer_bytes);
	parts->read_room = malloc(buffer_bytes);
	if (!parts->parts || !parts->buffers || !parts->read_room)
		return -ENOMEM;
	for (size_t i = 0; i < parts->parts_count; i++)
		parts->parts[i].buffer = parts->buffers + i * buffer_bytes;
	parts->fd = scratch_open(stream->budget->folder);
	if (parts->fd < 0)
		return parts->fd;
	int err = add_all(parts, stream, incoming);
	free(parts->buffers);
	parts->buffers = NULL;
	return err;
}

void partitions_release(struct partitions *parts)
{
	for (size_t i = 0; parts->parts && i < parts->parts_count; i++)
		free(parts->parts[i].chunks);
	free(parts->parts);
	free(parts->buffers);
	free(parts->read_room);
	if (parts->fd >= 0)
		close(parts->fd);
	*parts = (struct partitions){.fd = -1};
}

/* Announces chunk `chunk` of a part; beyond the part's last, the first ones of the next part. */
static void announce(const struct partitions *parts, size_t part, size_t chunk)
{
	for (; part < parts->parts_count && chunk >= parts->parts[part].chunks_count; part++)
		chunk -= parts->parts[part].chunks_count;
	if (part < parts->parts_count)
		posix_fadvise(parts->fd,
			      (off_t)parts->parts[part].chunks[chunk] * (off_t)parts->chunk_bytes,
			      (off_t)parts->chunk_bytes, POSIX_FADV_WILLNEED);
}

ssize_t partitions_read(struct partitions *parts, size_t part, size_t chunk,
			const unsigned char **records)
{
	const struct partition *from = &parts->parts[part];
	uint64_t before = (uint64_t)chunk * parts->chunk_records;
	uint64_t left = from->edges_count - before;
	size_t count = left < parts->chunk_records ? (size_t)left : parts->chunk_records;
	size_t done = 0, len_bytes = count * parts->record_bytes;

	for (size_t i = part || chunk ? AHEAD_CHUNKS : 1; i <= AHEAD_CHUNKS; i++)
		announce(parts, part, chunk + i);
	while (done < len_bytes) {
		off_t at = (off_t)from->chunks[chunk] * (off_t)parts->chunk_bytes + (off_t)done;
		ssize_t got = pread(parts->fd, parts->read_room + done, len_bytes - done, at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got ? -errno : -EIO;
		done += (size_t)got;
	}
	*records = parts->read_room;
	return (ssize_t)count;
}
