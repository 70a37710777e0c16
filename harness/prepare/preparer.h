/*
 * What a cell needs before it can be measured: sizes and root of the graph, its file in the cache
 * folder, and the expected answer. A child process computes them, so that its memory (an edge list,
 * an adjacency list) is free again during the walk. The results are kept for the rest of the run.
 *
 * The name of a graph file has graph, size and layout, and ends in a hash of everything that its
 * bytes depend on. A file is built under another name and renamed when complete.
 */
#ifndef IOWALK_PREPARE_PREPARER_H
#define IOWALK_PREPARE_PREPARER_H

#include "../plan/cell.h"

struct prepared {
	uint64_t nodes_count, edges_count, root;
	uint64_t file_bytes; /* 0 if there is no file */
	char path[512]; /* of the graph file, or of the file to be built; "" if none is needed */
	struct answer expected;
	struct why note; /* what the graph's file had and the graph has not: "" if nothing */
	uint64_t
		working_set_pages_count; /* distinct pages that a cold iteration reads; 0: unknown */
};

struct preparer;

/* Makes `folder` if it is missing. Above limit_bytes the least recently used graph files are
 * removed. build_memory_bytes: see build_budget(). */
int preparer_new(const char *folder, uint64_t limit_bytes, uint64_t build_memory_bytes,
		 struct preparer **out, struct why *why);
void preparer_free(struct preparer *preparer);

/* How long commands and the code of plug-ins may show no sign of life while they prepare a cell, and WATCHED_ITEM_S more for
 * each node and edge. At first PREPARER_PATIENCE_S. */
#define PREPARER_PATIENCE_S 600
void preparer_set_patience(struct preparer *preparer, double seconds);

/* Prepares one cell, and prints the note of its graph if no cell before had it. -EINTR if SIGINT or SIGTERM ended the child; other errors with the reason. */
int prepare_cell(struct preparer *preparer, const struct cell *cell, struct prepared *out,
		 struct why *why);

/* The environment of the workload. `graph` may be NULL unless cell_needs_stream(). */
void prepared_env(const struct prepared *prepared, const struct cell *cell,
		  const struct graph *graph, struct workload_env *env);

/* Does the cell walk over a graph file of the cache folder? */
bool cell_needs_file(const struct cell *cell);

/* Does the cell need the edges of the graph while it is measured? */
bool cell_needs_stream(const struct cell *cell);

#endif
