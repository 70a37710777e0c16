/* Whether a file is in the page cache, by cachestat(2) or else mincore(2), and how to change it. */
#ifndef IOWALK_PREPARE_CACHE_STATE_H
#define IOWALK_PREPARE_CACHE_STATE_H

#include <stdint.h>

struct residency {
	uint64_t pages_count;    /* of the file, rounded up */
	uint64_t resident_count; /* of them in the page cache */
	const char *source;      /* static: "cachestat" or "mincore"; of an empty file neither */
};

/* Counts with a call that has been seen to see pages on this file system. To find one, the first
 * page of the file may be read and dropped, once for each file system; otherwise the file is not read,
 * so the result stays true. 0 or negative errno; -EOPNOTSUPP if neither call sees cached pages here,
 * -EPERM if only mincore(2) would, which lies to those who may not write the file. */
int cache_residency(const char *path, struct residency *out);

/* Writes dirty pages and drops the file from the page cache. Pages that a process has mapped
 * stay. */
int cache_drop(const char *path);

/*
 * Reads the whole file into the page cache, unless all of it is there. What is there is dropped before, so that the kernel makes the
 * same folios each time: how large they are changes the time of copying from them by up to 40 % (docs/METHOD.md).
 */
int cache_fill(const char *path);

#endif
