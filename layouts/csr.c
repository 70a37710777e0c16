/*
 * Compressed sparse rows: offsets u64[nodes + 1], then targets u64[edges], little-endian. Node n's
 * neighbours are targets[offsets[n] .. offsets[n + 1]). The most compact layout that needs no
 * decoding, and so the limit for the others: where the engine maps, neighbours are a pointer into
 * the file; elsewhere a node costs two reads, 16 bytes of offsets and its targets.
 *
 * It cannot grow in place. Inserts are gathered in memory (16 bytes an edge) and the file is built
 * anew by a counting sort when they are next looked at, synced or closed: a store that mixes
 * inserts and reads pays the whole file each time. That is the layout's nature and not hidden.
 *
 * Announcing to an engine with look-ahead has two steps, since targets can only be announced once
 * the offsets were read: offsets two distances ahead, targets one.
 */
#include "support/header.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER == __LITTLE_ENDIAN, "csr hands out the file's words as they are");

extern const struct layout_ops layout_csr;

#define OFFSETS_AT   HEADER_DATA_OFFSET
#define WINDOW_MAX   1024	/* nodes in one batch at most */
#define WINDOW_IDS   (1u << 17) /* a batch ends early where it has so many targets: 1 MiB */
#define STREAM_EDGES 1024	/* edges pulled from a stream at once */
#define WRITE_BYTES  (8u << 20) /* of one write when building */

enum { FIELD_OFFSETS_AT, FIELD_TARGETS_AT };

struct csr_store {
	struct store base;
	struct header header;
	const uint64_t *offsets, *targets; /* into the engine's mapping, or both NULL */
	uint64_t targets_at;		   /* bytes from the file's beginning */
	bool writable;

	/* Inserts since the last build; the file's own edges come first once there are any. */
	struct edge *gathered;
	size_t gathered_count, gathered_capacity;
	bool pending;

	/* Where the engine does not map. */
	uint64_t pairs[WINDOW_MAX][2]; /* offsets of a window's nodes */
	struct engine_extent extents[WINDOW_MAX];
	uint64_t *arena; /* [arena_capacity] targets of a window's nodes */
	size_t arena_capacity;
};

static uint64_t csr_file_bytes(uint64_t nodes_count, uint64_t edges_count)
{
	uint64_t words = saturating_madd(nodes_count, 1, saturating_madd(edges_count, 1, 1));

	return saturating_madd(words, sizeof(uint64_t), OFFSETS_AT);
}

static uint64_t offset_at(uint64_t node)
{
	return OFFSETS_AT + node * sizeof(uint64_t);
}

static uint64_t target_at(const struct csr_store *store, uint64_t index)
{
	return store->targets_at + index * sizeof(uint64_t);
}

static void csr_map(struct csr_store *store)
{
	struct engine *engine = store->base.engine;
	uint64_t size_bytes = engine->ops->size(engine);

	store->offsets = store->targets = NULL;
	if (!engine->ops->map)
		return;
	const char *bytes = engine->ops->map(engine, 0, size_bytes);
	if (!bytes)
		return;
	store->offsets = (const uint64_t *)(const void *)(bytes + OFFSETS_AT);
	store->targets = (const uint64_t *)(const void *)(bytes + store->targets_at);
}

/* ---- building ---- */

static int write_words(struct engine *engine, uint64_t offset, const uint64_t *words,
		       uint64_t count)
{
	const char *bytes = (const char *)words;
	uint64_t left = count * sizeof(*words);

	while (left) {
		size_t part = left < WRITE_BYTES ? (size_t)left : WRITE_BYTES;
		int err = engine->ops->write(engine, offset, bytes, part);
		if (err)
			return err;
		offset += part;
		bytes += part;
		left -= part;
	}
	return 0;
}

