/*
 * SQLite as a graph store, as embedded graph databases over SQLite do it: one table of entities,
 * one of edges with an index on each end, prepared statements. Published figures of sqlitegraph are
 * relative to it. The defaults are SQLite's own; the options allow its fastest settings.
 *
 * Ids in the tables begin at 1, and the rowid is the order of insertion. Durability: `each` makes
 * every commit wait for the device (synchronous=FULL); otherwise nothing waits (OFF), and sync()
 * checkpoints the log and syncs the file. A bulk load is one transaction; its indexes are created
 * after it.
 *
 * Source: https://www.sqlite.org/pragma.html, https://www.sqlite.org/c3ref/intro.html
 */
#include <errno.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../layouts/support/header.h"
#include "../layouts/support/payload.h"
#include "support/sqlite_store.h"

#define APPLICATION_ID 0x494f574b /* "IOWK" */
#define FORMAT_VERSION 1
#define DATA_MAX       4096 /* bytes of one JSON */
#define NODE_BYTES     48   /* of a row, measured; of an edge with both indexes: */
#define EDGE_BYTES     80

extern const struct iowalk_store reference_sqlite;

static const char journal_off[] = "off";
static const char *const journal_choices[] = {"delete", "wal", journal_off, NULL};
static const char *const transaction_choices[] = {"each", "one", NULL};
static const char *const index_choices[] = {"plain", "covering", NULL};

static const struct iowalk_option options[SQLITE_OPTIONS_COUNT] = {
	[SQLITE_OPTION_JOURNAL] = {.name = "journal",
				   .type = OPTION_CHOICE,
				   .choices = journal_choices,
				   .help = "journal_mode"},
	[SQLITE_OPTION_TRANSACTION] = {.name = "transaction",
				       .type = OPTION_CHOICE,
				       .choices = transaction_choices,
				       .help = "each insert and query by itself, or one round all"},
	[SQLITE_OPTION_INDEX] = {.name = "index",
				 .type = OPTION_CHOICE,
				 .choices = index_choices,
				 .help = "on the source alone, or with the target in it"},
	[SQLITE_OPTION_CACHE_KIB] = {.name = "cache_kib",
				     .type = OPTION_U64,
				     .default_value = 2000,
				     .min = 1,
				     .max = 1 << 30,
				     .help = "cache_size"},
	[SQLITE_OPTION_MMAP_MIB] = {.name = "mmap_mib",
				    .type = OPTION_U64,
				    .max = 1 << 20,
				    .help = "mmap_size; 0: read by pread"},
	PAYLOAD_OPTIONS(DATA_MAX, DATA_MAX),
};

static const char tables_text[] =
	"CREATE TABLE entities(id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL,"
	" data TEXT NOT NULL);"
	"CREATE TABLE edges(id INTEGER PRIMARY KEY, from_id INTEGER NOT NULL,"
	" to_id INTEGER NOT NULL, type TEXT NOT NULL, data TEXT NOT NULL);";
static const char empty_text[] = "DELETE FROM edges; DELETE FROM entities;"
				 "DROP INDEX IF EXISTS edges_from; DROP INDEX IF EXISTS edges_to";
static const char drop_indexes_text[] = "DROP INDEX edges_from; DROP INDEX edges_to";

/* ---- inserting ---- */

static int step_insert(struct sqlite_store *store, sqlite3_stmt *statement)
{
	int err = sqlite_failed(store, sqlite3_step(statement));

	sqlite3_reset(statement);
	return err;
}

static void bind_text(sqlite3_stmt *statement, int place, const char *text, size_t len)
{
	sqlite3_bind_text(statement, place, text, (int)len, SQLITE_STATIC);
}

