/*
 * Edges clustered by node, after sqlitegraph's native V2 file: 4096 bytes per node. The tail of a
 * node's slot gives the place of a cluster that holds all edges of the node. A hop accesses two
 * pages; in `slotted` it accesses one per edge. Records: support/clustered.h; walking and checking:
 * support/clustered_read.c; loading: support/clustered_bulk.c.
 *
 * Inserting one edge adds an entry to two clusters: the source's outgoing and the target's incoming
 * one. A full cluster moves to the end of the file and gets room for at least half as much again.
 * The old cluster stays in the file, unused, until the graph is loaded again. Regions grow by
 * doubling; when the node region grows, the clusters move.
 */
#include "support/clustered.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#define FIRST_NODES    256        /* capacity of a new file that is filled by single inserts */
#define FIRST_CLUSTERS (1u << 16) /* bytes */
#define CLUSTER_MIN    UINT64_C(64)

static uint64_t clustered_file_bytes(uint64_t nodes_count, uint64_t edges_count)
{
	const struct payload seed = {.on = true};
	uint64_t nodes_end = saturating_madd(nodes_count, NODE_SLOT_BYTES, HEADER_DATA_OFFSET);

	return header_file_bytes(
		saturating_madd(1, clustered_bulk_bytes(nodes_count, edges_count, &seed),
				nodes_end),
		true);
}

/* ---- inserting ---- */

static int grow_nodes(struct clustered_store *store)
{
	struct engine *engine = store->base.engine;
	uint64_t capacity = store->nodes_capacity ? store->nodes_capacity * 2 : FIRST_NODES;
	uint64_t new_at = clustered_node_at(capacity);
	int err = engine->ops->resize(engine, new_at + store->clusters_capacity);

	if (!err)
		err = checksums_move_up(&store->checksums, store->clusters_at, new_at,
					store->clusters_bytes);
	if (!err) {
		store->nodes_capacity = capacity;
		store->clusters_at = new_at;
	}
	clustered_remap(store);
	return err;
}

static int clustered_insert_node(struct store *base)
{
	struct clustered_store *store = (struct clustered_store *)base;
	unsigned char slot[NODE_SLOT_BYTES];
	int err = clustered_begin(store);

	if (!err && base->nodes_count == store->nodes_capacity)
		err = grow_nodes(store);
	if (err)
		return err;
	size_t tail_at = slot_node_head_encode(slot, base->nodes_count + 1, &store->payload);
	memset(slot + tail_at, 0, CLUSTER_TAIL_BYTES);
	err = checksums_write(&store->checksums, clustered_node_at(base->nodes_count), slot,
			      tail_at + CLUSTER_TAIL_BYTES);
	if (err)
		return err;
	base->nodes_count++;
	store->dirty = true;
	return 0;
}

/* One of a node's lists, its place in the file and the room in its cluster. */
struct placed_list {
	uint64_t at; /* offset of the list in the file */
	struct cluster_list list;
	uint64_t room_bytes; /* of its cluster, used or not; 0: no cluster */
};

static int load_list(struct clustered_store *store, uint64_t node, bool outgoing,
		     struct placed_list *out)
{
	struct engine *engine = store->base.engine;
	unsigned char bytes[NODE_HEAD_BYTES];
	struct fetch_body body;
	int err = engine->ops->read(engine, clustered_node_at(node), bytes, sizeof(bytes));

