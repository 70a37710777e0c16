/*
 * LMDB as a graph store: a memory-mapped B+tree, copy-on-write. Databases `nodes` (id to payload),
 * `edges` (id to both ends and payload), `out` and `in` (node to neighbours). The defaults are
 * those of its manual; the options allow its fastest settings.
 *
 * Neighbours are either duplicates of a key, 16 bytes each (edge id, big-endian, so that they are
 * in the order of insertion; the other end), or packed into one value of 8 bytes each, which is
 * faster to read and rewritten with each edge. Durability: with `each` every commit waits for the
 * device; otherwise nothing waits (MDB_NOSYNC), and sync() is one mdb_env_sync().
 *
 * LMDB does not check its pages: a damaged one can crash the process that reads it. Therefore
 * open() first reads the whole tree in a child process. Lock files are not used, because a store
 * has one user here; a store in use by another process (its lock file is locked) is -EBUSY.
 *
 * Source: http://www.lmdb.tech/doc/
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <lmdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../layouts/support/header.h"
#include "../layouts/support/payload.h"
#include "support/expand.h"
#include "support/lmdb_store.h"

#define FORMAT_VERSION UINT64_C(1)
#define NODE_BYTES     96 /* measured, with payload and both neighbour lists; of an edge: */
#define EDGE_BYTES     160

extern const struct iowalk_store reference_lmdb;

static const char *const neighbors_choices[] = {"duplicates", "packed", NULL};
static const char *const transaction_choices[] = {"each", "one", NULL};

static const struct iowalk_option options[LMDB_OPTIONS_COUNT] = {
	[LMDB_OPTION_NEIGHBORS] = {.name = "neighbors",
				   .type = OPTION_CHOICE,
				   .choices = neighbors_choices,
				   .help = "one value per neighbour, or one per node"},
	[LMDB_OPTION_TRANSACTION] = {.name = "transaction",
				     .type = OPTION_CHOICE,
				     .choices = transaction_choices,
				     .help = "each insert and query by itself, or one round all"},
	[LMDB_OPTION_WRITEMAP] = {.name = "writemap",
				  .type = OPTION_BOOL,
				  .help = "MDB_WRITEMAP: written through the mapping"},
	[LMDB_OPTION_READAHEAD] = {.name = "readahead",
				   .type = OPTION_BOOL,
				   .default_value = 1,
				   .help = "the kernel's; off: MDB_NORDAHEAD"},
	[LMDB_OPTION_MAP_GIB] = {.name = "map_gib",
				 .type = OPTION_U64,
				 .default_value = 64,
				 .min = 1,
				 .max = 1 << 14,
				 .help = "address space, and the file's largest size"},
	PAYLOAD_OPTIONS(LMDB_DATA_MAX, LMDB_DATA_MAX),
};

/* ---- reading ---- */

/* Ids of one value or of a page of duplicates. */
static int take_value(struct lmdb_store *store, uint64_t node, const MDB_val *value,
		      struct id_list *list)
{
	size_t item_bytes = lmdb_is_packed(store) ? sizeof(uint64_t) : sizeof(struct duplicate);
	size_t count = value->mv_size / item_bytes;
	const char *bytes = value->mv_data;

	if (value->mv_size % item_bytes)
		return why_set(&store->why, -EBADMSG,
			       "lmdb: node %" PRIu64 " has neighbours of %zu bytes", node,
			       value->mv_size);
	int err = id_list_reserve(list, count);
	if (err)
		return err;
	/* Values are not aligned in their page. */
	if (lmdb_is_packed(store))
		memcpy(list->ids + list->count, bytes, value->mv_size);
	else
		for (size_t i = 0; i < count; i++)
			memcpy(&list->ids[list->count + i],
			       bytes + i * item_bytes + offsetof(struct duplicate, other),
			       sizeof(uint64_t));
	list->count += count;
	return 0;
}

static int expand(void *handle, uint64_t node, struct id_list *list)
{
	struct lmdb_store *store = handle;
	MDB_val key = lmdb_value_of(&node, sizeof(node)), value;
	int err = lmdb_read_begin(store);

	if (err)
		return err;
	int result = mdb_cursor_get(store->cursor, &key, &value, MDB_SET_KEY);
	/* With a single duplicate the value is unchanged. */
	if (result == 0 && !lmdb_is_packed(store))
		result = mdb_cursor_get(store->cursor, &key, &value, MDB_GET_MULTIPLE);
	while (result == 0 && !err) {
		err = take_value(store, node, &value, list);
		if (err || lmdb_is_packed(store))
			break;
		result = mdb_cursor_get(store->cursor, &key, &value, MDB_NEXT_MULTIPLE);
	}
	if (!err && result != MDB_NOTFOUND)
		err = lmdb_failed(store, result);
	lmdb_read_pause(store);
	return err;
}

