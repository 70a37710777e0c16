/* Graph files in the cache folder: their names, building them, and the size limit of the folder. */
#ifndef IOWALK_PREPARE_GRAPH_FILES_H
#define IOWALK_PREPARE_GRAPH_FILES_H

#include "../plan/cell.h"

/* Room for the longest name of a graph file, with the suffix of a second file. */
#define GRAPH_FILE_NAME_MAX 160

/* "random-n1000-d2-slotted-<16 hex digits>.graph"; content_hash is that of a graph's file, else
 * 0. */
void graph_file_path(const char *folder, const struct cell *cell, uint64_t content_hash, char *path,
		     size_t path_size);

/*
 * Builds the file in the folder `own`, unless it exists and is complete. Removes the least recently used files if the
 * folder would exceed limit_bytes. Errors are in `why`; an incomplete file never has this name.
 */
int graph_file_ensure(const char *folder, const char *own, uint64_t limit_bytes,
		      const struct cell *cell, const struct graph *graph, const char *path,
		      uint64_t *file_bytes, struct why *why);

/*
 * Makes a folder in `folder` for the files that this process builds, and locks it: the path in `path`, and a
 * file descriptor, or negative errno. The folder is the process's as long as the descriptor is open, in it or
 * in a child. A lock is seen also where a process number says nothing: in another container on one folder.
 */
int graph_files_own(const char *folder, char *path, size_t path_size);

/* Removes such folders that no process holds any more. */
void graph_files_clean(const char *folder);

#endif
