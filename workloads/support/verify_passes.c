/*
 * The expected answer of a graph whose edges do not fit into memory: see verify_expect() in
 * verify.h.
 *
 * First by relaxation (Bellman 1958, Ford 1956, with all edges of length 1): each pass over the
 * stream lowers the level of an edge's target to that of its source plus one. A level lowered early
 * in a pass counts for the edges after it, so that there are at most as many passes as levels, and
 * usually fewer. The pass that changes nothing proves the levels: none can be lower, and each came from a
 * path. A node takes one byte. A stream of random edges takes five passes or so.
 *
 * A graph with more than 254 levels, or one that takes more than PASSES_MAX passes, would take too
 * many: a shuffled chain takes half as many passes as nodes. Its edges are sorted once into a
 * temporary file, for the usual queue, and all arrays are in temporary files that the kernel can write
 * back. The sort is that of the layouts, so the levels are proved by one more pass over the stream,
 * as in the validation of Graph500 (graph500.org, specification, kernel 2): no edge leads more than
 * one level down, and each node that was reached has an edge from the level before.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../layouts/support/scratch.h"
#include "../../layouts/support/sorted_edges.h"
#include "../verify.h"

#define BATCH_EDGES    512  /* 8 KiB: fits into the first-level cache */
#define PART_LEVELS    4096 /* converted at once; a multiple of 8: see levels_hash_add() */
#define BYTE_UNREACHED UINT8_MAX
#define PASSES_MAX     24 /* about what sorting and a queue in temporary files take */

uint64_t verify_queue_bytes(uint64_t nodes_count, uint64_t edges_count)
{
	/* Ends u64, queue u64, levels u32 by the edges and u32 by the definition; targets u64. */
	if (nodes_count > UINT64_MAX / 64 || edges_count > UINT64_MAX / 64)
		return UINT64_MAX;
	return 24 * nodes_count + 8 * edges_count;
}

uint64_t verify_passes_bytes(uint64_t nodes_count)
{
	return nodes_count;
}

static int out_of_memory(struct why *why)
{
	return why_set(why, -ENOMEM, "out of memory for the reference walk");
}

/* ---- levels of one byte, by passes ---- */

struct passes {
	const struct edge_stream *stream;
	uint8_t *levels; /* [nodes_count] */
	uint32_t depth_max;
	bool changed, too_deep;
	uint64_t followed_count; /* out-edges of the nodes that are expanded, in the last pass */
};

static int bad_edge(const struct edge_stream *stream, uint64_t index, const struct edge *edge,
		    struct why *why)
{
	return why_set(why, -EBADMSG,
		       "edge %" PRIu64 " goes from %" PRIu64 " to %" PRIu64
		       " in a graph of %" PRIu64 " nodes",
		       index, edge->from, edge->to, stream->nodes_count);
}

static int bad_count(const struct edge_stream *stream, uint64_t count, struct why *why)
{
	return why_set(why, -EBADMSG, "the stream has %" PRIu64 " edges, not %" PRIu64, count,
		       stream->edges_count);
}

static void relax_batch(struct passes *passes, const struct edge *edges, size_t count)
{
	uint8_t *levels = passes->levels;

	for (size_t i = 0; i < count; i++) {
		unsigned next = levels[edges[i].from] + 1u;

		if (next > passes->depth_max || next > BYTE_UNREACHED)
			continue;
		passes->followed_count++;
		if (next == BYTE_UNREACHED && levels[edges[i].to] == BYTE_UNREACHED)
			passes->too_deep = true; /* more levels than a byte has, so far */
		if (levels[edges[i].to] <= next)
			continue;
		levels[edges[i].to] = (uint8_t)next;
		passes->changed = true;
	}
}

static int relax_all(struct passes *passes, struct why *why)
{
	const struct edge_stream *stream = passes->stream;
	struct edge edges[BATCH_EDGES];
	uint64_t cursor = 0, total = 0;
	size_t count;

	passes->changed = false;
	passes->followed_count = 0;
	while (!passes->too_deep &&
	       (count = stream->next(stream->context, &cursor, edges, BATCH_EDGES)) > 0) {
		/* The levels of a batch are fetched together: each is somewhere else in memory. */
		for (size_t i = 0; i < count; i++) {
			if (edges[i].from >= stream->nodes_count ||
			    edges[i].to >= stream->nodes_count)
				return bad_edge(stream, total + i, &edges[i], why);
			__builtin_prefetch(&passes->levels[edges[i].from]);
			__builtin_prefetch(&passes->levels[edges[i].to]);
		}
		relax_batch(passes, edges, count);
		total += count;
	}
	return passes->too_deep || total == stream->edges_count ? 0 : bad_count(stream, total, why);
}