	if (!err)
		err = clustered_fetch.body_at(&store->base, node, clustered_node_at(node), bytes,
					      &body);
	if (err)
		return err;
	out->at = clustered_node_at(node) + slot_tail_at(bytes) + (outgoing ? 0 : LIST_BYTES);
	err = engine->ops->read(engine, out->at, bytes, LIST_BYTES);
	if (err)
		return err;
	cluster_list_decode(bytes, &out->list);
	err = clustered_check_list(store, node, &out->list);
	if (err)
		return err;
	out->room_bytes = 0;
	if (!out->list.size_bytes)
		return 0;
	err = engine->ops->read(engine, store->clusters_at + out->list.offset, bytes,
				CLUSTER_HEAD_BYTES);
	if (err)
		return err;
	out->room_bytes = CLUSTER_HEAD_BYTES + be_get32(bytes + CLUSTER_PAYLOAD_AT);
	if (out->room_bytes < out->list.size_bytes ||
	    out->room_bytes > store->clusters_bytes - out->list.offset)
		return why_set(&store->base.why, -EBADMSG,
			       "clustered: node %" PRIu64
			       ": the room of its cluster at byte %" PRIu64
			       " exceeds the cluster region",
			       node, store->clusters_at + out->list.offset);
	return 0;
}

/* Makes room for len_bytes more at the end of the cluster region. */
static int reserve_clusters(struct clustered_store *store, uint64_t len_bytes)
{
	struct engine *engine = store->base.engine;
	uint64_t need = store->clusters_bytes + len_bytes;
	uint64_t capacity = store->clusters_capacity * 2;

	if (need <= store->clusters_capacity)
		return 0;
	if (capacity < FIRST_CLUSTERS)
		capacity = FIRST_CLUSTERS;
	if (capacity < need)
		capacity = need;
	int err = engine->ops->resize(engine, store->clusters_at + capacity);
	if (!err)
		store->clusters_capacity = capacity;
	clustered_remap(store);
	return err;
}

/* Copies the cluster of `placed` to the end of the region and appends an entry. */
static int move_cluster(struct clustered_store *store, struct placed_list *placed,
			const unsigned char *entry, size_t entry_bytes)
{
	struct engine *engine = store->base.engine;
	struct cluster_list *list = &placed->list;
	uint64_t old_bytes = list->size_bytes ? list->size_bytes : CLUSTER_HEAD_BYTES;
	uint64_t new_bytes = old_bytes + entry_bytes, room = CLUSTER_MIN;

	while (room < new_bytes + new_bytes / 2)
		room *= 2;
	if (room > UINT32_MAX)
		room = UINT32_MAX;
	int err = reserve_clusters(store, room);
	if (!err)
		err = buffer_reserve((void **)&store->scratch, &store->scratch_capacity,
				     (size_t)new_bytes, 1);
	if (!err && list->size_bytes)
		err = engine->ops->read(engine, store->clusters_at + list->offset, store->scratch,
					(size_t)old_bytes);
	if (err)
		return err;
	be_put32(store->scratch + CLUSTER_COUNT_AT, list->count + 1);
	be_put32(store->scratch + CLUSTER_PAYLOAD_AT, (uint32_t)(room - CLUSTER_HEAD_BYTES));
	memcpy(store->scratch + old_bytes, entry, entry_bytes);
	err = checksums_write(&store->checksums, store->clusters_at + store->clusters_bytes,
			      store->scratch, new_bytes);
	if (err)
		return err;
	list->offset = store->clusters_bytes;
	list->size_bytes = (uint32_t)new_bytes;
	store->clusters_bytes += room;
	return 0;
}

static int append_entry(struct clustered_store *store, struct placed_list *placed,
			const unsigned char *entry, size_t entry_bytes)
{
	struct cluster_list *list = &placed->list;
	unsigned char bytes[LIST_BYTES];
	int err;

	if (list->size_bytes && list->size_bytes + entry_bytes <= placed->room_bytes) {
		uint64_t at = store->clusters_at + list->offset;

		err = checksums_write(&store->checksums, at + list->size_bytes, entry, entry_bytes);
		be_put32(bytes, list->count + 1);
		if (!err)
			err = checksums_write(&store->checksums, at + CLUSTER_COUNT_AT, bytes, 4);
		list->size_bytes += (uint32_t)entry_bytes;
	} else {
		err = move_cluster(store, placed, entry, entry_bytes);
	}
	if (err)
		return err;
	list->count++;
	cluster_list_encode(bytes, list);
	return checksums_write(&store->checksums, placed->at, bytes, sizeof(bytes));
}

