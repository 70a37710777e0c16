/*
 * Building the file of layout `csr`: a counting sort of the edges by their source, and the gathering
 * of single inserts until the next one.
 */
#include "csr.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define STREAM_EDGES 1024       /* edges pulled from a stream at once */
#define WRITE_BYTES  (8u << 20) /* of one write */

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
	err = engine->ops->resize(engine, layout_csr.file_bytes(nodes, stream->edges_count));
	if (err)
		goto out;
	store->targets_at = csr_offset_at(nodes + 1);
	/* Placing moves each cursor to its node's end, so the offsets go out first. */
	err = write_words(engine, CSR_OFFSETS_AT, cursors, nodes + 1);
	if (err)
		goto out;
	place_targets(stream, cursors, targets);
	err = write_words(engine, store->targets_at, targets, stream->edges_count);
	if (err)
		goto out;
	store->base.nodes_count = store->header.nodes_count = nodes;
	store->base.edges_count = store->header.edges_count = stream->edges_count;
	store->header.file_bytes = layout_csr.file_bytes(nodes, stream->edges_count);
	store->header.fields[CSR_FIELD_OFFSETS_AT] = CSR_OFFSETS_AT;
	store->header.fields[CSR_FIELD_TARGETS_AT] = store->targets_at;
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

int csr_settle(struct csr_store *store)
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

/* Before the first insert the edges that the file already has are gathered, node by node. */
static int gather_existing(struct csr_store *store)
{
	if (!store->writable)
		return -EBADF;
	if (store->gathered_count || !store->header.edges_count)
		return 0;
	for (uint64_t node = 0; node < store->header.nodes_count; node++) {
		struct neighbors found;
		int err = layout_csr.neighbors(&store->base, node, &found);
		for (size_t i = 0; !err && i < found.count; i++)
			err = gather_edge(store, node, found.ids[i]);
		if (err) {
			store->gathered_count = 0;
			return err;
		}
	}
	return 0;
}

int csr_insert_node(struct store *base)
{
	struct csr_store *store = (struct csr_store *)base;
	int err = store->pending ? 0 : gather_existing(store);

	if (err)
		return err;
	base->nodes_count++;
	store->pending = true;
	return 0;
}

int csr_insert_edge(struct store *base, uint64_t from, uint64_t to)
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

int csr_bulk(struct store *base, const struct edge_stream *stream)
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
