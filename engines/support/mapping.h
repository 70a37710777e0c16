/* A file in one shared mapping: what the engines mmap and mmap_advised have in common. */
#ifndef IOWALK_ENGINE_MAPPING_H
#define IOWALK_ENGINE_MAPPING_H

#include "../engine.h"

/* Engines put it first in their instance, so that the hooks below can cast what they are handed. */
struct mapping {
	struct engine engine;
	struct engine_file file;
	unsigned char *base; /* NULL: nothing is mapped, the file is empty */
	size_t mapped_bytes; /* whole pages, at least the file's size */
	int map_flags;       /* of mmap(2), beside MAP_SHARED */
};

/* `len_bytes` in whole pages. */
size_t mapping_round_up(uint64_t len_bytes);

/* Opens and maps the file. A failure leaves nothing open; the struct stays the caller's. */
int mapping_open(struct mapping *mapping, const char *path, unsigned flags, int map_flags);

/* Unmaps and closes the file: the first error. */
int mapping_release(struct mapping *mapping);

/*
 * Bit 0 of pages[i]: the i-th page of the mapping is in the page cache. -EACCES where the kernel
 * does not tell.
 */
int mapping_residency(struct mapping *mapping, unsigned char *pages);

/* Hooks of struct engine_ops, for an instance that begins with a struct mapping. */
uint64_t mapping_size(const struct engine *engine);
int mapping_resize(struct engine *engine, uint64_t size_bytes);
int mapping_read(struct engine *engine, uint64_t offset, void *buffer, size_t len_bytes);
int mapping_write(struct engine *engine, uint64_t offset, const void *buffer, size_t len_bytes);
int mapping_sync(struct engine *engine);
const void *mapping_map(struct engine *engine, uint64_t offset, size_t len_bytes);
int mapping_drop_cache(struct engine *engine);
void mapping_stats(const struct engine *engine, struct engine_stats *out);

#endif