/* Counts out-edges into cursors[from + 1], so that a running sum makes them offsets. */
static int count_degrees(const struct edge_stream *stream, uint64_t *cursors)
{
	struct edge edges[STREAM_EDGES];
	uint64_t cursor = 0, total = 0;
	size_t count;

	while ((count = stream->next(stream->context, &cursor, edges, STREAM_EDGES)) > 0) {
		for (size_t i = 0; i < count; i++) {
			if (edges[i].from >= stream->nodes_count ||
			    edges[i].to >= stream->nodes_count)
				return -ERANGE;
			cursors[edges[i].from + 1]++;
		}
		total += count;
	}
	if (total != stream->edges_count)
		return -EINVAL;
	for (uint64_t n = 0; n < stream->nodes_count; n++)
		cursors[n + 1] += cursors[n];
	return 0;
}

/* Counting sort of the stream by `from`, stable, so that a node's edges keep their order. */
static void place_targets(const struct edge_stream *stream, uint64_t *cursors, uint64_t *targets)
{
	struct edge edges[STREAM_EDGES];
	uint64_t cursor = 0;
	size_t count;

	while ((count = stream->next(stream->context, &cursor, edges, STREAM_EDGES)) > 0) {
		for (size_t i = 0; i < count; i++)
			targets[cursors[edges[i].from]++] = edges[i].to;
	}
}

static int csr_build(struct csr_store *store, const struct edge_stream *stream)
{
	struct engine *engine = store->base.engine;
	uint64_t nodes = stream->nodes_count;
	uint64_t *cursors = calloc(nodes + 1, sizeof(*cursors));
	uint64_t *targets = malloc((stream->edges_count + 1) * sizeof(*targets));
	int err = -ENOMEM;

	if (!cursors || !targets)
		goto out;
	err = count_degrees(stream, cursors);
	if (err)
		goto out;
	store->offsets = store->targets = NULL;
	err = engine->ops->resize(engine, csr_file_bytes(nodes, stream->edges_count));
	if (err)
		goto out;
	store->targets_at = offset_at(nodes + 1);
	/* Placing moves each cursor to its node's end, so the offsets go out first. */
	err = write_words(engine, OFFSETS_AT, cursors, nodes + 1);
	if (err)
		goto out;
	place_targets(stream, cursors, targets);
	err = write_words(engine, store->targets_at, targets, stream->edges_count);
	if (err)
		goto out;
	store->base.nodes_count = store->header.nodes_count = nodes;
	store->base.edges_count = store->header.edges_count = stream->edges_count;
	store->header.file_bytes = csr_file_bytes(nodes, stream->edges_count);
	store->header.fields[FIELD_OFFSETS_AT] = OFFSETS_AT;
	store->header.fields[FIELD_TARGETS_AT] = store->targets_at;
	err = header_write(engine, &layout_csr, &store->header);
	if (!err)
		csr_map(store);
out:
	free(cursors);
	free(targets);
	return err;
}

/* ---- inserts ---- */

static size_t gathered_next(void *context, uint64_t *cursor, struct edge *edges, size_t max)
{
	const struct csr_store *store = context;
	size_t left = store->gathered_count - (size_t)*cursor;
	size_t count = left < max ? left : max;

	if (count)
		memcpy(edges, store->gathered + *cursor, count * sizeof(*edges));
	*cursor += count;
	return count;
}

/* Builds the file anew where inserts are waiting. */
static int csr_settle(struct csr_store *store)
{
	struct edge_stream stream = {
		.next = gathered_next,
		.context = store,
		.nodes_count = store->base.nodes_count,
		.edges_count = store->gathered_count,
	};

	if (!store->pending)
		return 0;
	int err = csr_build(store, &stream);
	if (!err)
		store->pending = false;
	return err;
}

