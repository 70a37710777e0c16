/*
 * Writes layout `records`: see records.h. An inserted edge changes its node in memory. The node's
 * record is written when the node leaves the cache or the store is synced or closed. A star that
 * grows edge by edge therefore costs time linear in its size, not quadratic. Records are buffered
 * into writes of 64 KiB.
 */
#include "records.h"
#include "sorted_edges.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define GROWTH_BYTES  (UINT64_C(1) << 20) /* least growth of the file */
#define CACHE_IDS_MAX (UINT64_C(1) << 23) /* most neighbours in the cache: 64 MiB */
#define CRC_BYTES     (1u << 30)          /* zlib takes lengths of 32 bits */

static void head_encode(unsigned char *head, uint64_t id, uint64_t count)
{
	uint32_t count32 = htole32((uint32_t)count);

	id = htole64(id);
	memcpy(head + RECORD_ID_AT, &id, sizeof(id));
	memcpy(head + RECORD_COUNT_AT, &count32, sizeof(count32));
}

uint32_t record_crc(uint64_t id, uint64_t count, const void *ids)
{
	unsigned char head[RECORD_HEAD_BYTES];
	const unsigned char *bytes = ids;
	uint64_t left = count * sizeof(uint64_t);

	head_encode(head, id, count);
	uLong crc = crc32(0, head, RECORD_CRC_AT);
	while (left) {
		uInt part = left < CRC_BYTES ? (uInt)left : CRC_BYTES;

		crc = crc32(crc, bytes, part);
		bytes += part;
		left -= part;
	}
	return (uint32_t)crc;
}

void records_remap(struct records_store *store)
{
	fetch_map(&store->fetch, store->base.engine);
	store->fetch.data_bytes = store->flushed_end;
}

int records_begin(struct records_store *store)
{
	if (!store->writable)
		return -EBADF;
	pipeline_drain(&store->fetch.pipeline);
	if (store->checksums.begun)
		return 0;
	int err = checksums_begin(&store->checksums);
	records_remap(store);
	return err;
}

/* Grows the file to at least need_bytes. */
static int reserve_file(struct records_store *store, uint64_t need_bytes)
{
	struct engine *engine = store->base.engine;
	uint64_t size_bytes = engine->ops->size(engine);

	if (need_bytes <= size_bytes)
		return 0;
	uint64_t grown = size_bytes + size_bytes / 2;
	if (grown < need_bytes + GROWTH_BYTES)
		grown = need_bytes + GROWTH_BYTES;
	int err = engine->ops->resize(engine, grown);
	if (err) /* no space for half as much again, but perhaps for this */
		err = engine->ops->resize(engine, need_bytes);
	records_remap(store);
	return err;
}

int records_flush(struct records_store *store)
{
	uint64_t used_bytes = store->log_end - store->flushed_end;

	if (!used_bytes)
		return 0;
	int err = reserve_file(store, store->log_end);
	if (!err)
		err = checksums_write(&store->checksums, store->flushed_end, store->buffer,
				      used_bytes);
	if (!err)
		store->flushed_end = store->fetch.data_bytes = store->log_end;
	return err;
}

int records_append(struct records_store *store, uint64_t id, const uint64_t *ids, uint64_t count)
{
	uint64_t ids_bytes = count * sizeof(*ids), len_bytes = RECORD_HEAD_BYTES + ids_bytes;
	uint64_t used_bytes = store->log_end - store->flushed_end;
	unsigned char head[RECORD_HEAD_BYTES];
	uint32_t crc = htole32(record_crc(id, count, ids));
	int err = 0;

	head_encode(head, id, count);
	memcpy(head + RECORD_CRC_AT, &crc, sizeof(crc));
	if (used_bytes + len_bytes > RECORDS_BUFFER_BYTES) {
		err = records_flush(store);
		used_bytes = 0;
	}
	if (err)
		return err;
	if (len_bytes <= RECORDS_BUFFER_BYTES) {
		memcpy(store->buffer + used_bytes, head, sizeof(head));
		if (count)
			memcpy(store->buffer + used_bytes + sizeof(head), ids, (size_t)ids_bytes);
	} else {
		err = reserve_file(store, store->log_end + len_bytes);
		if (!err)
			err = checksums_write(&store->checksums, store->log_end, head,
					      sizeof(head));
		if (!err)
			err = checksums_write(&store->checksums, store->log_end + RECORD_HEAD_BYTES,
					      ids, ids_bytes);
		if (err)
			return err;
		store->flushed_end = store->fetch.data_bytes = store->log_end + len_bytes;
	}
	store->offsets[id] = store->log_end;
	store->log_end += len_bytes;
	return 0;
}

static int write_node(struct records_store *store, struct cached_node *node)
{
	int err = node->dirty ? records_append(store, node->id, node->ids, node->count) : 0;

	node->dirty = node->dirty && err;
	return err;
}

int records_write_changed(struct records_store *store)
{
	int err = 0;

	for (struct cached_node *node = store->cache.oldest; node && !err; node = node->newer)
		err = write_node(store, node);
	for (uint64_t n = store->unrecorded; !err && n < store->base.nodes_count; n++) {
		if (!store->offsets[n])
			err = records_append(store, n, NULL, 0);
	}
	if (!err)
		store->unrecorded = store->base.nodes_count;
	return err ? err : records_flush(store);
}

