/* See scratch_layout.h. The header: magic, nodes and edges as u64, CRC32 of them; from byte 4096 on the edges, two u64 each. */
#include "scratch_layout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define MAGIC     UINT64_C(0x6863746172637321)
#define EDGES_AT  4096
#define SECOND_AT 512 /* of the number of edges, in a header that can tear */
#define EDGES_MAX 1024

const char *const scratch_names[SCRATCH_COUNT] = {
#define X(name) #name,
	SCRATCH_FAULTS(X)
#undef X
};

enum scratch_fault scratch_fault;

struct scratch {
	struct store base;
	struct edge edges[EDGES_MAX]; /* [base.edges_count] */
	uint64_t synced_count;        /* edges that are in the file */
	bool writable, dirty;
	uint64_t ids[EDGES_MAX];
};

static uint64_t scratch_file_bytes(uint64_t nodes_count, uint64_t edges_count)
{
	(void)nodes_count;
	return EDGES_AT + edges_count * sizeof(struct edge);
}

static int scratch_create(const struct store_config *config, struct store **out, struct why *why)
{
	struct scratch *store = calloc(1, sizeof(*store));

	(void)why;
	if (!store)
		return -ENOMEM;
	store->base.ops = &scratch_layout;
	store->base.engine = config->engine;
	store->writable = config->writable;
	*out = &store->base;
	return 0;
}

static int read_header(struct scratch *store, struct why *why)
{
	struct engine *engine = store->base.engine;
	uint64_t words[4], size_bytes = engine->ops->size(engine);
	int err = size_bytes < EDGES_AT ? -EBADMSG
					: engine->ops->read(engine, 0, words, sizeof(words));

	if (!err && scratch_fault == SCRATCH_TORN_HEADER)
		err = engine->ops->read(engine, SECOND_AT, &words[2], sizeof(words[2]));
	else if (!err && words[3] != crc32(0, (const unsigned char *)words, 24))
		err = -EBADMSG;
	if (err || words[0] != MAGIC || words[2] > EDGES_MAX ||
	    scratch_file_bytes(0, words[2]) > size_bytes)
		return why_set(why, -EBADMSG, "scratch: the header is broken");
	store->base.nodes_count = words[1];
	store->base.edges_count = store->synced_count = words[2];
	return 0;
}

static int scratch_open(const struct store_config *config, struct store **out, struct why *why)
{
	int err = scratch_create(config, out, why);
	struct scratch *store = (struct scratch *)*out;

	if (!err)
		err = read_header(store, why);
	if (!err)
		err = config->engine->ops->read(config->engine, EDGES_AT, store->edges,
						store->base.edges_count * sizeof(struct edge));
	for (uint64_t i = 0;
	     !err && scratch_fault == SCRATCH_IN_PLACE && i < store->base.edges_count / 2; i++) {
		struct edge swapped = store->edges[i];

		store->edges[i] = store->edges[store->base.edges_count - 1 - i];
		store->edges[store->base.edges_count - 1 - i] = swapped;
	}
	if (err)
		free(store);
	return err;
}

static int write_header(struct scratch *store)
{
	uint64_t words[4] = {MAGIC, store->base.nodes_count, store->base.edges_count};
	unsigned char bytes[SECOND_AT + 8] = {0};
	size_t len_bytes = 32;

	words[3] = crc32(0, (const unsigned char *)words, 24);
	memcpy(bytes, words, sizeof(words));
	memcpy(bytes + SECOND_AT, &words[2], sizeof(words[2]));
	if (scratch_fault == SCRATCH_TORN_HEADER)
		len_bytes = sizeof(bytes);
	return store->base.engine->ops->write(store->base.engine, 0, bytes, len_bytes);
}

static int resize(struct scratch *store)
{
	struct engine *engine = store->base.engine;

	return engine->ops->resize(engine, scratch_file_bytes(0, store->base.edges_count));
}

static int write_edges(struct scratch *store)
{
	struct edge reversed[EDGES_MAX];
	const struct edge *edges = store->edges;
	uint64_t first = store->synced_count, count = store->base.edges_count;

	for (uint64_t i = 0; scratch_fault == SCRATCH_IN_PLACE && i < count; i++)
		reversed[count - 1 - i] = edges[i];
	if (scratch_fault == SCRATCH_IN_PLACE) {
		first = 0;
		edges = reversed;
	}
	int err = store->base.engine->ops->write(store->base.engine, scratch_file_bytes(0, first),
						 edges + first, (count - first) * sizeof(*edges));
	if (!err)
		store->synced_count = count;
	return err;
}