static int gather_edge(struct csr_store *store, uint64_t from, uint64_t to)
{
	if (store->gathered_count == store->gathered_capacity) {
		size_t capacity = store->gathered_capacity ? store->gathered_capacity * 2 : 1024;
		struct edge *grown = realloc(store->gathered, capacity * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		store->gathered = grown;
		store->gathered_capacity = capacity;
	}
	store->gathered[store->gathered_count++] = (struct edge){from, to};
	return 0;
}

static int csr_neighbors(struct store *base, uint64_t node, struct neighbors *out);

/* Before the first insert the edges that the file already has are gathered, node by node. */
static int gather_existing(struct csr_store *store)
{
	if (!store->writable)
		return -EBADF;
	if (store->gathered_count || !store->header.edges_count)
		return 0;
	for (uint64_t node = 0; node < store->header.nodes_count; node++) {
		struct neighbors found;
		int err = csr_neighbors(&store->base, node, &found);
		for (size_t i = 0; !err && i < found.count; i++)
			err = gather_edge(store, node, found.ids[i]);
		if (err) {
			store->gathered_count = 0;
			return err;
		}
	}
	return 0;
}

static int csr_insert_node(struct store *base)
{
	struct csr_store *store = (struct csr_store *)base;
	int err = store->pending ? 0 : gather_existing(store);

	if (err)
		return err;
	base->nodes_count++;
	store->pending = true;
	return 0;
}

static int csr_insert_edge(struct store *base, uint64_t from, uint64_t to)
{
	struct csr_store *store = (struct csr_store *)base;
	int err = store->pending ? 0 : gather_existing(store);

	if (err)
		return err;
	if (from >= base->nodes_count || to >= base->nodes_count)
		return -ERANGE;
	err = gather_edge(store, from, to);
	if (err)
		return err;
	base->edges_count++;
	store->pending = true;
	return 0;
}

static int csr_bulk(struct store *base, const struct edge_stream *stream)
{
	struct csr_store *store = (struct csr_store *)base;

	if (!store->writable)
		return -EBADF;
	if (base->nodes_count)
		return -EBUSY;
	int err = csr_build(store, stream);
	if (!err)
		store->pending = false;
	return err;
}

/* ---- reading ---- */

static int bad_range(struct csr_store *store, uint64_t node, uint64_t begin, uint64_t end)
{
	return why_set(&store->base.why, -EBADMSG,
		       "csr: node %" PRIu64 " has targets %" PRIu64 " to %" PRIu64 " of %" PRIu64,
		       node, begin, end, store->base.edges_count);
}

/* Tells the engine what the nodes beyond the window will need: see the head of this file. */
static void csr_announce(struct csr_store *store, struct frontier *level, size_t window)
{
	struct engine *engine = store->base.engine;
	size_t ahead = engine->prefetch_ahead_count;
	size_t end = level->next + window + 2 * ahead;
	size_t count = 0;

	if (end > level->count)
		end = level->count;
	for (; level->announced_nodes < end && count < WINDOW_MAX; level->announced_nodes++) {
		uint64_t node = level->nodes[level->announced_nodes];
		if (node < store->base.nodes_count)
			store->extents[count++] = (struct engine_extent){
				.offset = offset_at(node), .len_bytes = 2 * sizeof(uint64_t)};
	}
	engine->ops->prefetch(engine, store->extents, count);
	if (!store->offsets)
		return;
	end = level->next + window + ahead;
	if (end > level->count)
		end = level->count;
	if (level->announced_edges < level->next)
		level->announced_edges = level->next;
	for (count = 0; level->announced_edges < end && count < WINDOW_MAX;
	     level->announced_edges++) {
		uint64_t node = level->nodes[level->announced_edges];
		if (node >= store->base.nodes_count)
			continue;
		uint64_t first = store->offsets[node], last = store->offsets[node + 1];
		if (first < last && last <= store->base.edges_count)
			store->extents[count++] = (struct engine_extent){
				.offset = target_at(store, first),
				.len_bytes = (last - first) * sizeof(uint64_t)};
	}
	engine->ops->prefetch(engine, store->extents, count);
}

static ssize_t batch_mapped(struct csr_store *store, struct frontier *level, struct neighbors *out,
			    size_t count)
{
	const uint64_t *offsets = store->offsets, *targets = store->targets;
	const uint64_t *nodes = level->nodes + level->next;
	uint64_t nodes_count = store->base.nodes_count, edges_count = store->base.edges_count;
	uint64_t read_count = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t node = nodes[i];

		if (node >= nodes_count)
			return -ERANGE;
		uint64_t begin = offsets[node], end = offsets[node + 1];
		if (begin > end || end > edges_count)
			return bad_range(store, node, begin, end);
		out[i].ids = targets + begin;
		out[i].count = end - begin;
		read_count += end - begin;
	}
	store->base.stats.logical_read_bytes += (2 * count + read_count) * sizeof(uint64_t);
	level->next += count;
	return (ssize_t)count;
}

