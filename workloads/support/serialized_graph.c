/*
 * The binary graphs of the GAP Benchmark Suite, .sg and .wsg (with weights, which are not used), in
 * the byte order of the machine that wrote them (little-endian):
 *
 *   u8 directed; i64 edges; i64 nodes; i64 offsets[nodes + 1]; i32 neighbours[edges]
 *   (.wsg: {i32 neighbour, i32 weight}[edges]); where directed, the same of the incoming edges
 *
 * An undirected graph has each edge at both ends, and `edges` counts both.
 *
 * Source: https://github.com/sbeamer/gapbs, WriterBase::WriteSerializedGraph() in src/writer.h
 */
#include "graph_reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_BYTES  17
#define CHUNK_NODES 8192 /* offsets, or neighbours, that are read at a time */

struct source {
	struct graph_reader *reader;
	struct byte_input *input;
	const unsigned char *head; /* bytes that were read before */
	size_t head_len;
};

/* All `size` bytes, or an error. */
static int take(struct source *source, void *bytes, size_t size)
{
	size_t have = source->head_len < size ? source->head_len : size;

	memcpy(bytes, source->head, have);
	source->head += have;
	source->head_len -= have;
	while (have < size) {
		ssize_t got = byte_input_read(source->input, (char *)bytes + have, size - have,
					      source->reader->why);

		if (got < 0)
			return (int)got;
		if (got == 0)
			return reader_bad(source->reader, "the serialized graph is truncated");
		have += (size_t)got;
	}
	return 0;
}

/*
 * offsets[nodes + 1], which begin at 0, never fall, and end at the count of edges. The array grows
 * as it is read, so that a header which promises too much finds the end of the file before the end
 * of memory.
 */
static int take_offsets(struct source *source, uint64_t nodes_count, uint64_t edges_count,
			int64_t **out)
{
	int64_t *offsets = NULL, last = 0;
	int err = 0;

	for (uint64_t done = 0; !err && done < nodes_count + 1;) {
		uint64_t left = nodes_count + 1 - done,
			 count = left < CHUNK_NODES ? left : CHUNK_NODES;
		int64_t *grown = reallocarray(offsets, done + count, sizeof(*offsets));

		if (!grown) {
			err = why_set(source->reader->why, -ENOMEM,
				      "out of memory for %" PRIu64 " offsets", nodes_count);
			break;
		}
		offsets = grown;
		err = take(source, offsets + done, count * sizeof(*offsets));
		for (uint64_t i = done; !err && i < done + count; i++) {
			if (offsets[i] < last || (uint64_t)offsets[i] > edges_count ||
			    (i == 0 && offsets[i] != 0))
				err = reader_bad(
					source->reader,
					"offset %" PRIu64 " of the serialized graph is wrong", i);
			last = offsets[i];
		}
		done += count;
	}
	if (!err && (uint64_t)last != edges_count)
		err = reader_bad(source->reader,
				 "the offsets end at %" PRId64 " of %" PRIu64 " edges", last,
				 edges_count);
	if (err)
		free(offsets);
	else
		*out = offsets;
	return err;
}

static int take_edges(struct source *source, const int64_t *offsets, uint64_t nodes_count,
		      uint64_t edges_count, bool weighted)
{
	size_t words = weighted ? 2 : 1;
	int32_t *chunk = reallocarray(NULL, CHUNK_NODES, words * sizeof(*chunk));
	uint64_t node = 0;
	int err = chunk ? 0 : why_set(source->reader->why, -ENOMEM, "out of memory for neighbours");

	for (uint64_t done = 0; !err && done < edges_count;) {
		uint64_t left = edges_count - done, count = left < CHUNK_NODES ? left : CHUNK_NODES;

		err = take(source, chunk, count * words * sizeof(*chunk));
		for (uint64_t i = 0; !err && i < count; i++) {
			int32_t to = chunk[i * words];

			while ((uint64_t)offsets[node + 1] <= done + i)
				node++;
			if (to < 0 || (uint64_t)to >= nodes_count)
				err = reader_bad(source->reader,
						 "neighbour %" PRId32 " of node %" PRIu64
						 " is no node",
						 to, node);
			else
				err = reader_add_edge(source->reader, node, (uint64_t)to);
		}
		done += count;
	}
	free(chunk);
	return err;
}

int serialized_graph_read(struct graph_reader *reader, struct byte_input *input,
			  const unsigned char *head, size_t head_len, bool weighted)
{
	struct source source = {reader, input, head, head_len};
	unsigned char fixed[HEAD_BYTES];
	int64_t counts[2], *offsets = NULL;
	int err = take(&source, fixed, sizeof(fixed));

	if (err)
		return err;
	memcpy(counts, fixed + 1, sizeof(counts));
	if (fixed[0] > 1 || counts[0] < 0 || counts[1] <= 0 || counts[1] > INT32_MAX)
		return reader_bad(reader, "not the header of a serialized graph of GAPBS");
	err = reader_declare(reader, 0, (uint64_t)counts[1]);
	reader->list->both_ways = fixed[0] == 0;
	if (weighted)
		reader_ignores_weights(reader, "the serialized graph");
	err = err ? err : take_offsets(&source, (uint64_t)counts[1], (uint64_t)counts[0], &offsets);
	if (err)
		return err;
	err = take_edges(&source, offsets, (uint64_t)counts[1], (uint64_t)counts[0], weighted);
	free(offsets);
	return err; /* the incoming edges behind them are the same graph */
}
