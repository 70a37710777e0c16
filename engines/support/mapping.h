/* A file in memory: what the engines mmap and mmap_advised have in common. */
#ifndef IOWALK_ENGINE_MAPPING_H
#define IOWALK_ENGINE_MAPPING_H

#include "../engine.h"
#include "sigbus.h"

#define REGIONS_MAX 64

/* A piece of the file that is mapped: all of it, or one of several windows. */
struct region {
	uint64_t offset;     /* in the file; whole pages */
	unsigned char *base; /* NULL: nothing is mapped */
	size_t len_bytes;    /* whole pages, up to the end of the file at least */
	uint64_t last_use;   /* of the clock */
	struct sigbus_guard *guard;
};

struct mapping_setup {
	int map_flags;         /* of mmap(2), beside MAP_SHARED */
	bool copy_on_write;    /* opened for reading: MAP_PRIVATE, and write() is let through */
	uint64_t window_bytes; /* of a region, rounded up to pages; 0: one region, the whole file */
	uint32_t
		windows_count; /* regions at once at most, 1 to REGIONS_MAX; where window_bytes > 0 */
};

/* Engines put it first in their instance, so that the hooks below can cast what they are handed. */
struct mapping {
	struct engine engine;
	struct engine_file file;
	struct mapping_setup setup;
	struct region
		regions[REGIONS_MAX]; /* without windows the first alone is in use, from 0 on */
	uint64_t clock;               /* uses of regions so far */
	bool damaged;                 /* a region that is gone was hit by SIGBUS */
	/* Called with each new region, before its first use. May be NULL. */
	int (*on_region)(struct mapping *mapping, struct region *region);
};

/* `len_bytes` in whole pages. */
size_t mapping_round_up(uint64_t len_bytes);

/*
 * Opens the file and maps it, unless there are windows. A failure leaves nothing open; the struct
 * stays the caller's, who has set `setup` and `on_region`. -EMFILE: as sigbus_take().
 */
int mapping_open(struct mapping *mapping, const char *path, unsigned flags);

/* Unmaps and closes the file: the first error. */
int mapping_release(struct mapping *mapping);

/* The file's length in whole pages. */
size_t mapping_pages_bytes(const struct mapping *mapping);

/* Calls `call` for each region that is mapped: the first error. */
int mapping_each(struct mapping *mapping, int (*call)(struct mapping *, struct region *));

/*
 * Bit 0 of pages[i]: the i-th page of the file is in the page cache. -EACCES where the kernel does
 * not tell. What has no region is mapped for the question.
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
int mapping_close_counted(struct engine *engine, struct engine_stats *last); /* by ops->close */
int mapping_health(struct engine *engine, struct why *why);

#endif
