/*
 * Reads the neighbours of a level window by window, with several windows in flight.
 *
 * A window is a slice of the level. What it needs is read in steps, each of which depends on the step before:
 * the places of the nodes, then their edges. The steps of a window are one batch of the engine each.
 * While the caller works on the neighbours of the oldest window, the batches of later ones are in
 * flight, so that a device's queue runs dry only at the end of a level. An engine without submit()
 * has one window, which is longer.
 */
#ifndef IOWALK_PIPELINE_H
#define IOWALK_PIPELINE_H

#include "../layout.h"

#define PIPELINE_NODES   1024 /* of one window at most */
#define PIPELINE_ALONE   8    /* times as many in a window that is alone: joined reads are longer */
#define PIPELINE_WINDOWS 16   /* in flight at most: 16 384 nodes, more than the deepest queue */
#define PIPELINE_LARGE                                                                             \
	4 /* the same where windows are long and so are their reads: they stay in the processor's caches */

/* The first member of a layout's own window. */
struct pipeline_window {
	const uint64_t *nodes; /* [count], a slice of the level */
	size_t count;
	size_t capacity;               /* nodes that the arrays have room for, at least `count` */
	size_t ready_count;            /* nodes whose neighbours are in out[], from the first on */
	size_t given_count;            /* of these, handed to the caller */
	unsigned step;                 /* batches that were read */
	struct engine_extent *extents; /* [capacity] of the batch */
	struct neighbors *out;         /* [capacity] */
	/* The pipeline's: */
	struct engine_batch batch;
	int err;
};

struct pipeline_ops {
	size_t window_bytes; /* size of the layout's own window; it begins as zeros */

	/*
	 * Continues a window: step 0 begins it, later ones find the batch before read. Fills
	 * extents[] and returns their number; or 0, having filled out[] and raised ready_count; or a
	 * negative errno. It is called again after what was ready was handed out, until all nodes
	 * were.
	 */
	ssize_t (*advance)(void *context, struct store *store, struct pipeline_window *window);

	/* Gives the layout's own arrays of a window room for window->capacity nodes; their contents may be lost.
	 * 0 or -ENOMEM. */
	int (*reserve)(void *context, struct pipeline_window *window);

	/* Frees them. */
	void (*release)(struct pipeline_window *window);
};

struct pipeline {
	const struct pipeline_ops *ops;
	void *context; /* of advance(); with `ops` set by the layout */
	struct pipeline_window *windows[PIPELINE_WINDOWS]; /* NULL until used */
	size_t first, used;                                /* a ring; the oldest is the first */
	bool many;             /* several windows in flight, by submit() */
	size_t windows_max;    /* the most that may be in flight */
	struct engine *engine; /* of the batches in flight */
};

/* Waits for what is in flight, and frees everything. */
void pipeline_release(struct pipeline *pipeline);

/* Waits for what is in flight and forgets it: before the file is changed or its pages are dropped. */
void pipeline_drain(struct pipeline *pipeline);

/* neighbors_batch() of a layout. With out_max 1 nothing is read ahead: a node is then timed alone. */
ssize_t pipeline_batch(struct pipeline *pipeline, struct store *store, struct frontier *level,
		       struct neighbors *out, size_t out_max);

/* The same, for a hook that would end in it: the hook stays on the stack, where a profile looks for it. */
static inline ssize_t pipeline_batch_of_hook(struct pipeline *pipeline, struct store *store,
					     struct frontier *level, struct neighbors *out,
					     size_t out_max)
{
	ssize_t count = pipeline_batch(pipeline, store, level, out, out_max);

	__asm__ volatile("" : "+r"(count)); /* else the compiler jumps there */
	return count;
}

#endif
