/*
 * No layout: a chain whose neighbours are computed from the id, without using the engine. With
 * engine `null`, a walk over it costs only what the harness itself costs: the lower limit of all
 * other numbers. It supports only a chain, and only the instance that created it can be walked.
 */
#include "support/header.h"

#include <errno.h>
#include <stdlib.h>

extern const struct layout_ops layout_none;

#define WINDOW_MAX 1024 /* nodes in one batch at most */

struct none_store {
	struct store base;
	uint64_t ids[WINDOW_MAX];
};

static uint64_t none_file_bytes(uint64_t nodes_count, uint64_t edges_count)
{
	(void)nodes_count;
	(void)edges_count;
	return 0;
}

static int none_create(const struct store_config *config, struct store **out, struct why *why)
{
	struct none_store *store = calloc(1, sizeof(*store));

	(void)why;
	if (!store)
		return -ENOMEM;
	store->base.ops = &layout_none;
	store->base.engine = config->engine;
	*out = &store->base;
	return 0;
}

static int none_open(const struct store_config *config, struct store **out, struct why *why)
{
	(void)config;
	(void)out;
	return why_set(why, -EOPNOTSUPP, "layout none stores no file that could be opened");
}

static int none_insert_node(struct store *store)
{
	store->nodes_count++;
	return 0;
}

static int none_insert_edge(struct store *store, uint64_t from, uint64_t to)
{
	if (from >= store->nodes_count || to >= store->nodes_count)
		return -ERANGE;
	if (from != store->edges_count || to != from + 1)
		return why_set(&store->why, -EOPNOTSUPP, "layout none supports only a chain");
	store->edges_count++;
	return 0;
}

static int none_bulk(struct store *store, const struct edge_stream *stream)
{
	struct edge edges[256]; /* of one call of next() */
	uint64_t cursor = 0;
	size_t count;

	if (store->nodes_count)
		return -EBUSY;
	store->nodes_count = stream->nodes_count;
	while ((count = stream->next(stream->context, &cursor, edges, 256)) > 0) {
		for (size_t i = 0; i < count; i++) {
			int err = none_insert_edge(store, edges[i].from, edges[i].to);
			if (err) {
				store->nodes_count = store->edges_count = 0;
				return err;
			}
		}
	}
	return 0;
}

static ssize_t none_neighbors_batch(struct store *base, struct frontier *level,
				    struct neighbors *out, size_t out_max)
{
	struct none_store *store = (struct none_store *)base;
	size_t left = level->count - level->next;
	size_t count = left < out_max ? left : out_max;

	if (count > WINDOW_MAX)
		count = WINDOW_MAX;
	for (size_t i = 0; i < count; i++) {
		uint64_t node = level->nodes[level->next + i];

		if (node >= base->nodes_count)
			return -ERANGE;
		store->ids[i] = node + 1;
		out[i].ids = &store->ids[i];
		out[i].count = node < base->edges_count;
	}
	level->next += count;
	return (ssize_t)count;
}

static int none_neighbors(struct store *base, uint64_t node, struct neighbors *out)
{
	struct none_store *store = (struct none_store *)base;

	if (node >= base->nodes_count)
		return -ERANGE;
	store->ids[0] = node + 1;
	out->ids = store->ids;
	out->count = node < base->edges_count;
	return 0;
}

static int none_check(struct store *store)
{
	(void)store;
	return 0;
}

static int none_close(struct store *store)
{
	free(store);
	return 0;
}

const struct layout_ops layout_none = {
	.name = "none",
	.summary = "a chain computed from the id, without data: with engine null, the cost of the "
		   "harness",
	.capabilities = LAYOUT_NO_DATA,
	.version = 1,
	.file_bytes = none_file_bytes,
	.create = none_create,
	.open = none_open,
	.insert_node = none_insert_node,
	.insert_edge = none_insert_edge,
	.bulk = none_bulk,
	.neighbors = none_neighbors,
	.neighbors_batch = none_neighbors_batch,
	.check = none_check,
	.sync = none_check,
	.close = none_close,
};
