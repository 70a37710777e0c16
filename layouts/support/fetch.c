/* Heads, then edges, of a mapped file; the windows of one that is read are in fetch_read.c. See fetch.h. */
#include "fetch.h"

#include "header.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int fetch_init(struct fetch *fetch, const struct fetch_ops *ops)
{
	*fetch = (struct fetch){
		.ops = ops,
		.bodies = malloc(FETCH_WINDOW_MAX * sizeof(*fetch->bodies)),
		.offsets = malloc(FETCH_WINDOW_MAX * sizeof(*fetch->offsets)),
		.extents = malloc(FETCH_WINDOW_MAX * sizeof(*fetch->extents)),
		.pipeline = {.ops = &fetch_read_ops, .context = fetch},
	};
	return fetch->bodies && fetch->offsets && fetch->extents ? 0 : -ENOMEM;
}

void fetch_release(struct fetch *fetch)
{
	pipeline_release(&fetch->pipeline);
	free(fetch->bodies);
	free(fetch->offsets);
	free(fetch->extents);
	free(fetch->arena);
	memset(fetch, 0, sizeof(*fetch));
}

void fetch_map(struct fetch *fetch, struct engine *engine)
{
	fetch->mapped =
		engine->ops->map ? engine->ops->map(engine, 0, engine->ops->size(engine)) : NULL;
}

/* A mapped head. At the end of the data it may be shorter than head_bytes; then it is copied. */
static const unsigned char *mapped_head(const struct fetch *fetch, uint64_t offset,
					unsigned char *copy)
{
	uint64_t len_bytes = fetch_head_len(fetch, offset);

	if (len_bytes == fetch->ops->head_bytes)
		return fetch->mapped + offset;
	memset(copy, 0, FETCH_HEAD_MAX);
	memcpy(copy, fetch->mapped + offset, (size_t)len_bytes);
	return copy;
}

/* ---- announcing ---- */

static void announce_heads(struct fetch *fetch, struct store *store, struct frontier *level,
			   size_t end)
{
	size_t count = 0;
	uint64_t offset;

	for (; level->announced_nodes < end && count < FETCH_WINDOW_MAX; level->announced_nodes++) {
		uint64_t node = level->nodes[level->announced_nodes];

		if (node < store->nodes_count && fetch->ops->head_at(store, node, &offset) == 0)
			fetch->extents[count++] = (struct engine_extent){
				.offset = offset, .len_bytes = fetch_head_len(fetch, offset)};
	}
	if (count)
		store->engine->ops->prefetch(store->engine, fetch->extents, count);
}

/* Announces the edges of nodes whose heads were announced one distance earlier and should be in
 * memory by now. */
static void announce_bodies(struct fetch *fetch, struct store *store, struct frontier *level,
			    size_t end)
{
	size_t count = 0;

	if (level->announced_edges < level->next)
		level->announced_edges = level->next;
	for (; level->announced_edges < end && count < FETCH_WINDOW_MAX; level->announced_edges++) {
		uint64_t node = level->nodes[level->announced_edges], offset;
		unsigned char copy[FETCH_HEAD_MAX];
		struct fetch_body body;

		if (node >= store->nodes_count || fetch->ops->head_at(store, node, &offset) != 0 ||
		    fetch->ops->body_at(store, node, offset, mapped_head(fetch, offset, copy),
					&body) ||
		    !body.len_bytes)
			continue;
		fetch->extents[count++] =
			(struct engine_extent){.offset = body.offset, .len_bytes = body.len_bytes};
	}
	if (count)
		store->engine->ops->prefetch(store->engine, fetch->extents, count);
}

static void announce(struct fetch *fetch, struct store *store, struct frontier *level,
		     size_t window)
{
	size_t ahead = store->engine->prefetch_ahead_count;
	size_t near = level->next + window + ahead, far = near + ahead;

	far = far < level->count ? far : level->count;
	near = near < level->count ? near : level->count;
	while (level->announced_nodes < far)
		announce_heads(fetch, store, level, far);
	while (level->announced_edges < near)
		announce_bodies(fetch, store, level, near);
}

/* ---- a window ---- */

