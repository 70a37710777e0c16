/* Reading and checking layout `clustered`: see clustered.h. */
#include "clustered.h"

#include <errno.h>
#include <inttypes.h>

static int bad_node(struct clustered_store *store, uint64_t node, const char *what)
{
	return why_set(&store->base.why, -EBADMSG,
		       "clustered: node %" PRIu64 " (byte %" PRIu64 "): %s", node,
		       clustered_node_at(node), what);
}

static int bad_cluster(struct clustered_store *store, uint64_t node, uint64_t offset)
{
	return why_set(&store->base.why, -EBADMSG,
		       "clustered: node %" PRIu64 ": its cluster at byte %" PRIu64 " is damaged",
		       node, store->clusters_at + offset);
}

int clustered_check_list(struct clustered_store *store, uint64_t node,
			 const struct cluster_list *list)
{
	if (list->count == 0 && list->size_bytes == 0 && list->offset == 0)
		return 0;
	if (list->count > store->base.edges_count || list->offset > store->clusters_bytes ||
	    list->size_bytes > store->clusters_bytes - list->offset ||
	    list->size_bytes < CLUSTER_HEAD_BYTES + list->count * ENTRY_HEAD_BYTES)
		return bad_node(store, node, "its cluster is outside the cluster region");
	return 0;
}

static int clustered_head_at(struct store *base, uint64_t node, uint64_t *offset)
{
	(void)base;
	*offset = clustered_node_at(node);
	return 0;
}

static int clustered_body_at(struct store *base, uint64_t node, uint64_t offset,
			     const unsigned char *head, struct fetch_body *body)
{
	struct clustered_store *store = (struct clustered_store *)base;
	unsigned char bytes[CLUSTER_TAIL_BYTES];
	uint64_t tail_at = slot_tail_at(head);
	struct cluster_list list;

	if (head[0] != SLOT_VERSION || be_get64(head + NODE_ID_AT) != node + 1)
		return bad_node(store, node, "its slot has another id or version");
	if (tail_at + CLUSTER_TAIL_BYTES > NODE_SLOT_BYTES)
		return bad_node(store, node, "the payload leaves no room for the adjacency");
	if (tail_at + CLUSTER_TAIL_BYTES <= NODE_HEAD_BYTES) {
		cluster_list_decode(head + tail_at, &list);
	} else {
		int err = base->engine->ops->read(base->engine, offset + tail_at, bytes,
						  sizeof(bytes));
		if (err)
			return err;
		base->stats.logical_read_bytes += sizeof(bytes);
		cluster_list_decode(bytes, &list);
	}
	*body = (struct fetch_body){store->clusters_at + list.offset,
				    list.count ? list.size_bytes : 0, list.count};
	return clustered_check_list(store, node, &list);
}

static int clustered_decode(struct store *base, uint64_t node, const unsigned char *bytes,
			    const struct fetch_body *body, uint64_t *ids)
{
	struct clustered_store *store = (struct clustered_store *)base;
	uint64_t at = CLUSTER_HEAD_BYTES;

	if (be_get32(bytes + CLUSTER_COUNT_AT) != body->count)
		return bad_cluster(store, node, body->offset - store->clusters_at);
	for (uint64_t i = 0; i < body->count; i++) {
		if (body->len_bytes - at < ENTRY_HEAD_BYTES)
			return bad_cluster(store, node, body->offset - store->clusters_at);
		uint64_t data_len = be_get16(bytes + at + ENTRY_DATA_LEN_AT);
		ids[i] = be_get64(bytes + at + ENTRY_NEIGHBOR_AT) - 1;
		if (body->len_bytes - at - ENTRY_HEAD_BYTES < data_len)
			return bad_cluster(store, node, body->offset - store->clusters_at);
		at += ENTRY_HEAD_BYTES + data_len;
	}
	return at == body->len_bytes ? 0
				     : bad_cluster(store, node, body->offset - store->clusters_at);
}

const struct fetch_ops clustered_fetch = {
	.head_bytes = NODE_HEAD_BYTES,
	.head_at = clustered_head_at,
	.body_at = clustered_body_at,
	.decode = clustered_decode,
};

/* ---- check ---- */

/* Sums over all edges, which must be the same for outgoing and incoming clusters. */
struct totals {
	uint64_t count, hash;
};

static uint64_t edge_hash(uint64_t from, uint64_t to)
{
	uint64_t value = from * UINT64_C(0x9e3779b97f4a7c15) + to;

	value = (value ^ (value >> 32)) * UINT64_C(0xd6e8feb86659fd93);
	return value ^ (value >> 32);
}

/* The number in {"order":<n>}; UINT64_MAX if there is none. */
static uint64_t order_of(const unsigned char *data, uint64_t len_bytes)
{
	uint64_t order = 0, digits = 0;

	for (uint64_t i = sizeof("{\"order\":") - 1; i < len_bytes; i++, digits++) {
		if (data[i] < '0' || data[i] > '9')
			break;
		order = order * 10 + (uint64_t)(data[i] - '0');
	}
	return digits ? order : UINT64_MAX;
}