static int lmdb_neighbors(void *handle, uint64_t node, struct iowalk_neighbors *out)
{
	struct lmdb_store *store = handle;

	return expand_one(store, store->nodes_count, node, expand, &store->found, out);
}

static int64_t lmdb_neighbors_batch(void *handle, const uint64_t *nodes, uint64_t count,
				    struct iowalk_neighbors *out)
{
	struct lmdb_store *store = handle;

	return expand_batch(store, store->nodes_count, nodes, count, expand, &store->found, out);
}

static int lmdb_check_hook(void *handle, char *why, size_t why_size)
{
	struct lmdb_store *store = handle;
	int err = lmdb_check(store, lmdb_neighbors);

	if (err)
		snprintf(why, why_size, "%s", store->why.text);
	return err;
}

static const char *lmdb_reason(void *handle)
{
	return ((struct lmdb_store *)handle)->why.text;
}

static int lmdb_sync(void *handle)
{
	struct lmdb_store *store = handle;
	unsigned flags = 0;

	if (!store->writable)
		return 0;
	int err = lmdb_transaction_end(store);
	mdb_env_get_flags(store->env, &flags);
	if (err || !(flags & MDB_NOSYNC))
		return err; /* each commit has waited for the device */
	if (!store->sync_err)
		store->sync_err = lmdb_failed(store, mdb_env_sync(store->env, 1));
	return store->sync_err;
}

static int lmdb_drop_cache(void *handle)
{
	struct lmdb_store *store = handle;
	int err = lmdb_transaction_end(store);

	return err ? err : forget_file(store->path);
}

/* With MDB_WRITEMAP the file is as long as the map; the unused end is truncated. */
static int cut_unused(struct lmdb_store *store)
{
	MDB_envinfo info;
	MDB_stat stat;

	mdb_env_info(store->env, &info);
	mdb_env_stat(store->env, &stat);
	return truncate(store->path, (off_t)((info.me_last_pgno + 1) * stat.ms_psize)) ? -errno : 0;
}

static int lmdb_close(void *handle)
{
	struct lmdb_store *store = handle;
	int err = store->env ? lmdb_transaction_end(store) : 0;

	if (!err && store->env && store->writable && store->options[LMDB_OPTION_WRITEMAP])
		err = cut_unused(store);
	if (!err && store->guard && sigbus_hit(store->guard))
		err = lmdb_failed(store, 0);
	sigbus_release(store->guard); /* before the address belongs to something else */
	if (store->env)
		mdb_env_close(store->env);
	free(store->found.ids);
	free(store->packed.ids);
	free(store->path);
	free(store);
	return err;
}

static int open_databases(struct lmdb_store *store, bool create)
{
	int err = lmdb_failed(
		store, mdb_txn_begin(store->env, NULL, create ? 0 : MDB_RDONLY, &store->txn));

	for (int i = 0; !err && i < DATABASES_COUNT; i++) {
		bool duplicates = (i == OUT || i == IN) && !lmdb_is_packed(store);
		unsigned flags = MDB_INTEGERKEY | (create ? MDB_CREATE : 0) |
				 (duplicates ? MDB_DUPSORT | MDB_DUPFIXED : 0);
		err = lmdb_failed(store, mdb_dbi_open(store->txn, lmdb_database_names[i], flags,
						      &store->databases[i]));
	}
	return err;
}

static uint64_t format_word(const struct lmdb_store *store)
{
	return FORMAT_VERSION | store->options[LMDB_OPTION_NEIGHBORS] << 32;
}

