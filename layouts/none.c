/*
 * No layout: a chain that is worked out from the id and touches no engine. Together with engine
 * `null` a walk over it costs what the harness itself costs: the floor under every other number.
 * It can be walked only by the instance that created it, and only as a chain.
 */
#include "support/header.h"

#include <errno.h>
#include <stdlib.h>

extern const struct layout_ops layout_none;

struct none_store {
	struct store base;
	uint64_t *ids; /* [ids_capacity] 1, 2, 3, …: what a mapped csr chain has as its targets */
	size_t ids_capacity;
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
	return why_set(why, -EOPNOTSUPP, "layout none keeps nothing that could be opened");
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
		return why_set(&store->why, -EOPNOTSUPP, "layout none can only be a chain");
	store->edges_count++;
	return 0;
}

static int none_bulk(struct store *store, const struct edge_stream *stream)
{
	struct edge edges[256]; /* one pull of the stream */
	uint64_t cursor = 0;
	size_t count;

	if (store->nodes_count)
		return -EBUSY;
	store->nodes_count = stream->nodes_count;
	while ((count = stream->next(stream->context, &cursor, edges, 256)) > 0) {
		for (size_t i = 0; i < count; i++) {
			int err = none_insert_edge(store, edges[i].from, edges[i].to);
			if (err)
				return err;
		}
	}
	return 0;
}

/* The ids up to the nodes that are there now. */
static int fill_ids(struct none_store *store)
{
	size_t need = store->base.nodes_count + 1;

	if (need <= store->ids_capacity)
		return 0;
	int err = buffer_reserve((void **)&store->ids, &store->ids_capacity, need,
				 sizeof(*store->ids));
	for (size_t i = 0; !err && i < store->ids_capacity; i++)
		store->ids[i] = i + 1;
	return err;
}

static ssize_t none_neighbors_batch(struct store *base, struct frontier *level,
				    struct neighbors *out, size_t out_max)
{
	struct none_store *store = (struct none_store *)base;
	size_t left = level->count - level->next;
	size_t count = left < out_max ? left : out_max;

	if (base->nodes_count >= store->ids_capacity) {
		int err = fill_ids(store);
		if (err)
			return err;
	}
	for (size_t i = 0; i < count; i++) {
		uint64_t node = level->nodes[level->next + i];

		if (node >= base->nodes_count)
			return -ERANGE;
		out[i].ids = store->ids + node;
		out[i].count = node < base->edges_count;
	}
	level->next += count;
	return (ssize_t)count;
}

static int none_neighbors(struct store *store, uint64_t node, struct neighbors *out)
{
	struct frontier level = {.nodes = &node, .count = 1};
	ssize_t count = none_neighbors_batch(store, &level, out, 1);

	return count < 0 ? (int)count : 0;
}

static int none_check(struct store *store)
{
	(void)store;
	return 0;
}

static int none_close(struct store *store)
{
	free(((struct none_store *)store)->ids);
	free(store);
	return 0;
}

const struct layout_ops layout_none = {
	.name = "none",
	.summary = "a chain worked out from the id, without data: the harness's floor, with engine "
		   "null",
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