int records_make_room(struct records_store *store)
{
	struct node_cache *cache = &store->cache;
	int err = 0;

	while (!err && cache->oldest &&
	       (cache->count >= cache->max_count || cache->ids_count > CACHE_IDS_MAX)) {
		struct cached_node *oldest = cache->oldest;

		err = write_node(store, oldest);
		if (!err)
			node_cache_remove(cache, oldest);
	}
	return err;
}

int records_reserve_offsets(struct records_store *store, uint64_t nodes_count)
{
	if (nodes_count <= store->offsets_capacity)
		return 0;
	uint64_t capacity = store->offsets_capacity * 2 > nodes_count ? store->offsets_capacity * 2
								      : nodes_count + 256;
	uint64_t *offsets = realloc(store->offsets, (size_t)capacity * sizeof(*offsets));
	if (!offsets)
		return -ENOMEM;
	memset(offsets + store->offsets_capacity, 0,
	       (size_t)(capacity - store->offsets_capacity) * sizeof(*offsets));
	store->offsets = offsets;
	store->offsets_capacity = capacity;
	return 0;
}

/* ---- the layout's hooks ---- */

int records_insert_node(struct store *base)
{
	struct records_store *store = (struct records_store *)base;
	int err = records_begin(store);

	if (!err)
		err = records_reserve_offsets(store, base->nodes_count + 1);
	if (err)
		return err;
	store->offsets[base->nodes_count++] = 0;
	store->dirty = true;
	return 0;
}

/* Gives the node in the cache; reads its newest record if it is not cached. */
static int load_node(struct records_store *store, uint64_t id, struct cached_node **out)
{
	struct neighbors found;

	*out = node_cache_find(&store->cache, id);
	if (*out)
		return 0;
	int err = records_make_room(store);
	if (!err && store->offsets[id] >= store->flushed_end)
		err = records_flush(store);
	if (!err)
		err = fetch_one(&store->fetch, &store->base, id, &found);
	if (err)
		return err;
	*out = node_cache_add(&store->cache, id, found.ids, found.count);
	return *out ? 0 : -ENOMEM;
}

int records_insert_edge(struct store *base, uint64_t from, uint64_t to)
{
	struct records_store *store = (struct records_store *)base;
	struct cached_node *node;

	if (!store->writable)
		return -EBADF;
	if (from >= base->nodes_count || to >= base->nodes_count)
		return -ERANGE;
	int err = records_begin(store);
	if (!err)
		err = load_node(store, from, &node);
	if (!err && node->count == UINT32_MAX)
		err = -EOVERFLOW;
	if (!err)
		err = node_cache_append(&store->cache, node, to);
	if (err)
		return err;
	node->dirty = true;
	store->dirty = true;
	base->edges_count++;
	return 0;
}

int records_begin_load(struct records_store *store, uint64_t nodes_count, uint64_t edges_count)
{
	struct engine *engine = store->base.engine;
	uint64_t data_bytes =
		saturating_madd(edges_count, sizeof(uint64_t),
				saturating_madd(nodes_count, RECORD_HEAD_BYTES, RECORDS_LOG_AT));
	int err = records_begin(store);

	if (!err)
		err = records_reserve_offsets(store, nodes_count);
	if (!err)
		err = engine->ops->resize(engine,
					  header_file_bytes(data_bytes, store->header.checksums));
	records_remap(store);
	store->dirty = true;
	store->log_end = store->flushed_end = RECORDS_LOG_AT;
	return err;
}

int records_end_load(struct records_store *store, uint64_t nodes_count, uint64_t edges_count)
{
	int err = records_flush(store);

	if (err)
		return err;
	store->base.nodes_count = store->unrecorded = nodes_count;
	store->base.edges_count = edges_count;
	return 0;
}

static int append_all(struct records_store *store, struct sorted_edges *sorted,
		      const struct edge_stream *stream)
{
	struct sorted_list list;
	int err = 0;

	for (uint64_t n = 0; !err && n < stream->nodes_count; n++) {
		err = sorted_edges_node(sorted, n, &list);
		if (!err)
			err = list.count > UINT32_MAX
				      ? -EOVERFLOW
				      : records_append(store, n, list.ids, list.count);
	}
	return err ? err : records_end_load(store, stream->nodes_count, stream->edges_count);
}

int records_bulk(struct store *base, const struct edge_stream *stream)
{
	struct records_store *store = (struct records_store *)base;
	uint64_t nodes = stream->nodes_count;
	struct sorted_edges *sorted;

	if (!store->writable)
		return -EBADF;
	if (base->nodes_count)
		return -EBUSY;
	int err = sorted_edges_open(stream, false, false, 1, &sorted);
	if (err)
		return err;
	err = records_begin_load(store, nodes, stream->edges_count);
	if (!err)
		err = checksums_fail(&store->checksums, append_all(store, sorted, stream));
	sorted_edges_close(sorted);
	return err;
}
