/* A mapped file: shared by the engines mmap and mmap_advised. */
#ifndef IOWALK_ENGINE_MAPPING_H
#define IOWALK_ENGINE_MAPPING_H

#include "../engine.h"
#include "sigbus.h"

#define REGIONS_MAX 64

/* A mapped part of the file: the whole file, or one of several windows. */
struct region {
	uint64_t offset;     /* in the file; whole pages */
	unsigned char *base; /* NULL if not mapped */
	size_t len_bytes;    /* whole pages, at least up to the end of the file */
	uint64_t last_use;   /* of the clock */
	struct sigbus_guard *guard;
};

struct mapping_setup {
	int map_flags;      /* of mmap(2), in addition to MAP_SHARED */
	bool copy_on_write; /* the file is opened for reading, but MAP_PRIVATE, and write() is allowed */
	uint64_t window_bytes; /* of a region, rounded up to pages; 0: one region, the whole file */
	uint32_t windows_count; /* most regions at once, 1 to REGIONS_MAX; if window_bytes > 0 */
};

/* The first member of an engine's instance, so that the hooks below can cast their argument. */
struct mapping {
	struct engine engine;
	struct engine_file file;
	struct mapping_setup setup;
	struct region
		regions[REGIONS_MAX]; /* without windows only the first is used, from offset 0 on */
	uint64_t clock;               /* uses of regions so far */
	bool attached;                /* file and regions belong to another instance */
	bool damaged;                 /* SIGBUS was raised in a region that is unmapped by now */
	/* Called with each new region, before its first use. May be NULL. */
	int (*on_region)(struct mapping *mapping, struct region *region);
};

/* `len_bytes` rounded up to whole pages. */
size_t mapping_round_up(uint64_t len_bytes);

/*
 * Opens the file, and maps it unless there are windows. The caller has set `setup` and `on_region`,
 * and keeps ownership of the struct. A failure leaves nothing open. -EMFILE: as sigbus_take().
 */
int mapping_open(struct mapping *mapping, const char *path, unsigned flags);

/*
 * Another handle on the same mapping, which has no windows; `mapping` is the caller's. It is released
 * before `of`.
 */
void mapping_attach(struct mapping *mapping, const struct mapping *of);

/* Unmaps and closes the file. Returns the first error. */
int mapping_release(struct mapping *mapping);

/* The file's length in whole pages. */
size_t mapping_pages_bytes(const struct mapping *mapping);

/* Calls `call` for each mapped region. Returns the first error. */
int mapping_each(struct mapping *mapping, int (*call)(struct mapping *, struct region *));

/*
 * Sets bit 0 of pages[i] if the i-th page of the file is in the page cache. -EACCES if the kernel
 * does not report it. Parts without a region are mapped temporarily.
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
