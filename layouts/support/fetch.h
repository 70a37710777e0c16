/*
 * Walks a layout that needs two steps per node. A head of fixed length, at a place computed from
 * the id or given by an index, holds the place and the length of the node's edges. Both steps are
 * done for a whole window at once. If the engine reads, several windows are in flight (pipeline.h).
 * If it maps, the processor's prefetch instructions are used, and nodes beyond the window are
 * announced to the engine.
 *
 * csr takes the same steps without decoding; where the file is mapped it does not use these
 * functions: it is the limit for the others.
 */
#ifndef IOWALK_FETCH_H
#define IOWALK_FETCH_H

#include "in_order.h"
#include "pipeline.h"

#define FETCH_WINDOW_MAX                                                                           \
	256 /* mapped nodes in one window: more are not faster, and leave the L1 cache */
#define FETCH_HEAD_MAX     128
#define FETCH_WINDOW_BYTES (2u << 20) /* of edges at a time, unless the first node has more */
#define FETCH_JOIN_BYTES   512        /* between two reads that become one, at least */
#define FETCH_JOIN_SHARE   16         /* and this part of the first of them */
#define FETCH_LONG_BYTES   16384      /* of a read that is aligned to the engine's blocks */
#define FETCH_NO_HEAD      UINT64_MAX

struct fetch_body {
	uint64_t offset, len_bytes; /* in the file, within the data */
	uint64_t count;             /* neighbours in it, at most as many as fit into len_bytes */
};

struct fetch_ops {
	uint32_t head_bytes; /* at most FETCH_HEAD_MAX; less is read at the end of the data */

	/* Gives the offset of a node's head, within the data. Returns 1 if the node has no head and
	 * so no neighbours. */
	int (*head_at)(struct store *store, uint64_t node, uint64_t *offset);

	/* Decodes and checks head[head_bytes], which was read at `offset`. -EBADMSG. */
	int (*body_at)(struct store *store, uint64_t node, uint64_t offset,
		       const unsigned char *head, struct fetch_body *body);

	/* Writes ids[body->count] from bytes[body->len_bytes]. May be NULL: the bytes are the ids,
	 * little-endian and aligned, and are returned undecoded. */
	int (*decode)(struct store *store, uint64_t node, const unsigned char *bytes,
		      const struct fetch_body *body, uint64_t *ids);
};

struct fetch {
	const struct fetch_ops *ops;
	const unsigned char *mapped;   /* the whole file, or NULL; set by the layout */
	uint64_t data_bytes;           /* heads are read up to here; set by the layout */
	struct fetch_body *bodies;     /* [FETCH_WINDOW_MAX] */
	uint64_t *offsets;             /* [FETCH_WINDOW_MAX] of heads, or FETCH_NO_HEAD */
	struct engine_extent *extents; /* [FETCH_WINDOW_MAX] */
	uint64_t *arena;               /* [arena_capacity] ids of a window */
	size_t arena_capacity;
	struct in_order in_order;
	struct pipeline pipeline; /* of a file that is not mapped */
};

/* Bytes of the head at `offset`: it may be cut by the end of the data. */
static inline uint64_t fetch_head_len(const struct fetch *fetch, uint64_t offset)
{
	uint64_t left = fetch->data_bytes - offset;

	return left < fetch->ops->head_bytes ? left : fetch->ops->head_bytes;
}

/* The windows of a file that is read; their context is a struct fetch. */
extern const struct pipeline_ops fetch_read_ops;

int fetch_init(struct fetch *fetch, const struct fetch_ops *ops);
void fetch_release(struct fetch *fetch);

/* Gets the engine's mapping: call after each resize. */
void fetch_map(struct fetch *fetch, struct engine *engine);

/* fetch_batch() of a mapped file. */
ssize_t fetch_batch_mapped(struct fetch *fetch, struct store *store, struct frontier *level,
			   struct neighbors *out, size_t out_max);

/* These implement neighbors_batch() and neighbors() of a layout. */
static inline ssize_t fetch_batch(struct fetch *fetch, struct store *store, struct frontier *level,
				  struct neighbors *out, size_t out_max)
{
	ssize_t count;

	if (!fetch->mapped)
		return pipeline_batch_of_hook(&fetch->pipeline, store, level, out, out_max);
	count = fetch_batch_mapped(fetch, store, level, out, out_max);
	__asm__ volatile("" : "+r"(count)); /* as in pipeline_batch_of_hook() */
	return count;
}
int fetch_one(struct fetch *fetch, struct store *store, uint64_t node, struct neighbors *out);

#endif