static int sqlite_insert_node(void *handle)
{
	struct sqlite_store *store = handle;
	const struct payload *payload = &store->payload;
	char name[PAYLOAD_NAME_MAX], data[DATA_MAX + PAYLOAD_DATA_MAX];
	size_t name_len = 0, data_len = 0;
	sqlite3_stmt *insert = NULL;
	int err = store->writable ? sqlite_transaction_begin(store) : -EBADF;

	if (!err)
		err = sqlite_statement_get(store, INSERT_ENTITY, &insert);
	if (err)
		return err;
	if (payload->on) {
		name_len = payload_node_name(store->nodes_count, name);
		data_len = payload_node_data(store->nodes_count, payload->node_data_bytes, data);
	}
	sqlite3_bind_int64(insert, 1, (sqlite3_int64)store->nodes_count + 1);
	bind_text(insert, 2, PAYLOAD_NODE_KIND, payload->on ? strlen(PAYLOAD_NODE_KIND) : 0);
	bind_text(insert, 3, name, name_len);
	bind_text(insert, 4, data, data_len);
	err = step_insert(store, insert);
	store->nodes_count += !err;
	return err;
}

static int sqlite_insert_edge(void *handle, uint64_t from, uint64_t to)
{
	struct sqlite_store *store = handle;
	const struct payload *payload = &store->payload;
	char data[DATA_MAX + PAYLOAD_DATA_MAX];
	size_t data_len = 0;
	sqlite3_stmt *insert = NULL;

	if (from >= store->nodes_count || to >= store->nodes_count)
		return -ERANGE;
	int err = store->writable ? sqlite_transaction_begin(store) : -EBADF;
	if (!err)
		err = sqlite_statement_get(store, INSERT_EDGE, &insert);
	if (err)
		return err;
	if (payload->on)
		data_len = payload_edge_data(store->edges_count, payload->edge_data_bytes, data);
	sqlite3_bind_int64(insert, 1, (sqlite3_int64)store->edges_count + 1);
	sqlite3_bind_int64(insert, 2, (sqlite3_int64)from + 1);
	sqlite3_bind_int64(insert, 3, (sqlite3_int64)to + 1);
	bind_text(insert, 4, PAYLOAD_EDGE_TYPE, payload->on ? strlen(PAYLOAD_EDGE_TYPE) : 0);
	bind_text(insert, 5, data, data_len);
	err = step_insert(store, insert);
	store->edges_count += !err;
	return err;
}

static int create_indexes(struct sqlite_store *store)
{
	bool covering = store->options[SQLITE_OPTION_INDEX] == INDEX_COVERING;
	int err = sqlite_execute(store,
				 covering ? "CREATE INDEX edges_from ON edges(from_id, id, to_id)"
					  : "CREATE INDEX edges_from ON edges(from_id)");

	return err ? err : sqlite_execute(store, "CREATE INDEX edges_to ON edges(to_id)");
}

/* Makes the graph empty again. Without a journal ROLLBACK does not: the file would be broken after it. */
static void undo_bulk(struct sqlite_store *store)
{
	bool has_journal = journal_choices[store->options[SQLITE_OPTION_JOURNAL]] != journal_off;

	if (has_journal)
		sqlite_execute(store, "ROLLBACK");
	else if (!sqlite_execute(store, empty_text) && !create_indexes(store))
		(void)sqlite_transaction_end(store);
	store->in_transaction = store->in_transaction && !has_journal;
}

/* In one transaction; the indexes are created at the end. */
static int sqlite_bulk(void *handle, const struct iowalk_edges *edges)
{
	struct sqlite_store *store = handle;

	if (!store->writable)
		return -EBADF;
	if (store->nodes_count)
		return -EBUSY;
	int err = sqlite_transaction_end(store);
	if (!err)
		err = sqlite_execute(store, "BEGIN");
	store->in_transaction = !err;
	if (!err)
		err = sqlite_execute(store, drop_indexes_text);
	if (!err)
		err = insert_edges(store, edges, sqlite_insert_node, sqlite_insert_edge);
	if (!err)
		err = create_indexes(store);
	if (!err)
		return sqlite_transaction_end(store);
	struct why why = store->why;
	undo_bulk(store);
	store->why = why;
	store->nodes_count = store->edges_count = 0;
	return err;
}