/* Offsets of a window's nodes in one batch, their targets in a second. */
static ssize_t batch_read(struct csr_store *store, struct frontier *level, struct neighbors *out,
			  size_t count)
{
	struct engine *engine = store->base.engine;
	const uint64_t *nodes = level->nodes + level->next;
	size_t used = 0, extents_count = 0;
	int err;

	for (size_t i = 0; i < count; i++) {
		if (nodes[i] >= store->base.nodes_count)
			return -ERANGE;
		store->extents[i] = (struct engine_extent){
			.offset = offset_at(nodes[i]), .len_bytes = 16, .buffer = store->pairs[i]};
	}
	err = engine_read_batch(engine, store->extents, count);
	if (err)
		return err;
	store->base.stats.logical_read_bytes += count * 16;
	for (size_t i = 0; i < count; i++) {
		uint64_t begin = store->pairs[i][0], end = store->pairs[i][1];
		if (begin > end || end > store->base.edges_count)
			return bad_range(store, nodes[i], begin, end);
		if (i > 0 && used + (end - begin) > WINDOW_IDS) {
			count = i;
			break;
		}
		out[i].count = end - begin;
		used += end - begin;
	}
	err = buffer_reserve((void **)&store->arena, &store->arena_capacity, used,
			     sizeof(*store->arena));
	if (err)
		return err;
	uint64_t *free_ids = store->arena;
	for (size_t i = 0; i < count; i++) {
		out[i].ids = free_ids;
		if (!out[i].count)
			continue;
		store->extents[extents_count++] =
			(struct engine_extent){.offset = target_at(store, store->pairs[i][0]),
					       .len_bytes = out[i].count * sizeof(uint64_t),
					       .buffer = free_ids};
		free_ids += out[i].count;
	}
	err = engine_read_batch(engine, store->extents, extents_count);
	if (err)
		return err;
	store->base.stats.logical_read_bytes += used * sizeof(uint64_t);
	level->next += count;
	return (ssize_t)count;
}

static ssize_t csr_neighbors_batch(struct store *base, struct frontier *level,
				   struct neighbors *out, size_t out_max)
{
	struct csr_store *store = (struct csr_store *)base;
	size_t left = level->count - level->next;
	size_t count = left < out_max ? left : out_max;

	if (store->pending) {
		int err = csr_settle(store);
		if (err)
			return err;
	}
	if (count > WINDOW_MAX)
		count = WINDOW_MAX;
	/* A level of one node has nothing to overlap: announcing it would only cost a call. */
	if (base->engine->prefetch_ahead_count && base->engine->ops->prefetch && level->count > 1)
		csr_announce(store, level, count);
	return store->offsets ? batch_mapped(store, level, out, count)
			      : batch_read(store, level, out, count);
}

static int csr_neighbors(struct store *base, uint64_t node, struct neighbors *out)
{
	struct csr_store *store = (struct csr_store *)base;

	if (store->offsets && !store->pending) {
		if (node >= base->nodes_count)
			return -ERANGE;
		uint64_t begin = store->offsets[node], end = store->offsets[node + 1];
		if (begin > end || end > base->edges_count)
			return bad_range(store, node, begin, end);
		out->ids = store->targets + begin;
		out->count = end - begin;
		base->stats.logical_read_bytes += (2 + out->count) * sizeof(uint64_t);
		return 0;
	}
	struct frontier level = {.nodes = &node, .count = 1};
	ssize_t count = csr_neighbors_batch(base, &level, out, 1);
	return count < 0 ? (int)count : 0;
}

