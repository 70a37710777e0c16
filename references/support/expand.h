/* What references share: collecting neighbours for a window, and the file under the store. */
#ifndef IOWALK_REFERENCE_EXPAND_H
#define IOWALK_REFERENCE_EXPAND_H

#include "../../include/iowalk/store.h"

/* A growing list of ids. */
struct id_list {
	uint64_t *ids; /* [capacity] */
	size_t count, capacity;
};

/* Makes room for `more` ids at the end. -ENOMEM. */
int id_list_reserve(struct id_list *list, size_t more);

/* Appends a node's neighbours, in the order of insertion; the node was checked. */
typedef int expand_node(void *store, uint64_t node, struct id_list *list);

/* The hooks neighbors() and neighbors_batch() of a store of nodes_count nodes that fetches one node at a time into `list`. */
int expand_one(void *store, uint64_t nodes_count, uint64_t node, expand_node *expand,
	       struct id_list *list, struct iowalk_neighbors *out);
int64_t expand_batch(void *store, uint64_t nodes_count, const uint64_t *nodes, uint64_t count,
		     expand_node *expand, struct id_list *list, struct iowalk_neighbors *out);

/* The hook bulk() by single inserts. */
int insert_edges(void *store, const struct iowalk_edges *edges, int (*insert_node)(void *store),
		 int (*insert_edge)(void *store, uint64_t from, uint64_t to));

/*
 * Drops the file from memory: the page-table entries of mappings by other code in this process
 * (found in /proc/self/maps), then the page cache. The file may be open.
 */
int forget_file(const char *path);

/* Bytes of the file. */
int file_size(const char *path, uint64_t *size_bytes);

#endif