/* ---- reading ---- */

static int expand(void *handle, uint64_t node, struct id_list *list)
{
	struct sqlite_store *store = handle;
	sqlite3_stmt *select = NULL;
	int result = SQLITE_DONE, err = sqlite_transaction_begin(store);

	if (!err)
		err = sqlite_statement_get(store, SELECT_TARGETS, &select);
	if (err)
		return err;
	sqlite3_bind_int64(select, 1, (sqlite3_int64)node + 1);
	while (!err && (result = sqlite3_step(select)) == SQLITE_ROW) {
		err = id_list_reserve(list, 1);
		if (!err)
			list->ids[list->count++] = (uint64_t)sqlite3_column_int64(select, 0) - 1;
	}
	if (!err)
		err = sqlite_failed(store, result);
	sqlite3_reset(select);
	return err;
}

static int sqlite_neighbors(void *handle, uint64_t node, struct iowalk_neighbors *out)
{
	struct sqlite_store *store = handle;

	return expand_one(store, store->nodes_count, node, expand, &store->found, out);
}

static int64_t sqlite_neighbors_batch(void *handle, const uint64_t *nodes, uint64_t count,
				      struct iowalk_neighbors *out)
{
	struct sqlite_store *store = handle;

	return expand_batch(store, store->nodes_count, nodes, count, expand, &store->found, out);
}

static int check_all(struct sqlite_store *store)
{
	static const struct {
		const char *query, *what;
	} counts[] = {
		{"SELECT count(*) FROM entities", "entities"},
		{"SELECT count(*) FROM edges", "edges"},
	};
	sqlite3_stmt *statement;
	int64_t value = 0;
	int result =
		sqlite3_prepare_v2(store->db, "PRAGMA integrity_check(1)", -1, &statement, NULL);
	int err = sqlite_failed(store, result);

	if (err)
		return err;
	err = sqlite_failed(store, sqlite3_step(statement));
	const char *words = err ? NULL : (const char *)sqlite3_column_text(statement, 0);
	if (!err && (!words || strcmp(words, "ok") != 0))
		err = why_set(&store->why, -EBADMSG, "sqlite: %s", words ? words : "no answer");
	sqlite3_finalize(statement);
	for (size_t i = 0; !err && i < 2; i++) {
		uint64_t expected = i ? store->edges_count : store->nodes_count;
		err = sqlite_query_number(store, counts[i].query, 0, &value);
		if (!err && (uint64_t)value != expected)
			err = why_set(&store->why, -EBADMSG,
				      "sqlite: %" PRId64 " %s, ids up to %" PRIu64, value,
				      counts[i].what, expected);
	}
	if (!err)
		err = sqlite_query_number(
			store,
			"SELECT count(*) FROM edges WHERE from_id < 1 OR to_id < 1 OR "
			"from_id > (SELECT max(id) FROM entities) OR "
			"to_id > (SELECT max(id) FROM entities)",
			0, &value);
	if (!err && value)
		err = why_set(&store->why, -EBADMSG, "sqlite: %" PRId64 " edges to or from no node",
			      value);
	return err;
}

static int sqlite_check(void *handle, char *why, size_t why_size)
{
	struct sqlite_store *store = handle;
	int err = check_all(store);

	if (err)
		snprintf(why, why_size, "%s", store->why.text);
	return err;
}

static const char *sqlite_reason(void *handle)
{
	return ((struct sqlite_store *)handle)->why.text;
}

/* ---- opening and closing ---- */

