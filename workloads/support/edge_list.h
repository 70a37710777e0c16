/*
 * The edges of a graph that lies in a file. Formats, recognised by their first bytes or else by the
 * name (behind which .gz may stand):
 *
 *   edge list        two ids a line, separated by blanks or tabs: SNAP, GAPBS (.el, .wel) and others. Lines
 *                    that begin with '#' or '%' and empty lines are skipped; what follows '#' or '%' on a
 *                    line, and up to two more columns of numbers (weights, times), are ignored. Any u64.
 *   Matrix Market    "%%MatrixMarket matrix coordinate …" (matrix_market.c)
 *   METIS            by name: .graph, .metis (metis.c)
 *   DIMACS           lines that begin with c, p, a or e (dimacs.c)
 *   GAPBS serialized by name: .sg, .wsg (serialized_graph.c)
 *
 * Lines end in LF or CRLF, the last one may end without. A byte order mark of UTF-8 is skipped.
 * Files compressed by gzip are read; other compressions are refused by their names.
 */
#ifndef IOWALK_EDGE_LIST_H
#define IOWALK_EDGE_LIST_H

#include "../graph.h"

struct edge_list {
	struct edge
		*edges; /* [count], in the order of the file; ids as in the file, until mapped */
	size_t count;
	uint64_t content_hash; /* of all bytes of the file, decompressed; never 0 */
	/* Formats that declare their nodes: ids are first_id to first_id + ids_count - 1. */
	bool ids_declared;
	uint64_t first_id, ids_count;
	bool both_ways;  /* an undirected graph: each edge is there in both directions already */
	struct why note; /* for a person: what was ignored, or looks odd; mostly empty */
};

/*
 * Reads the whole file: 16 bytes an edge. -EBADMSG where it is no graph, or has no edge, with
 * "'NAME', line N: reason" in `why`; -EISDIR, -EINVAL where it is not a regular file; else the
 * error of the system. A failed read leaves nothing to release.
 */
int edge_list_read(struct edge_list *list, const char *path, struct why *why);
void edge_list_release(struct edge_list *list);

#endif
