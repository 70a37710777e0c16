/* The in-edges of layout `csr`: lists of the form of the out-edges, behind them. A node's list is the number of its
 * out-edges, then its in-neighbours. */
#include "csr.h"
#include "sorted_edges.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#define CHUNK_IDS 8192 /* 64 KiB: of what is written, and of offsets that are read, at a time */

struct in_writer {
	struct csr_store *store;
	const struct csr_lists *out, *in;
	unsigned id_bytes;
	uint64_t nodes_count;
	uint64_t written_count; /* ids */
	uint64_t first, count;  /* nodes whose out-edges' offsets are in offsets[] */
	size_t used;            /* of ids[] */
	uint64_t offsets[CHUNK_IDS + 1];
	uint64_t ids[CHUNK_IDS];
};

static int write_ids(struct in_writer *writer)
{
	uint64_t at = writer->in->ids_at + writer->written_count * writer->id_bytes;

	writer->written_count += writer->used;
	if (writer->id_bytes == 4)
		csr_narrow_ids(writer->ids, writer->used);
	int err = checksums_write(&writer->store->checksums, at, writer->ids,
				  writer->used * writer->id_bytes);

	writer->used = 0;
	return err;
}

static int put_id(struct in_writer *writer, uint64_t id)
{
	writer->ids[writer->used++] = id;
	return writer->used == CHUNK_IDS ? write_ids(writer) : 0;
}

/* The number of out-edges of a node, from the file; nodes come by id. */
static int out_degree(struct in_writer *writer, uint64_t node, uint64_t *degree)
{
	struct store *base = &writer->store->base;

	if (node >= writer->first + writer->count) {
		uint64_t left = writer->nodes_count - node;

		writer->first = node;
		writer->count = left < CHUNK_IDS ? left : CHUNK_IDS;
		int err = base->engine->ops->read(base->engine, csr_offset_at(writer->out, node),
						  writer->offsets,
						  (writer->count + 1) * sizeof(uint64_t));
		if (err)
			return err;
	}
	*degree = writer->offsets[node - writer->first + 1] - writer->offsets[node - writer->first];
	if (writer->id_bytes == 4 && *degree > UINT32_MAX)
		return why_set(&base->why, -E2BIG,
			       "csr: with in-edges a node of %" PRIu64
			       " out-edges does not fit into ids of 4 bytes",
			       *degree);
	return 0;
}

/* The lists of a part; its offsets become those in the file. */
static int write_in_part(struct in_writer *writer, struct sorted_part *part)
{
	uint64_t before = writer->written_count + writer->used, begin = part->offsets[0];
	int err = 0;

	for (uint64_t i = 0; !err && i < part->nodes_count; i++) {
		uint64_t degree = 0, end = part->offsets[i + 1];

		err = out_degree(writer, part->first_node + i, &degree);
		if (!err)
			err = put_id(writer, degree);
		for (uint64_t k = begin; !err && k < end; k++)
			err = put_id(writer, part->ids[k]);
		part->offsets[i + 1] = before + end + i + 1;
		begin = end;
	}
	return err ? err
		   : checksums_write(&writer->store->checksums,
				     csr_offset_at(writer->in, part->first_node + 1),
				     part->offsets + 1, part->nodes_count * sizeof(uint64_t));
}

static int write_in(struct csr_store *store, struct sorted_edges *sorted, uint64_t nodes_count,
		    const struct csr_lists *out, const struct csr_lists *in, unsigned id_bytes)
{
	struct in_writer *writer = malloc(sizeof(*writer));
	struct sorted_part part;
	const uint64_t first = 0;
	int more, err;

	if (!writer)
		return -ENOMEM;
	writer->store = store;
	writer->out = out;
	writer->in = in;
	writer->id_bytes = id_bytes;
	writer->nodes_count = nodes_count;
	writer->written_count = writer->first = writer->count = writer->used = 0;
	err = checksums_write(&store->checksums, in->offsets_at, &first, sizeof(first));
	while (!err && (more = sorted_edges_next(sorted, &part)) != 0)
		err = more < 0 ? more : write_in_part(writer, &part);
	if (!err)
		err = write_ids(writer);
	free(writer);
	return err;
}

int csr_build_in_edges(struct csr_store *store, const struct edge_stream *stream,
		       const struct csr_lists *out, unsigned id_bytes, struct csr_lists *in)
{
	struct engine *engine = store->base.engine;
	uint64_t ids_count = saturating_madd(stream->nodes_count, 1, stream->edges_count);
	struct sorted_edges *sorted;

	*in = csr_lists_at(csr_in_offsets_at(out, id_bytes), stream->nodes_count, ids_count);
	int err = sorted_edges_open(stream, true, false, 1, &sorted);

	if (err)
		return err;
	err = engine->ops->resize(
		engine, header_file_bytes(csr_lists_end(in, id_bytes), store->header.checksums));
	if (!err)
		err = write_in(store, sorted, stream->nodes_count, out, in, id_bytes);
	sorted_edges_close(sorted);
	return err;
}
