/* The cache state of all files that a cell reads: the graph's file and, where the layout has one, its
 * second file; of a command those that are named. 0 or negative errno, as in cache_state.h. */
#ifndef IOWALK_PREPARE_CELL_FILES_H
#define IOWALK_PREPARE_CELL_FILES_H

#include "cache_state.h"
#include "preparer.h"

/* Pages of all files together. */
int cell_files_residency(const struct cell *cell, const struct prepared *prepared,
			 struct residency *out);
int cell_files_fill(const struct cell *cell, const struct prepared *prepared);
int cell_files_drop(const struct cell *cell, const struct prepared *prepared);

/* The sum of their sizes. */
int cell_files_bytes(const struct cell *cell, const struct prepared *prepared, uint64_t *bytes);

#endif
