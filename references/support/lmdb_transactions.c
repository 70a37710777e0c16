/* Transactions of reference `lmdb`: see lmdb_store.h. */
#include <errno.h>
#include <string.h>

#include "lmdb_store.h"

const char *const lmdb_database_names[DATABASES_COUNT] = {"meta", "nodes", "edges", "out", "in"};

/* LMDB's result as negative errno, with its message in the store's `why`. */
int lmdb_failed(struct lmdb_store *store, int result)
{
	int err = result == 0 ? 0 : result > 0 ? -result : -EBADMSG;

	if (store->guard && sigbus_hit(store->guard))
		return why_set(&store->why, store->writable ? -ENOSPC : -EIO, "lmdb: %s",
			       store->writable ? "no space left for a page of the map"
					       : "the file was truncated by another process");
	if (result == MDB_MAP_FULL)
		err = -ENOSPC;
	else if (result == MDB_READERS_FULL || result == MDB_TXN_FULL)
		err = -EBUSY;
	return err ? why_set(&store->why, err, "lmdb: %s", mdb_strerror(result)) : 0;
}

#define MAGIC_AT 16 /* of a meta page: behind the header of the page */
#define MAGIC    0xBEEFC0DE

/*
 * LMDB tells the address of its map only if it is fixed. But each page of it begins with its number, and
 * page 0 has a magic number. Sources: lmdb.h, MDB_page and MDB_meta in mdb.c
 */
int lmdb_guard(struct lmdb_store *store, const void *inside)
{
	MDB_envinfo info;
	MDB_stat stat;
	uint64_t number;
	uint32_t magic;

	mdb_env_info(store->env, &info);
	mdb_env_stat(store->env, &stat);
	const char *page = (const char *)inside - (uintptr_t)inside % stat.ms_psize;
	memcpy(&number, page, sizeof(number));
	if (number >= info.me_mapsize / stat.ms_psize || store->guard)
		return 0;
	const char *base = page - number * stat.ms_psize;
	memcpy(&magic, base + MAGIC_AT, sizeof(magic));
	if (magic != MAGIC)
		return 0; /* not in the map: a page that is being written elsewhere */
	int err = sigbus_take(&store->guard);
	if (!err)
		sigbus_watch(store->guard, base, info.me_mapsize);
	return err;
}

/* ---- transactions ---- */

void lmdb_read_end(struct lmdb_store *store)
{
	if (store->cursor)
		mdb_cursor_close(store->cursor);
	if (store->txn)
		mdb_txn_abort(store->txn);
	store->cursor = NULL;
	store->txn = NULL;
	store->txn_parked = false;
}

/* Ends the open transaction; a write transaction is committed. */
int lmdb_transaction_end(struct lmdb_store *store)
{
	MDB_txn *txn = store->txn;

	if (!txn || store->cursor) {
		lmdb_read_end(store);
		return 0;
	}
	store->txn = NULL;
	return lmdb_failed(store, mdb_txn_commit(txn));
}

int lmdb_write_begin(struct lmdb_store *store)
{
	if (!store->writable)
		return -EBADF;
	if (store->cursor)
		lmdb_read_end(store);
	return store->txn ? 0 : lmdb_failed(store, mdb_txn_begin(store->env, NULL, 0, &store->txn));
}

/* After one insert: commits, or leaves the transaction open if all inserts share one. */
int lmdb_write_end(struct lmdb_store *store, int err)
{
	if (!err && store->options[LMDB_OPTION_TRANSACTION] == TRANSACTION_ONE)
		return 0;
	if (!err)
		return lmdb_transaction_end(store);
	mdb_txn_abort(store->txn);
	store->txn = NULL;
	return err;
}

/* A query sees earlier inserts: an open write transaction is committed first. */
int lmdb_read_begin(struct lmdb_store *store)
{
	int err = 0;

	if (store->txn_parked) {
		err = lmdb_failed(store, mdb_txn_renew(store->txn));
		if (!err)
			err = lmdb_failed(store, mdb_cursor_renew(store->txn, store->cursor));
		store->txn_parked = false;
	} else if (!store->cursor) {
		err = lmdb_transaction_end(store);
		if (!err)
			err = lmdb_failed(store,
					  mdb_txn_begin(store->env, NULL, MDB_RDONLY, &store->txn));
		if (!err)
			err = lmdb_failed(store, mdb_cursor_open(store->txn, store->databases[OUT],
								 &store->cursor));
	}
	if (err)
		lmdb_read_end(store);
	return err;
}

void lmdb_read_pause(struct lmdb_store *store)
{
	if (!store->txn || store->options[LMDB_OPTION_TRANSACTION] == TRANSACTION_ONE)
		return;
	mdb_txn_reset(store->txn);
	store->txn_parked = true;
}
