/*
 * Is a file in the page cache? Engines that read through it ask once a walk: what pays on a cold file (reading
 * across gaps, announcing reads to the kernel) costs time on a warm one. The answer follows from the
 * state of the cache and not from the time that reads take, so a walk makes the same calls each time.
 */
#ifndef IOWALK_ENGINE_WARMTH_H
#define IOWALK_ENGINE_WARMTH_H

#include "../engine.h"

enum warmth { WARMTH_UNKNOWN, WARMTH_COLD, WARMTH_WARM };

/* Asks the kernel: WARMTH_WARM if nine tenths of the pages are cached, or if it does not tell. */
enum warmth warmth_ask(struct engine_file *file);

/* At the beginning of a walk: a warm file is not asked for again, until drop_cache makes it cold. */
static inline void warmth_begin_walk(enum warmth *warmth, struct engine_file *file)
{
	if (*warmth != WARMTH_WARM)
		*warmth = warmth_ask(file);
}

/* Before a batch. */
static inline bool warmth_is_cold(enum warmth *warmth, struct engine_file *file)
{
	if (*warmth == WARMTH_UNKNOWN)
		*warmth = warmth_ask(file);
	return *warmth == WARMTH_COLD;
}

#endif
