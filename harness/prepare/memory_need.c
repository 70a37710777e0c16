/* How much memory a cell needs: see memory_need.h. */
#include "memory_need.h"

#include "../../workloads/support/walk.h"
#include "../base/units.h"

#include <errno.h>

/*
 * Stacks, buffers of engine and layout, page tables, kernel memory, and pages in flight (pages of
 * read-ahead are locked until they have arrived). A walk of 4 M nodes needed a third of this.
 */
#define FIXED_BYTES (UINT64_C(24) << 20)

#define BARE_NODE_BYTES 12 /* bare-bfs: level u32 and queue entry u64 */

/* The options of walks are the first of each workload that has them (workloads/support/walk.h). */
static uint64_t walk_bytes(const struct cell *cell, uint64_t nodes_count)
{
	if (!(cell->workload->capabilities & WORKLOAD_WALKS))
		return 0;
	if (cell->workload->options_count < WALK_OPTIONS_COUNT)
		return BARE_NODE_BYTES * nodes_count;
	return walk_memory_bytes(nodes_count, cell->threads_count ? cell->threads_count : 1,
				 (enum walk_order)cell->workload_options[WALK_OPTION_ORDER]);
}

int cell_cache_option(const struct cell *cell)
{
	return option_with_role(cell->engine->options, cell->engine->options_count,
				OPTION_ROLE_CACHE_BYTES);
}

/* The cache of one instance of the cell's engine. */
static uint64_t engine_cache_bytes(const struct cell *cell)
{
	int index = cell_cache_option(cell);

	return index < 0 ? 0 : cell->engine_options[index];
}

uint64_t cell_memory_bytes(const struct cell *cell, uint64_t nodes_count, uint64_t file_bytes)
{
	uint64_t bytes = FIXED_BYTES + cell->threads_count * engine_cache_bytes(cell) +
			 walk_bytes(cell, nodes_count);

	if (cell->engine->capabilities & ENGINE_HOLDS_FILE)
		bytes += cell->threads_count * file_bytes;
	return bytes;
}

struct edge_budget build_budget(uint64_t asked_bytes, const struct memory_limit *limit,
				const char *folder)
{
	return (struct edge_budget){
		.memory_bytes = asked_bytes ? asked_bytes : limit->available_bytes / 4,
		.limit_bytes = asked_bytes ? asked_bytes : limit->available_bytes,
		.folder = folder,
	};
}

uint64_t cell_answer_bytes(const struct cell *cell, uint64_t nodes_count, uint64_t edges_count,
			   const struct edge_budget *budget)
{
	uint64_t queue_bytes = verify_queue_bytes(nodes_count, edges_count);
	uint64_t passes_bytes = verify_passes_bytes(nodes_count);

	if (!(cell->workload->capabilities & WORKLOAD_WALKS))
		return 0;
	if (queue_bytes <= budget->memory_bytes)
		return FIXED_BYTES + queue_bytes;
	/* By passes or, if there are too many, by a sort that takes the budget. */
	return FIXED_BYTES +
	       (passes_bytes > budget->memory_bytes ? passes_bytes : budget->memory_bytes);
}

int cell_check_memory(const struct cell *cell, uint64_t nodes_count, uint64_t file_bytes,
		      struct why *why)
{
	char limit[UNIT_TEXT_MAX], need[UNIT_TEXT_MAX];
	uint64_t bytes = cell_memory_bytes(cell, nodes_count, file_bytes);

	if (!cell->memory_limit_bytes || bytes <= cell->memory_limit_bytes)
		return 0;
	format_bytes(limit, sizeof(limit), (double)cell->memory_limit_bytes);
	format_bytes(need, sizeof(need), (double)bytes);
	int index = cell_cache_option(cell);
	if (index < 0)
		return why_set(why, -ENOMEM, "%.120s: needs %s of memory; the limit is %s",
			       cell->name, need, limit);
	char cache[UNIT_TEXT_MAX];
	format_bytes(cache, sizeof(cache), (double)cell->engine_options[index]);
	return why_set(
		why, -ENOMEM,
		"%.120s: needs %s of memory; the limit is %s. Its own cache takes %s: less by "
		"--opt %s.%s=SIZE",
		cell->name, need, limit, cache, cell->engine->name,
		cell->engine->options[index].name);
}

bool cell_too_large_for_warm(const struct cell *cell, uint64_t nodes_count, uint64_t file_bytes,
			     struct why *why)
{
	char limit[UNIT_TEXT_MAX], file[UNIT_TEXT_MAX];
	uint64_t bytes = cell_memory_bytes(cell, nodes_count, file_bytes) + file_bytes;

	if (!cell->memory_limit_bytes || cell->cold || !file_bytes ||
	    (cell->engine->capabilities & ENGINE_HOLDS_FILE) || bytes <= cell->memory_limit_bytes)
		return false;
	format_bytes(limit, sizeof(limit), (double)cell->memory_limit_bytes);
	format_bytes(file, sizeof(file), (double)file_bytes);
	why_set(why, 0,
		"a file of %s cannot be warm beside its walk within a memory limit of %s: cold "
		"only",
		file, limit);
	return true;
}