/* Part by part: levels of one byte as those of four. */
static void summarize_bytes(const uint8_t *levels, uint64_t nodes_count, struct walk_summary *out)
{
	struct levels_hashing hashing;
	uint32_t wide[PART_LEVELS];

	levels_summarize_begin(&hashing, out);
	for (uint64_t first = 0; first < nodes_count; first += PART_LEVELS) {
		uint64_t left = nodes_count - first;
		size_t count = left < PART_LEVELS ? (size_t)left : PART_LEVELS;

		for (size_t i = 0; i < count; i++)
			wide[i] = levels[first + i] == BYTE_UNREACHED ? LEVEL_UNREACHED
								      : levels[first + i];
		levels_summarize_add(&hashing, wide, count, out);
	}
	out->levels_hash = levels_hash_end(&hashing);
}

/* 1: the answer is in `out`; 0: too many levels or passes; or negative errno. */
static int expect_by_passes(const struct graph *graph, uint32_t depth_max, struct walk_summary *out,
			    struct why *why)
{
	uint64_t nodes_count = graph->stream.nodes_count;
	struct passes passes = {.stream = &graph->stream,
				.levels = malloc(nodes_count),
				.depth_max = depth_max,
				.changed = true};
	int err = 0;

	if (!passes.levels)
		return out_of_memory(why);
	memset(passes.levels, BYTE_UNREACHED, nodes_count);
	passes.levels[graph->root] = 0;
	for (int i = 0; !err && i < PASSES_MAX && passes.changed && !passes.too_deep; i++)
		err = relax_all(&passes, why);
	bool done = !err && !passes.changed && !passes.too_deep;
	if (done) {
		out->edges_count = passes.followed_count;
		summarize_bytes(passes.levels, nodes_count, out);
	}
	free(passes.levels);
	return err ? err : done;
}

/* ---- the usual queue, in temporary files ---- */

struct mapped_walk {
	const struct graph *graph;
	uint64_t nodes_count, edges_count;
	uint32_t depth_max;
	uint64_t *offsets; /* [nodes_count + 1] */
	uint32_t *targets; /* [edges_count] */
	uint32_t *queue;   /* [nodes_count] */
	uint32_t *levels;  /* [nodes_count] */
	uint64_t followed_count;
};

static void mapped_walk_release(struct mapped_walk *walk)
{
	scratch_unmap(walk->offsets, (walk->nodes_count + 1) * sizeof(*walk->offsets));
	scratch_unmap(walk->targets, walk->edges_count * sizeof(*walk->targets));
	scratch_unmap(walk->queue, walk->nodes_count * sizeof(*walk->queue));
	scratch_unmap(walk->levels, walk->nodes_count * sizeof(*walk->levels));
}

static int mapped_walk_new(struct mapped_walk *walk)
{
	const char *folder = walk->graph->stream.budget->folder;
	int err = 0;

	walk->offsets = scratch_map(folder, (walk->nodes_count + 1) * sizeof(*walk->offsets), &err);
	if (!err)
		walk->targets =
			scratch_map(folder, walk->edges_count * sizeof(*walk->targets), &err);
	if (!err)
		walk->queue = scratch_map(folder, walk->nodes_count * sizeof(*walk->queue), &err);
	if (!err)
		walk->levels = scratch_map(folder, walk->nodes_count * sizeof(*walk->levels), &err);
	return err;
}

static int fill(struct mapped_walk *walk)
{
	struct sorted_edges *sorted;
	struct sorted_part part;
	uint64_t used_count = 0;
	int more, err = sorted_edges_open(&walk->graph->stream, false, false, 1, &sorted);

	if (err)
		return err;
	while ((more = sorted_edges_next(sorted, &part)) > 0) {
		uint64_t count = part.offsets[part.nodes_count];

		for (uint64_t i = 0; i < part.nodes_count; i++)
			walk->offsets[part.first_node + i] = used_count + part.offsets[i];
		for (uint64_t i = 0; i < count; i++)
			walk->targets[used_count + i] = (uint32_t)part.ids[i];
		used_count += count;
	}
	walk->offsets[walk->nodes_count] = used_count;
	sorted_edges_close(sorted);
	return more;
}

static void search(struct mapped_walk *walk)
{
	uint64_t head = 0, tail = 0;

	memset(walk->levels, 0xff, walk->nodes_count * sizeof(*walk->levels)); /* LEVEL_UNREACHED */
	walk->levels[walk->graph->root] = 0;
	walk->queue[tail++] = (uint32_t)walk->graph->root;
	while (head < tail && walk->levels[walk->queue[head]] < walk->depth_max) {
		uint32_t node = walk->queue[head++];
		uint64_t end = walk->offsets[node + 1];

		walk->followed_count += end - walk->offsets[node];
		for (uint64_t i = walk->offsets[node]; i < end; i++) {
			uint32_t to = walk->targets[i];

			if (walk->levels[to] != LEVEL_UNREACHED)
				continue;
			walk->levels[to] = walk->levels[node] + 1;
			walk->queue[tail++] = to;
		}
	}
}

