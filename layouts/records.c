/*
 * An append-only log of adjacency records and an index, after motedb's DiskGraph. A record holds a
 * node's id and all its neighbours. A second file, `<path>.idx`, gives the offset of each node's
 * newest record. A lookup takes one index entry and one record, as it takes a pair of offsets and
 * the targets in csr. Records: support/records.h; index: support/sidecar.h; writing:
 * support/records_log.c.
 *
 * A lookup searches pinned nodes and a bounded cache of other nodes (only if the engine does not
 * map: a mapped record needs no copy), then a bounded cache of offsets (only if the index is read
 * and not mapped), then the index. A store opened for writing keeps all offsets in memory, 8 bytes
 * per node, and writes the index on close. A missing, stale or damaged index is rebuilt from the
 * log.
 */
#include "support/records.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CACHED_IDS_MAX   4096 /* longer lists are not cached after a read */
#define WRITER_NODES_MIN 4096 /* least capacity of a writer's cache */
#define FETCH_HEAD       64   /* one cache line: the head and six neighbours */

_Static_assert(__BYTE_ORDER == __LITTLE_ENDIAN, "records returns the file's words unconverted");

static uint64_t records_file_bytes(uint64_t nodes_count, uint64_t edges_count)
{
	uint64_t nodes_end = saturating_madd(nodes_count, RECORD_HEAD_BYTES, RECORDS_LOG_AT);

	return header_file_bytes(saturating_madd(edges_count, sizeof(uint64_t), nodes_end), true);
}

/* ---- where records are ---- */

static struct known_offset *known_set(const struct records_store *store, uint64_t node)
{
	return store->known + node % store->known_sets * OFFSETS_WAYS;
}

/* Reads the offset from the sidecar, through the cache of offsets if there is one. */
static int find_offset(struct records_store *store, uint64_t node, uint64_t *offset)
{
	struct known_offset *set = store->known ? known_set(store, node) : NULL;
	struct known_offset found = {.id = node};
	unsigned way = 0;

	while (set && way < OFFSETS_WAYS && set[way].id != node)
		way++;
	if (set && way < OFFSETS_WAYS) {
		found = set[way];
	} else {
		int err = sidecar_find(&store->sidecar, node, &found.offset);

		if (err)
			return err == -ENOENT ? why_set(&store->base.why, -EBADMSG,
							"records: the index has no entry for node "
							"%" PRIu64,
							node)
					      : err;
		way = OFFSETS_WAYS - 1;
	}
	if (set) {
		memmove(set + 1, set, way * sizeof(*set));
		set[0] = found;
	}
	*offset = found.offset;
	return 0;
}

static int records_head_at(struct store *base, uint64_t node, uint64_t *offset)
{
	struct records_store *store = (struct records_store *)base;

	if (store->offsets) {
		*offset = store->offsets[node];
		if (*offset == 0)
			return 1;
	} else {
		int err = find_offset(store, node, offset);
		if (err)
			return err;
	}
	if (*offset < RECORDS_LOG_AT || *offset % sizeof(uint64_t) ||
	    *offset > store->flushed_end - RECORD_HEAD_BYTES)
		return why_set(&base->why, -EBADMSG,
			       "records: the index entry of node %" PRIu64 " is byte %" PRIu64
			       ", where no record can begin",
			       node, *offset);
	return 0;
}

static int records_body_at(struct store *base, uint64_t node, uint64_t offset,
			   const unsigned char *head, struct fetch_body *body)
{
	const struct records_store *store = (struct records_store *)base;
	uint32_t count;
	uint64_t id;

	memcpy(&id, head + RECORD_ID_AT, sizeof(id));
	memcpy(&count, head + RECORD_COUNT_AT, sizeof(count));
	*body = (struct fetch_body){offset + RECORD_HEAD_BYTES, count * sizeof(uint64_t), count};
	if (id != node || body->len_bytes > store->flushed_end - body->offset)
		return why_set(&base->why, -EBADMSG,
			       "records: the record at byte %" PRIu64
			       " is not that of node %" PRIu64,
			       offset, node);
	return 0;
}

static const struct fetch_ops records_fetch = {
	.head_bytes = FETCH_HEAD,
	.head_at = records_head_at,
	.body_at = records_body_at,
};

/* ---- reading ---- */

