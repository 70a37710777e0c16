/* What references share: collecting neighbours for a window, and the file under the store. */
#ifndef IOWALK_REFERENCE_EXPAND_H
#define IOWALK_REFERENCE_EXPAND_H

#include "../reference.h"

/* Ids that were found; grows. */
struct id_list {
	uint64_t *ids; /* [capacity] */
	size_t count, capacity;
};

/* Room for `more` ids behind those that are there. -ENOMEM. */
int id_list_reserve(struct id_list *list, size_t more);

/* Appends a node's neighbours, in the order of insertion; the node was checked. */
typedef int expand_node(struct store *store, uint64_t node, struct id_list *list);

/* neighbors() and neighbors_batch() of a store that fetches one node at a time into `list`. */
int expand_one(struct store *store, uint64_t node, expand_node *expand, struct id_list *list,
	       struct neighbors *out);
ssize_t expand_batch(struct store *store, struct frontier *level, expand_node *expand,
		     struct id_list *list, struct neighbors *out, size_t out_max);

/* All of bulk() by single inserts, within what the store holds open for it. */
int insert_stream(struct store *store, const struct edge_stream *stream);

/*
 * Forgets what the kernel holds of the file: the process's page-table entries of mappings made by
 * others than us (found in /proc/self/maps), then the page cache. The file may be open.
 */
int forget_file(const char *path);

/* Bytes of the file. */
int file_size(const char *path, uint64_t *size_bytes);

#endif
