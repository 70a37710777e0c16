/* Inserts of reference `lmdb`: see lmdb_store.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../layouts/support/sorted_edges.h"
#include "lmdb_store.h"

int lmdb_put(struct lmdb_store *store, enum database database, uint64_t key, const void *bytes,
	     size_t len_bytes, unsigned flags)
{
	MDB_val at = lmdb_value_of(&key, sizeof(key)), value = lmdb_value_of(bytes, len_bytes);

	return lmdb_failed(store,
			   mdb_put(store->txn, store->databases[database], &at, &value, flags));
}

/* Kind, name and JSON, each followed by a zero byte. */
static int put_node(struct lmdb_store *store, uint64_t node)
{
	char bytes[sizeof(PAYLOAD_NODE_KIND) + PAYLOAD_NAME_MAX + LMDB_DATA_MAX + PAYLOAD_DATA_MAX];
	size_t used = 0;

	if (store->payload.on) {
		memcpy(bytes, PAYLOAD_NODE_KIND, sizeof(PAYLOAD_NODE_KIND));
		used = sizeof(PAYLOAD_NODE_KIND);
		used += payload_node_name(node, bytes + used);
		bytes[used++] = '\0';
		used += payload_node_data(node, store->payload.node_data_bytes, bytes + used);
		bytes[used++] = '\0';
	}
	return lmdb_put(store, NODES, node, bytes, used, MDB_APPEND);
}

static int put_edge(struct lmdb_store *store, uint64_t edge, uint64_t from, uint64_t to)
{
	char bytes[16 + sizeof(PAYLOAD_EDGE_TYPE) + LMDB_DATA_MAX + PAYLOAD_DATA_MAX];
	size_t used = 16;

	memcpy(bytes, &from, 8);
	memcpy(bytes + 8, &to, 8);
	if (store->payload.on) {
		memcpy(bytes + used, PAYLOAD_EDGE_TYPE, sizeof(PAYLOAD_EDGE_TYPE));
		used += sizeof(PAYLOAD_EDGE_TYPE);
		used += payload_edge_data(edge, store->payload.edge_data_bytes, bytes + used);
		bytes[used++] = '\0';
	}
	return lmdb_put(store, EDGES, edge, bytes, used, MDB_APPEND);
}

/* Appends `other` to the neighbours of a node in `database`. */
static int put_neighbor(struct lmdb_store *store, enum database database, uint64_t node,
			uint64_t edge, uint64_t other)
{
	struct duplicate duplicate = {htobe64(edge), other};
	struct id_list *packed = &store->packed;
	MDB_val key = lmdb_value_of(&node, sizeof(node)), known;

	if (!lmdb_is_packed(store))
		return lmdb_put(store, database, node, &duplicate, sizeof(duplicate), 0);
	int result = mdb_get(store->txn, store->databases[database], &key, &known);
	if (result && result != MDB_NOTFOUND)
		return lmdb_failed(store, result);
	size_t known_count = result ? 0 : known.mv_size / sizeof(uint64_t);
	packed->count = 0;
	int err = id_list_reserve(packed, known_count + 1);
	if (err)
		return err;
	if (known_count)
		memcpy(packed->ids, known.mv_data, known_count * sizeof(uint64_t));
	packed->ids[known_count] = other;
	return lmdb_put(store, database, node, packed->ids, (known_count + 1) * sizeof(uint64_t),
			0);
}

int lmdb_insert_node(void *handle)
{
	struct lmdb_store *store = handle;
	int err = lmdb_write_begin(store);

	if (!err)
		err = lmdb_write_end(store, put_node(store, store->nodes_count));
	store->nodes_count += !err;
	return err;
}

int lmdb_insert_edge(void *handle, uint64_t from, uint64_t to)
{
	struct lmdb_store *store = handle;

	if (from >= store->nodes_count || to >= store->nodes_count)
		return -ERANGE;
	int err = lmdb_write_begin(store);
	if (err)
		return err;
	err = put_edge(store, store->edges_count, from, to);
	if (!err)
		err = put_neighbor(store, OUT, from, store->edges_count, to);
	if (!err)
		err = put_neighbor(store, IN, to, store->edges_count, from);
	err = lmdb_write_end(store, err);
	store->edges_count += !err;
	return err;
}

/* The edges as the sorter of layouts takes them. */
static size_t next_edges(void *context, uint64_t *cursor, struct edge *edges, size_t max)
{
	const struct iowalk_edges *from = context;

	return from->next(from->context, cursor, (struct iowalk_edge *)edges, max);
}

/* Inserts the neighbours of all nodes in the order of their keys, which suits a B+tree. */
static int bulk_packed(struct lmdb_store *store, const struct iowalk_edges *edges,
		       enum database database)
{
	const struct edge_budget budget = {.memory_bytes = edges->memory_bytes,
					   .limit_bytes = edges->memory_limit_bytes,
					   .folder = edges->folder};
	const struct edge_stream stream = {.next = next_edges,
					   .context = (void *)(uintptr_t)edges,
					   .nodes_count = edges->nodes_count,
					   .edges_count = edges->edges_count,
					   .budget = edges->memory_bytes ? &budget : NULL};
	struct sorted_edges *sorted;
	struct sorted_list list;
	int err = sorted_edges_open(&stream, database == IN, false, 1, &sorted);

	if (err)
		return err;
	for (uint64_t n = 0; !err && n < edges->nodes_count; n++) {
		err = sorted_edges_node(sorted, n, &list);
		if (!err && list.count)
			err = lmdb_put(store, database, n, list.ids, list.count * sizeof(*list.ids),
				       MDB_APPEND);
	}
	sorted_edges_close(sorted);
	return err;
}

static int bulk_all(struct lmdb_store *store, const struct iowalk_edges *edges)
{
	uint64_t cursor = 0, edges_count = 0;
	struct iowalk_edge edge;
	int err = 0;

	for (uint64_t n = 0; !err && n < edges->nodes_count; n++)
		err = put_node(store, n);
	while (!err && edges->next(edges->context, &cursor, &edge, 1)) {
		if (edge.from >= edges->nodes_count || edge.to >= edges->nodes_count)
			return -ERANGE;
		err = put_edge(store, edges_count, edge.from, edge.to);
		if (!err && !lmdb_is_packed(store)) {
			err = put_neighbor(store, OUT, edge.from, edges_count, edge.to);
			if (!err)
				err = put_neighbor(store, IN, edge.to, edges_count, edge.from);
		}
		edges_count++;
	}
	if (!err && edges_count != edges->edges_count)
		err = -EINVAL;
	if (!err && lmdb_is_packed(store)) {
		err = bulk_packed(store, edges, OUT);
		if (!err)
			err = bulk_packed(store, edges, IN);
	}
	return err;
}

int lmdb_bulk(void *handle, const struct iowalk_edges *edges)
{
	struct lmdb_store *store = handle;

	if (store->nodes_count)
		return -EBUSY;
	int err = lmdb_write_begin(store);
	if (err)
		return err;
	err = bulk_all(store, edges);
	if (err) {
		mdb_txn_abort(store->txn);
		store->txn = NULL;
		return err;
	}
	store->nodes_count = edges->nodes_count;
	store->edges_count = edges->edges_count;
	return lmdb_transaction_end(store);
}