static ssize_t records_neighbors_batch(struct store *base, struct frontier *level,
				       struct neighbors *out, size_t out_max)
{
	struct records_store *store = (struct records_store *)base;

	if (store->writable && store->dirty) {
		int err = records_write_changed(store);
		if (err)
			return err;
	}
	return fetch_batch(&store->fetch, base, level, out, out_max);
}

/* Caches a list that was read, unless the engine maps: then the list points into the file and needs
 * no copy. */
static int keep(struct records_store *store, uint64_t node, struct neighbors *found)
{
	if (store->fetch.mapped || !store->cache.max_count || found->count > CACHED_IDS_MAX)
		return 0;
	int err = records_make_room(store);
	if (err)
		return err;
	struct cached_node *kept = node_cache_add(&store->cache, node, found->ids, found->count);
	if (!kept)
		return -ENOMEM;
	found->ids = kept->ids;
	return 0;
}

static int records_neighbors(struct store *base, uint64_t node, struct neighbors *out)
{
	struct records_store *store = (struct records_store *)base;

	if (store->fetch.mapped && !store->writable)
		return fetch_one(&store->fetch, base, node, out);
	if (node >= base->nodes_count)
		return -ERANGE;
	struct cached_node *cached = node_cache_find(&store->cache, node);
	if (cached) {
		*out = (struct neighbors){cached->ids, (size_t)cached->count};
		return 0;
	}
	int err = 0;
	if (store->writable && store->offsets[node] >= store->flushed_end)
		err = records_flush(store);
	if (!err)
		err = fetch_one(&store->fetch, base, node, out);
	if (!err && !store->writable)
		err = keep(store, node, out);
	return err;
}

static int records_drop_cache(struct store *base)
{
	struct records_store *store = (struct records_store *)base;
	struct node_cache *cache = &store->cache;

	for (uint64_t i = 0; store->known && i < store->known_sets * OFFSETS_WAYS; i++)
		store->known[i].id = UINT64_MAX;
	while (!store->writable && cache->oldest)
		node_cache_remove(cache, cache->oldest);
	return sidecar_drop(&store->sidecar);
}

/* ---- opening and closing ---- */

static void records_free(struct records_store *store)
{
	checksums_release(&store->checksums);
	fetch_release(&store->fetch);
	node_cache_release(&store->cache);
	sidecar_close(&store->sidecar);
	free(store->sidecar_path);
	free(store->offsets);
	free(store->known);
	free(store->buffer);
	free(store);
}

static int records_new(const struct store_config *config, bool writable, struct records_store **out)
{
	struct records_store *store = calloc(1, sizeof(*store));
	size_t cached_count = (size_t)config->options[RECORDS_OPTION_CACHE];
	/* Writes into copies change no file, so the index of what was written must not be kept. */
	bool keeps = !writable || !(config->engine->ops->capabilities & ENGINE_COPY_ON_WRITE);

	if (!store)
		return -ENOMEM;
	store->base.ops = &layout_records;
	store->base.engine = config->engine;
	store->writable = writable;
	store->log_end = store->flushed_end = RECORDS_LOG_AT;
	int err = fetch_init(&store->fetch, &records_fetch);
	if (writable && cached_count < WRITER_NODES_MIN)
		cached_count = WRITER_NODES_MIN;
	if (!err)
		err = node_cache_init(&store->cache, cached_count);
	if (!err && writable)
		store->buffer = malloc(RECORDS_BUFFER_BYTES);
	if (!err && writable && !store->buffer)
		err = -ENOMEM;
	if (!err && config->path && keeps &&
	    asprintf(&store->sidecar_path, "%s" RECORDS_SIDECAR, config->path) < 0) {
		store->sidecar_path = NULL;
		err = -ENOMEM;
	}
	if (err) {
		records_free(store);
		return err;
	}
	*out = store;
	return 0;
}

static int records_create(const struct store_config *config, struct store **out, struct why *why)
{
	struct records_store *store;
	int err = records_new(config, true, &store);

	(void)why;
	if (!err)
		err = records_reserve_offsets(store, 1);
	if (err)
		return err;
	store->dirty = true; /* a graph without nodes is valid: close writes it */
	store->header.checksums = config->options[OPTION_CHECKSUMS];
	checksums_init(&store->checksums, config->engine, &layout_records, &store->header);
	*out = &store->base;
	return 0;
}

