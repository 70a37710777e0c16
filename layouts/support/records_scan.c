/* Checks, compacts and pins: what in layout `records` reads records with their checksums. See
 * records.h. */
#include "records.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES        (UINT64_C(1) << 20) /* per read of the whole log */
#define NEWEST_CHUNK_BYTES UINT64_C(4096)      /* per read of single records */

/* A part of the log in memory. */
struct part {
	unsigned char *bytes; /* [capacity], u64-aligned */
	size_t capacity;
	uint64_t chunk_bytes; /* least bytes per read */
	uint64_t from, to;    /* offsets in the file */
};

/* Gives bytes [offset, offset + len_bytes) of the log, valid until the next call. */
static int part_get(struct records_store *store, struct part *part, uint64_t offset,
		    uint64_t len_bytes, const unsigned char **out)
{
	struct engine *engine = store->base.engine;

	if (offset < part->from || offset + len_bytes > part->to) {
		uint64_t left = store->flushed_end - offset;
		uint64_t want = len_bytes > part->chunk_bytes ? len_bytes : part->chunk_bytes;

		if (want > left)
			want = left;
		int err = buffer_reserve((void **)&part->bytes, &part->capacity, (size_t)want, 1);
		part->from = part->to = 0;
		if (!err)
			err = engine->ops->read(engine, offset, part->bytes, (size_t)want);
		if (err)
			return err;
		part->from = offset;
		part->to = offset + want;
	}
	*out = part->bytes + (offset - part->from);
	return 0;
}

static int bad_record(uint64_t offset, const char *what, struct why *why)
{
	return why_set(why, -EBADMSG, "records: the record at byte %" PRIu64 " %s", offset, what);
}

struct record {
	uint64_t id, count;
	uint32_t crc;
};

static int get_record(struct records_store *store, struct part *part, uint64_t offset,
		      struct record *out, struct why *why)
{
	const unsigned char *bytes;
	uint32_t count, crc;
	uint64_t id;
	int err;

	if (store->flushed_end - offset < RECORD_HEAD_BYTES)
		return bad_record(offset, "is truncated", why);
	err = part_get(store, part, offset, RECORD_HEAD_BYTES, &bytes);
	if (err)
		return err;
	memcpy(&id, bytes + RECORD_ID_AT, sizeof(id));
	memcpy(&count, bytes + RECORD_COUNT_AT, sizeof(count));
	memcpy(&crc, bytes + RECORD_CRC_AT, sizeof(crc));
	*out = (struct record){le64toh(id), le32toh(count), le32toh(crc)};
	if (out->id >= store->base.nodes_count)
		return bad_record(offset, "is of an unknown node", why);
	if (out->count > (store->flushed_end - offset - RECORD_HEAD_BYTES) / sizeof(uint64_t))
		return bad_record(offset, "extends beyond the log", why);
	err = part_get(store, part, offset, RECORD_HEAD_BYTES + out->count * sizeof(uint64_t),
		       &bytes);
	if (!err && record_crc(out->id, out->count, bytes + RECORD_HEAD_BYTES) != out->crc)
		err = bad_record(offset, "does not match its checksum", why);
	return err;
}

int records_scan(struct records_store *store, uint64_t *offsets, uint32_t *counts, struct why *why)
{
	uint64_t nodes_count = store->base.nodes_count, offset = RECORDS_LOG_AT;
	struct part part = {.chunk_bytes = CHUNK_BYTES};
	int err = 0;

	memset(offsets, 0, (size_t)nodes_count * sizeof(*offsets));
	while (!err && offset < store->flushed_end) {
		struct record record = {0};

		err = get_record(store, &part, offset, &record, why);
		if (err)
			break;
		offsets[record.id] = offset;
		if (counts)
			counts[record.id] = (uint32_t)record.count;
		offset += RECORD_HEAD_BYTES + record.count * sizeof(uint64_t);
	}
	for (uint64_t n = 0; !err && n < nodes_count; n++) {
		if (!offsets[n])
			err = why_set(why, -EBADMSG, "records: node %" PRIu64 " has no record", n);
	}
	free(part.bytes);
	return err;
}

/* ---- check ---- */

static int check_node(struct records_store *store, uint64_t node, uint64_t expected_at)
{
	struct store *base = &store->base;
	struct neighbors found;
	uint64_t offset;
	int err = store->fetch.ops->head_at(base, node, &offset);

	if (!err && offset != expected_at)
		err = why_set(&base->why, -EBADMSG,
			      "records: the index entry of node %" PRIu64 " is byte %" PRIu64
			      ", but its newest record is at %" PRIu64,
			      node, offset, expected_at);
	if (!err)
		err = fetch_one(&store->fetch, base, node, &found);
	for (size_t i = 0; !err && i < found.count; i++) {
		if (neighbor_id(base, &found, i) >= base->nodes_count)
			err = why_set(
				&base->why, -EBADMSG,
				"records: node %" PRIu64 " (byte %" PRIu64
				") has neighbour %" PRIu64 ", but there are %" PRIu64 " nodes",
				node, offset, neighbor_id(base, &found, i), base->nodes_count);
	}
	return err;
}

