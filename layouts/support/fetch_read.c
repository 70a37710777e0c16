/* The windows of a file that is read: heads, then edges. See fetch.h and pipeline.h. */
#include "fetch.h"

#include "buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What the next call of advance() does. */
enum fetch_state {
	FETCH_HEADS, /* reads the heads of all nodes */
	FETCH_PLAN,  /* finds where the edges of the next nodes are, and reads them */
	FETCH_DECODE,
};

struct fetch_window {
	struct pipeline_window base;
	enum fetch_state state;
	size_t planned_count;      /* nodes whose edges are in raw[] or in the arena */
	struct fetch_body *bodies; /* [base.capacity] */
	uint64_t *offsets;         /* [base.capacity] of heads, or FETCH_NO_HEAD */
	unsigned char
		*heads; /* [base.capacity * head_bytes]; those that touch in the file touch here */
	uint32_t *head_at;  /* [base.capacity] where a node's head begins in heads[] */
	unsigned char *raw; /* [raw_capacity] edges, where they are decoded */
	uint64_t *arena;    /* [arena_capacity] ids; those of the file if it is not decoded */
	size_t raw_capacity, arena_capacity;
};

static int reserve(void *context, struct pipeline_window *base)
{
	struct fetch_window *window = (struct fetch_window *)base;
	const struct fetch *fetch = context;

	free(window->bodies);
	free(window->offsets);
	free(window->heads);
	free(window->head_at);
	window->bodies = malloc(base->capacity * sizeof(*window->bodies));
	window->offsets = malloc(base->capacity * sizeof(*window->offsets));
	window->heads = malloc(base->capacity * fetch->ops->head_bytes);
	window->head_at = malloc(base->capacity * sizeof(*window->head_at));
	return window->bodies && window->offsets && window->heads && window->head_at ? 0 : -ENOMEM;
}

static void release(struct pipeline_window *base)
{
	struct fetch_window *window = (struct fetch_window *)base;

	free(window->bodies);
	free(window->offsets);
	free(window->heads);
	free(window->head_at);
	free(window->raw);
	free(window->arena);
}

static unsigned char *head_of(const struct fetch_window *window, size_t i)
{
	return window->heads + window->head_at[i];
}

static uint64_t end_of(const struct engine_extent *extent)
{
	return extent->offset + extent->len_bytes;
}

/* Adds a read; one that continues the last one in the file and in memory, or overlaps it, becomes part of it. */
static size_t add_extent(struct engine_extent *extents, size_t count, uint64_t offset,
			 uint64_t len_bytes, unsigned char *buffer)
{
	struct engine_extent *last = count > 0 ? &extents[count - 1] : NULL;

	if (last && offset >= last->offset && offset <= end_of(last) &&
	    buffer == (unsigned char *)last->buffer + (offset - last->offset)) {
		if (offset + len_bytes > end_of(last))
			last->len_bytes = offset + len_bytes - last->offset;
		return count;
	}
	extents[count] = (struct engine_extent){offset, len_bytes, buffer};
	return count + 1;
}

static ssize_t read_heads(struct fetch *fetch, struct store *store, struct fetch_window *window)
{
	struct engine_extent *extents = window->base.extents;
	const uint64_t *nodes = window->base.nodes;
	size_t extents_count = 0, used_bytes = 0, last_at = 0; /* where the last read begins */
	int err = 0;

	for (size_t i = 0; !err && i < window->base.count; i++) {
		uint64_t *offset = &window->offsets[i];

		err = nodes[i] < store->nodes_count ? fetch->ops->head_at(store, nodes[i], offset)
						    : -ERANGE;
		if (err > 0)
			*offset = FETCH_NO_HEAD;
		if (err != 0) {
			err = err > 0 ? 0 : err;
			continue;
		}
		uint64_t len_bytes = fetch_head_len(fetch, *offset);
		size_t at = used_bytes;

		if (extents_count > 0 && *offset >= extents[extents_count - 1].offset &&
		    *offset <= end_of(&extents[extents_count - 1]))
			at = last_at + (size_t)(*offset - extents[extents_count - 1].offset);
		else
			last_at = at;
		window->head_at[i] = (uint32_t)at;
		extents_count =
			add_extent(extents, extents_count, *offset, len_bytes, window->heads + at);
		used_bytes = at + fetch->ops->head_bytes > used_bytes ? at + fetch->ops->head_bytes
								      : used_bytes;
	}
	window->state = FETCH_PLAN;
	window->planned_count = 0;
	return err ? err : (ssize_t)extents_count;
}

