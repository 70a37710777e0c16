/* Graph files in the cache folder: their names, making them, and keeping the folder within its limit. */
#ifndef IOWALK_PREPARE_GRAPH_FILES_H
#define IOWALK_PREPARE_GRAPH_FILES_H

#include "../plan/cell.h"

/* "random-n1000-d2-slotted-<16 hex digits>.graph"; content_hash is that of a graph's file, else 0. */
void graph_file_path(const char *folder, const struct cell *cell, uint64_t content_hash, char *path,
		     size_t path_size);

/*
 * Makes the file where it is not there whole; removes files least recently used where the folder
 * would hold more than limit_bytes. Errors are in `why`, nothing half is left under the name.
 */
int graph_file_ensure(const char *folder, uint64_t limit_bytes, const struct cell *cell,
		      const struct graph *graph, const char *path, uint64_t *file_bytes,
		      struct why *why);

/* Removes what builders left that are no longer running ("building.<pid>"). */
void graph_files_clean(const char *folder);

#endif
