/* Statements and transactions of reference `sqlite`: see sqlite_store.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "sqlite_store.h"

static const char *const statement_texts[STATEMENTS_COUNT] = {
	"INSERT INTO entities(id, kind, name, data) VALUES(?1, ?2, ?3, ?4)",
	"INSERT INTO edges(id, from_id, to_id, type, data) VALUES(?1, ?2, ?3, ?4, ?5)",
	"SELECT to_id FROM edges WHERE from_id = ?1 ORDER BY id",
};

/* ---- errors ---- */

/* SQLite's result as negative errno, with its message in `why`. */
int sqlite_translate(struct sqlite_store *store, struct why *why, int result)
{
	static const struct {
		int result, err;
	} known[] = {
		{SQLITE_OK, 0},
		{SQLITE_ROW, 0},
		{SQLITE_DONE, 0},
		{SQLITE_CORRUPT, -EBADMSG},
		{SQLITE_NOTADB, -EBADMSG},
		{SQLITE_FORMAT, -EBADMSG},
		{SQLITE_MISMATCH, -EBADMSG},
		{SQLITE_ERROR, -EBADMSG}, /* in our own statements: the tables are not ours */
		{SQLITE_BUSY, -EBUSY},
		{SQLITE_LOCKED, -EBUSY},
		{SQLITE_FULL, -ENOSPC},
		{SQLITE_NOMEM, -ENOMEM},
		{SQLITE_READONLY, -EBADF},
		{SQLITE_PERM, -EACCES},
		{SQLITE_CANTOPEN, -ENOENT},
		{SQLITE_TOOBIG, -EFBIG},
	};
	int err = -EIO;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].result == (result & 0xff))
			err = known[i].err;
	}
	if (err)
		why_set(why, err, "sqlite: %s",
			store->db ? sqlite3_errmsg(store->db) : sqlite3_errstr(result));
	return err;
}

int sqlite_failed(struct sqlite_store *store, int result)
{
	return sqlite_translate(store, &store->why, result);
}

/* ---- statements ---- */

int sqlite_execute(struct sqlite_store *store, const char *text)
{
	return sqlite_failed(store, sqlite3_exec(store->db, text, NULL, NULL, NULL));
}

/* "PRAGMA journal_mode = wal" and the like. */
int sqlite_pragma(struct sqlite_store *store, const char *name, const char *value)
{
	char text[96];

	snprintf(text, sizeof(text), "PRAGMA %s = %s", name, value);
	return sqlite_execute(store, text);
}

int sqlite_pragma_number(struct sqlite_store *store, const char *name, int64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRId64, value);
	return sqlite_pragma(store, name, text);
}

/* The first column of the first row; `other` if it is NULL. */
int sqlite_query_number(struct sqlite_store *store, const char *text, int64_t other, int64_t *value)
{
	sqlite3_stmt *statement;
	int result = sqlite3_prepare_v2(store->db, text, -1, &statement, NULL);

	if (result != SQLITE_OK)
		return sqlite_failed(store, result);
	result = sqlite3_step(statement);
	*value = other;
	if (result == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL)
		*value = sqlite3_column_int64(statement, 0);
	int err = sqlite_failed(store, result);
	sqlite3_finalize(statement);
	return err;
}

int sqlite_statement_get(struct sqlite_store *store, int which, sqlite3_stmt **out)
{
	if (!store->statements[which]) {
		int result = sqlite3_prepare_v3(store->db, statement_texts[which], -1,
						SQLITE_PREPARE_PERSISTENT,
						&store->statements[which], NULL);
		if (result != SQLITE_OK)
			return sqlite_failed(store, result);
	}
	*out = store->statements[which];
	return 0;
}

/* If all inserts share one transaction, begins it at the first use. */
int sqlite_transaction_begin(struct sqlite_store *store)
{
	if (store->in_transaction || store->options[SQLITE_OPTION_TRANSACTION] == TRANSACTION_EACH)
		return 0;
	int err = sqlite_execute(store, "BEGIN");
	store->in_transaction = !err;
	return err;
}

int sqlite_transaction_end(struct sqlite_store *store)
{
	if (!store->in_transaction)
		return 0;
	store->in_transaction = false;
	return sqlite_execute(store, "COMMIT");
}

void sqlite_statements_finalize(struct sqlite_store *store)
{
	for (int i = 0; i < STATEMENTS_COUNT; i++) {
		sqlite3_finalize(store->statements[i]);
		store->statements[i] = NULL;
	}
}

int sqlite_recover(const char *path)
{
	struct sqlite_store store = {.path = NULL};
	int result =
		sqlite3_open_v2(path, &store.db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	if (result == SQLITE_OK)
		result = sqlite3_exec(store.db, "PRAGMA user_version", NULL, NULL, NULL);
	int err = sqlite_failed(&store, result);
	sqlite3_close(store.db);
	return err;
}

int sqlite_sync_file(struct sqlite_store *store)
{
	sqlite3_file *file = NULL;
	int result = sqlite3_file_control(store->db, "main", SQLITE_FCNTL_FILE_POINTER, &file);

	if (result == SQLITE_OK && file && file->pMethods)
		result = file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
	return sqlite_failed(store, result);
}
