/*
 * The edges of a stream sorted by one of their ends, within the stream's budget: the first step of
 * a layout's bulk load. They are delivered in parts, each with all edges of consecutive nodes; a
 * graph that fits into the budget is one part.
 */
#ifndef IOWALK_SORTED_EDGES_H
#define IOWALK_SORTED_EDGES_H

#include "../layout.h"

/* Node first_node + i's neighbours are ids[offsets[i] .. offsets[i + 1]), in the order of insertion.
 */
struct sorted_part {
	uint64_t first_node, nodes_count;
	uint64_t *offsets; /* [nodes_count + 1], from 0 */
	uint64_t *ids;     /* [offsets[nodes_count]] */
	uint64_t *orders;  /* the same number: each edge's index in the stream; or NULL */
};

/* The neighbours of one node; valid until the part after its own is read. */
struct sorted_list {
	const uint64_t *ids;    /* [count] */
	const uint64_t *orders; /* [count], or NULL */
	uint64_t count;
};

struct sorted_edges;

/*
 * Sorts the out-edges, or the in-edges if `incoming`. It takes at most budget->memory_bytes / share
 * bytes (at least 200 KB, and 4 bytes per node of a part): `share` is the number of sorts that are
 * open at the same time. What does not fit is in temporary files in budget->folder:
 * sorted_edges_file_bytes(). Errors: -ERANGE: an edge has an unknown node; -EINVAL: the stream does
 * not have edges_count edges; -ENOMEM, or an error of the temporary file. After a failure nothing is
 * left.
 */
int sorted_edges_open(const struct edge_stream *stream, bool incoming, bool with_orders,
		      unsigned share, struct sorted_edges **out);

/* The next part: 1, with a part that is valid until the next call, 0 after the last, or negative errno. The
 * caller may change the part's arrays if it does not rewind. */
int sorted_edges_next(struct sorted_edges *sorted, struct sorted_part *out);

/* Begins again. */
void sorted_edges_rewind(struct sorted_edges *sorted);

/* The edges of a node, for nodes in ascending order. Not between calls of sorted_edges_next(). */
int sorted_edges_node(struct sorted_edges *sorted, uint64_t node, struct sorted_list *out);

void sorted_edges_close(struct sorted_edges *sorted); /* NULL does nothing */

/* The size of the temporary file; 0 if the sort fits into memory_bytes. A part that exceeds memory_bytes takes more:
 * 8 or 16 bytes for each of its edges. */
uint64_t sorted_edges_file_bytes(uint64_t nodes_count, uint64_t edges_count, bool with_orders,
				 uint64_t memory_bytes);

#endif
