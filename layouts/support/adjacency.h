/* The edges of a stream sorted by one of their ends: the first step of a layout's bulk load. */
#ifndef IOWALK_ADJACENCY_H
#define IOWALK_ADJACENCY_H

#include "../layout.h"

/* Node n's neighbours are ids[offsets[n] .. offsets[n + 1]), in the order of insertion. */
struct adjacency {
	uint64_t *offsets; /* [nodes_count + 2] */
	uint64_t *ids;     /* [edges_count] */
	uint64_t *orders;  /* [edges_count] the edge's index in the stream, or NULL */
};

/*
 * A stable counting sort of the out-edges, or of the in-edges if `incoming`. Allocates 8 bytes per
 * node and 8 or 16 per edge. -ERANGE: an edge has an unknown node; -EINVAL: the stream does not
 * have edges_count edges; -ENOMEM. After a failure there is nothing to release.
 */
int adjacency_build(const struct edge_stream *stream, bool incoming, bool with_orders,
		    struct adjacency *out);
void adjacency_release(struct adjacency *adjacency);

#endif
