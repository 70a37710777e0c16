/*
 * Bulk load of layout `clustered`: node slots, then all outgoing clusters in the order of nodes,
 * then all incoming ones. Each is written once and without room to grow. Before that, the edges are
 * sorted by either end, within the stream's budget; without one in memory: 24 bytes per edge and 16
 * per node, freed afterwards.
 */
#include "clustered.h"
#include "sorted_edges.h"

#include <errno.h>
#include <stdlib.h>

#define CHUNK_BYTES (1u << 20) /* of one write */

/* Bytes collected for the next write. */
struct writer {
	struct checksums *checksums;
	unsigned char *chunk; /* [CHUNK_BYTES] */
	size_t used_bytes;
	uint64_t offset; /* in the file, where the chunk will be written */
};

static int writer_flush(struct writer *writer)
{
	int err = checksums_write(writer->checksums, writer->offset, writer->chunk,
				  writer->used_bytes);

	writer->offset += writer->used_bytes;
	writer->used_bytes = 0;
	return err;
}

/*
 * Room for len_bytes in the chunk; the caller adds what it wrote to used_bytes. NULL with *err set.
 */
static unsigned char *writer_room(struct writer *writer, size_t len_bytes, int *err)
{
	if (writer->used_bytes + len_bytes > CHUNK_BYTES)
		*err = writer_flush(writer);
	return *err ? NULL : writer->chunk + writer->used_bytes;
}

/* Sum over i < count of the length of {"order":i} without padding. */
static unsigned __int128 orders_len(uint64_t count)
{
	unsigned __int128 sum = (unsigned __int128)count * payload_edge_data_len(0, 0);

	for (uint64_t power = 10; power < count; power *= 10) {
		sum += count - power;
		if (power > UINT64_MAX / 10)
			break;
	}
	return sum;
}

uint64_t clustered_bulk_bytes(uint64_t nodes_count, uint64_t edges_count,
			      const struct payload *payload)
{
	unsigned __int128 sum = (unsigned __int128)nodes_count * 2 * CLUSTER_HEAD_BYTES +
				(unsigned __int128)edges_count * 2 * ENTRY_HEAD_BYTES;

	if (payload->on && payload->edge_data_bytes <= payload_edge_data_len(0, 0)) {
		sum += orders_len(edges_count);
	} else if (payload->on) {
		/* Only numbers with more digits than the padding allows make data longer: counted
		 * for each power of ten. */
		uint64_t fits = payload_edge_data_len(0, 0), limit = 10;

		sum += (unsigned __int128)edges_count * payload->edge_data_bytes;
		for (; fits < payload->edge_data_bytes && limit <= UINT64_MAX / 10; fits++)
			limit *= 10;
		for (; fits == payload->edge_data_bytes && limit < edges_count; limit *= 10) {
			sum += edges_count - limit;
			if (limit > UINT64_MAX / 10)
				break;
		}
	}
	return sum > UINT64_MAX ? UINT64_MAX : (uint64_t)sum;
}

static uint64_t entry_len(const struct clustered_store *store, bool outgoing, uint64_t order)
{
	return ENTRY_HEAD_BYTES +
	       (outgoing && store->payload.on
			? payload_edge_data_len(order, store->payload.edge_data_bytes)
			: 0);
}

/* Reads the edges of a node, and makes the list of its cluster, which begins at *offset; moves
 * *offset past the cluster. -EOVERFLOW: its size exceeds a u32. */
static int next_list(const struct clustered_store *store, struct sorted_edges *sorted,
		     uint64_t node, uint64_t *offset, struct sorted_list *edges,
		     struct cluster_list *list)
{
	uint64_t size_bytes = CLUSTER_HEAD_BYTES;
	int err = sorted_edges_node(sorted, node, edges);

	if (err)
		return err;
	for (uint64_t i = 0; i < edges->count; i++)
		size_bytes += entry_len(store, edges->orders != NULL,
					edges->orders ? edges->orders[i] : 0);
	if (size_bytes > UINT32_MAX)
		return -EOVERFLOW;
	*list = (struct cluster_list){*offset, (uint32_t)size_bytes, (uint32_t)edges->count};
	*offset += size_bytes;
	return 0;
}

static int write_nodes(struct clustered_store *store, struct sorted_edges *out,
		       struct sorted_edges *in, uint64_t nodes_count, uint64_t in_offset,
		       struct writer *writer)
{
	uint64_t out_offset = 0;
	int err = 0;