/* Checks the entry at scratch[at]: every byte must be what this program would write. */
static int check_entry(struct clustered_store *store, uint64_t node, bool outgoing, uint64_t at,
		       uint64_t *next_order, struct totals *totals)
{
	unsigned char expected[ENTRY_HEAD_BYTES + CLUSTER_DATA_ROOM];
	const unsigned char *entry = store->scratch + at;
	uint64_t neighbor = be_get64(entry + ENTRY_NEIGHBOR_AT) - 1;
	uint64_t data_len = be_get16(entry + ENTRY_DATA_LEN_AT), order = 0;
	bool carries = outgoing && store->payload.on;

	if (neighbor >= store->base.nodes_count || data_len > CLUSTER_DATA_ROOM)
		return -EBADMSG;
	if (carries) {
		order = order_of(entry + ENTRY_HEAD_BYTES, data_len);
		if (order < *next_order || order >= store->base.edges_count)
			return -EBADMSG;
		*next_order = order + 1;
	}
	size_t len_bytes =
		cluster_entry_encode(expected, neighbor, carries ? &store->payload : NULL, order);
	if (len_bytes != ENTRY_HEAD_BYTES + data_len || memcmp(entry, expected, len_bytes) != 0)
		return -EBADMSG;
	totals->count++;
	totals->hash += outgoing ? edge_hash(node, neighbor) : edge_hash(neighbor, node);
	return 0;
}

static int check_cluster(struct clustered_store *store, uint64_t node, bool outgoing,
			 const struct cluster_list *list, struct totals *totals)
{
	struct engine *engine = store->base.engine;
	uint64_t at = CLUSTER_HEAD_BYTES, next_order = 0;
	int err = clustered_check_list(store, node, list);

	if (err || !list->size_bytes)
		return err;
	err = buffer_reserve((void **)&store->scratch, &store->scratch_capacity, list->size_bytes,
			     1);
	if (!err)
		err = engine->ops->read(engine, store->clusters_at + list->offset, store->scratch,
					list->size_bytes);
	if (err)
		return err;
	uint64_t room = be_get32(store->scratch + CLUSTER_PAYLOAD_AT) + CLUSTER_HEAD_BYTES;
	if (be_get32(store->scratch + CLUSTER_COUNT_AT) != list->count || room < list->size_bytes ||
	    room > store->clusters_bytes - list->offset)
		err = -EBADMSG;
	for (uint64_t i = 0; !err && i < list->count; i++) {
		uint64_t left = list->size_bytes - at;
		uint64_t len_bytes = left < ENTRY_HEAD_BYTES
					     ? UINT64_MAX
					     : ENTRY_HEAD_BYTES + be_get16(store->scratch + at +
									   ENTRY_DATA_LEN_AT);

		err = len_bytes > left
			      ? -EBADMSG
			      : check_entry(store, node, outgoing, at, &next_order, totals);
		at += len_bytes;
	}
	if (!err && at != list->size_bytes)
		err = -EBADMSG;
	return err ? bad_cluster(store, node, list->offset) : 0;
}

static int check_node(struct clustered_store *store, uint64_t node, struct totals *out,
		      struct totals *in)
{
	unsigned char slot[NODE_SLOT_BYTES], expected[NODE_SLOT_BYTES] = {0};
	struct engine *engine = store->base.engine;
	struct cluster_list lists[2];
	struct fetch_body body;
	int err = engine->ops->read(engine, clustered_node_at(node), slot, sizeof(slot));

	if (!err)
		err = clustered_body_at(&store->base, node, clustered_node_at(node), slot, &body);
	if (err)
		return err;
	uint64_t tail_at = slot_tail_at(slot);
	cluster_list_decode(slot + tail_at, &lists[0]);
	cluster_list_decode(slot + tail_at + LIST_BYTES, &lists[1]);
	size_t expected_at = slot_node_head_encode(expected, node + 1, &store->payload);
	if (expected_at == tail_at)
		memcpy(expected + tail_at, slot + tail_at, CLUSTER_TAIL_BYTES);
	if (memcmp(slot, expected, sizeof(slot)) != 0)
		return bad_node(store, node, "its kind, name or data is damaged");
	err = check_cluster(store, node, true, &lists[0], out);
	return err ? err : check_cluster(store, node, false, &lists[1], in);
}

int clustered_check(struct store *base)
{
	struct clustered_store *store = (struct clustered_store *)base;
	struct totals out = {0}, in = {0};
	int err = checksums_check(&store->checksums, &base->why);

	for (uint64_t node = 0; !err && node < base->nodes_count; node++)
		err = check_node(store, node, &out, &in);
	if (!err && (out.count != base->edges_count || in.count != base->edges_count ||
		     out.hash != in.hash))
		err = why_set(&base->why, -EBADMSG,
			      "clustered: %" PRIu64 " outgoing and %" PRIu64
			      " incoming edges at nodes, %" PRIu64 " in the header%s",
			      out.count, in.count, base->edges_count,
			      out.hash != in.hash ? ", but not of the same edges" : "");
	return err;
}
