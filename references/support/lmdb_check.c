/* Checking the databases of reference `lmdb`: see lmdb_store.h. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "lmdb_store.h"

static int check_keys(struct lmdb_store *store, enum database database, uint64_t keys_count,
		      bool each)
{
	uint64_t expected = 0, entries = 0, id;
	MDB_cursor *cursor;
	MDB_val key, value;
	int result = mdb_cursor_open(store->txn, store->databases[database], &cursor);

	if (result)
		return lmdb_failed(store, result);
	while ((result = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
		memcpy(&id, key.mv_data, sizeof(id));
		if (id >= keys_count || (each && id != expected++))
			break;
		entries++;
	}
	mdb_cursor_close(cursor);
	if (result == 0 || (each && entries != keys_count))
		return why_set(&store->why, -EBADMSG,
			       "lmdb: %s: the entry behind %" PRIu64 " of %" PRIu64
			       " is not the one that belongs there",
			       lmdb_database_names[database], entries, keys_count);
	return result == MDB_NOTFOUND ? 0 : lmdb_failed(store, result);
}

static int check_databases(struct lmdb_store *store)
{
	int err = lmdb_read_begin(store);

	if (!err)
		err = check_keys(store, NODES, store->nodes_count, true);
	if (!err)
		err = check_keys(store, EDGES, store->edges_count, true);
	if (!err)
		err = check_keys(store, OUT, store->nodes_count, false);
	if (!err)
		err = check_keys(store, IN, store->nodes_count, false);
	lmdb_read_pause(store);
	return err;
}

int lmdb_check(struct lmdb_store *store,
	       int (*neighbors)(void *handle, uint64_t node, struct iowalk_neighbors *out))
{
	uint64_t total = 0;
	int err = check_databases(store);

	for (uint64_t node = 0; !err && node < store->nodes_count; node++) {
		struct iowalk_neighbors found;

		err = neighbors(store, node, &found);
		for (size_t i = 0; !err && i < found.count; i++) {
			if (found.ids[i] >= store->nodes_count)
				err = why_set(&store->why, -EBADMSG,
					      "lmdb: node %" PRIu64 " has a neighbour %" PRIu64
					      " of %" PRIu64 " nodes",
					      node, found.ids[i], store->nodes_count);
		}
		total += err ? 0 : found.count;
	}
	lmdb_read_end(store);
	if (!err && total != store->edges_count)
		err = why_set(&store->why, -EBADMSG,
			      "lmdb: %" PRIu64 " neighbours of %" PRIu64 " edges", total,
			      store->edges_count);
	return err;
}
