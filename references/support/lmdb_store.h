/* The state of reference `lmdb`, its transactions, and its inserts: see ../lmdb.c. */
#ifndef IOWALK_REFERENCES_LMDB_STORE_H
#define IOWALK_REFERENCES_LMDB_STORE_H

#include <endian.h>
#include <lmdb.h>

#include "../../engines/support/sigbus.h"
#include "../../layouts/support/payload.h"
#include "expand.h"

#define LMDB_DATA_MAX 4096 /* bytes of one JSON */

enum {
	LMDB_OPTION_NEIGHBORS,
	LMDB_OPTION_TRANSACTION,
	LMDB_OPTION_WRITEMAP,
	LMDB_OPTION_READAHEAD,
	LMDB_OPTION_MAP_GIB,
	LMDB_OPTION_PAYLOAD,
	LMDB_OPTIONS_COUNT = LMDB_OPTION_PAYLOAD + PAYLOAD_OPTIONS_COUNT
};
enum { TRANSACTION_EACH, TRANSACTION_ONE };

enum database { META, NODES, EDGES, OUT, IN, DATABASES_COUNT };

extern const char *const lmdb_database_names[DATABASES_COUNT];

struct lmdb_store {
	uint64_t nodes_count, edges_count;
	struct why why; /* of the last failure */
	MDB_env *env;
	MDB_dbi databases[DATABASES_COUNT];
	MDB_txn *txn; /* that is open, or NULL; */
	MDB_cursor *
		cursor; /* on OUT; lives as long as a read transaction, which is reset, not ended */
	bool txn_parked; /* a read transaction between two queries */
	uint64_t options[LMDB_OPTIONS_COUNT];
	bool writable;
	int sync_err; /* of the first sync that failed: what it has lost a second one would not write again */
	struct payload payload;
	struct id_list found;
	struct id_list packed; /* a value being written */
	char *path;
	struct sigbus_guard
		*guard; /* of the map, or NULL: an access that fails there is an error, no signal */
};

/* A neighbour as a duplicate. */
struct duplicate {
	uint64_t edge_be, other;
};

static inline bool lmdb_is_packed(const struct lmdb_store *store)
{
	return store->options[LMDB_OPTION_NEIGHBORS] == 1;
}

static inline MDB_val lmdb_value_of(const void *bytes, size_t len_bytes)
{
	return (MDB_val){.mv_data = (void *)(uintptr_t)bytes, .mv_size = len_bytes};
}

/* LMDB's result as negative errno, with its message in the store's `why`. Whatever the result, an access to
 * the map that failed is an error: -ENOSPC of a writer, whose file has holes; -EIO of a reader. */
int lmdb_failed(struct lmdb_store *store, int result);

/* Guards the map. `inside`: bytes of a value that LMDB has returned from it. */
int lmdb_guard(struct lmdb_store *store, const void *inside);

/* ---- a file before it is opened: lmdb_file.c ---- */

/* -EBUSY with the process if another one has the store open. */
int lmdb_check_lock(const char *path, struct why *why);

/* -EBADMSG if it is no file of LMDB's. */
int lmdb_check_head(const char *path, struct why *why);

/* ---- transactions: lmdb_transactions.c ---- */

void lmdb_read_end(struct lmdb_store *store);

/* Ends the open transaction; a write transaction is committed. */
int lmdb_transaction_end(struct lmdb_store *store);

int lmdb_write_begin(struct lmdb_store *store);

/* After one insert: commits, or leaves the transaction open if all inserts share one. */
int lmdb_write_end(struct lmdb_store *store, int err);

/* A query sees earlier inserts: an open write transaction is committed first. */
int lmdb_read_begin(struct lmdb_store *store);
void lmdb_read_pause(struct lmdb_store *store);

/* ---- inserts: lmdb_write.c ---- */

/* Puts one value into a database. */
int lmdb_put(struct lmdb_store *store, enum database database, uint64_t key, const void *bytes,
	     size_t len_bytes, unsigned flags);
int lmdb_insert_node(void *handle);
int lmdb_insert_edge(void *handle, uint64_t from, uint64_t to);
int lmdb_bulk(void *handle, const struct iowalk_edges *edges);

/* ---- checking: lmdb_check.c ---- */

/* Reads all; the neighbours by the hook `neighbors`. */
int lmdb_check(struct lmdb_store *store,
	       int (*neighbors)(void *handle, uint64_t node, struct iowalk_neighbors *out));

#endif
