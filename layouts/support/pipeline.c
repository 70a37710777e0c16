/* Several windows of a level in flight: see pipeline.h. */
#include "pipeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DENSE_SHARE 4 /* ids for each node of a level that is dense, at most */

static struct pipeline_window *window_at(const struct pipeline *pipeline, size_t i)
{
	return pipeline->windows[(pipeline->first + i) % PIPELINE_WINDOWS];
}

static void free_window(const struct pipeline *pipeline, struct pipeline_window *window)
{
	if (!window)
		return;
	pipeline->ops->release(window);
	free(window->extents);
	free(window->out);
	free(window);
}

/* Room for `count` nodes. Small graphs, of which there are many, get small windows. */
static int reserve(const struct pipeline *pipeline, struct pipeline_window *window, size_t count)
{
	size_t capacity = window->capacity ? window->capacity : 16;

	if (count <= window->capacity)
		return 0;
	while (capacity < count)
		capacity *= 2;
	window->capacity = capacity;
	free(window->extents);
	free(window->out);
	window->extents = malloc(capacity * sizeof(*window->extents));
	window->out = malloc(capacity * sizeof(*window->out));
	int err = window->extents && window->out ? pipeline->ops->reserve(pipeline->context, window)
						 : -ENOMEM;

	window->capacity = err ? 0 : capacity;
	return err;
}

void pipeline_drain(struct pipeline *pipeline)
{
	for (size_t i = 0; i < pipeline->used; i++) {
		struct pipeline_window *window = window_at(pipeline, i);

		if (!window->batch.is_read)
			(void)engine_reap(pipeline->engine, &window->batch);
	}
	pipeline->first = pipeline->used = 0;
}

void pipeline_release(struct pipeline *pipeline)
{
	pipeline_drain(pipeline);
	for (size_t i = 0; i < PIPELINE_WINDOWS; i++) {
		free_window(pipeline, pipeline->windows[i]);
		pipeline->windows[i] = NULL;
	}
}

/* Has the window neighbours to hand out, or an error to report? */
static bool is_ready(const struct pipeline_window *window)
{
	return window->err || window->given_count < window->ready_count;
}

/* Takes the window as far as it goes without waiting. */
static void advance(struct pipeline *pipeline, struct store *store, struct pipeline_window *window)
{
	while (!is_ready(window) && window->batch.is_read) {
		ssize_t count = window->batch.err;

		if (count == 0)
			count = pipeline->ops->advance(pipeline->context, store, window);
		if (count < 0)
			window->err = (int)count;
		if (count <= 0)
			continue;
		window->step++;
		window->batch.extents = window->extents;
		window->batch.count = (size_t)count;
		if (pipeline->many) {
			engine_submit(store->engine, &window->batch);
		} else {
			window->batch.err = engine_read_batch(store->engine, window->batch.extents,
							      window->batch.count);
			window->batch.is_read = true;
		}
	}
}

/* Begins a window on the next nodes of the level. */
static int admit(struct pipeline *pipeline, struct store *store, struct frontier *level,
		 size_t count)
{
	size_t at = (pipeline->first + pipeline->used) % PIPELINE_WINDOWS;
	struct pipeline_window *window = pipeline->windows[at];

	if (!window) {
		window = pipeline->windows[at] = calloc(1, pipeline->ops->window_bytes);
		if (!window)
			return -ENOMEM;
		window->batch.is_read = true;
	}
	int err = reserve(pipeline, window, count);

	if (err)
		return err;
	window->nodes = level->nodes + level->announced_nodes;
	window->count = count;
	window->ready_count = window->given_count = 0;
	window->step = 0;
	window->err = window->batch.err = 0;
	level->announced_nodes += count;
	pipeline->used++;
	advance(pipeline, store, window);
	return 0;
}

/* Does the level go through the file in its order, and need most of it? Then reads of neighbours are joined, and the more
 * nodes a window has, the longer is its read. */
static bool is_dense(const struct frontier *level)
{
	uint64_t first = level->nodes[0], last = level->nodes[level->count - 1];

	return last > first && level->count >= (last - first) / DENSE_SHARE;
}

