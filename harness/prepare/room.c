/* Room on the disks and in memory: see room.h. */
#include "room.h"

#include "../../layouts/support/sorted_edges.h"
#include "../base/cgroup.h"
#include "graph_files.h"
#include "memory_need.h"
#include "preparer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* A sample has up to 1.3 KB in samples.jsonl (716 bytes on average in the suite `quick`), and about
 * as much again in benchmark.json. */
#define RECORD_SAMPLE_BYTES 2000
/* Plots, the environment and the report of a run, with room to spare. */
#define RECORD_BYTES 200000
/* Samples of a cell besides its repetitions: of the latency pass and of the count pass. */
#define OTHER_SAMPLES 4

static uint64_t add(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* ---- what a plan writes ---- */

struct needs {
	const char *folder;
	struct memory_limit limit;
	json_t *seen; /* {path: true} of graph files, {edge list: [nodes, edges, hash]} */
	uint64_t free_bytes;
	uint64_t new_bytes; /* of graph files that the folder does not have */
	struct edge_budget budget;
	uint64_t sorting_bytes; /* of the largest temporary file */
	uint64_t built_bytes;   /* of the largest file that a cell builds while it is measured */
	size_t new_count;
};

/* Does the cell's memory, besides the page cache, fit into what this process may use? */
static int check_available(const struct cell *cell, uint64_t nodes_count, uint64_t edges_count,
			   uint64_t file_bytes, const struct needs *needs, struct why *why)
{
	const struct memory_limit *limit = &needs->limit;
	uint64_t need_bytes = UINT64_MAX;

	/* Beyond this the sums would overflow. */
	if (nodes_count < UINT64_MAX / 64 && edges_count < UINT64_MAX / 64) {
		uint64_t walk_bytes = cell_memory_bytes(cell, nodes_count, file_bytes);
		uint64_t answer_bytes =
			cell_answer_bytes(cell, nodes_count, edges_count, &needs->budget);
		need_bytes = walk_bytes > answer_bytes ? walk_bytes : answer_bytes;
	}
	if (need_bytes <= limit->available_bytes)
		return 0;
	if (!*limit->folder)
		return why_set(why, -ENOMEM,
			       "%.100s: it would take up to %" PRIu64 " bytes of memory; %" PRIu64
			       " are available",
			       cell->name, need_bytes, limit->available_bytes);
	return why_set(why, -ENOMEM,
		       "%.80s: it would take up to %" PRIu64
		       " bytes of memory; the limit of its cgroup is %" PRIu64 " (%s)",
		       cell->name, need_bytes, limit->limit_bytes, limit->folder);
}

static int too_large(const struct needs *needs, const struct cell *cell, uint64_t file_bytes,
		     uint64_t sorting_bytes, struct why *why)
{
	if (!sorting_bytes)
		return why_set(why, -ENOSPC,
			       "%.100s: its file would take %" PRIu64 " bytes; %" PRIu64
			       " are free",
			       cell->name, file_bytes, needs->free_bytes);
	return why_set(why, -ENOSPC,
		       "%.100s: its file would take %" PRIu64
		       " bytes, and sorting its edges %" PRIu64 " (less with more --build-memory); "
		       "%" PRIu64 " are free",
		       cell->name, file_bytes, sorting_bytes, needs->free_bytes);
}

static int add_file(struct needs *needs, const struct cell *cell, uint64_t content_hash,
		    uint64_t file_bytes, uint64_t sorting_bytes, struct why *why)
{
	char path[512];

	graph_file_path(needs->folder, cell, content_hash, path, sizeof(path));
	if (cell->workload->capabilities & WORKLOAD_BUILDS) {
		if (file_bytes > needs->built_bytes)
			needs->built_bytes = file_bytes;
	} else if (!cell_needs_file(cell) || json_object_get(needs->seen, path) ||
		   access(path, F_OK) == 0) {
		return 0;
	} else {
		if (sorting_bytes > needs->sorting_bytes)
			needs->sorting_bytes = sorting_bytes;
		json_object_set_new_nocheck(needs->seen, path, json_true());
		needs->new_bytes = add(needs->new_bytes, file_bytes);
		needs->new_count++;
	}
	if (cell->workload->capabilities & WORKLOAD_BUILDS)
		sorting_bytes = 0; /* it is measured with all memory */
	return add(file_bytes, sorting_bytes) <= needs->free_bytes
		       ? 0
		       : too_large(needs, cell, file_bytes, sorting_bytes, why);
}

/* Reads an edge list once, so that an error in it is reported before anything is written. The size
 * of its graph is kept for other cells. */
static int edge_list_size(struct needs *needs, const struct cell *cell, uint64_t *nodes_count,
			  uint64_t *edges_count, uint64_t *content_hash, struct why *why)
{
	struct graph *graph;
	char key[2100];

	snprintf(key, sizeof(key), "%d %s", cell->params.undirected, cell->params.path);
	json_t *known = json_object_get(needs->seen, key);
	if (!known) {
		int err = cell->graph->open(&cell->params, &graph, why);
		if (err)
			return *why->text ? err
					  : why_set(why, err, "cannot read '%s': %s",
						    cell->params.path, strerror(-err));
		known = json_pack("[I, I, I]", (json_int_t)graph->stream.nodes_count,
				  (json_int_t)graph->stream.edges_count,
				  (json_int_t)graph->content_hash);
		cell->graph->close(graph);
		if (!known || json_object_set_new_nocheck(needs->seen, key, known))
			return -ENOMEM;
	}
	*nodes_count = (uint64_t)json_integer_value(json_array_get(known, 0));
	*edges_count = (uint64_t)json_integer_value(json_array_get(known, 1));
	*content_hash = (uint64_t)json_integer_value(json_array_get(known, 2));
	return 0;
}

static int add_cell(struct needs *needs, const struct cell *cell, struct why *why)
{
	uint64_t nodes_count = cell->params.nodes_count, edges_count = 0, content_hash = 0;
	int err = 0;

	if (cell->command)
		return 0; /* it builds nothing */
	if (cell->graph->capabilities & GRAPH_FROM_FILE)
		err = edge_list_size(needs, cell, &nodes_count, &edges_count, &content_hash, why);
	else
		edges_count = cell->graph->edges_count(&cell->params);
	if (err)
		return err;
	uint64_t file_bytes = edges_count == UINT64_MAX
				      ? UINT64_MAX
				      : layout_file_bytes(cell->layout, cell->layout_options,
							  nodes_count, edges_count);
	uint64_t sorting_bytes = file_bytes == UINT64_MAX
					 ? 0
					 : sorted_edges_file_bytes(nodes_count, edges_count, false,
								   needs->budget.memory_bytes);
	err = add_file(needs, cell, content_hash, file_bytes, sorting_bytes, why);
	err = err ? err : cell_check_memory(cell, nodes_count, file_bytes, why);
	return err ? err : check_available(cell, nodes_count, edges_count, file_bytes, needs, why);
}

static uint64_t record_bytes(const struct plan *plan)
{
	uint64_t samples_count = 0;

	for (size_t i = 0; i < plan->cells_count; i++)
		samples_count +=
			plan->cells[i].skipped
				? 1
				: (uint64_t)plan->cells[i].processes * plan->cells[i].repetitions +
					  OTHER_SAMPLES;
	return RECORD_BYTES + samples_count * RECORD_SAMPLE_BYTES;
}

/* The nearest folder of `path` that exists, in `existing` of `size` bytes. */
static void existing_folder(const char *path, char *existing, size_t size)
{
	snprintf(existing, size, "%s", path);
	while (access(existing, F_OK) != 0) {
		char *slash = strrchr(existing, '/');
		if (!slash) {
			snprintf(existing, size, ".");
			return;
		}
		slash[slash == existing] = '\0';
		if (strcmp(existing, "/") == 0)
			return;
	}
}

static int check_record(const struct plan *plan, const char *record_folder,
			const char *cache_folder, uint64_t files_bytes, struct why *why)
{
	char existing[4096];
	struct stat record, cache;
	struct statvfs fs;
	uint64_t needed_bytes = record_bytes(plan);

	existing_folder(record_folder, existing, sizeof(existing));
	if (statvfs(existing, &fs) || stat(existing, &record) || stat(cache_folder, &cache))
		return why_set(why, -errno, "cannot read the status of '%s': %s", existing,
			       strerror(errno));
	uint64_t free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (record.st_dev == cache.st_dev)
		needed_bytes = add(needed_bytes, files_bytes);
	if (needed_bytes <= free_bytes)
		return 0;
	return why_set(why, -ENOSPC,
		       "the record%s may take %" PRIu64 " bytes; %" PRIu64 " are free in '%.200s'",
		       record.st_dev == cache.st_dev && files_bytes ? " and the graph files" : "",
		       needed_bytes, free_bytes, existing);
}

int room_check(const char *cache_folder, const struct plan *plan, uint64_t build_memory_bytes,
	       const char *record_folder, struct why *why)
{
	struct needs needs = {.folder = cache_folder, .seen = json_object()};
	struct statvfs fs;
	int err = needs.seen ? 0 : -ENOMEM;

	memory_limit_read(&needs.limit);
	needs.budget = build_budget(build_memory_bytes, &needs.limit, cache_folder);
	if (!err && statvfs(cache_folder, &fs))
		err = why_set(why, -errno, "cannot read the status of '%s': %s", cache_folder,
			      strerror(errno));
	if (!err)
		needs.free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	for (size_t i = 0; !err && i < plan->cells_count; i++) {
		if (!plan->cells[i].skipped)
			err = add_cell(&needs, &plan->cells[i], why);
	}
	json_decref(needs.seen);
	uint64_t files_bytes = add(add(needs.new_bytes, needs.sorting_bytes), needs.built_bytes);
	if (!err && files_bytes > needs.free_bytes)
		err = why_set(why, -ENOSPC,
			      "the %zu new graph files of this plan, and what building them and "
			      "its cells takes, "
			      "would take %" PRIu64 " bytes; %" PRIu64 " are free in '%.200s'",
			      needs.new_count, files_bytes, needs.free_bytes, cache_folder);
	if (!err && record_folder)
		err = check_record(plan, record_folder, cache_folder, files_bytes, why);
	return err;
}

void plan_cost(const char *cache_folder, const struct plan *plan, struct plan_cost *out)
{
	struct needs needs = {
		.folder = cache_folder, .seen = json_object(), .free_bytes = UINT64_MAX};

	*out = (struct plan_cost){0};
	for (size_t i = 0; needs.seen && i < plan->cells_count; i++) {
		const struct cell *cell = &plan->cells[i];

		if (cell->skipped || cell->command)
			continue;
		if (!cell->cold && (cell->passes & 1u << PASS_TIME))
			out->warm_samples_s +=
				cell->processes * cell->repetitions * cell->min_time_s;
		if (cell->graph->capabilities & GRAPH_FROM_FILE) {
			out->unknown_count++;
			continue;
		}
		uint64_t edges_count = cell->graph->edges_count(&cell->params);
		if (edges_count != UINT64_MAX)
			add_file(&needs, cell, 0,
				 layout_file_bytes(cell->layout, cell->layout_options,
						   cell->params.nodes_count, edges_count),
				 0, NULL);
	}
	out->new_files_bytes = needs.new_bytes;
	json_decref(needs.seen);
}
