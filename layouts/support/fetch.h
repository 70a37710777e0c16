/*
 * Walking a layout whose nodes take two steps: a head of fixed length, whose place is worked out
 * from the id or an index, says where the node's edges lie and how long they are. Both steps are
 * taken for a whole window at once: in one read_batch() each where the engine reads, and with the
 * processor's own prefetch where it maps; nodes beyond the window are announced to the engine.
 *
 * csr has the same steps, without decoding and without these calls: it is the limit for the others.
 */
#ifndef IOWALK_FETCH_H
#define IOWALK_FETCH_H

#include "../layout.h"
#include "in_order.h"

#define FETCH_WINDOW_MAX 1024 /* nodes in one batch at most */
#define FETCH_HEAD_MAX   128

struct fetch_body {
	uint64_t offset, len_bytes; /* of the file; within the data */
	uint64_t count;             /* neighbours in it; no more than its bytes have room for */
};

struct fetch_ops {
	uint32_t head_bytes; /* no more than FETCH_HEAD_MAX; less is read at the end of the data */

	/* Place of a node's head, within the data. 1: it has none, and no neighbours. */
	int (*head_at)(struct store *store, uint64_t node, uint64_t *offset);

	/* From head[head_bytes], which lies at `offset`; checked. -EBADMSG. */
	int (*body_at)(struct store *store, uint64_t node, uint64_t offset,
		       const unsigned char *head, struct fetch_body *body);

	/* Writes ids[body->count] from bytes[body->len_bytes]. May be NULL: the bytes are the ids,
	 * u64 little-endian at multiples of 8, and are handed out where they lie. */
	int (*decode)(struct store *store, uint64_t node, const unsigned char *bytes,
		      const struct fetch_body *body, uint64_t *ids);
};

struct fetch {
	const struct fetch_ops *ops;
	const unsigned char *mapped;            /* the whole file, or NULL; set by the layout */
	uint64_t data_bytes;                    /* no head is read beyond; set by the layout */
	struct fetch_body *bodies;              /* [FETCH_WINDOW_MAX] */
	uint64_t *offsets;                      /* [FETCH_WINDOW_MAX] of heads; UINT64_MAX: none */
	struct engine_extent *extents;          /* [FETCH_WINDOW_MAX] */
	unsigned char (*heads)[FETCH_HEAD_MAX]; /* [FETCH_WINDOW_MAX], where not mapped */
	unsigned char *raw;                     /* [raw_capacity] bodies, where not mapped */
	uint64_t *arena;                        /* [arena_capacity] ids of a window */
	size_t raw_capacity, arena_capacity;
	struct in_order in_order;
};

int fetch_init(struct fetch *fetch, const struct fetch_ops *ops);
void fetch_release(struct fetch *fetch);

/* Asks the engine for its mapping: after each resize. */
void fetch_map(struct fetch *fetch, struct engine *engine);

/* The layout's hooks of these names. */
ssize_t fetch_batch(struct fetch *fetch, struct store *store, struct frontier *level,
		    struct neighbors *out, size_t out_max);
int fetch_one(struct fetch *fetch, struct store *store, uint64_t node, struct neighbors *out);

#endif
