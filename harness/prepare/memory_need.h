/* How much memory a cell needs, and whether that is within its limit. */
#ifndef IOWALK_PREPARE_MEMORY_NEED_H
#define IOWALK_PREPARE_MEMORY_NEED_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/cgroup.h"
#include "../plan/cell.h"

/* The option of the cell's engine that is the size of a cache of its own: its index, or -1. */
int cell_cache_option(const struct cell *cell);

/* Bytes that a cell needs in addition to the page cache: memory of its walk and engine, and a
 * fixed part. */
uint64_t cell_memory_bytes(const struct cell *cell, uint64_t nodes_count, uint64_t file_bytes);

/* What building and expecting may take of the memory that this process may use: `asked_bytes`, or a quarter of it
 * if that is 0. Temporary files are in `folder`, which is borrowed. */
struct edge_budget build_budget(uint64_t asked_bytes, const struct memory_limit *limit,
				const char *folder);

/* Bytes that computing the expected answer takes, in a process of its own before the walk: those of a queue in
 * memory if the budget has room for them, else those of passes over the edges. */
uint64_t cell_answer_bytes(const struct cell *cell, uint64_t nodes_count, uint64_t edges_count,
			   const struct edge_budget *budget);

/* -ENOMEM with both sizes in `why` if the cell needs more than its limit; else 0. */
int cell_check_memory(const struct cell *cell, uint64_t nodes_count, uint64_t file_bytes,
		      struct why *why);

/* True, with the reason, if the file of a warm cell cannot stay in the page cache within the
 * limit. */
bool cell_too_large_for_warm(const struct cell *cell, uint64_t nodes_count, uint64_t file_bytes,
			     struct why *why);

#endif
