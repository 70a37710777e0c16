/*
 * Shared by the files of layout `clustered`: clustered.c (opening, inserting), clustered_read.c,
 * clustered_bulk.c. Its records, after sqlitegraph's native V2 file, are big-endian.
 *
 * Node slot: 4096 bytes, head and payload as in slot_format.h, then a tail of two lists, outgoing
 * and incoming: {cluster_offset u64, size u32, count u32} each. Offsets count from the start of the
 * cluster region, so that it can move when the node region grows. The size is that of the part in
 * use.
 *
 * Cluster: edge_count u32, payload_size u32 (the room for entries), then one entry per edge:
 * neighbour i64 (from 1), type_offset u16 (0: the only type), data_len u16, data. Only the outgoing
 * cluster has an edge's data. The original rewrote a cluster at the end of the file for each edge.
 * Here a cluster that moves gets spare room, so that inserting a node's edges costs time linear in
 * their size.
 */
#ifndef IOWALK_CLUSTERED_H
#define IOWALK_CLUSTERED_H

#include "checksums.h"
#include "fetch.h"
#include "slot_format.h"

#define LIST_BYTES            16
#define LIST_OFFSET_AT        0
#define LIST_SIZE_AT          8
#define LIST_COUNT_AT         12
#define CLUSTER_TAIL_BYTES    (2 * LIST_BYTES) /* outgoing, incoming */
#define CLUSTER_HEAD_BYTES    UINT64_C(8)
#define CLUSTER_COUNT_AT      0
#define CLUSTER_PAYLOAD_AT    4
#define ENTRY_NEIGHBOR_AT     0
#define ENTRY_TYPE_AT         8
#define ENTRY_DATA_LEN_AT     10
#define ENTRY_HEAD_BYTES      UINT64_C(12)
#define CLUSTER_EDGE_DATA_MAX 4096
#define CLUSTER_DATA_ROOM     (CLUSTER_EDGE_DATA_MAX + PAYLOAD_DATA_MAX) /* of one edge */

/* Indices into header.fields. */
enum {
	CLUSTERED_NODES_AT,
	CLUSTERED_CLUSTERS_AT,
	CLUSTERED_NODES_CAPACITY,
	CLUSTERED_CLUSTERS_BYTES,
	CLUSTERED_PAYLOAD
};

/* One of a node's two lists. */
struct cluster_list {
	uint64_t offset; /* from the start of the cluster region */
	uint32_t size_bytes, count;
};

struct clustered_store {
	struct store base;
	struct header header;
	struct checksums checksums;
	struct payload payload;
	struct fetch fetch;
	bool writable, dirty;
	uint64_t nodes_capacity;
	uint64_t clusters_at;       /* bytes from the file's beginning */
	uint64_t clusters_bytes;    /* of the region in use, abandoned clusters included */
	uint64_t clusters_capacity; /* bytes of the region, used or not */
	unsigned char *scratch;     /* [scratch_capacity] a cluster that moves or is checked */
	size_t scratch_capacity;
};

static inline uint64_t clustered_node_at(uint64_t node)
{
	return HEADER_DATA_OFFSET + node * NODE_SLOT_BYTES;
}

static inline void cluster_list_decode(const unsigned char *at, struct cluster_list *list)
{
	list->offset = be_get64(at + LIST_OFFSET_AT);
	list->size_bytes = be_get32(at + LIST_SIZE_AT);
	list->count = be_get32(at + LIST_COUNT_AT);
}

static inline void cluster_list_encode(unsigned char *at, const struct cluster_list *list)
{
	be_put64(at + LIST_OFFSET_AT, list->offset);
	be_put32(at + LIST_SIZE_AT, list->size_bytes);
	be_put32(at + LIST_COUNT_AT, list->count);
}

/*
 * Encodes an entry into at[ENTRY_HEAD_BYTES + CLUSTER_DATA_ROOM], with the data of edge `order`
 * unless `payload` is NULL (it is for incoming edges). Returns its length.
 */
size_t cluster_entry_encode(unsigned char *at, uint64_t neighbor, const struct payload *payload,
			    uint64_t order);

/* Checks a list against the region and the number of edges. -EBADMSG. */
int clustered_check_list(struct clustered_store *store, uint64_t node,
			 const struct cluster_list *list);

/* Updates the mapping and the data size that `fetch` uses: call after each resize. */
void clustered_remap(struct clustered_store *store);

/* Call before a change: see checksums_begin(). */
int clustered_begin(struct clustered_store *store);

extern const struct fetch_ops clustered_fetch;
int clustered_check(struct store *store);
int clustered_bulk(struct store *store, const struct edge_stream *stream);

/* Bytes of the cluster region after a bulk load, in which every node has both clusters. */
uint64_t clustered_bulk_bytes(uint64_t nodes_count, uint64_t edges_count,
			      const struct payload *payload);

extern const struct layout_ops layout_clustered;

#endif
