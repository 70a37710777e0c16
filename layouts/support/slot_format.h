/*
 * The records of layout `slotted`: the fields of a node slot and an edge slot, and how they are
 * read and written. Big-endian, after sqlitegraph's native V1 file: sizes, fields and order are the
 * original's, so that its costs are too. What differs, and why:
 *   - the edge region begins after the node region, wherever that ends, and moves when the nodes
 *     outgrow it (the original always put it after node 256 and overwrote itself);
 *   - a node's edges need not have consecutive ids: its first `out_run` edges do, and are read in
 *     one go; after them each edge links to the next, so interleaved inserts lose nothing. This
 *     takes three fields after the original's tail, and two links before an edge's payload;
 *   - the node region is page-aligned, so that a 4096 B slot is one page and not two halves.
 *
 * Ids on disk are one more than the ids of layout.h: 0 means none.
 */
#ifndef IOWALK_SLOT_FORMAT_H
#define IOWALK_SLOT_FORMAT_H

#include <stdint.h>
#include <string.h>

#include "bytes.h"
#include "payload.h"

#define NODE_SLOT_BYTES UINT64_C(4096)
#define EDGE_SLOT_BYTES UINT64_C(256)
#define SLOT_VERSION    1

/* Node slot: version u8@0, flags u32@1, id u64@5, lengths@13, then payload, then the tail. */
#define NODE_ID_AT       5
#define NODE_KIND_LEN_AT 13
#define NODE_NAME_LEN_AT 15
#define NODE_DATA_LEN_AT 17
#define NODE_PAYLOAD_AT  21
/* Tail, offsets from its start: the original's 24 bytes, then the added fields. */
#define TAIL_OUT_FIRST 0
#define TAIL_OUT_COUNT 8
#define TAIL_IN_FIRST  12
#define TAIL_IN_COUNT  20
#define TAIL_OUT_RUN   24
#define TAIL_OUT_LAST  28
#define TAIL_IN_LAST   36
#define TAIL_BYTES     44
/*
 * Bytes of a slot that are read first. They include the tail if the payload has the seed's length.
 */
#define NODE_HEAD_BYTES 128

/* Edge slot: version u8@0, flags u16@1, id u64@3, from@11, to@19, lengths@27, links, payload. */
#define EDGE_ID_AT       3
#define EDGE_FROM_AT     11
#define EDGE_TO_AT       19
#define EDGE_TYPE_LEN_AT 27
#define EDGE_DATA_LEN_AT 29
#define EDGE_NEXT_OUT_AT 33
#define EDGE_NEXT_IN_AT  41
#define EDGE_PAYLOAD_AT  49
/* The largest data that fits into a slot together with its other fields. */
#define SLOT_NODE_DATA_MAX 3900
#define SLOT_EDGE_DATA_MAX 160

/* Bytes of an edge slot that a walk reads. */
#define EDGE_HEAD_BYTES 64

/* A node's adjacency: ids as on disk. */
struct slot_tail {
	uint64_t out_first, out_last, in_first, in_last;
	uint32_t out_count, out_run, in_count;
};

struct slot_edge {
	uint64_t id, from, to, next_out, next_in;
};

/* The offset of the tail in a node slot, from the lengths in its head. */
static inline uint64_t slot_tail_at(const unsigned char *slot)
{
	return (uint64_t)NODE_PAYLOAD_AT + be_get16(slot + NODE_KIND_LEN_AT) +
	       be_get16(slot + NODE_NAME_LEN_AT) + be_get32(slot + NODE_DATA_LEN_AT);
}

static inline void slot_tail_decode(const unsigned char *at, struct slot_tail *tail)
{
	tail->out_first = be_get64(at + TAIL_OUT_FIRST);
	tail->out_count = be_get32(at + TAIL_OUT_COUNT);
	tail->in_first = be_get64(at + TAIL_IN_FIRST);
	tail->in_count = be_get32(at + TAIL_IN_COUNT);
	tail->out_run = be_get32(at + TAIL_OUT_RUN);
	tail->out_last = be_get64(at + TAIL_OUT_LAST);
	tail->in_last = be_get64(at + TAIL_IN_LAST);
}

static inline void slot_edge_decode(const unsigned char *slot, struct slot_edge *edge)
{
	edge->id = be_get64(slot + EDGE_ID_AT);
	edge->from = be_get64(slot + EDGE_FROM_AT);
	edge->to = be_get64(slot + EDGE_TO_AT);
	edge->next_out = be_get64(slot + EDGE_NEXT_OUT_AT);
	edge->next_in = be_get64(slot + EDGE_NEXT_IN_AT);
}

/* Appends edge `id` to an out-list. *link is the edge that must link to it, or 0. */
static inline void slot_append_out(struct slot_tail *tail, uint64_t id, uint64_t *link)
{
	*link = 0;
	if (tail->out_count == 0) {
		tail->out_first = id;
		tail->out_run = 1;
	} else if (tail->out_run == tail->out_count && tail->out_last + 1 == id) {
		tail->out_run++;
	} else {
		*link = tail->out_last;
	}
	tail->out_last = id;
	tail->out_count++;
}

static inline void slot_append_in(struct slot_tail *tail, uint64_t id, uint64_t *link)
{
	*link = tail->in_count ? tail->in_last : 0;
	if (tail->in_count == 0)
		tail->in_first = id;
	tail->in_last = id;
	tail->in_count++;
}

void slot_tail_encode(unsigned char *at, const struct slot_tail *tail);

/* Encodes a node's slot into slot[NODE_SLOT_BYTES]. Returns the bytes used, tail included; the
 * bytes after them are not changed. */
size_t slot_node_encode(unsigned char *slot, uint64_t id, const struct payload *payload,
			const struct slot_tail *tail);

/* Encodes an edge's slot into slot[EDGE_SLOT_BYTES]. Returns the bytes used; the bytes after them
 * are not changed. */
size_t slot_edge_encode(unsigned char *slot, const struct payload *payload,
			const struct slot_edge *edge);

/* Encodes head and payload of a node's slot, also for layout `clustered`. Returns the offset of the
 * tail. */
size_t slot_node_head_encode(unsigned char *slot, uint64_t id, const struct payload *payload);

#endif
