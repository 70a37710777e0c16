/* Edges, and streams of them: what graphs give to layouts. */
#ifndef IOWALK_EDGES_H
#define IOWALK_EDGES_H

#include <stddef.h>
#include <stdint.h>

struct edge {
	uint64_t from, to;
};

/* The memory that sorting the edges of a stream may take. */
struct edge_budget {
	/* Of the arrays for sorting; beyond it the edges are sorted in parts, through temporary files. */
	uint64_t memory_bytes;
	uint64_t
		limit_bytes; /* of what cannot be sorted in parts; beyond it: -ENOMEM, with store->why */
	const char *folder; /* for temporary files without a name */
	/* Called now and then while sorted edges are handed out: `done` of `total` nodes. May be NULL. */
	void (*report)(void *context, uint64_t done, uint64_t total);
	void *report_context;
};

/*
 * Edges in the order of insertion. next() writes up to `max` edges from *cursor on, advances the
 * cursor and returns the count, 0 at the end. A cursor of 0 is the beginning; a stream can be read
 * any number of times.
 */
struct edge_stream {
	size_t (*next)(void *context, uint64_t *cursor, struct edge *edges, size_t max);
	void *context;
	uint64_t nodes_count, edges_count;
	const struct edge_budget *budget; /* borrowed; NULL: as much memory as it takes */
};

#endif
