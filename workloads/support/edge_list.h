/*
 * A text file of edges, as SNAP (https://snap.stanford.edu/data) and GAPBS (.el) write it: two ids
 * a line, parted by blanks or tabs; lines that begin with '#' or '%' and empty lines are passed
 * over; lines end in LF or CRLF, the last one may end without. Ids are any u64.
 */
#ifndef IOWALK_EDGE_LIST_H
#define IOWALK_EDGE_LIST_H

#include "../graph.h"

struct edge_list {
	struct edge *edges; /* [count], a line each; ids as in the file, until mapped */
	size_t count;
	uint64_t content_hash; /* of all bytes of the file; never 0 */
};

/*
 * Reads the whole file: 16 bytes an edge. -EBADMSG where it is no such list, or has no edge, with
 * "'NAME', line N: what" in `why`; -EISDIR, -EINVAL where it is not a regular file; else the error
 * of the system. A failed read leaves nothing to release.
 */
int edge_list_read(struct edge_list *list, const char *path, struct why *why);
void edge_list_release(struct edge_list *list);

#endif