static int sqlite_sync(void *handle)
{
	struct sqlite_store *store = handle;
	int64_t synchronous = 0;

	if (!store->writable)
		return 0;
	int err = sqlite_transaction_end(store);
	if (!err)
		err = sqlite_query_number(store, "PRAGMA synchronous", 0, &synchronous);
	if (err || synchronous)
		return err; /* each commit has waited for the device */
	err = sqlite_execute(store, "PRAGMA wal_checkpoint(TRUNCATE)");
	if (!err && !store->sync_err)
		store->sync_err = sqlite_sync_file(store);
	return err ? err : store->sync_err;
}

static int sqlite_drop_cache(void *handle)
{
	struct sqlite_store *store = handle;
	int err = sqlite_transaction_end(store);

	for (int i = 0; i < STATEMENTS_COUNT; i++)
		sqlite3_reset(store->statements[i]);
	sqlite3_db_release_memory(store->db);
	return err ? err : forget_file(store->path);
}

static int sqlite_close(void *handle)
{
	struct sqlite_store *store = handle;
	int err = sqlite_transaction_end(store);

	sqlite_statements_finalize(store);
	int close_err = sqlite3_close(store->db) == SQLITE_OK ? 0 : -EIO;
	free(store->found.ids);
	free(store->path);
	free(store);
	return err ? err : close_err;
}

static int connect(const char *path, const uint64_t *values, int flags, bool each,
		   struct sqlite_store **out)
{
	struct sqlite_store *store = calloc(1, sizeof(*store));

	*out = store;
	if (!store)
		return -ENOMEM;
	store->writable = flags != SQLITE_OPEN_READONLY;
	memcpy(store->options, values, sizeof(store->options));
	store->payload = payload_from_options(values + SQLITE_OPTION_PAYLOAD);
	store->path = strdup(path);
	int result = store->path ? sqlite3_open_v2(store->path, &store->db,
						   flags | SQLITE_OPEN_NOMUTEX, NULL)
				 : SQLITE_NOMEM;
	int err = sqlite_failed(store, result);
	/* A negative cache_size is in KiB. */
	if (!err)
		err = sqlite_pragma_number(store, "cache_size",
					   -(int64_t)store->options[SQLITE_OPTION_CACHE_KIB]);
	if (!err)
		err = sqlite_pragma_number(store, "mmap_size",
					   (int64_t)(store->options[SQLITE_OPTION_MMAP_MIB] << 20));
	if (!err && store->writable)
		err = sqlite_pragma(store, "synchronous", each ? "FULL" : "OFF");
	return err;
}

/* Passes on the message of a failed open, and closes the database. */
static int give_up(struct sqlite_store *store, int err, char *why, size_t why_size)
{
	if (store) {
		snprintf(why, why_size, "%s", store->why.text);
		sqlite_close(store);
	}
	return err;
}

static int sqlite_create(const char *path, uint32_t durability, const uint64_t *values,
			 struct iowalk_store_instance *out, char *why, size_t why_size)
{
	static const char *const besides[] = {"", "-journal", "-wal", "-shm"};
	struct sqlite_store *store = NULL;

	/* Files that a killed process left. */
	for (size_t i = 0; i < sizeof(besides) / sizeof(besides[0]); i++) {
		char beside[4096];
		snprintf(beside, sizeof(beside), "%s%s", path, besides[i]);
		unlink(beside);
	}
	int err = connect(path, values, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
			  durability == IOWALK_DURABLE_EACH, &store);
	if (!err)
		err = sqlite_pragma_number(store, "application_id", APPLICATION_ID);
	if (!err)
		err = sqlite_pragma_number(store, "user_version", FORMAT_VERSION);
	if (!err)
		err = sqlite_pragma(store, "journal_mode",
				    journal_choices[store->options[SQLITE_OPTION_JOURNAL]]);
	if (!err)
		err = sqlite_execute(store, tables_text);
	if (!err)
		err = create_indexes(store);
	if (err)
		return give_up(store, err, why, why_size);
	out->handle = store;
	return 0;
}

