/* The windows of layout `slotted` where the file is read: see slotted_read.c and pipeline.h. */
#include "slotted_parse.h"

#include <stdlib.h>

#define SCRATCH_EDGES_MIN 256 /* edge slots in memory in one round, if there are fewer nodes */
#define RUN_EDGES         256 /* of these, the most for one node: reads of 64 KiB */

/* What the next call of advance() does. */
enum slotted_state {
	SLOTTED_HEADS, /* reads the heads of all nodes */
	SLOTTED_OPEN,  /* takes the next nodes, as many as fit */
	SLOTTED_TAKE,  /* takes the edges that were read, and reads on */
};

struct slotted_window {
	struct pipeline_window base;
	enum slotted_state state;
	size_t opened_count;            /* nodes whose edges are being collected, or were */
	size_t active;                  /* cursors with edges left, the first ones */
	uint64_t share;                 /* edge slots of each of them in scratch[] */
	struct slotted_cursor *cursors; /* [base.capacity] */
	uint64_t *took;                 /* [base.capacity] edges of the round */
	unsigned char (*heads)[NODE_HEAD_BYTES]; /* [base.capacity] */
	unsigned char *scratch; /* [scratch_edges * EDGE_SLOT_BYTES] of the round */
	size_t scratch_edges;
	uint64_t *arena; /* [arena_capacity] neighbours */
	size_t arena_capacity;
};

static int reserve(void *context, struct pipeline_window *base)
{
	struct slotted_window *window = (struct slotted_window *)base;

	(void)context;
	free(window->cursors);
	free(window->took);
	free(window->heads);
	free(window->scratch);
	window->cursors = malloc(base->capacity * sizeof(*window->cursors));
	window->took = malloc(base->capacity * sizeof(*window->took));
	window->heads = malloc(base->capacity * sizeof(*window->heads));
	window->scratch_edges =
		base->capacity < SCRATCH_EDGES_MIN ? SCRATCH_EDGES_MIN : base->capacity;
	window->scratch = malloc(window->scratch_edges * EDGE_SLOT_BYTES);
	return window->cursors && window->took && window->heads && window->scratch ? 0 : -ENOMEM;
}

static void release(struct pipeline_window *base)
{
	struct slotted_window *window = (struct slotted_window *)base;

	free(window->cursors);
	free(window->took);
	free(window->heads);
	free(window->scratch);
	free(window->arena);
}

static ssize_t read_heads(struct slotted_store *store, struct slotted_window *window)
{
	for (size_t i = 0; i < window->base.count; i++) {
		uint64_t node = window->base.nodes[i];

		if (node >= store->base.nodes_count)
			return -ERANGE;
		window->base.extents[i] = (struct engine_extent){slotted_node_at(store, node),
								 NODE_HEAD_BYTES, window->heads[i]};
	}
	window->state = SLOTTED_OPEN;
	return (ssize_t)window->base.count;
}

/* Parses the next nodes, as many as fit. Returns their number of edges. */
static ssize_t parse(struct slotted_store *store, struct slotted_window *window)
{
	size_t used = 0, i = window->base.ready_count;

	for (; i < window->base.count; i++) {
		struct slot_tail tail = {0};
		int err = slotted_parse_node(store, window->base.nodes[i], window->heads[i], &tail);

		if (err)
			return err;
		if (used > 0 && used + tail.out_count > SLOTTED_WINDOW_IDS)
			break;
		store->base.stats.logical_read_bytes += NODE_HEAD_BYTES;
		window->base.out[i].count = tail.out_count;
		used += tail.out_count;
		window->cursors[i] = slotted_cursor_of(window->base.nodes[i], &tail);
	}
	window->opened_count = i;
	return (ssize_t)used;
}

/* Gives the opened nodes their places in the arena; those with edges become active. */
static int open_nodes(struct slotted_store *store, struct slotted_window *window)
{
	size_t first = window->base.ready_count, used = 0;
	ssize_t edges_count = parse(store, window);
	int err = edges_count < 0 ? (int)edges_count : 0;

	if (!err && store->index_rebuild)
		err = slotted_rebuild_index(store, window->opened_count - first);
	if (!err)
		err = buffer_reserve((void **)&window->arena, &window->arena_capacity,
				     (size_t)edges_count, sizeof(*window->arena));
	window->active = 0;
	for (size_t i = first; !err && i < window->opened_count; i++) {
		struct neighbors *out = &window->base.out[i];

		out->ids = window->arena + used;
		if (out->count == 0)
			continue;
		struct slotted_cursor *cursor = &window->cursors[window->active++];
		*cursor = window->cursors[i];
		cursor->ids = window->arena + used;
		used += out->count;
	}
	return err;
}

/* Reads on for every active node; the scratch space is divided among them. */
static ssize_t read_round(struct slotted_store *store, struct slotted_window *window)
{
	window->share = window->active ? window->scratch_edges / window->active : 0;
	if (window->share > RUN_EDGES)
		window->share = RUN_EDGES;
	for (size_t i = 0; i < window->active; i++) {
		struct slotted_cursor *cursor = &window->cursors[i];
		uint64_t run = cursor->run_left < window->share ? cursor->run_left : window->share;

		window->took[i] = run;
		window->base.extents[i] = (struct engine_extent){
			.offset = slotted_edge_at(store, cursor->edge),
			.len_bytes = (run - 1) * EDGE_SLOT_BYTES + EDGE_HEAD_BYTES,
			.buffer = window->scratch + i * window->share * EDGE_SLOT_BYTES};
		store->base.stats.logical_read_bytes += window->base.extents[i].len_bytes;
	}
	window->state = SLOTTED_TAKE;
	return (ssize_t)window->active;
}

static int take_round(struct slotted_store *store, struct slotted_window *window)
{
	size_t kept = 0;

	for (size_t i = 0; i < window->active; i++) {
		struct slotted_cursor *cursor = &window->cursors[i];
		int err = slotted_take_edges(store, cursor,
					     window->scratch + i * window->share * EDGE_SLOT_BYTES,
					     window->took[i]);

		if (err)
			return err;
		if (cursor->left)
			window->cursors[kept++] = *cursor;
	}
	window->active = kept;
	return 0;
}

static ssize_t advance(void *context, struct store *base, struct pipeline_window *pipeline_window)
{
	struct slotted_window *window = (struct slotted_window *)pipeline_window;
	struct slotted_store *store = context;
	int err = 0;

	(void)base;
	if (window->base.step == 0) {
		window->state = SLOTTED_HEADS;
		return read_heads(store, window);
	}
	if (window->state == SLOTTED_OPEN)
		err = open_nodes(store, window);
	else
		err = take_round(store, window);
	if (err)
		return err;
	if (window->active)
		return read_round(store, window);
	window->base.ready_count = window->opened_count;
	window->state = SLOTTED_OPEN;
	return 0;
}

const struct pipeline_ops slotted_window_ops = {
	.window_bytes = sizeof(struct slotted_window),
	.advance = advance,
	.reserve = reserve,
	.release = release,
};
