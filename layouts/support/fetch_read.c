/* The windows of a file that is read: heads, then edges. See fetch.h and pipeline.h. */
#include "fetch.h"

#include "buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define IDS_ALIGN 8 /* ids that are not decoded are aligned in memory as they are in the file */

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
	struct fetch_body *bodies; /* [base.capacity], where edges are decoded */
	uint64_t *offsets;         /* [base.capacity] of heads, or FETCH_NO_HEAD */
	uint32_t *at; /* [base.capacity] where a node's head begins in heads; then where its
				    * edges begin in raw[] */
	struct aligned_buffer heads;
	struct aligned_buffer raw; /* edges as they are in the file */
	uint64_t *arena;           /* [arena_capacity] ids, where edges are decoded */
	size_t arena_capacity;
};

/* Reads of a window, and where in one buffer each of them goes. */
struct placing {
	struct engine_extent *extents; /* [count]; the buffer is a distance until placed_in() */
	size_t count;
	uint64_t used_bytes;  /* of the buffer */
	uint64_t block_bytes; /* of the engine, at least IDS_ALIGN */
	uint64_t join_bytes;  /* between two reads that become one */
};

static int reserve(void *context, struct pipeline_window *base)
{
	struct fetch_window *window = (struct fetch_window *)base;

	(void)context;
	free(window->bodies);
	free(window->offsets);
	free(window->at);
	window->bodies = malloc(base->capacity * sizeof(*window->bodies));
	window->offsets = malloc(base->capacity * sizeof(*window->offsets));
	window->at = malloc(base->capacity * sizeof(*window->at));
	return window->bodies && window->offsets && window->at ? 0 : -ENOMEM;
}

static void release(struct pipeline_window *base)
{
	struct fetch_window *window = (struct fetch_window *)base;

	free(window->bodies);
	free(window->offsets);
	free(window->at);
	free(window->heads.bytes);
	free(window->raw.bytes);
	free(window->arena);
}

static uint64_t end_of(const struct engine_extent *extent)
{
	return extent->offset + extent->len_bytes;
}

/*
 * Adds a read and returns where its bytes will be. One that begins in the last one, or shortly after it, becomes part of it:
 * what lies between is read too, which is cheaper than another extent (FETCH_JOIN_BYTES).
 */
static inline __attribute__((always_inline)) uint32_t place(struct placing *placing,
							    uint64_t offset, uint64_t len_bytes)
{
	struct engine_extent *last =
		placing->count > 0 ? &placing->extents[placing->count - 1] : NULL;

	if (last && offset >= last->offset &&
	    offset <= end_of(last) + placing->join_bytes + last->len_bytes / FETCH_JOIN_SHARE) {
		uint64_t at = (uintptr_t)last->buffer + (offset - last->offset);

		if (offset + len_bytes > end_of(last)) {
			last->len_bytes = offset + len_bytes - last->offset;
			placing->used_bytes = at + len_bytes;
		}
		return (uint32_t)at;
	}
	/* The first one may become long; another one does if the last one did. */
	bool aligned = !last || last->len_bytes >= FETCH_LONG_BYTES;
	uint64_t unit = aligned ? placing->block_bytes : IDS_ALIGN;
	uint64_t at = (placing->used_bytes + unit - 1) / unit * unit + offset % unit;

	placing->extents[placing->count++] =
		(struct engine_extent){offset, len_bytes, (void *)(uintptr_t)at};
	placing->used_bytes = at + len_bytes;
	return (uint32_t)at;
}

/*
 * Makes room for what was placed. Long reads become whole blocks, as far as the file goes: an engine that bypasses the page
 * cache then need not copy them.
 */
static int placed_in(const struct placing *placing, uint64_t size_bytes,
		     struct aligned_buffer *buffer)
{
	uint64_t block = placing->block_bytes, free_from = 0;
	int err = aligned_buffer_reserve(buffer, placing->used_bytes + block, block);

	if (err)
		return err;
	for (size_t i = 0; i < placing->count; i++) {
		struct engine_extent *extent = &placing->extents[i];
		uint64_t at = (uintptr_t)extent->buffer, lead = extent->offset % block;
		uint64_t end = (end_of(extent) + block - 1) / block * block;

		extent->buffer = buffer->bytes + at;
		if (extent->len_bytes >= FETCH_LONG_BYTES && end <= size_bytes &&
		    at % block == lead && at - lead >= free_from)
			*extent = (struct engine_extent){extent->offset - lead,
							 end - (extent->offset - lead),
							 buffer->bytes + at - lead};
		free_from = (uint64_t)((unsigned char *)extent->buffer - buffer->bytes) +
			    extent->len_bytes;
	}
	return 0;
}

static struct placing placing_begin(const struct store *store, struct fetch_window *window)
{
	uint64_t block = store->engine->block_bytes;

	/* Of an engine with blocks what lies within one is read anyway. */
	return (struct placing){.extents = window->base.extents,
				.block_bytes = block > IDS_ALIGN ? block : IDS_ALIGN,
				.join_bytes = block > FETCH_JOIN_BYTES ? block : FETCH_JOIN_BYTES};
}

