/* Neighbours of a bounded number of nodes, in memory, in the order of use. The caller evicts the
 * oldest. */
#ifndef IOWALK_NODE_CACHE_H
#define IOWALK_NODE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cached_node {
	uint64_t id;
	uint64_t *ids; /* [capacity], the first `count` are set */
	uint64_t count, capacity;
	bool dirty;                        /* not in the file yet; not used by the cache itself */
	bool pinned;                       /* never evicted */
	struct cached_node *newer, *older; /* in the order of use, without pinned nodes */
	struct cached_node *next;          /* in the same slot */
};

struct node_cache {
	struct cached_node **slots; /* [slots_count], a power of two */
	size_t slots_count, count, max_count;
	uint64_t ids_count; /* capacity of all nodes together */
	struct cached_node *newest, *oldest;
};

/* With max_count 0, the caller adds only nodes that it pins. -ENOMEM. */
int node_cache_init(struct node_cache *cache, size_t max_count);
void node_cache_release(struct node_cache *cache);

/* Returns the node and makes it the newest; NULL if it is not cached. */
struct cached_node *node_cache_find(struct node_cache *cache, uint64_t id);

/* Adds a node that is not in the cache, with ids[count]. NULL: no memory. May exceed max_count. */
struct cached_node *node_cache_add(struct node_cache *cache, uint64_t id, const uint64_t *ids,
				   uint64_t count);

/* Adds one neighbour. -ENOMEM. */
int node_cache_append(struct node_cache *cache, struct cached_node *node, uint64_t id);

/* The node is never evicted and no longer counts towards max_count. */
void node_cache_pin(struct node_cache *cache, struct cached_node *node);

void node_cache_remove(struct node_cache *cache, struct cached_node *node);

#endif