/* Marks in found[] the nodes that an edge leads to from the level before. False: an edge leads to a
 * node that should be on a lower level, or the edges followed are others. */
static bool check_edges(const struct mapped_walk *walk, unsigned char *found)
{
	const struct edge_stream *stream = &walk->graph->stream;
	struct edge edges[BATCH_EDGES];
	uint64_t cursor = 0, followed_count = 0;
	size_t count;

	while ((count = stream->next(stream->context, &cursor, edges, BATCH_EDGES)) > 0) {
		for (size_t i = 0; i < count; i++) {
			if (edges[i].from >= walk->nodes_count || edges[i].to >= walk->nodes_count)
				return false;
			uint32_t from = walk->levels[edges[i].from];
			uint32_t to = walk->levels[edges[i].to];

			if (from == LEVEL_UNREACHED || from >= walk->depth_max)
				continue;
			followed_count++;
			if (to > from + 1)
				return false;
			if (to == from + 1)
				found[edges[i].to / 8] |= (unsigned char)(1u << edges[i].to % 8);
		}
	}
	return followed_count == walk->followed_count;
}

/* The levels are those of the stream, whatever the sort did: see the top of this file. */
static int prove(const struct mapped_walk *walk, struct why *why)
{
	unsigned char *found = calloc(walk->nodes_count / 8 + 1, 1);

	if (!found)
		return out_of_memory(why);
	bool right = check_edges(walk, found);
	for (uint64_t i = 0; right && i < walk->nodes_count; i++) {
		if (walk->levels[i] == LEVEL_UNREACHED)
			continue;
		right = (walk->levels[i] == 0) == (i == walk->graph->root) &&
			(!walk->levels[i] || (found[i / 8] >> i % 8 & 1));
	}
	free(found);
	return right ? 0
		     : why_set(why, -EBADMSG,
			       "the levels of the reference walk contradict the stream of edges");
}

static int expect_by_files(const struct graph *graph, uint32_t depth_max, struct walk_summary *out,
			   struct why *why)
{
	struct mapped_walk walk = {.graph = graph,
				   .nodes_count = graph->stream.nodes_count,
				   .edges_count = graph->stream.edges_count,
				   .depth_max = depth_max};
	int err = mapped_walk_new(&walk);

	if (!err)
		err = fill(&walk);
	if (err) {
		err = err == -ERANGE || err == -EINVAL
			      ? why_set(why, -EBADMSG,
					"the stream of edges is not the same when played again")
			      : why_set(why, err, "temporary files for the reference walk: %s",
					strerror(-err));
	} else {
		search(&walk);
		out->edges_count = walk.followed_count;
		levels_summarize(walk.levels, walk.nodes_count, out);
		err = prove(&walk, why);
	}
	mapped_walk_release(&walk);
	return err;
}

/* ---- which way ---- */

/* The levels by the definition of the graph must give the same hash. */
static int compare_definition(const struct graph *graph, uint32_t depth_max,
			      const struct walk_summary *found, struct why *why)
{
	uint64_t nodes_count = graph->stream.nodes_count;
	struct walk_summary defined = *found;
	int err;
	uint32_t *levels =
		scratch_map(graph->stream.budget->folder, nodes_count * sizeof(*levels), &err);

	if (!levels)
		return why_set(why, err, "temporary files for the reference walk: %s",
			       strerror(-err));
	graph->ops->levels(graph, levels);
	for (uint64_t i = 0; i < nodes_count; i++) {
		if (levels[i] > depth_max)
			levels[i] = LEVEL_UNREACHED;
	}
	levels_summarize(levels, nodes_count, &defined);
	scratch_unmap(levels, nodes_count * sizeof(*levels));
	return verify_compare(&defined, found, why);
}

int verify_expect_depth(const struct graph *graph, uint32_t depth_max, struct walk_summary *out,
			struct why *why)
{
	const struct edge_stream *stream = &graph->stream;

	if (!stream->budget || verify_queue_bytes(stream->nodes_count, stream->edges_count) <=
				       stream->budget->memory_bytes)
		return verify_expect_queue(graph, depth_max, out, why);
	if (graph->root >= stream->nodes_count || stream->nodes_count >= LEVEL_UNREACHED)
		return verify_expect_queue(graph, depth_max, out, why); /* which refuses it */
	int done = expect_by_passes(graph, depth_max, out, why);
	int err = done < 0 ? done : 0;
	if (!done)
		err = expect_by_files(graph, depth_max, out, why);
	if (!err && graph->ops && graph->ops->levels)
		err = compare_definition(graph, depth_max, out, why);
	return err;
}

int verify_expect(const struct graph *graph, struct walk_summary *out, struct why *why)
{
	return verify_expect_depth(graph, LEVEL_UNREACHED, out, why);
}