/* Admits windows as long as there is room. */
static int fill(struct pipeline *pipeline, struct store *store, struct frontier *level,
		size_t out_max)
{
	size_t nodes_max = out_max < PIPELINE_NODES ? out_max : PIPELINE_NODES;
	bool large = pipeline->many && store->engine->block_bytes > 1 && is_dense(level);

	pipeline->windows_max = large ? PIPELINE_LARGE : pipeline->many ? PIPELINE_WINDOWS : 1;
	if (out_max > 1 && (large || !pipeline->many))
		nodes_max *= PIPELINE_ALONE;

	while (pipeline->used < pipeline->windows_max && level->announced_nodes < level->count) {
		size_t left = level->count - level->announced_nodes;
		int err = admit(pipeline, store, level, left < nodes_max ? left : nodes_max);

		if (err)
			return err;
	}
	return 0;
}

/*
 * Continues windows in flight. The first step of a window was begun when it was admitted; its second
 * begins when it is in the older half, or when the level has no more nodes to admit: then each step
 * is about half of the windows ahead of its use. An engine whose batches are read by reap() only
 * would otherwise begin the second step when it is needed.
 */
static void advance_all(struct pipeline *pipeline, struct store *store,
			const struct frontier *level)
{
	bool is_last = level->announced_nodes == level->count;
	size_t behind = is_last ? 0 : pipeline->windows_max / 2;

	for (size_t i = 0; i < pipeline->used; i++) {
		struct pipeline_window *window = window_at(pipeline, i);

		if (window->step == 1 && !window->batch.is_read && i + behind < pipeline->used)
			(void)engine_reap(store->engine, &window->batch);
		advance(pipeline, store, window);
	}
}

/* Hands out neighbours of the oldest window. */
static ssize_t give(struct pipeline *pipeline, struct frontier *level, struct neighbors *out,
		    size_t out_max)
{
	struct pipeline_window *window = window_at(pipeline, 0);
	size_t count = window->ready_count - window->given_count;

	if (count > out_max)
		count = out_max;
	memcpy(out, window->out + window->given_count, count * sizeof(*out));
	window->given_count += count;
	level->next += count;
	return (ssize_t)count;
}

/* Does the oldest window continue this level? A walk that was given up left its windows behind. */
static bool continues(const struct pipeline *pipeline, const struct frontier *level)
{
	const struct pipeline_window *window = window_at(pipeline, 0);

	return pipeline->used > 0 && level->announced_nodes > level->next &&
	       window->nodes + window->given_count == level->nodes + level->next;
}

/*
 * The oldest window was handed out; its neighbours were valid until now. Each level begins with the same window, so
 * that a second walk finds all memory that it needs.
 */
static void drop_given(struct pipeline *pipeline)
{
	if (pipeline->used == 0 ||
	    window_at(pipeline, 0)->given_count < window_at(pipeline, 0)->count)
		return;
	pipeline->first = (pipeline->first + 1) % PIPELINE_WINDOWS;
	pipeline->used--;
	if (pipeline->used == 0)
		pipeline->first = 0;
}

ssize_t pipeline_batch(struct pipeline *pipeline, struct store *store, struct frontier *level,
		       struct neighbors *out, size_t out_max)
{
	int err = 0;

	if (level->next == level->count)
		return 0;
	drop_given(pipeline);
	if (!continues(pipeline, level)) {
		pipeline_drain(pipeline);
		pipeline->engine = store->engine;
		/* A node that is read alone is read at once: in a chain the kernel's own read-ahead
		 * knows more than an announcement. */
		pipeline->many =
			out_max > 1 && level->count > 1 && engine_has_submit(store->engine);
		level->announced_nodes = level->next;
	}
	while (!err) {
		err = fill(pipeline, store, level, out_max);
		if (err)
			break;
		advance_all(pipeline, store, level);
		struct pipeline_window *oldest = window_at(pipeline, 0);

		if (!is_ready(oldest))
			err = engine_reap(store->engine, &oldest->batch);
		else if (!oldest->err)
			return give(pipeline, level, out, out_max);
		else
			err = oldest->err;
	}
	pipeline_drain(pipeline);
	return err;
}