int records_check(struct store *base)
{
	struct records_store *store = (struct records_store *)base;
	uint64_t nodes_count = base->nodes_count, total = 0;
	uint64_t *offsets = calloc((size_t)nodes_count + 1, sizeof(*offsets));
	uint32_t *counts = calloc((size_t)nodes_count + 1, sizeof(*counts));
	int err = offsets && counts ? 0 : -ENOMEM;

	if (!err && store->writable && store->dirty)
		err = records_begin(store);
	if (!err && store->writable && store->dirty)
		err = records_write_changed(store);
	if (!err)
		err = checksums_check(&store->checksums, &base->why);
	if (!err)
		err = records_scan(store, offsets, counts, &base->why);
	for (uint64_t n = 0; !err && n < nodes_count; n++) {
		err = check_node(store, n, offsets[n]);
		total += counts[n];
	}
	if (!err && total != base->edges_count)
		err = why_set(&base->why, -EBADMSG,
			      "records: %" PRIu64 " edges at nodes, %" PRIu64 " in the header",
			      total, base->edges_count);
	free(offsets);
	free(counts);
	return err;
}

/* ---- compact ---- */

static int copy_newest(struct records_store *from, struct records_store *into, struct part *part,
		       uint64_t node, uint64_t *edges_count)
{
	struct store *base = &from->base;
	struct record record = {0};
	uint64_t offset;
	int err = from->fetch.ops->head_at(base, node, &offset);

	if (!err)
		err = get_record(from, part, offset, &record, &base->why);
	if (!err && record.id != node)
		err = bad_record(offset, "is not of the node that the index gives", &base->why);
	if (err)
		return err;
	const void *ids = part->bytes + (offset - part->from) + RECORD_HEAD_BYTES;
	err = records_append(into, node, ids, record.count);
	base->stats.logical_read_bytes += RECORD_HEAD_BYTES + record.count * sizeof(uint64_t);
	*edges_count += record.count;
	return err;
}

int records_compact(struct store *base, struct store *into_base)
{
	struct records_store *from = (struct records_store *)base;
	struct records_store *into = (struct records_store *)into_base;
	struct part part = {.chunk_bytes = NEWEST_CHUNK_BYTES};
	uint64_t edges_count = 0;
	int err = 0;

	if (!into->writable)
		return -EBADF;
	if (into_base->nodes_count)
		return -EBUSY;
	if (from->writable && from->dirty)
		err = records_begin(from);
	if (!err && from->writable && from->dirty)
		err = records_write_changed(from);
	if (!err)
		err = records_begin_load(into, base->nodes_count, base->edges_count);
	for (uint64_t n = 0; !err && n < base->nodes_count; n++)
		err = copy_newest(from, into, &part, n, &edges_count);
	if (!err && edges_count != base->edges_count)
		err = why_set(&base->why, -EBADMSG,
			      "records: %" PRIu64 " edges at nodes, %" PRIu64 " in the header",
			      edges_count, base->edges_count);
	if (!err)
		err = records_end_load(into, base->nodes_count, edges_count);
	free(part.bytes);
	return err;
}

/* ---- pinned nodes ---- */

struct degree {
	uint64_t node, count;
};

static int compare_degrees(const void *a, const void *b)
{
	const struct degree *left = a, *right = b;

	if (left->count != right->count)
		return left->count < right->count ? 1 : -1;
	return (left->node > right->node) - (left->node < right->node);
}

int records_pin(struct records_store *store, uint64_t count)
{
	struct store *base = &store->base;
	size_t nodes_count = (size_t)base->nodes_count;
	uint64_t *offsets = calloc(nodes_count + 1, sizeof(*offsets));
	uint32_t *counts = calloc(nodes_count + 1, sizeof(*counts));
	struct degree *degrees = calloc(nodes_count + 1, sizeof(*degrees));
	int err = offsets && counts && degrees ? 0 : -ENOMEM;

	if (!err)
		err = records_scan(store, offsets, counts, &base->why);
	for (size_t n = 0; !err && n < nodes_count; n++)
		degrees[n] = (struct degree){n, counts[n]};
	if (!err)
		qsort(degrees, nodes_count, sizeof(*degrees), compare_degrees);
	for (size_t i = 0; !err && i < nodes_count && i < count; i++) {
		struct neighbors found;

		err = fetch_one(&store->fetch, base, degrees[i].node, &found);
		if (err)
			break;
		struct cached_node *node =
			node_cache_add(&store->cache, degrees[i].node, found.ids, found.count);
		if (node)
			node_cache_pin(&store->cache, node);
		else
			err = -ENOMEM;
	}
	free(offsets);
	free(counts);
	free(degrees);
	return err;
}
