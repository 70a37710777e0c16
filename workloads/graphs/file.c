/*
 * file: a graph read from a file, `file:PATH` (the formats: support/edge_list.h).
 *
 * The ids of an edge list may be sparse and begin anywhere. Dense ids are assigned in ascending
 * order of the file's ids: the smallest is node 0, and the default root. Formats that declare their
 * nodes keep all of them, also those without edges. --root is in the file's ids. Edges keep the
 * order of the file, duplicates and self-loops included.
 *
 * Undirected: line "a b" gives a → b, then b → a. A line "a a" gives two edges as well, so that
 * there are always two edges per line and the index of an edge gives its line; the result of a walk
 * is the same either way. A file whose format already has each edge in both directions (a symmetric
 * matrix, METIS) is read as it is.
 *
 * Memory: 16 bytes per line, also if undirected. While the file is opened, 8 bytes per line more,
 * or 43 per id if the ids are far apart.
 */
#include "../graph.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <stdlib.h>

#include "../support/dense_ids.h"
#include "../support/edge_list.h"
#include "../support/generator.h"

extern const struct graph_ops graph_file;

struct file_graph {
	struct graph base;     /* first member: the graph pointer is cast to this */
	struct edge_list list; /* dense ids */
	char *path;
};

static uint64_t file_edges_count(const struct graph_params *params)
{
	(void)params;
	return UINT64_MAX;
}

static size_t file_next_directed(void *context, uint64_t *cursor, struct edge *edges, size_t max)
{
	const struct file_graph *file = context;
	uint64_t first = *cursor;
	size_t count = generator_take(file->base.stream.edges_count, cursor, max);

	for (size_t i = 0; i < count; i++)
		edges[i] = file->list.edges[first + i];
	return count;
}

static size_t file_next_undirected(void *context, uint64_t *cursor, struct edge *edges, size_t max)
{
	const struct file_graph *file = context;
	uint64_t first = *cursor;
	size_t count = generator_take(file->base.stream.edges_count, cursor, max);

	for (size_t i = 0; i < count; i++) {
		struct edge line = file->list.edges[(first + i) / 2];

		if ((first + i) % 2 == 0)
			edges[i] = line;
		else
			edges[i] = (struct edge){.from = line.to, .to = line.from};
	}
	return count;
}

/* Ids that the file declares are dense already, but need not begin at 0. */
static int file_take_declared(struct file_graph *file, const struct graph_params *params,
			      struct graph_params *dense, struct why *why)
{
	struct edge_list *list = &file->list;

	*dense = *params;
	dense->nodes_count = list->ids_count;
	if (params->has_root &&
	    (params->root < list->first_id || params->root - list->first_id >= list->ids_count))
		return why_set(why, -EINVAL, "root %" PRIu64 " is not an id of '%s'", params->root,
			       params->path);
	dense->root -= params->has_root ? list->first_id : 0;
	for (size_t i = 0; i < list->count; i++) {
		list->edges[i].from -= list->first_id;
		list->edges[i].to -= list->first_id;
	}
	return 0;
}

/* Maps the ids and the root from the file's ids to dense ids. */
static int file_densify(struct file_graph *file, const struct graph_params *params,
			struct graph_params *dense, struct why *why)
{
	struct dense_ids ids;

	if (file->list.ids_declared)
		return file_take_declared(file, params, dense, why);
	int err = dense_ids_init(&ids, file->list.edges, file->list.count);

	if (err)
		return why_set(why, err, "out of memory for the ids of '%s'", params->path);
	*dense = *params;
	dense->nodes_count = ids.count;
	if (params->has_root && !dense_ids_find(&ids, params->root, &dense->root))
		err = why_set(why, -EINVAL, "root %" PRIu64 " is not an id of '%s'", params->root,
			      params->path);
	else
		dense_ids_apply(&ids, file->list.edges, file->list.count);
	dense_ids_release(&ids);
	return err;
}

static void file_close(struct graph *graph)
{
	struct file_graph *file = (struct file_graph *)graph;

	if (!file)
		return;
	edge_list_release(&file->list);
	free(file->path);
	free(file);
}

static int file_open(const struct graph_params *params, struct graph **out, struct why *why)
{
	struct graph_params dense;
	struct file_graph *file;
	int err;

	if (!params->path || !*params->path)
		return why_set(why, -EINVAL, "file: needs a path: file:PATH");
	file = calloc(1, sizeof(*file));
	if (!file)
		return why_set(why, -ENOMEM, "file: out of memory");
	file->path = strdup(params->path);
	err = file->path ? edge_list_read(&file->list, params->path, why) : -ENOMEM;
	if (!err)
		err = file_densify(file, params, &dense, why);
	if (err) {
		file_close(&file->base);
		return err;
	}
	bool doubled = params->undirected && !file->list.both_ways;

	generator_init(&file->base, &graph_file, &dense,
		       doubled ? 2 * file->list.count : file->list.count, 0,
		       doubled ? file_next_undirected : file_next_directed);
	file->base.note = file->list.note;
	file->base.content_hash = file->list.content_hash;
	*out = &file->base;
	return 0;
}

/* The ids are not kept: they would take as much memory as the edges. */
static uint64_t file_name_of(const struct graph *graph, uint64_t node)
{
	const struct file_graph *file = (const struct file_graph *)graph;
	struct edge_list list;
	struct dense_ids ids;
	uint64_t name = node;

	if (file->list.ids_declared)
		return node + file->list.first_id;
	if (edge_list_read(&list, file->path, NULL) != 0)
		return node;
	/* Unless another program has changed the file. */
	if (list.content_hash == file->list.content_hash &&
	    dense_ids_init(&ids, list.edges, list.count) == 0) {
		name = dense_ids_name(&ids, node);
		dense_ids_release(&ids);
	}
	edge_list_release(&list);
	return name;
}

const struct graph_ops graph_file = {
	.name = "file",
	.summary =
		"a graph from a file: file:PATH (edge list, Matrix Market, METIS, DIMACS, GAPBS)",
	.capabilities = GRAPH_FROM_FILE,
	.version = 1,
	.edges_count = file_edges_count,
	.open = file_open,
	.close = file_close,
	.name_of = file_name_of,
};
