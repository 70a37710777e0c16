/* Checks the slots of nodes and edges. Inline, because a walk does it for each of them. */
#ifndef IOWALK_SLOTTED_PARSE_H
#define IOWALK_SLOTTED_PARSE_H

#include "slotted.h"

#include <errno.h>
#include <inttypes.h>

/* -EBADMSG with the node and `what` in store->base.why. */
static inline int slotted_bad_node(struct slotted_store *store, uint64_t node, const char *what)
{
	return why_set(&store->base.why, -EBADMSG,
		       "slotted: node %" PRIu64 " (byte %" PRIu64 "): %s", node,
		       slotted_node_at(store, node), what);
}

/*
 * Checks the head of a node's slot and decodes its tail. `slot` has NODE_HEAD_BYTES; a tail beyond
 * them is read from the file. -EBADMSG, or the error of the read.
 */
static inline int slotted_parse_node(struct slotted_store *store, uint64_t node,
				     const unsigned char *slot, struct slot_tail *tail)
{
	uint64_t tail_at = slot_tail_at(slot);
	uint64_t edges_count = store->base.edges_count;

	if (slot[0] != SLOT_VERSION || be_get64(slot + NODE_ID_AT) != node + 1)
		return slotted_bad_node(store, node, "its slot has another id or version");
	if (tail_at + TAIL_BYTES > NODE_SLOT_BYTES)
		return slotted_bad_node(store, node,
					"the payload leaves no room for the adjacency");
	if (tail_at + TAIL_BYTES <= NODE_HEAD_BYTES) {
		slot_tail_decode(slot + tail_at, tail);
	} else {
		unsigned char bytes[TAIL_BYTES];
		struct engine *engine = store->base.engine;
		int err = engine->ops->read(engine, slotted_node_at(store, node) + tail_at, bytes,
					    sizeof(bytes));
		if (err)
			return err;
		store->base.stats.logical_read_bytes += sizeof(bytes);
		slot_tail_decode(bytes, tail);
	}
	if (tail->out_count == 0)
		return 0;
	if (tail->out_count > edges_count || tail->out_run == 0 ||
	    tail->out_run > tail->out_count || tail->out_first == 0 ||
	    tail->out_first > edges_count || tail->out_run - 1 > edges_count - tail->out_first)
		return slotted_bad_node(store, node, "its edges are outside the edge region");
	return 0;
}

/* Where the edges of a node begin. */
static inline struct slotted_cursor slotted_cursor_of(uint64_t node, const struct slot_tail *tail)
{
	return (struct slotted_cursor){.edge = tail->out_first,
				       .from = node + 1,
				       .left = tail->out_count,
				       .run_left = tail->out_run};
}

static inline int slotted_bad_edge(struct slotted_store *store, const struct slotted_cursor *cursor)
{
	return why_set(&store->base.why, -EBADMSG,
		       "slotted: edge %" PRIu64 " of node %" PRIu64
		       " is missing or belongs to another node",
		       cursor->edge - 1, cursor->from - 1);
}

/* Checks and takes `count` consecutive edge slots from `slot` on; moves the cursor past them. */
static inline int slotted_take_edges(struct slotted_store *store, struct slotted_cursor *cursor,
				     const unsigned char *slot, uint64_t count)
{
	for (uint64_t k = 0;; slot += EDGE_SLOT_BYTES) {
		if (slot[0] != SLOT_VERSION || be_get64(slot + EDGE_ID_AT) != cursor->edge ||
		    be_get64(slot + EDGE_FROM_AT) != cursor->from)
			return slotted_bad_edge(store, cursor);
		*cursor->ids++ = be_get64(slot + EDGE_TO_AT) - 1;
		if (++k == count)
			break;
		cursor->edge++;
	}
	cursor->left -= count;
	cursor->run_left -= count;
	if (cursor->run_left) {
		cursor->edge++;
	} else if (cursor->left) {
		cursor->edge = be_get64(slot + EDGE_NEXT_OUT_AT);
		cursor->run_left = 1;
		if (cursor->edge == 0 || cursor->edge > store->base.edges_count)
			return slotted_bad_edge(store, cursor);
	}
	return 0;
}

#endif