static int clustered_insert_edge(struct store *base, uint64_t from, uint64_t to)
{
	struct clustered_store *store = (struct clustered_store *)base;
	unsigned char entry[ENTRY_HEAD_BYTES + CLUSTER_DATA_ROOM];
	struct placed_list out, in;

	if (!store->writable)
		return -EBADF;
	if (from >= base->nodes_count || to >= base->nodes_count)
		return -ERANGE;
	int err = load_list(store, from, true, &out);
	if (!err)
		err = load_list(store, to, false, &in);
	if (!err && (out.list.size_bytes > UINT32_MAX - sizeof(entry) - CLUSTER_HEAD_BYTES ||
		     in.list.size_bytes > UINT32_MAX - sizeof(entry) - CLUSTER_HEAD_BYTES))
		err = -EOVERFLOW;
	if (!err)
		err = clustered_begin(store);
	if (err)
		return err;
	size_t len_bytes = cluster_entry_encode(
		entry, to, store->payload.on ? &store->payload : NULL, base->edges_count);
	err = append_entry(store, &out, entry, len_bytes);
	if (!err) {
		len_bytes = cluster_entry_encode(entry, from, NULL, 0);
		err = checksums_fail(&store->checksums, append_entry(store, &in, entry, len_bytes));
	}
	if (err)
		return err;
	base->edges_count++;
	store->dirty = true;
	return 0;
}

/* ---- opening and closing ---- */

static ssize_t clustered_neighbors_batch(struct store *base, struct frontier *level,
					 struct neighbors *out, size_t out_max)
{
	return fetch_batch(&((struct clustered_store *)base)->fetch, base, level, out, out_max);
}

static int clustered_neighbors(struct store *base, uint64_t node, struct neighbors *out)
{
	return fetch_one(&((struct clustered_store *)base)->fetch, base, node, out);
}

static void clustered_free(struct clustered_store *store)
{
	checksums_release(&store->checksums);
	fetch_release(&store->fetch);
	free(store->scratch);
	free(store);
}

static struct clustered_store *clustered_new(const struct store_config *config, bool writable)
{
	struct clustered_store *store = calloc(1, sizeof(*store));

	if (!store)
		return NULL;
	store->base.ops = &layout_clustered;
	store->base.engine = config->engine;
	store->writable = writable;
	store->clusters_at = HEADER_DATA_OFFSET;
	if (fetch_init(&store->fetch, &clustered_fetch)) {
		clustered_free(store);
		return NULL;
	}
	return store;
}

static int clustered_commit(struct store *base)
{
	struct clustered_store *store = (struct clustered_store *)base;
	struct header *header = &store->header;

	if (!store->dirty)
		return 0;
	header->nodes_count = store->base.nodes_count;
	header->edges_count = store->base.edges_count;
	header->fields[CLUSTERED_NODES_AT] = HEADER_DATA_OFFSET;
	header->fields[CLUSTERED_CLUSTERS_AT] = store->clusters_at;
	header->fields[CLUSTERED_NODES_CAPACITY] = store->nodes_capacity;
	header->fields[CLUSTERED_CLUSTERS_BYTES] = store->clusters_bytes;
	header->fields[CLUSTERED_PAYLOAD] = payload_pack(&store->payload);
	int err = checksums_commit(&store->checksums, store->clusters_at + store->clusters_bytes);
	store->clusters_capacity = store->clusters_bytes;
	clustered_remap(store);
	store->dirty = err != 0;
	return err;
}

