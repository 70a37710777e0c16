/* A hash table and a list in order of use: see node_cache.h. */
#include "node_cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int node_cache_init(struct node_cache *cache, size_t max_count)
{
	*cache = (struct node_cache){.max_count = max_count, .slots_count = 16};
	while (cache->slots_count < 2 * max_count)
		cache->slots_count *= 2;
	cache->slots = calloc(cache->slots_count, sizeof(struct cached_node *));
	return cache->slots ? 0 : -ENOMEM;
}

static void free_node(struct cached_node *node)
{
	free(node->ids);
	free(node);
}

void node_cache_release(struct node_cache *cache)
{
	for (size_t i = 0; cache->slots && i < cache->slots_count; i++) {
		for (struct cached_node *node = cache->slots[i], *next; node; node = next) {
			next = node->next;
			free_node(node);
		}
	}
	free(cache->slots);
	cache->slots = NULL;
}

/* Fibonacci hashing: Knuth, The Art of Computer Programming 3, 6.4. */
static struct cached_node **slot_of(const struct node_cache *cache, uint64_t id)
{
	uint64_t hash = id * UINT64_C(0x9e3779b97f4a7c15);

	return &cache->slots[(hash >> 20) & (cache->slots_count - 1)];
}

static void unlink_node(struct node_cache *cache, struct cached_node *node)
{
	*(node->newer ? &node->newer->older : &cache->newest) = node->older;
	*(node->older ? &node->older->newer : &cache->oldest) = node->newer;
	node->newer = node->older = NULL;
	cache->count--;
}

static void link_newest(struct node_cache *cache, struct cached_node *node)
{
	node->newer = NULL;
	node->older = cache->newest;
	*(node->older ? &node->older->newer : &cache->oldest) = node;
	cache->newest = node;
	cache->count++;
}

struct cached_node *node_cache_find(struct node_cache *cache, uint64_t id)
{
	struct cached_node *node = *slot_of(cache, id);

	while (node && node->id != id)
		node = node->next;
	if (node && !node->pinned && node != cache->newest) {
		unlink_node(cache, node);
		link_newest(cache, node);
	}
	return node;
}

struct cached_node *node_cache_add(struct node_cache *cache, uint64_t id, const uint64_t *ids,
				   uint64_t count)
{
	struct cached_node *node = calloc(1, sizeof(*node));
	struct cached_node **slot = slot_of(cache, id);

	if (!node)
		return NULL;
	node->ids = malloc((size_t)(count + !count) * sizeof(*node->ids));
	if (!node->ids) {
		free(node);
		return NULL;
	}
	if (count)
		memcpy(node->ids, ids, (size_t)count * sizeof(*ids));
	node->id = id;
	node->count = count;
	node->capacity = count + !count;
	cache->ids_count += node->capacity;
	node->next = *slot;
	*slot = node;
	link_newest(cache, node);
	return node;
}

int node_cache_append(struct node_cache *cache, struct cached_node *node, uint64_t id)
{
	if (node->count == node->capacity) {
		uint64_t capacity = node->capacity * 2;
		uint64_t *ids = realloc(node->ids, (size_t)capacity * sizeof(*ids));

		if (!ids)
			return -ENOMEM;
		cache->ids_count += capacity - node->capacity;
		node->ids = ids;
		node->capacity = capacity;
	}
	node->ids[node->count++] = id;
	return 0;
}

void node_cache_pin(struct node_cache *cache, struct cached_node *node)
{
	if (node->pinned)
		return;
	unlink_node(cache, node);
	node->pinned = true;
}

void node_cache_remove(struct node_cache *cache, struct cached_node *node)
{
	struct cached_node **link = slot_of(cache, node->id);

	while (*link != node)
		link = &(*link)->next;
	*link = node->next;
	if (!node->pinned)
		unlink_node(cache, node);
	cache->ids_count -= node->capacity;
	free_node(node);
}
