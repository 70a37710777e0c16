/*
 * The records of layout `slotted`: where things lie in a node slot and in an edge slot, and how
 * they are read and written. Big-endian, after sqlitegraph's native V1 file, whose sizes, fields
 * and order are kept so that its costs are. What differs, and why:
 *   - the edge region begins behind the node region wherever that ends, and moves when nodes
 * outgrow it (the original put it behind node 256 for ever and overwrote itself);
 *   - a node's edges need not have consecutive ids: its first `out_run` edges do, and are read in
 * one go; after them each edge names the next, so interleaved inserts lose nothing. That takes
 *     three fields behind the original's tail, and two links before an edge's payload;
 *   - the node region begins on a page, so that a 4096 B slot is one page and not two halves.
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
/* Tail, from its own beginning: the original's 24 bytes, then ours. */
#define TAIL_OUT_FIRST 0
#define TAIL_OUT_COUNT 8
#define TAIL_IN_FIRST  12
#define TAIL_IN_COUNT  20
#define TAIL_OUT_RUN   24
#define TAIL_OUT_LAST  28
#define TAIL_IN_LAST   36
#define TAIL_BYTES     44
/* So much of a slot is read at first; it holds the tail behind a payload of the seed's length. */
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
/* What data may be asked for at most, so that slots hold it with all that stands beside it. */
#define SLOT_NODE_DATA_MAX 3900
#define SLOT_EDGE_DATA_MAX 160

/* So much of an edge slot a walk looks at. */
#define EDGE_HEAD_BYTES 64

/* A node's adjacency: ids as on disk. */
struct slot_tail {
	uint64_t out_first, out_last, in_first, in_last;
	uint32_t out_count, out_run, in_count;
};

struct slot_edge {
	uint64_t id, from, to, next_out, next_in;
};

/* Bytes from the beginning of a node slot to its tail, from the lengths in its head. */
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

/* Adds edge `id` to the end of an out-list; *link is the edge that must name it next, or 0. */
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

/* Writes a node's slot as far as it is used into slot[NODE_SLOT_BYTES]; returns the bytes used, tail
 * included. What lies behind them is left as it is. */
size_t slot_node_encode(unsigned char *slot, uint64_t id, const struct payload *payload,
			const struct slot_tail *tail);

/* Writes an edge's slot as far as it is used into slot[EDGE_SLOT_BYTES]; returns bytes used. */
size_t slot_edge_encode(unsigned char *slot, const struct payload *payload,
			const struct slot_edge *edge);

/* Head and payload of a node's slot, which layout `clustered` has, too; returns where a tail goes. */
size_t slot_node_head_encode(unsigned char *slot, uint64_t id, const struct payload *payload);

#endif
