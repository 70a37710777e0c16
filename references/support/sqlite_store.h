/* The state of reference `sqlite`, its statements and transactions: see ../sqlite.c. */
#ifndef IOWALK_REFERENCES_SQLITE_STORE_H
#define IOWALK_REFERENCES_SQLITE_STORE_H

#include <sqlite3.h>

#include "../../layouts/support/payload.h"
#include "expand.h"

enum {
	SQLITE_OPTION_JOURNAL,
	SQLITE_OPTION_TRANSACTION,
	SQLITE_OPTION_INDEX,
	SQLITE_OPTION_CACHE_KIB,
	SQLITE_OPTION_MMAP_MIB,
	SQLITE_OPTION_PAYLOAD,
	SQLITE_OPTIONS_COUNT = SQLITE_OPTION_PAYLOAD + PAYLOAD_OPTIONS_COUNT
};
enum { TRANSACTION_EACH, TRANSACTION_ONE };
enum { INDEX_PLAIN, INDEX_COVERING };

enum { INSERT_ENTITY, INSERT_EDGE, SELECT_TARGETS, STATEMENTS_COUNT };

struct sqlite_store {
	uint64_t nodes_count, edges_count;
	struct why why; /* of the last failure */
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENTS_COUNT]; /* prepared with the first use of each */
	uint64_t options[SQLITE_OPTIONS_COUNT];
	bool writable, in_transaction;
	int sync_err; /* of the first sync that failed: what it has lost a second one would not write again */
	struct payload payload;
	struct id_list found;
	char *path;
};

/* SQLite's result as negative errno, with its message in `why`. */
int sqlite_translate(struct sqlite_store *store, struct why *why, int result);

/* The same, with the message in the store's `why`. */
int sqlite_failed(struct sqlite_store *store, int result);

/* Runs statements that return no rows. */
int sqlite_execute(struct sqlite_store *store, const char *text);

/* "PRAGMA NAME = VALUE". */
int sqlite_pragma(struct sqlite_store *store, const char *name, const char *value);
int sqlite_pragma_number(struct sqlite_store *store, const char *name, int64_t value);

/* The first column of the first row; `other` if it is NULL. */
int sqlite_query_number(struct sqlite_store *store, const char *text, int64_t other,
			int64_t *value);

/* Prepares a statement at its first use. */
int sqlite_statement_get(struct sqlite_store *store, int which, sqlite3_stmt **out);

/* If all inserts share one transaction, begins it at the first use. */
int sqlite_transaction_begin(struct sqlite_store *store);
int sqlite_transaction_end(struct sqlite_store *store);

/*
 * Plays back the journal that a process has left which ended in the middle of a transaction; only a writer can, and to a reader SQLite
 * says that the database is read-only. 0 or negative errno.
 */
int sqlite_recover(const char *path);

/* Syncs the file by SQLite's own file object. */
int sqlite_sync_file(struct sqlite_store *store);

void sqlite_statements_finalize(struct sqlite_store *store);

#endif
