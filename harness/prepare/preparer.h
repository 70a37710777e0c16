/*
 * What a cell needs before it can be measured: the graph's sizes and root, its file in the cache
 * folder, and the right answer. Worked out in a child process, so that what that takes (an edge
 * list, an adjacency in memory) never stands beside the walk; kept for the rest of the run.
 *
 * Graph files are content-addressed: the name says graph, size and layout, and ends in a hash of all
 * that decides the bytes. They are made under another name and renamed when complete.
 */
#ifndef IOWALK_PREPARE_PREPARER_H
#define IOWALK_PREPARE_PREPARER_H

#include "../plan/cell.h"

struct prepared {
	uint64_t nodes_count, edges_count, root;
	uint64_t file_bytes; /* 0 where there is no file */
	char path[512]; /* of the graph file, or of the one to be made; "" where none is needed */
	struct answer expected;
	uint64_t
		working_set_pages_count; /* of cold cells: distinct pages an iteration reads; 0: not known */
};

struct preparer;

/* `folder` is made where it is missing. limit_bytes: least recently used files go beyond it. */
int preparer_new(const char *folder, uint64_t limit_bytes, struct preparer **out, struct why *why);
void preparer_free(struct preparer *preparer);

/*
 * Before anything is written: is each edge list one, does each cell's file fit on the device, and its
 * walk into memory? -ENOSPC or -ENOMEM with the cell and both sizes in `why`, or what is wrong with
 * the edge list.
 */
int preparer_check_room(const struct preparer *preparer, const struct plan *plan, struct why *why);

/* -EINTR where a signal ended the child. */
int prepare_cell(struct preparer *preparer, const struct cell *cell, struct prepared *out,
		 struct why *why);

/* What the workload is handed; `graph` may be NULL where cell_needs_stream() is false. */
void prepared_env(const struct prepared *prepared, const struct cell *cell,
		  const struct graph *graph, struct workload_env *env);

bool cell_needs_stream(const struct cell *cell);

/* --cache-dir, else $IOWALK_CACHE_DIR, $XDG_CACHE_HOME/iowalk, ~/.cache/iowalk, /var/tmp/iowalk. */
void default_cache_folder(char *path, size_t path_size);

#endif
