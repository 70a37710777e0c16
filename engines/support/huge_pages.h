/* Huge pages under a mapped file: does a file system give them, and how many did it give. */
#ifndef IOWALK_ENGINE_HUGE_PAGES_H
#define IOWALK_ENGINE_HUGE_PAGES_H

#include "../engine.h"

/*
 * Adds what is mapped at [base, base + len_bytes), and what of it by huge pages, to the two counts.
 * -EOPNOTSUPP: no /proc/self/smaps.
 */
int huge_pages_count(const void *base, size_t len_bytes, uint64_t *huge_bytes,
		     uint64_t *mapped_bytes);

/*
 * Maps a file in `folder` and looks. 0, or -EOPNOTSUPP with the reason. Leaves nothing behind.
 */
int huge_pages_probe(const char *folder, struct why *why);

#endif
