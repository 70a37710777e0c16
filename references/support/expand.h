/* What references share: collecting neighbours for a window, and the file under the store. */
#ifndef IOWALK_REFERENCE_EXPAND_H
#define IOWALK_REFERENCE_EXPAND_H

#include "../reference.h"

/* A growing list of ids. */
struct id_list {
	uint64_t *ids; /* [capacity] */
	size_t count, capacity;
};

/* Makes room for `more` ids at the end. -ENOMEM. */
int id_list_reserve(struct id_list *list, size_t more);

/* Appends a node's neighbours, in the order of insertion; the node was checked. */
typedef int expand_node(struct store *store, uint64_t node, struct id_list *list);

/* neighbors() and neighbors_batch() of a store that fetches one node at a time into `list`. */
int expand_one(struct store *store, uint64_t node, expand_node *expand, struct id_list *list,
	       struct neighbors *out);
ssize_t expand_batch(struct store *store, struct frontier *level, expand_node *expand,
		     struct id_list *list, struct neighbors *out, size_t out_max);

/* bulk() by single inserts, in the transaction that the store has open. */
int insert_stream(struct store *store, const struct edge_stream *stream);

/*
 * Drops the file from memory: the page-table entries of mappings by other code in this process
 * (found in /proc/self/maps), then the page cache. The file may be open.
 */
int forget_file(const char *path);

/* Bytes of the file. */
int file_size(const char *path, uint64_t *size_bytes);

#endif