/* Is the file a store of ours, and complete? The counts come from the last ids. */
static int read_sizes(struct sqlite_store *store)
{
	struct why *why = &store->why;
	int64_t application = 0, version = 0, nodes = 0, edges = 0, pages = 0, page_bytes = 0;
	uint64_t size_bytes = 0;
	int err = sqlite_query_number(store, "PRAGMA application_id", 0, &application);

	if (!err)
		err = sqlite_query_number(store, "PRAGMA user_version", 0, &version);
	if (!err && (application != APPLICATION_ID || version != FORMAT_VERSION))
		return why_set(why, -EBADMSG,
			       "sqlite: no graph of this program (application %" PRId64
			       ", version %" PRId64 ")",
			       application, version);
	if (!err)
		err = sqlite_query_number(store, "PRAGMA page_count", 0, &pages);
	if (!err)
		err = sqlite_query_number(store, "PRAGMA page_size", 0, &page_bytes);
	if (!err)
		err = file_size(store->path, &size_bytes);
	if (!err && size_bytes < (uint64_t)(pages * page_bytes))
		return why_set(why, -EBADMSG,
			       "sqlite: %" PRIu64 " bytes long, its header says %" PRId64,
			       size_bytes, pages * page_bytes);
	if (!err)
		err = sqlite_query_number(store, "SELECT max(id) FROM entities", 0, &nodes);
	if (!err)
		err = sqlite_query_number(store, "SELECT max(id) FROM edges", 0, &edges);
	if (!err && (nodes < 0 || edges < 0))
		return why_set(why, -EBADMSG, "sqlite: negative ids");
	store->nodes_count = (uint64_t)nodes;
	store->edges_count = (uint64_t)edges;
	return err;
}

static int sqlite_open(const char *path, uint32_t flags, const uint64_t *values,
		       struct iowalk_store_instance *out, char *why, size_t why_size)
{
	struct sqlite_store *store = NULL;
	int mode = flags & IOWALK_STORE_WRITE ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
	int err = connect(path, values, mode, flags & IOWALK_STORE_EACH, &store);

	if (!err)
		err = read_sizes(store);
	if (err == -EBADF && mode == SQLITE_OPEN_READONLY && sqlite_recover(path) == 0) {
		give_up(store, err, why, why_size);
		err = connect(path, values, mode, false, &store);
		if (!err)
			err = read_sizes(store);
	}
	if (err)
		return give_up(store, err, why, why_size);
	*out = (struct iowalk_store_instance){.handle = store,
					      .nodes_count = store->nodes_count,
					      .edges_count = store->edges_count};
	return 0;
}

static uint64_t sqlite_file_bytes(uint64_t nodes_count, uint64_t edges_count)
{
	return saturating_madd(edges_count, EDGE_BYTES,
			       saturating_madd(nodes_count, NODE_BYTES, 1 << 16));
}

/* ---- the table ---- */

_Static_assert(SQLITE_OPTIONS_COUNT == 8, "all are in the list");
static const struct iowalk_option *const option_list[] = {&options[0], &options[1], &options[2],
							  &options[3], &options[4], &options[5],
							  &options[6], &options[7], NULL};

const struct iowalk_store reference_sqlite = {
	.struct_size = sizeof(struct iowalk_store),
	.name = "sqlite",
	.summary = "reference: SQLite, a table of entities and one of edges, indexed; own I/O",
	.format = FORMAT_VERSION,
	.library_version = sqlite3_libversion,
	.options = option_list,
	.file_bytes = sqlite_file_bytes,
	.create = sqlite_create,
	.open = sqlite_open,
	.insert_node = sqlite_insert_node,
	.insert_edge = sqlite_insert_edge,
	.bulk = sqlite_bulk,
	.neighbors = sqlite_neighbors,
	.neighbors_batch = sqlite_neighbors_batch,
	.check = sqlite_check,
	.sync = sqlite_sync,
	.drop_cache = sqlite_drop_cache,
	.close = sqlite_close,
	.reason = sqlite_reason,
};