/* Is the file a store of ours? The counts come from the entries. */
static int read_sizes(struct lmdb_store *store)
{
	uint64_t zero = 0, format = 0;
	MDB_val key = lmdb_value_of(&zero, sizeof(zero)), value;
	MDB_stat nodes, edges;
	int err = open_databases(store, false);

	if (!err)
		err = lmdb_failed(store, mdb_get(store->txn, store->databases[META], &key, &value));
	if (!err && value.mv_size == sizeof(format))
		memcpy(&format, value.mv_data, sizeof(format));
	if (!err)
		err = lmdb_guard(store, value.mv_data);
	if (!err && format != format_word(store))
		err = why_set(&store->why, -EBADMSG,
			      "lmdb: a graph of another format (%" PRIx64 ", not %" PRIx64 ")",
			      format, format_word(store));
	if (!err)
		err = lmdb_failed(store, mdb_stat(store->txn, store->databases[NODES], &nodes));
	if (!err)
		err = lmdb_failed(store, mdb_stat(store->txn, store->databases[EDGES], &edges));
	if (!err) {
		store->nodes_count = nodes.ms_entries;
		store->edges_count = edges.ms_entries;
	}
	/* Committed, because a handle does not outlive an aborted transaction. */
	MDB_txn *txn = store->txn;
	store->txn = NULL;
	if (err)
		mdb_txn_abort(txn);
	else
		err = lmdb_failed(store, mdb_txn_commit(txn));
	return err;
}

/* How a file is opened. */
struct opening {
	const char *path;
	const uint64_t *options;
	bool create, writable, each; /* each: every commit waits for the device */
};

static int connect(const struct opening *opening, struct lmdb_store **out)
{
	struct lmdb_store *store = calloc(1, sizeof(*store));
	unsigned flags = MDB_NOSUBDIR | MDB_NOLOCK;

	*out = store;
	if (!store)
		return -ENOMEM;
	store->writable = opening->create || opening->writable;
	memcpy(store->options, opening->options, sizeof(store->options));
	store->payload = payload_from_options(opening->options + LMDB_OPTION_PAYLOAD);
	store->path = strdup(opening->path);
	if (!store->path)
		return -ENOMEM;
	flags |= store->writable ? 0 : MDB_RDONLY;
	flags |= store->writable && store->options[LMDB_OPTION_WRITEMAP] ? MDB_WRITEMAP : 0;
	flags |= store->options[LMDB_OPTION_READAHEAD] ? 0 : MDB_NORDAHEAD;
	flags |= opening->each ? 0 : MDB_NOSYNC;
	int err = lmdb_failed(store, mdb_env_create(&store->env));
	if (!err)
		err = lmdb_failed(store, mdb_env_set_maxdbs(store->env, DATABASES_COUNT));
	if (!err && store->writable)
		err = lmdb_failed(
			store,
			mdb_env_set_mapsize(store->env, store->options[LMDB_OPTION_MAP_GIB] << 30));
	if (!err)
		err = lmdb_failed(store, mdb_env_open(store->env, store->path, flags, 0644));
	/* The file says how much is to be mapped, unless it is opened for writing. */
	return err == -ENOMEM && !store->writable
		       ? why_set(&store->why, -EBADMSG,
				 "lmdb: its header asks for more memory than can be mapped")
		       : err;
}

static int give_up(struct lmdb_store *store, int err, struct why *why)
{
	if (store) {
		*why = store->why;
		store->options[LMDB_OPTION_WRITEMAP] = 0; /* nothing is truncated */
		lmdb_close(store);
	}
	return err;
}

/* A map that is written through: on a full disk the kernel has no page for it. */
static int guard_new(struct lmdb_store *store)
{
	uint64_t zero = 0;
	MDB_val key = lmdb_value_of(&zero, sizeof(zero)), value;
	int err = lmdb_failed(store, mdb_get(store->txn, store->databases[META], &key, &value));

	return err ? err : lmdb_guard(store, value.mv_data);
}

static int lmdb_create(const char *path, uint32_t durability, const uint64_t *values,
		       struct iowalk_store_instance *out, char *why, size_t why_size)
{
	const struct opening opening = {.path = path,
					.options = values,
					.create = true,
					.each = durability == IOWALK_DURABLE_EACH};
	struct lmdb_store *store;
	struct why reason = {0};

	unlink(path);
	int err = connect(&opening, &store);
	if (!err)
		err = open_databases(store, true);
	if (!err) {
		uint64_t format = format_word(store);
		err = lmdb_put(store, META, 0, &format, sizeof(format), 0);
	}
	if (!err && store->options[LMDB_OPTION_WRITEMAP])
		err = guard_new(store);
	if (!err)
		err = lmdb_transaction_end(store);
	if (err) {
		give_up(store, err, &reason);
		snprintf(why, why_size, "%s", reason.text);
		return err;
	}
	out->handle = store;
	return 0;
}

