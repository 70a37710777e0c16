/* Reads heads, then edges, one window at a time: see fetch.h. */
#include "fetch.h"

#include "header.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_BYTES (1u << 20) /* of edges in one window, unless its first node has more */
#define NO_HEAD      UINT64_MAX

int fetch_init(struct fetch *fetch, const struct fetch_ops *ops)
{
	*fetch = (struct fetch){
		.ops = ops,
		.bodies = malloc(FETCH_WINDOW_MAX * sizeof(*fetch->bodies)),
		.offsets = malloc(FETCH_WINDOW_MAX * sizeof(*fetch->offsets)),
		.extents = malloc(FETCH_WINDOW_MAX * sizeof(*fetch->extents)),
	};
	return fetch->bodies && fetch->offsets && fetch->extents ? 0 : -ENOMEM;
}

void fetch_release(struct fetch *fetch)
{
	free(fetch->bodies);
	free(fetch->offsets);
	free(fetch->extents);
	free(fetch->heads);
	free(fetch->raw);
	free(fetch->arena);
	memset(fetch, 0, sizeof(*fetch));
}

void fetch_map(struct fetch *fetch, struct engine *engine)
{
	fetch->mapped =
		engine->ops->map ? engine->ops->map(engine, 0, engine->ops->size(engine)) : NULL;
}

static uint64_t head_len(const struct fetch *fetch, uint64_t offset)
{
	uint64_t left = fetch->data_bytes - offset;

	return left < fetch->ops->head_bytes ? left : fetch->ops->head_bytes;
}

/* A mapped head. At the end of the data it may be shorter than head_bytes; then it is copied. */
static const unsigned char *mapped_head(const struct fetch *fetch, uint64_t offset,
					unsigned char *copy)
{
	uint64_t len_bytes = head_len(fetch, offset);

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
				.offset = offset, .len_bytes = head_len(fetch, offset)};
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

	announce_heads(fetch, store, level, far < level->count ? far : level->count);
	if (fetch->mapped)
		announce_bodies(fetch, store, level, near < level->count ? near : level->count);
}

/* ---- a window ---- */

/* Fills bodies[]. Returns the number of nodes that fit, or an error. */
static ssize_t open_window(struct fetch *fetch, struct store *store, const uint64_t *nodes,
			   size_t count)
{
	size_t extents_count = 0, used_bytes = 0;
	int err = 0;

	if (!fetch->mapped && !fetch->heads)
		fetch->heads = malloc(FETCH_WINDOW_MAX * sizeof(*fetch->heads));
	if (!fetch->mapped && !fetch->heads)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		uint64_t *offset = &fetch->offsets[i];

		err = nodes[i] < store->nodes_count ? fetch->ops->head_at(store, nodes[i], offset)
						    : -ERANGE;
		if (err < 0)
			return err;
		if (err) {
			*offset = NO_HEAD;
		} else if (fetch->mapped) {
			__builtin_prefetch(fetch->mapped + *offset);
			__builtin_prefetch(fetch->mapped + *offset + 64);
		} else {
			fetch->extents[extents_count++] = (struct engine_extent){
				*offset, head_len(fetch, *offset), fetch->heads[i]};
		}
	}
	if (extents_count)
		err = engine_read_batch(store->engine, fetch->extents, extents_count);
	if (err < 0)
		return err;
	for (size_t i = 0; i < count; i++) {
		struct fetch_body *body = &fetch->bodies[i];
		unsigned char copy[FETCH_HEAD_MAX];

		*body = (struct fetch_body){0};
		if (fetch->offsets[i] == NO_HEAD)
			continue;
		store->stats.logical_read_bytes += head_len(fetch, fetch->offsets[i]);
		err = fetch->ops->body_at(store, nodes[i], fetch->offsets[i],
					  fetch->mapped
						  ? mapped_head(fetch, fetch->offsets[i], copy)
						  : fetch->heads[i],
					  body);
		if (err)
			return err;
		if (i > 0 && used_bytes + body->len_bytes > WINDOW_BYTES)
			return (ssize_t)i;
		used_bytes += body->len_bytes;
		if (fetch->mapped && body->len_bytes)
			__builtin_prefetch(fetch->mapped + body->offset);
	}
	return (ssize_t)count;
}

/* Reads the bodies of a window, if the file is not mapped, into raw[], or into the arena if they
 * are ids. */
static int read_bodies(struct fetch *fetch, struct store *store, size_t count, unsigned char *to)
{
	size_t extents_count = 0;

	for (size_t i = 0; i < count; i++) {
		const struct fetch_body *body = &fetch->bodies[i];
		uint64_t head = fetch->offsets[i];
		uint64_t head_end = head == NO_HEAD ? 0 : head + head_len(fetch, head);

		if (!body->len_bytes)
			continue;
		if (body->offset >= head && body->offset + body->len_bytes <= head_end)
			memcpy(to, fetch->heads[i] + (body->offset - head),
			       (size_t)body->len_bytes);
		else
			fetch->extents[extents_count++] =
				(struct engine_extent){body->offset, body->len_bytes, to};
		to += body->len_bytes;
	}
	return extents_count ? engine_read_batch(store->engine, fetch->extents, extents_count) : 0;
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
	if (decodes || !fetch->mapped)
		err = buffer_reserve((void **)&fetch->arena, &fetch->arena_capacity, ids_count,
				     sizeof(*fetch->arena));
	if (!err && decodes && !fetch->mapped)
		err = buffer_reserve((void **)&fetch->raw, &fetch->raw_capacity, bytes, 1);
	const unsigned char *raw = decodes ? fetch->raw : (unsigned char *)fetch->arena;
	if (!err && !fetch->mapped)
		err = read_bodies(fetch, store, count,
				  decodes ? fetch->raw : (unsigned char *)fetch->arena);
	uint64_t *ids = fetch->arena;
	for (size_t i = 0; !err && i < count; i++) {
		const struct fetch_body *body = &fetch->bodies[i];
		const unsigned char *from = fetch->mapped ? fetch->mapped + body->offset : raw;

		if (!fetch->mapped) /* else raw may be NULL */
			raw += body->len_bytes;
		out[i] = (struct neighbors){decodes ? ids : (const uint64_t *)(const void *)from,
					    (size_t)body->count};
		if (decodes && body->len_bytes)
			err = fetch->ops->decode(store, nodes[i], from, body, ids);
		if (decodes)
			ids += body->count;
	}
	return err;
}

ssize_t fetch_batch(struct fetch *fetch, struct store *store, struct frontier *level,
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