static int clustered_create(const struct store_config *config, struct store **out, struct why *why)
{
	struct clustered_store *store = clustered_new(config, true);

	(void)why;
	if (!store)
		return -ENOMEM;
	store->dirty = true; /* a graph without nodes is valid: close writes it */
	store->header.checksums = config->options[OPTION_CHECKSUMS];
	store->payload = payload_from_options(config->options + CHECKSUM_OPTIONS_COUNT);
	checksums_init(&store->checksums, config->engine, &layout_clustered, &store->header);
	*out = &store->base;
	return 0;
}

static int clustered_open(const struct store_config *config, struct store **out, struct why *why)
{
	struct clustered_store *store = clustered_new(config, config->writable);

	if (!store)
		return -ENOMEM;
	struct header *header = &store->header;
	int err = header_read(config->engine, &layout_clustered, header, why);
	uint64_t capacity = header->fields[CLUSTERED_NODES_CAPACITY];
	uint64_t clusters_at = header->fields[CLUSTERED_CLUSTERS_AT];
	uint64_t clusters_bytes = header->fields[CLUSTERED_CLUSTERS_BYTES];
	/* data_bytes was checked against the file's length, so sums equal to it fit into a u64. */
	if (!err &&
	    (header->fields[CLUSTERED_NODES_AT] != HEADER_DATA_OFFSET ||
	     header->nodes_count > capacity ||
	     clusters_at != saturating_madd(capacity, NODE_SLOT_BYTES, HEADER_DATA_OFFSET) ||
	     header->data_bytes != saturating_madd(1, clusters_bytes, clusters_at) ||
	     header->edges_count > clusters_bytes / (2 * ENTRY_HEAD_BYTES) ||
	     payload_unpack(header->fields[CLUSTERED_PAYLOAD], SLOT_NODE_DATA_MAX,
			    CLUSTER_EDGE_DATA_MAX, &store->payload)))
		err = why_set(why, -EBADMSG,
			      "clustered: the header's sizes contradict each other (%" PRIu64
			      " of %" PRIu64 " nodes, %" PRIu64 " edges in %" PRIu64
			      " bytes at %" PRIu64 " of %" PRIu64 ")",
			      header->nodes_count, capacity, header->edges_count, clusters_bytes,
			      clusters_at, header->data_bytes);
	checksums_init(&store->checksums, config->engine, &layout_clustered, header);
	if (!err)
		err = checksums_verify_open(&store->checksums, config->options, why);
	if (err) {
		clustered_free(store);
		return err;
	}
	store->base.nodes_count = header->nodes_count;
	store->base.edges_count = header->edges_count;
	store->nodes_capacity = capacity;
	store->clusters_at = clusters_at;
	store->clusters_bytes = store->clusters_capacity = clusters_bytes;
	clustered_remap(store);
	*out = &store->base;
	return 0;
}

static int clustered_sync(struct store *base)
{
	return checksums_sync(&((struct clustered_store *)base)->checksums, base, clustered_commit);
}

static int clustered_close(struct store *base)
{
	struct clustered_store *store = (struct clustered_store *)base;
	int err = store->writable ? clustered_commit(base) : 0;

	clustered_free(store);
	return err;
}

static const struct option_spec clustered_options[] = {
	CHECKSUM_OPTIONS,
	PAYLOAD_OPTIONS(SLOT_NODE_DATA_MAX, CLUSTER_EDGE_DATA_MAX),
};

const struct layout_ops layout_clustered = {
	.name = "clustered",
	.summary = "4096 B per node; each node gives the place of a cluster with all its edges",
	.version = 1,
	.options_count = sizeof(clustered_options) / sizeof(clustered_options[0]),
	.options = clustered_options,
	.file_bytes = clustered_file_bytes,
	.create = clustered_create,
	.open = clustered_open,
	.insert_node = clustered_insert_node,
	.insert_edge = clustered_insert_edge,
	.bulk = clustered_bulk,
	.neighbors = clustered_neighbors,
	.neighbors_batch = clustered_neighbors_batch,
	.check = clustered_check,
	.sync = clustered_sync,
	.close = clustered_close,
};