/* Reads everything once. Runs in a child process, because LMDB may crash. */
static int read_all(const struct opening *opening, struct why *why)
{
	struct lmdb_store *store;
	MDB_envinfo info;
	MDB_stat stat;
	uint64_t size_bytes = 0;
	int err = connect(opening, &store);

	if (!err)
		err = file_size(opening->path, &size_bytes);
	if (!err) {
		mdb_env_info(store->env, &info);
		mdb_env_stat(store->env, &stat);
		if ((info.me_last_pgno + 1) * stat.ms_psize > size_bytes)
			err = why_set(&store->why, -EBADMSG,
				      "lmdb: %" PRIu64 " bytes long, its header says %zu",
				      size_bytes, (info.me_last_pgno + 1) * stat.ms_psize);
	}
	if (!err)
		err = read_sizes(store);
	if (!err)
		err = lmdb_check(store, lmdb_neighbors);
	return give_up(store, err, why);
}

struct probe_result {
	int err;
	struct why why;
};

/* read_all() in a child process; a crash means that the file is damaged. */
static int probe_file(const struct opening *opening, struct why *why)
{
	struct probe_result result = {.err = -EIO};
	int fds[2], status = 0;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG,
		      SIGKILL); /* else it would outlive a parent that is killed */
		result = (struct probe_result){0};
		result.err = read_all(opening, &result.why);
		ssize_t written = write(fds[1], &result, sizeof(result));
		_exit(written == (ssize_t)sizeof(result) ? 0 : 1);
	}
	int err = pid < 0 ? -errno : 0;
	close(fds[1]);
	bool whole = !err && read(fds[0], &result, sizeof(result)) == (ssize_t)sizeof(result);
	close(fds[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (err)
		return err;
	if (!whole)
		return why_set(why, -EBADMSG, "lmdb: damaged: reading it was killed by signal %d",
			       WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	if (result.err && why)
		*why = result.why;
	return result.err;
}

static int open_file(const struct opening *opening, bool checked, struct lmdb_store **out,
		     struct why *why)
{
	struct opening reading = *opening;

	reading.writable = false;
	int err = checked ? 0 : lmdb_check_lock(opening->path, why);
	if (!err && !checked)
		err = lmdb_check_head(opening->path, why);
	if (!err && !checked)
		err = probe_file(&reading, why);
	if (err)
		return err;
	err = connect(opening, out);
	if (!err)
		err = read_sizes(*out);
	return err ? give_up(*out, err, why) : 0;
}

static int lmdb_open(const char *path, uint32_t flags, const uint64_t *values,
		     struct iowalk_store_instance *out, char *why, size_t why_size)
{
	const struct opening opening = {.path = path,
					.options = values,
					.writable = flags & IOWALK_STORE_WRITE,
					.each = flags & IOWALK_STORE_EACH};
	struct lmdb_store *store = NULL;
	struct why reason = {0};
	int err = open_file(&opening, flags & IOWALK_STORE_CHECKED, &store, &reason);

	if (err) {
		snprintf(why, why_size, "%s", reason.text);
		return err;
	}
	*out = (struct iowalk_store_instance){.handle = store,
					      .nodes_count = store->nodes_count,
					      .edges_count = store->edges_count};
	return 0;
}

static uint64_t lmdb_file_bytes(uint64_t nodes_count, uint64_t edges_count)
{
	return saturating_madd(edges_count, EDGE_BYTES,
			       saturating_madd(nodes_count, NODE_BYTES, 1 << 16));
}

/* "LMDB 0.9.24: (July 24, 2019)" */
static const char *lmdb_library_version(void)
{
	return mdb_version(NULL, NULL, NULL);
}

/* ---- the table ---- */

_Static_assert(LMDB_OPTIONS_COUNT == 8, "all are in the list");
static const struct iowalk_option *const option_list[] = {&options[0], &options[1], &options[2],
							  &options[3], &options[4], &options[5],
							  &options[6], &options[7], NULL};

const struct iowalk_store reference_lmdb = {
	.struct_size = sizeof(struct iowalk_store),
	.name = "lmdb",
	.summary = "reference: LMDB, a mapped B+tree, neighbours as duplicates or packed; own I/O",
	.format = (uint32_t)FORMAT_VERSION,
	.library_version = lmdb_library_version,
	.options = option_list,
	.file_bytes = lmdb_file_bytes,
	.create = lmdb_create,
	.open = lmdb_open,
	.insert_node = lmdb_insert_node,
	.insert_edge = lmdb_insert_edge,
	.bulk = lmdb_bulk,
	.neighbors = lmdb_neighbors,
	.neighbors_batch = lmdb_neighbors_batch,
	.check = lmdb_check_hook,
	.sync = lmdb_sync,
	.drop_cache = lmdb_drop_cache,
	.close = lmdb_close,
	.reason = lmdb_reason,
};