static uint64_t file_bytes(const struct store *store)
{
	return store->engine->ops->size(store->engine);
}

static ssize_t read_heads(struct fetch *fetch, struct store *store, struct fetch_window *window)
{
	struct placing placing = placing_begin(store, window);
	const uint64_t *nodes = window->base.nodes;
	int err = 0;

	for (size_t i = 0; !err && i < window->base.count; i++) {
		uint64_t *offset = &window->offsets[i];

		err = nodes[i] < store->nodes_count ? fetch->ops->head_at(store, nodes[i], offset)
						    : -ERANGE;
		window->at[i] = 0;
		if (err > 0)
			*offset = FETCH_NO_HEAD;
		else if (!err)
			window->at[i] = place(&placing, *offset, fetch_head_len(fetch, *offset));
		err = err > 0 ? 0 : err;
	}
	/* A head that the end of the data cuts is decoded as a whole. */
	placing.used_bytes += fetch->ops->head_bytes;
	if (!err)
		err = placed_in(&placing, file_bytes(store), &window->heads);
	window->state = FETCH_PLAN;
	window->planned_count = 0;
	return err ? err : (ssize_t)placing.count;
}

/* Are the node's edges in what was read as its head? */
static bool in_head(const struct fetch *fetch, uint64_t head, const struct fetch_body *body)
{
	return body->offset >= head &&
	       body->offset + body->len_bytes <= head + fetch_head_len(fetch, head);
}

/* Finds the edges of the next nodes, as many as fit, and places those that are to be read. Returns the number of ids. */
static int plan(struct fetch *fetch, struct store *store, struct fetch_window *window,
		struct placing *placing, size_t *ids_count)
{
	size_t i = window->base.ready_count, bytes = 0;
	bool decodes = fetch->ops->decode != NULL;

	*ids_count = 0;
	for (; i < window->base.count; i++) {
		struct fetch_body here = {0}, *body = decodes ? &window->bodies[i] : &here;
		uint64_t head = window->offsets[i];

		*body = (struct fetch_body){0};
		window->base.out[i] = (struct neighbors){0};
		if (head == FETCH_NO_HEAD)
			continue;
		int err = fetch->ops->body_at(store, window->base.nodes[i], head,
					      window->heads.bytes + window->at[i], body);
		if (err)
			return err;
		if (bytes > 0 &&
		    (bytes > placing->used_bytes ? bytes : placing->used_bytes) + body->len_bytes >
			    FETCH_WINDOW_BYTES)
			break;
		store->stats.logical_read_bytes += fetch_head_len(fetch, head) + body->len_bytes;
		bytes += body->len_bytes;
		*ids_count += body->count;
		window->base.out[i].count = (size_t)body->count;
		if (body->len_bytes == 0)
			continue;
		if (!in_head(fetch, head, body))
			window->at[i] = place(placing, body->offset, body->len_bytes);
		else if (!decodes)
			window->base.out[i].ids =
				window->heads.bytes + window->at[i] + (body->offset - head);
	}
	window->planned_count = i;
	return 0;
}

/* Reads the edges of the planned nodes. */
static ssize_t read_bodies(struct fetch *fetch, struct store *store, struct fetch_window *window)
{
	struct placing placing = placing_begin(store, window);
	size_t ids_count;
	int err = plan(fetch, store, window, &placing, &ids_count);

	if (!err && fetch->ops->decode)
		err = buffer_reserve((void **)&window->arena, &window->arena_capacity, ids_count,
				     sizeof(*window->arena));
	if (!err)
		err = placed_in(&placing, file_bytes(store), &window->raw);
	window->state = FETCH_DECODE;
	return err ? err : (ssize_t)placing.count;
}

static int decode(struct fetch *fetch, struct store *store, struct fetch_window *window)
{
	uint64_t *ids = window->arena;
	int err = 0;

	for (size_t i = window->base.ready_count; !err && i < window->planned_count; i++) {
		const struct fetch_body *body = &window->bodies[i];
		const unsigned char *from = window->raw.bytes + window->at[i];

		window->base.out[i].ids = ids;
		if (!body->len_bytes)
			continue;
		if (in_head(fetch, window->offsets[i], body))
			from = window->heads.bytes + window->at[i] +
			       (body->offset - window->offsets[i]);
		err = fetch->ops->decode(store, window->base.nodes[i], from, body, ids);
		ids += body->count;
	}
	return err;
}

/* The neighbours are in memory. */
static int hand_out(struct fetch *fetch, struct store *store, struct fetch_window *window)
{
	int err = fetch->ops->decode ? decode(fetch, store, window) : 0;

	for (size_t i = window->base.ready_count; !fetch->ops->decode && i < window->planned_count;
	     i++) {
		struct neighbors *out = &window->base.out[i];

		if (!out->ids) /* else they were in the head */
			out->ids = window->raw.bytes + window->at[i];
	}
	window->base.ready_count = window->planned_count;
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
		count = hand_out(fetch, store, window);
	return count;
}

const struct pipeline_ops fetch_read_ops = {
	.window_bytes = sizeof(struct fetch_window),
	.advance = advance,
	.reserve = reserve,
	.release = release,
};