	memset(writer->chunk, 0, CHUNK_BYTES); /* later slots are never shorter than earlier ones */
	for (uint64_t node = 0; !err && node < nodes_count; node++) {
		unsigned char *slot = writer_room(writer, NODE_SLOT_BYTES, &err);
		struct cluster_list lists[2];
		struct sorted_list edges;

		if (!err)
			err = next_list(store, out, node, &out_offset, &edges, &lists[0]);
		if (!err)
			err = next_list(store, in, node, &in_offset, &edges, &lists[1]);
		if (err)
			break;
		size_t tail_at = slot_node_head_encode(slot, node + 1, &store->payload);
		cluster_list_encode(slot + tail_at, &lists[0]);
		cluster_list_encode(slot + tail_at + LIST_BYTES, &lists[1]);
		writer->used_bytes += NODE_SLOT_BYTES;
	}
	return err ? err : writer_flush(writer);
}

static int write_clusters(struct clustered_store *store, struct sorted_edges *sorted, bool outgoing,
			  uint64_t nodes_count, struct writer *writer)
{
	struct sorted_list edges;
	uint64_t offset = 0;
	int err = 0;

	sorted_edges_rewind(sorted);
	for (uint64_t node = 0; !err && node < nodes_count; node++) {
		struct cluster_list list;

		err = next_list(store, sorted, node, &offset, &edges, &list);
		unsigned char *at = err ? NULL : writer_room(writer, CLUSTER_HEAD_BYTES, &err);
		if (err)
			break;
		be_put32(at + CLUSTER_COUNT_AT, list.count);
		be_put32(at + CLUSTER_PAYLOAD_AT, list.size_bytes - (uint32_t)CLUSTER_HEAD_BYTES);
		writer->used_bytes += CLUSTER_HEAD_BYTES;
		for (uint64_t i = 0; i < edges.count; i++) {
			at = writer_room(writer, ENTRY_HEAD_BYTES + CLUSTER_DATA_ROOM, &err);
			if (err)
				break;
			writer->used_bytes += cluster_entry_encode(
				at, edges.ids[i],
				outgoing && store->payload.on ? &store->payload : NULL,
				outgoing ? edges.orders[i] : 0);
		}
	}
	return err ? err : writer_flush(writer);
}

static int write_all(struct clustered_store *store, const struct edge_stream *stream,
		     struct sorted_edges *out, struct sorted_edges *in, uint64_t bytes)
{
	struct writer writer = {.checksums = &store->checksums,
				.chunk = malloc(CHUNK_BYTES),
				.offset = HEADER_DATA_OFFSET};
	uint64_t nodes_count = stream->nodes_count;
	/* The incoming clusters follow the outgoing ones and have no edge data. */
	uint64_t in_offset =
		bytes - nodes_count * CLUSTER_HEAD_BYTES - stream->edges_count * ENTRY_HEAD_BYTES;
	int err = writer.chunk ? 0 : -ENOMEM;

	if (!err)
		err = write_nodes(store, out, in, nodes_count, in_offset, &writer);
	if (!err)
		err = write_clusters(store, out, true, nodes_count, &writer);
	if (!err)
		err = write_clusters(store, in, false, nodes_count, &writer);
	free(writer.chunk);
	return err;
}

int clustered_bulk(struct store *base, const struct edge_stream *stream)
{
	struct clustered_store *store = (struct clustered_store *)base;
	uint64_t bytes =
		clustered_bulk_bytes(stream->nodes_count, stream->edges_count, &store->payload);
	uint64_t data_bytes = saturating_madd(
		1, bytes,
		saturating_madd(stream->nodes_count, NODE_SLOT_BYTES, HEADER_DATA_OFFSET));
	struct sorted_edges *out = NULL, *in = NULL;

	if (!store->writable)
		return -EBADF;
	if (base->nodes_count)
		return -EBUSY;
	int err = sorted_edges_open(stream, false, true, 2, &out);
	if (!err)
		err = sorted_edges_open(stream, true, false, 2, &in);
	if (!err)
		err = clustered_begin(store);
	if (!err)
		err = base->engine->ops->resize(
			base->engine, header_file_bytes(data_bytes, store->header.checksums));
	if (!err) {
		store->nodes_capacity = stream->nodes_count;
		store->clusters_at = clustered_node_at(stream->nodes_count);
		store->clusters_bytes = store->clusters_capacity = bytes;
		store->dirty = true;
		err = checksums_fail(&store->checksums, write_all(store, stream, out, in, bytes));
	}
	if (!err) {
		base->nodes_count = stream->nodes_count;
		base->edges_count = stream->edges_count;
	}
	clustered_remap(store);
	sorted_edges_close(out);
	sorted_edges_close(in);
	return err;
}