static int csr_check(struct store *base)
{
	struct csr_store *store = (struct csr_store *)base;
	uint64_t expected_begin = 0;
	int err = csr_settle(store);

	for (uint64_t node = 0; !err && node < base->nodes_count; node++) {
		struct neighbors found;
		uint64_t pair[2];

		err = base->engine->ops->read(base->engine, offset_at(node), pair, sizeof(pair));
		if (!err && pair[0] != expected_begin)
			err = bad_range(store, node, pair[0], pair[1]);
		if (!err)
			err = csr_neighbors(base, node, &found);
		for (size_t i = 0; !err && i < found.count; i++) {
			if (found.ids[i] >= base->nodes_count)
				err = why_set(&base->why, -EBADMSG,
					      "csr: node %" PRIu64 " has a neighbour %" PRIu64
					      " of %" PRIu64 " nodes",
					      node, found.ids[i], base->nodes_count);
		}
		expected_begin = pair[1];
	}
	if (!err && expected_begin != base->edges_count)
		err = why_set(&base->why, -EBADMSG, "csr: %" PRIu64 " targets in use of %" PRIu64,
			      expected_begin, base->edges_count);
	return err;
}

/* ---- opening and closing ---- */

static struct csr_store *csr_new(const struct store_config *config, bool writable)
{
	struct csr_store *store = calloc(1, sizeof(*store));

	if (store) {
		store->base.ops = &layout_csr;
		store->base.engine = config->engine;
		store->writable = writable;
	}
	return store;
}

static int csr_create(const struct store_config *config, struct store **out, struct why *why)
{
	struct csr_store *store = csr_new(config, true);

	if (!store)
		return -ENOMEM;
	store->pending = true; /* no nodes is a graph too: close writes it */
	*out = &store->base;
	(void)why;
	return 0;
}

static int csr_open(const struct store_config *config, struct store **out, struct why *why)
{
	struct csr_store *store = csr_new(config, config->writable);

	if (!store)
		return -ENOMEM;
	struct header *header = &store->header;
	int err = header_read(config->engine, &layout_csr, header, why);
	if (!err &&
	    (header->file_bytes != csr_file_bytes(header->nodes_count, header->edges_count) ||
	     header->fields[FIELD_OFFSETS_AT] != OFFSETS_AT ||
	     header->fields[FIELD_TARGETS_AT] != offset_at(header->nodes_count + 1)))
		err = why_set(why, -EBADMSG,
			      "csr: the header's sizes contradict each other (%" PRIu64
			      " nodes, %" PRIu64 " edges, %" PRIu64 " bytes)",
			      header->nodes_count, header->edges_count, header->file_bytes);
	if (err) {
		free(store);
		return err;
	}
	store->base.nodes_count = header->nodes_count;
	store->base.edges_count = header->edges_count;
	store->targets_at = header->fields[FIELD_TARGETS_AT];
	csr_map(store);
	*out = &store->base;
	return 0;
}

static int csr_sync(struct store *base)
{
	int err = csr_settle((struct csr_store *)base);

	return err ? err : base->engine->ops->sync(base->engine);
}

static int csr_close(struct store *base)
{
	struct csr_store *store = (struct csr_store *)base;
	int err = csr_settle(store);

	free(store->gathered);
	free(store->arena);
	free(store);
	return err;
}

const struct layout_ops layout_csr = {
	.name = "csr",
	.summary = "offsets and targets, 8 bytes each: the compact limit; rebuilt whole on inserts",
	.version = 1,
	.file_bytes = csr_file_bytes,
	.create = csr_create,
	.open = csr_open,
	.insert_node = csr_insert_node,
	.insert_edge = csr_insert_edge,
	.bulk = csr_bulk,
	.neighbors = csr_neighbors,
	.neighbors_batch = csr_neighbors_batch,
	.check = csr_check,
	.sync = csr_sync,
	.close = csr_close,
};