/* Fills bodies[]. Returns the number of nodes that fit, or an error. */
static ssize_t open_window(struct fetch *fetch, struct store *store, const uint64_t *nodes,
			   size_t count)
{
	size_t used_bytes = 0;
	int err;

	for (size_t i = 0; i < count; i++) {
		uint64_t *offset = &fetch->offsets[i];

		err = nodes[i] < store->nodes_count ? fetch->ops->head_at(store, nodes[i], offset)
						    : -ERANGE;
		if (err < 0)
			return err;
		if (err) {
			*offset = FETCH_NO_HEAD;
		} else {
			__builtin_prefetch(fetch->mapped + *offset);
			__builtin_prefetch(fetch->mapped + *offset + 64);
		}
	}
	for (size_t i = 0; i < count; i++) {
		struct fetch_body *body = &fetch->bodies[i];
		unsigned char copy[FETCH_HEAD_MAX];

		*body = (struct fetch_body){0};
		if (fetch->offsets[i] == FETCH_NO_HEAD)
			continue;
		store->stats.logical_read_bytes += fetch_head_len(fetch, fetch->offsets[i]);
		err = fetch->ops->body_at(store, nodes[i], fetch->offsets[i],
					  mapped_head(fetch, fetch->offsets[i], copy), body);
		if (err)
			return err;
		if (i > 0 && used_bytes + body->len_bytes > FETCH_WINDOW_BYTES)
			return (ssize_t)i;
		used_bytes += body->len_bytes;
		if (body->len_bytes)
			__builtin_prefetch(fetch->mapped + body->offset);
	}
	return (ssize_t)count;
}

static int fill_ids(struct fetch *fetch, struct store *store, const uint64_t *nodes,
		    struct neighbors *out, size_t count)
{
	bool decodes = fetch->ops->decode != NULL;
	size_t ids_count = 0, bytes = 0;
	int err = 0;

	for (size_t i = 0; i < count; i++) {
		ids_count += fetch->bodies[i].count;
		bytes += fetch->bodies[i].len_bytes;
	}
	store->stats.logical_read_bytes += bytes;
	if (decodes)
		err = buffer_reserve((void **)&fetch->arena, &fetch->arena_capacity, ids_count,
				     sizeof(*fetch->arena));
	uint64_t *ids = fetch->arena;
	for (size_t i = 0; !err && i < count; i++) {
		const struct fetch_body *body = &fetch->bodies[i];
		const unsigned char *from = fetch->mapped + body->offset;

		out[i] = (struct neighbors){decodes ? ids : (const uint64_t *)(const void *)from,
					    (size_t)body->count};
		if (decodes && body->len_bytes)
			err = fetch->ops->decode(store, nodes[i], from, body, ids);
		if (decodes)
			ids += body->count;
	}
	return err;
}

ssize_t fetch_batch_mapped(struct fetch *fetch, struct store *store, struct frontier *level,
			   struct neighbors *out, size_t out_max)
{
	struct engine *engine = store->engine;
	size_t left = level->count - level->next;
	size_t window = left < out_max ? left : out_max;

	if (window > FETCH_WINDOW_MAX)
		window = FETCH_WINDOW_MAX;
	/* In a level of one node nothing can overlap: an announcement would only cost a call. */
	if (engine->prefetch_ahead_count && engine->ops->prefetch && level->count > 1)
		announce(fetch, store, level, window);
	const uint64_t *nodes = level->nodes + level->next;
	ssize_t count = open_window(fetch, store, nodes, window);
	if (count <= 0)
		return count;
	int err = fill_ids(fetch, store, nodes, out, (size_t)count);
	if (err)
		return err;
	level->next += (size_t)count;
	return count;
}

int fetch_one(struct fetch *fetch, struct store *store, uint64_t node, struct neighbors *out)
{
	struct frontier level = {.nodes = &node, .count = 1};
	unsigned char copy[FETCH_HEAD_MAX];
	struct fetch_body body;
	uint64_t offset;

	if (!fetch->mapped) {
		ssize_t count = fetch_batch(fetch, store, &level, out, 1);
		return count < 0 ? (int)count : 0;
	}
	*out = (struct neighbors){0};
	int err = node < store->nodes_count ? fetch->ops->head_at(store, node, &offset) : -ERANGE;
	if (err)
		return err < 0 ? err : 0;
	err = fetch->ops->body_at(store, node, offset, mapped_head(fetch, offset, copy), &body);
	if (err)
		return err;
	in_order_query(&fetch->in_order, fetch->mapped, fetch->data_bytes, node, offset,
		       body.len_bytes ? body.offset : 0);
	store->stats.logical_read_bytes += fetch->ops->head_bytes + body.len_bytes;
	const unsigned char *from = fetch->mapped + body.offset;
	out->count = (size_t)body.count;
	out->ids = (const uint64_t *)(const void *)from;
	if (!fetch->ops->decode || !body.len_bytes)
		return 0;
	err = buffer_reserve((void **)&fetch->arena, &fetch->arena_capacity, (size_t)body.count,
			     sizeof(*fetch->arena));
	out->ids = fetch->arena;
	return err ? err : fetch->ops->decode(store, node, from, &body, fetch->arena);
}
