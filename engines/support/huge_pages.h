/* Huge pages of file mappings: whether a file system supports them, and how many a mapping has. */
#ifndef IOWALK_ENGINE_HUGE_PAGES_H
#define IOWALK_ENGINE_HUGE_PAGES_H

#include "../engine.h"

/*
 * Adds the resident bytes of [base, base + len_bytes), and those mapped by huge pages, to the two
 * counts. -EOPNOTSUPP: no /proc/self/smaps.
 */
int huge_pages_count(const void *base, size_t len_bytes, uint64_t *huge_bytes,
		     uint64_t *mapped_bytes);

/*
 * Tries it with a file in `folder`. 0, or -EOPNOTSUPP with the reason. Leaves no files.
 */
int huge_pages_probe(const char *folder, struct why *why);

#endif
