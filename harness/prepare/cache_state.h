/* Is a file in the page cache? Asked, not assumed: cachestat(2), else mincore(2). */
#ifndef IOWALK_PREPARE_CACHE_STATE_H
#define IOWALK_PREPARE_CACHE_STATE_H

#include <stdint.h>

struct residency {
	uint64_t pages_count;    /* of the file, rounded up */
	uint64_t resident_count; /* of them in the page cache */
	const char *source;      /* static: "cachestat" or "mincore" */
};

/* -EOPNOTSUPP where neither call exists. Does not touch the file's pages. */
int cache_residency(const char *path, struct residency *out);

/* Writes dirty pages and drops the file from the page cache; nobody may have it mapped. */
int cache_drop(const char *path);

/* Reads the whole file, so that it becomes resident. */
int cache_fill(const char *path);

#endif