static int check_header(const struct header *header, struct why *why)
{
	uint64_t log_bytes = header->data_bytes - RECORDS_LOG_AT;

	if (header->fields[RECORDS_FIELD_LOG_AT] != RECORDS_LOG_AT ||
	    header->fields[RECORDS_FIELD_LOG_END] != header->data_bytes ||
	    log_bytes % sizeof(uint64_t) || header->nodes_count > log_bytes / RECORD_HEAD_BYTES ||
	    header->edges_count >
		    (log_bytes - header->nodes_count * RECORD_HEAD_BYTES) / sizeof(uint64_t))
		return why_set(why, -EBADMSG,
			       "records: the header's sizes contradict each other (%" PRIu64
			       " nodes, %" PRIu64 " edges, a log from %" PRIu64 " to %" PRIu64 ")",
			       header->nodes_count, header->edges_count,
			       header->fields[RECORDS_FIELD_LOG_AT],
			       header->fields[RECORDS_FIELD_LOG_END]);
	return 0;
}

/* Opens the sidecar if it belongs to this file and has as many entries as there are nodes. Errors as sidecar_open(). */
static int open_sidecar(struct records_store *store, const struct store_config *config)
{
	bool mapped = config->options[RECORDS_OPTION_INDEX] == RECORDS_INDEX_MAP;
	int err = store->sidecar_path && !store->header.unfinished
			  ? sidecar_open(&store->sidecar, store->sidecar_path, &store->header,
					 config->engine, config->engine_options, mapped)
			  : -ESTALE;

	if (err || store->sidecar.count == store->base.nodes_count)
		return err;
	sidecar_close(&store->sidecar);
	return -EBADMSG;
}

/* A writer's: all offsets from the sidecar. -EBADMSG if it has not all ids. */
static int take_offsets(struct records_store *store)
{
	int err = 0;

	for (uint64_t n = 0; !err && n < store->base.nodes_count; n++)
		err = sidecar_find(&store->sidecar, n, &store->offsets[n]);
	return err == -ENOENT ? -EBADMSG : err;
}

/* Opens the sidecar if it belongs to this file; a writer loads all offsets from it. Otherwise
 * rebuilds all offsets in memory from the log. */
static int load_index(struct records_store *store, const struct store_config *config,
		      struct why *why)
{
	struct store *base = &store->base;
	uint64_t nodes_count = base->nodes_count;
	int found = open_sidecar(store, config), err = 0;

	if (found || store->writable)
		err = records_reserve_offsets(store, nodes_count + 1);
	if (!err && !found && store->writable) {
		found = take_offsets(store);
		if (found)
			sidecar_close(&store->sidecar);
	}
	store->sidecar_fresh = !found;
	base->beside = store->sidecar.engine;
	if (!found || err)
		return err;
	why_set(&base->note, 0, "index '%.120s' %s: rebuilt from the log",
		store->sidecar_path ? store->sidecar_path : "",
		found == -ENOENT    ? "is missing"
		: found == -ESTALE  ? "is stale"
		: found == -EBADMSG ? "is damaged"
				    : "cannot be read");
	if (store->header.unfinished)
		why_set(&base->note, 0,
			"changed after the last sync and not closed: opened as of that sync, "
			"%" PRIu64 " nodes and %" PRIu64 " edges; checksums are not compared",
			nodes_count, base->edges_count);
	return records_scan(store, store->offsets, NULL, why);
}

/* Allocates the caches that only readers have. */
static int open_caches(struct records_store *store, const uint64_t *options)
{
	uint64_t known_count = options[RECORDS_OPTION_OFFSETS];

	if (!store->offsets && !store->sidecar.mapped && known_count) {
		store->known_sets = (known_count + OFFSETS_WAYS - 1) / OFFSETS_WAYS;
		store->known =
			malloc((size_t)store->known_sets * OFFSETS_WAYS * sizeof(*store->known));
		if (!store->known)
			return -ENOMEM;
		for (uint64_t i = 0; i < store->known_sets * OFFSETS_WAYS; i++)
			store->known[i].id = UINT64_MAX;
	}
	return store->fetch.mapped || !options[RECORDS_OPTION_PINNED]
		       ? 0
		       : records_pin(store, options[RECORDS_OPTION_PINNED]);
}

