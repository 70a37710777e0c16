/* The edges of a stream sorted by one of their ends: what a bulk load of a layout begins with. */
#ifndef IOWALK_ADJACENCY_H
#define IOWALK_ADJACENCY_H

#include "../layout.h"

/* Node n's neighbours, in the order of insertion, lie in [offsets[n], offsets[n + 1]). */
struct adjacency {
	uint64_t *offsets; /* [nodes_count + 2] */
	uint64_t *ids;     /* [edges_count] */
	uint64_t *orders;  /* [edges_count] the edge's place in the stream, or NULL */
};

/*
 * A counting sort, stable, of the out-edges, or of the in-edges where `incoming`. 8 bytes a node,
 * 8 or 16 an edge. -ERANGE: an edge names no node; -EINVAL: not as many edges as the stream says;
 * -ENOMEM. A failure leaves nothing to release.
 */
int adjacency_build(const struct edge_stream *stream, bool incoming, bool with_orders,
		    struct adjacency *out);
void adjacency_release(struct adjacency *adjacency);

#endif
