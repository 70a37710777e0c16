/*
 * Edges in a temporary file, divided into parts of 2^shift consecutive nodes: see partitions.c.
 */
#ifndef IOWALK_PARTITIONS_H
#define IOWALK_PARTITIONS_H

#include "../layout.h"

struct partition {
	unsigned char *buffer; /* [chunk_bytes + 16] the chunk that is being filled */
	size_t used_bytes;     /* of the buffer */
	uint64_t edges_count;
	uint32_t *
		chunks; /* [chunks_count] index of each chunk in the file, in the order of insertion */
	size_t chunks_count, chunks_capacity;
};

struct partitions {
	int fd;
	unsigned shift;
	unsigned other_bits, value_bytes, order_bytes; /* of a record */
	size_t record_bytes, chunk_bytes;
	size_t chunk_records;
	size_t parts_count;
	uint32_t chunks_count;    /* of the file */
	struct partition *parts;  /* [parts_count] */
	unsigned char *buffers;   /* while they are filled */
	unsigned char *read_room; /* [chunk_bytes + 16] */
};

/* The shape of the parts: shift, widths and sizes. Memory for the buffers: half of memory_bytes. */
void partitions_plan(struct partitions *plan, uint64_t nodes_count, uint64_t edges_count,
		     bool with_orders, uint64_t memory_bytes);

/* Bytes of the file, at most, for a plan. */
uint64_t partitions_file_bytes(const struct partitions *plan, uint64_t edges_count);

/*
 * Reads the stream once and writes all edges to their parts, by their source or, if `incoming`, by
 * their target. `plan` is from partitions_plan(). Errors as sorted_edges_open(). Release it in
 * either case.
 */
int partitions_write(struct partitions *parts, const struct edge_stream *stream, bool incoming);
void partitions_release(struct partitions *parts);

/* One chunk of a part's records. *records is valid until the next call; returns their number, or
 * negative errno. Announces the chunks after it to the kernel. */
ssize_t partitions_read(struct partitions *parts, size_t part, size_t chunk,
			const unsigned char **records);

#endif
