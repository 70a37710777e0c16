/* The state of layout `slotted`, shared by slotted.c (opening, inserting), slotted_read.c,
 * slotted_window.c, slotted_bulk.c and slotted_rebuild.c. */
#ifndef IOWALK_SLOTTED_H
#define IOWALK_SLOTTED_H

#include "checksums.h"
#include "in_order.h"
#include "pipeline.h"
#include "slot_format.h"

#define SLOTTED_WINDOW_MAX                                                                         \
	256 /* mapped nodes in one window: more are not faster, and leave the L1 cache */
#define SLOTTED_WINDOW_IDS (1u << 17) /* of one window, unless its first node has more: 1 MiB */

/* Indices into header.fields. */
enum { SLOTTED_NODES_AT, SLOTTED_EDGES_AT, SLOTTED_NODES_CAPACITY, SLOTTED_PAYLOAD };

/* Progress of collecting one node's neighbours. */
struct slotted_cursor {
	uint64_t edge;     /* id on disk of the next edge */
	uint64_t from;     /* the node's id on disk, which each of its edges must have */
	uint64_t *ids;     /* where the next neighbour goes */
	uint64_t left;     /* edges left */
	uint64_t run_left; /* edges left that have consecutive ids */
};

struct slotted_store {
	struct store base;
	struct header header;
	struct checksums checksums;
	struct payload payload;
	bool writable;
	bool index_rebuild; /* scan all nodes at each step, like the original; the result is not used */
	bool dirty;         /* counts or offsets differ from the header in the file */
	uint64_t nodes_at, edges_at; /* bytes from the file's beginning */
	uint64_t nodes_capacity, edges_capacity;
	const unsigned char *mapped; /* the whole file, or NULL if the engine does not map */
	uint64_t mapped_bytes;
	struct in_order in_order;

	struct pipeline pipeline; /* of a file that is read */

	/* One window of a walk over a mapped file. */
	struct engine_extent extents[SLOTTED_WINDOW_MAX];
	struct slotted_cursor cursors[SLOTTED_WINDOW_MAX];
	uint64_t *arena; /* [arena_capacity] neighbours */
	size_t arena_capacity;
	uint64_t *index; /* [index_capacity] of slotted_rebuild_index() */
	size_t index_capacity;
};

/* Bytes of the file without checksums; UINT64_MAX on overflow. */
static inline uint64_t slotted_data_bytes(uint64_t nodes_count, uint64_t edges_count)
{
	return saturating_madd(edges_count, EDGE_SLOT_BYTES,
			       saturating_madd(nodes_count, NODE_SLOT_BYTES, HEADER_DATA_OFFSET));
}

static inline uint64_t slotted_node_at(const struct slotted_store *store, uint64_t node)
{
	return store->nodes_at + node * NODE_SLOT_BYTES;
}

/* `id` is the id on disk, 1 or more. */
static inline uint64_t slotted_edge_at(const struct slotted_store *store, uint64_t id)
{
	return store->edges_at + (id - 1) * EDGE_SLOT_BYTES;
}

/* Call before a change: see checksums_begin(). */
int slotted_begin(struct slotted_store *store);

/* Gets the engine's mapping again: call after each resize. */
void slotted_map(struct slotted_store *store);

ssize_t slotted_neighbors_batch(struct store *store, struct frontier *level, struct neighbors *out,
				size_t out_max);
int slotted_neighbors(struct store *store, uint64_t node, struct neighbors *out);
int slotted_check(struct store *store);

/* The windows of a file that is read; their context is the store. */
extern const struct pipeline_ops slotted_window_ops;

/*
 * Does what the original did at each step of a walk: builds an index of all edges from all nodes.
 */
int slotted_rebuild_index(struct slotted_store *store, size_t steps_count);
int slotted_bulk(struct store *store, const struct edge_stream *stream);

extern const struct layout_ops layout_slotted;

#endif