static int records_open(const struct store_config *config, struct store **out, struct why *why)
{
	struct records_store *store;
	const uint64_t *options = config->options;
	int err = records_new(config, config->writable, &store);

	if (err)
		return err;
	struct header *header = &store->header;
	err = header_read_unfinished(config->engine, &layout_records, header, why);
	if (!err)
		err = check_header(header, why);
	checksums_init(&store->checksums, config->engine, &layout_records, header);
	if (err)
		goto out;
	store->base.nodes_count = store->unrecorded = header->nodes_count;
	store->base.edges_count = header->edges_count;
	store->log_end = store->flushed_end = header->data_bytes;
	records_remap(store);
	err = checksums_verify_open(&store->checksums, options, why);
	if (!err)
		err = load_index(store, config, why);
	/* The bytes after the log may be anything: the checksums there are not valid. */
	if (!err && header->unfinished && store->writable)
		err = checksums_forget(&store->checksums, header->data_bytes);
	store->dirty = header->unfinished && store->writable;
	if (!err && !store->writable)
		err = open_caches(store, options);
	if (err && why && !*why->text)
		*why = store->base.why;
out:
	if (err)
		records_free(store);
	else
		*out = &store->base;
	return err;
}

static int records_commit(struct store *base)
{
	struct records_store *store = (struct records_store *)base;
	struct header *header = &store->header;

	if (!store->dirty)
		return 0;
	int err = records_begin(store);
	if (!err)
		err = records_write_changed(store);
	if (err)
		return err;
	header->nodes_count = store->base.nodes_count;
	header->edges_count = store->base.edges_count;
	header->fields[RECORDS_FIELD_LOG_AT] = RECORDS_LOG_AT;
	header->fields[RECORDS_FIELD_LOG_END] = store->log_end;
	err = checksums_commit(&store->checksums, store->log_end);
	records_remap(store);
	store->dirty = err != 0;
	store->sidecar_fresh = false;
	return err;
}

static int records_sync(struct store *base)
{
	return checksums_sync(&((struct records_store *)base)->checksums, base, records_commit);
}

/* If the sidecar cannot be written, it is removed: the next open then reads the log instead. */
static int records_close(struct store *base)
{
	struct records_store *store = (struct records_store *)base;
	int err = store->writable ? records_commit(base) : 0;

	if (!err && store->writable && !store->sidecar_fresh && store->sidecar_path &&
	    sidecar_write(store->sidecar_path, &store->header, store->offsets, base->nodes_count))
		unlink(store->sidecar_path);
	records_free(store);
	return err;
}

static const char *const index_choices[] = {"map", "read", NULL};

static const struct option_spec records_options[RECORDS_OPTIONS_COUNT] = {
	CHECKSUM_OPTIONS,
	[RECORDS_OPTION_CACHE] = {.name = "cache_nodes",
				  .type = OPTION_U64,
				  .default_value = 1024,
				  .max = 1u << 24,
				  .help = "nodes cached in memory if the engine does not map"},
	[RECORDS_OPTION_PINNED] =
		{.name = "pinned_nodes",
		 .type = OPTION_U64,
		 .max = 1u << 24,
		 .help = "nodes with the most neighbours, never evicted; open finds them"},
	[RECORDS_OPTION_OFFSETS] = {.name = "cache_offsets",
				    .type = OPTION_U64,
				    .default_value = 4096,
				    .max = 1u << 28,
				    .help = "offsets cached if the index is not mapped"},
	[RECORDS_OPTION_INDEX] = {.name = "index",
				  .type = OPTION_CHOICE,
				  .choices = index_choices,
				  .help = "how the index file is accessed"},
};

const struct layout_ops layout_records = {
	.name = "records",
	.summary = "an append-only log of adjacency records, with an index file",
	.capabilities = LAYOUT_KEEPS_SYNCED,
	.version = 1,
	.sidecar = RECORDS_SIDECAR,
	.options_count = RECORDS_OPTIONS_COUNT,
	.options = records_options,
	.file_bytes = records_file_bytes,
	.create = records_create,
	.open = records_open,
	.insert_node = records_insert_node,
	.insert_edge = records_insert_edge,
	.bulk = records_bulk,
	.neighbors = records_neighbors,
	.neighbors_batch = records_neighbors_batch,
	.check = records_check,
	.drop_cache = records_drop_cache,
	.sync = records_sync,
	.close = records_close,
	.compact = records_compact,
};
