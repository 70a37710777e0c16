/* Neighbours of a bounded number of nodes, in memory: the one used longest ago leaves first. */
#ifndef IOWALK_NODE_CACHE_H
#define IOWALK_NODE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cached_node {
	uint64_t id;
	uint64_t *ids; /* [capacity], the first `count` are set */
	uint64_t count, capacity;
	bool dirty;                        /* not in the file yet; the cache does not look at it */
	bool pinned;                       /* never the oldest */
	struct cached_node *newer, *older; /* in order of use; a pinned one is in no order */
	struct cached_node *next;          /* of the same slot */
};

struct node_cache {
	struct cached_node **slots; /* [slots_count], a power of two */
	size_t slots_count, count, max_count;
	uint64_t ids_count; /* there is room for, of all nodes together */
	struct cached_node *newest, *oldest;
};

/* max_count 0: finds nothing and must not be added to. -ENOMEM. */
int node_cache_init(struct node_cache *cache, size_t max_count);
void node_cache_release(struct node_cache *cache);

/* The node, which is then the newest, or NULL. */
struct cached_node *node_cache_find(struct node_cache *cache, uint64_t id);

/* A node that is not in the cache yet, with ids[count]; NULL: no memory. May exceed max_count. */
struct cached_node *node_cache_add(struct node_cache *cache, uint64_t id, const uint64_t *ids,
				   uint64_t count);

/* One neighbour more. -ENOMEM. */
int node_cache_append(struct node_cache *cache, struct cached_node *node, uint64_t id);

/* It stays, and counts as one of max_count no longer. */
void node_cache_pin(struct node_cache *cache, struct cached_node *node);

void node_cache_remove(struct node_cache *cache, struct cached_node *node);

#endif