/* Finds the edges of the next nodes, as many as fit. Returns their bytes and number of ids. */
static int plan(struct fetch *fetch, struct store *store, struct fetch_window *window,
		size_t *bytes, size_t *ids_count)
{
	size_t i = window->base.ready_count;

	*bytes = *ids_count = 0;
	for (; i < window->base.count; i++) {
		struct fetch_body *body = &window->bodies[i];

		*body = (struct fetch_body){0};
		if (window->offsets[i] == FETCH_NO_HEAD)
			continue;
		int err = fetch->ops->body_at(store, window->base.nodes[i], window->offsets[i],
					      head_of(window, i), body);
		if (err)
			return err;
		if (*bytes > 0 && *bytes + body->len_bytes > FETCH_WINDOW_BYTES)
			break;
		store->stats.logical_read_bytes += fetch_head_len(fetch, window->offsets[i]);
		*bytes += body->len_bytes;
		*ids_count += body->count;
	}
	store->stats.logical_read_bytes += *bytes;
	window->planned_count = i;
	return 0;
}

/* Reads the edges of the planned nodes into raw[], or into the arena if they are ids. */
static ssize_t read_bodies(struct fetch *fetch, struct store *store, struct fetch_window *window)
{
	size_t bytes, ids_count, extents_count = 0;
	int err = plan(fetch, store, window, &bytes, &ids_count);

	if (!err)
		err = buffer_reserve((void **)&window->arena, &window->arena_capacity, ids_count,
				     sizeof(*window->arena));
	if (!err && fetch->ops->decode)
		err = buffer_reserve((void **)&window->raw, &window->raw_capacity, bytes, 1);
	unsigned char *to = fetch->ops->decode ? window->raw : (unsigned char *)window->arena;
	for (size_t i = window->base.ready_count; !err && i < window->planned_count; i++) {
		const struct fetch_body *body = &window->bodies[i];
		uint64_t head = window->offsets[i];

		if (!body->len_bytes)
			continue;
		if (body->offset >= head &&
		    body->offset + body->len_bytes <= head + fetch_head_len(fetch, head))
			memcpy(to, head_of(window, i) + (body->offset - head),
			       (size_t)body->len_bytes);
		else
			extents_count = add_extent(window->base.extents, extents_count,
						   body->offset, body->len_bytes, to);
		to += body->len_bytes;
	}
	window->state = FETCH_DECODE;
	return err ? err : (ssize_t)extents_count;
}

static ssize_t decode(struct fetch *fetch, struct store *store, struct fetch_window *window)
{
	const unsigned char *raw =
		fetch->ops->decode ? window->raw : (unsigned char *)window->arena;
	uint64_t *ids = window->arena;
	size_t i = window->base.ready_count;
	int err = 0;

	for (; !err && i < window->planned_count; i++) {
		const struct fetch_body *body = &window->bodies[i];

		window->base.out[i] = (struct neighbors){
			fetch->ops->decode ? (const void *)ids : raw, (size_t)body->count};
		if (fetch->ops->decode && body->len_bytes)
			err = fetch->ops->decode(store, window->base.nodes[i], raw, body, ids);
		raw += body->len_bytes;
		ids += body->count;
	}
	window->base.ready_count = i;
	window->state = FETCH_PLAN;
	return err;
}

static ssize_t advance(void *context, struct store *store, struct pipeline_window *base)
{
	struct fetch_window *window = (struct fetch_window *)base;
	struct fetch *fetch = context;
	ssize_t count = 0;

	if (base->step == 0)
		window->state = FETCH_HEADS;
	if (window->state == FETCH_HEADS)
		count = read_heads(fetch, store, window);
	if (count == 0 && window->state == FETCH_PLAN)
		count = read_bodies(fetch, store, window);
	if (count == 0 && window->state == FETCH_DECODE)
		count = decode(fetch, store, window);
	return count;
}

const struct pipeline_ops fetch_read_ops = {
	.window_bytes = sizeof(struct fetch_window),
	.advance = advance,
	.reserve = reserve,
	.release = release,
};
