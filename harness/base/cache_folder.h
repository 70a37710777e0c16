/* The folder of graph files and of cached results. */
#ifndef IOWALK_BASE_CACHE_FOLDER_H
#define IOWALK_BASE_CACHE_FOLDER_H

#include <stddef.h>
#include <stdint.h>

/* Above this size the least recently used graph files are removed. */
#define CACHE_LIMIT_BYTES (UINT64_C(20) << 30)

/*
 * `given` (of --cache-dir) unless it is NULL or empty; else $IOWALK_CACHE_DIR,
 * $XDG_CACHE_HOME/iowalk, $HOME/.cache/iowalk or /var/tmp/iowalk-UID. Does not create it.
 */
void cache_folder_path(const char *given, char *path, size_t path_size);

#endif