static int flush(struct scratch *store)
{
	return scratch_fault == SCRATCH_SYNC_OF_NOTHING
		       ? 0
		       : store->base.engine->ops->sync(store->base.engine);
}

/* With a barrier between edges and header, and a sync at the end, if they are wanted. */
static int write_all(struct scratch *store, bool barrier, bool end)
{
	bool first = scratch_fault == SCRATCH_HEADER_BEFORE_DATA,
	     last = scratch_fault == SCRATCH_DATA_AFTER_SYNC;
	int err = store->dirty ? resize(store) : 0;

	if (!err && store->dirty) {
		err = first ? write_header(store) : last ? 0 : write_edges(store);
		if (!err && barrier && !first && !last)
			err = flush(store);
		if (!err)
			err = first ? write_edges(store) : write_header(store);
	}
	if (!err && end)
		err = flush(store);
	if (!err && last && store->dirty)
		err = write_edges(store);
	store->dirty = store->dirty && err;
	return err;
}

static int scratch_sync(struct store *base)
{
	return write_all((struct scratch *)base, scratch_fault != SCRATCH_NO_BARRIER,
			 scratch_fault != SCRATCH_HEADER_NOT_SYNCED);
}

static int scratch_close(struct store *base)
{
	struct scratch *store = (struct scratch *)base;
	bool careful = scratch_fault != SCRATCH_CLOSE_WITHOUT_BARRIER;
	int err = store->writable ? write_all(store, careful, careful) : 0;

	free(store);
	return err;
}

static int changed(struct scratch *store)
{
	store->dirty = true;
	return scratch_fault == SCRATCH_HEADER_AT_INSERT ? resize(store) || write_header(store) : 0;
}

static int scratch_insert_node(struct store *base)
{
	if (!((struct scratch *)base)->writable)
		return -EBADF;
	base->nodes_count++;
	return changed((struct scratch *)base);
}

static int scratch_insert_edge(struct store *base, uint64_t from, uint64_t to)
{
	struct scratch *store = (struct scratch *)base;

	if (!store->writable)
		return -EBADF;
	if (from >= base->nodes_count || to >= base->nodes_count)
		return -ERANGE;
	if (base->edges_count == EDGES_MAX)
		return -ENOSPC;
	store->edges[base->edges_count++] = (struct edge){from, to};
	return changed(store);
}

static int scratch_bulk(struct store *base, const struct edge_stream *stream)
{
	struct edge edge;
	uint64_t cursor = 0;
	int err = 0;

	if (!((struct scratch *)base)->writable)
		return -EBADF;
	if (base->nodes_count)
		return -EBUSY;
	base->nodes_count = stream->nodes_count;
	while (!err && stream->next(stream->context, &cursor, &edge, 1) == 1)
		err = base->edges_count == stream->edges_count
			      ? -EINVAL
			      : scratch_insert_edge(base, edge.from, edge.to);
	if (!err && base->edges_count != stream->edges_count)
		err = -EINVAL;
	if (err)
		base->nodes_count = base->edges_count = 0;
	return err ? err : changed((struct scratch *)base);
}

static int scratch_neighbors(struct store *base, uint64_t node, struct neighbors *out)
{
	struct scratch *store = (struct scratch *)base;

	if (node >= base->nodes_count)
		return -ERANGE;
	*out = (struct neighbors){.ids = store->ids};
	for (uint64_t i = 0; i < base->edges_count; i++) {
		if (store->edges[i].from == node)
			store->ids[out->count++] = store->edges[i].to;
	}
	return 0;
}

static ssize_t scratch_neighbors_batch(struct store *base, struct frontier *level,
				       struct neighbors *out, size_t out_max)
{
	(void)out_max;
	int err = scratch_neighbors(base, level->nodes[level->next], out);

	level->next += !err;
	return err ? err : 1;
}

static int scratch_check(struct store *base)
{
	const struct scratch *store = (const struct scratch *)base;

	for (uint64_t i = 0; i < base->edges_count; i++) {
		if (store->edges[i].from >= base->nodes_count ||
		    store->edges[i].to >= base->nodes_count)
			return why_set(&base->why, -EBADMSG, "scratch: an edge of no node");
	}
	return 0;
}

const struct layout_ops scratch_layout = {
	.name = "scratch",
	.summary = "a layout of tests",
	.version = 1,
	.file_bytes = scratch_file_bytes,
	.create = scratch_create,
	.open = scratch_open,
	.insert_node = scratch_insert_node,
	.insert_edge = scratch_insert_edge,
	.bulk = scratch_bulk,
	.neighbors = scratch_neighbors,
	.neighbors_batch = scratch_neighbors_batch,
	.check = scratch_check,
	.sync = scratch_sync,
	.close = scratch_close,
};
