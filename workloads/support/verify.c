/*
 * The expected answers: see verify.h. A plain queue over adjacency lists from a counting sort of
 * the stream. It shares no code with any layout, engine or workload.
 *
 * Definition of levels_hash, for recomputation by others (all arithmetic modulo 2^64; mix64, mix_at
 * and MIX_GOLDEN as in mix.h): the levels are combined in pairs, word k = levels[2k] + levels[2k +
 * 1] * 2^32, the second one 0 where the count is odd. Four lanes begin as lane[j] = mix_at(0, j);
 * word k goes to lane k mod 4: x = (lane ^ word) * MIX_GOLDEN, lane = x ^ (x >> 32). At the end,
 * from hash = nodes_count: hash = mix64(hash + lane[j]) for j = 0 to 3. Each step is a bijection of
 * the lane, so two arrays that differ in one word never have the same hash. The lanes are
 * independent, which makes it fast.
 *
 * The fold of one answer is a sum over its ids, so it does not depend on the order of the
 * neighbours. The fold over answers depends on their order: value' = mix64(mix64(value +
 * MIX_GOLDEN) ^ (sum of mix_at(0, id) + count * MIX_GOLDEN)).
 */
#include "../verify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mix.h"

#define LANES_COUNT 4
#define BATCH_EDGES 512 /* 8 KiB: fits into the first-level cache */

static inline uint64_t lane_step(uint64_t lane, uint64_t low, uint64_t high)
{
	uint64_t x = (lane ^ (low | high << 32)) * MIX_GOLDEN;

	return x ^ (x >> 32);
}

void levels_hash_begin(struct levels_hashing *hashing)
{
	_Static_assert(sizeof(hashing->lanes) == LANES_COUNT * sizeof(uint64_t), "all lanes");
	for (unsigned j = 0; j < LANES_COUNT; j++)
		hashing->lanes[j] = mix_at(0, j);
	hashing->nodes_count = 0;
}

void levels_hash_add(struct levels_hashing *hashing, const uint32_t *levels, uint64_t count)
{
	uint64_t lanes[LANES_COUNT], i = 0;

	memcpy(lanes, hashing->lanes, sizeof(lanes));
	for (; count - i >= 2 * LANES_COUNT; i += 2 * LANES_COUNT) {
		for (unsigned j = 0; j < LANES_COUNT; j++)
			lanes[j] = lane_step(lanes[j], levels[i + 2 * j], levels[i + 2 * j + 1]);
	}
	for (unsigned j = 0; i < count; i += 2, j++)
		lanes[j] = lane_step(lanes[j], levels[i], i + 1 < count ? levels[i + 1] : 0);
	memcpy(hashing->lanes, lanes, sizeof(lanes));
	hashing->nodes_count += count;
}

uint64_t levels_hash_end(const struct levels_hashing *hashing)
{
	uint64_t hash = hashing->nodes_count;

	for (unsigned j = 0; j < LANES_COUNT; j++)
		hash = mix64(hash + hashing->lanes[j]);
	return hash;
}

uint64_t levels_hash(const uint32_t *levels, uint64_t nodes_count)
{
	struct levels_hashing hashing;

	levels_hash_begin(&hashing);
	levels_hash_add(&hashing, levels, nodes_count);
	return levels_hash_end(&hashing);
}

/* Counts the levels of some nodes into out. */
static void count_levels(const uint32_t *levels, uint64_t count, struct walk_summary *out)
{
	for (uint64_t i = 0; i < count; i++) {
		uint32_t level = levels[i];

		if (level == LEVEL_UNREACHED)
			continue;
		out->reached_count++;
		if (level >= out->levels_count)
			out->levels_count = (uint64_t)level + 1;
		if (level < LEVELS_RECORDED)
			out->level_counts[level]++;
	}
}

void levels_summarize(const uint32_t *levels, uint64_t nodes_count, struct walk_summary *out)
{
	struct levels_hashing hashing;

	levels_summarize_begin(&hashing, out);
	levels_summarize_add(&hashing, levels, nodes_count, out);
	out->levels_hash = levels_hash_end(&hashing);
}

void levels_summarize_begin(struct levels_hashing *hashing, struct walk_summary *out)
{
	levels_hash_begin(hashing);
	out->reached_count = 0;
	out->levels_count = 0;
	memset(out->level_counts, 0, sizeof(out->level_counts));
}

void levels_summarize_add(struct levels_hashing *hashing, const uint32_t *levels, uint64_t count,
			  struct walk_summary *out)
{
	levels_hash_add(hashing, levels, count);
	count_levels(levels, count, out);
}

/* The edges of the stream by source: the targets of node i are at [i ? ends[i - 1] : 0,
 * ends[i]). */
struct reference_graph {
	uint64_t *ends;    /* [nodes_count] */
	uint64_t *targets; /* [edges_count] */
};

static void reference_graph_release(struct reference_graph *lists)
{
	free(lists->ends);
	free(lists->targets);
	*lists = (struct reference_graph){0};
}

static int stream_differs(struct why *why)
{
	return why_set(why, -EBADMSG, "the stream of edges is not the same when played again");
}

/* Counts the out-edges of each node, and checks the ids and the sizes of the stream. */
static int reference_graph_count(const struct edge_stream *stream, uint64_t *degrees,
				 struct why *why)
{
	struct edge edges[BATCH_EDGES];
	uint64_t cursor = 0, total = 0;
	size_t count;

	while ((count = stream->next(stream->context, &cursor, edges, BATCH_EDGES)) > 0) {
		for (size_t i = 0; i < count; i++) {
			if (edges[i].from >= stream->nodes_count ||
			    edges[i].to >= stream->nodes_count)
				return why_set(why, -EBADMSG,
					       "edge %" PRIu64 " goes from %" PRIu64 " to %" PRIu64
					       " in a graph of %" PRIu64 " nodes",
					       total + i, edges[i].from, edges[i].to,
					       stream->nodes_count);
			degrees[edges[i].from]++;
		}
		total += count;
	}
	if (total != stream->edges_count)
		return why_set(why, -EBADMSG, "the stream has %" PRIu64 " edges, not %" PRIu64,
			       total, stream->edges_count);
	return 0;
}

/* Counting sort, in the order of the stream within a node. */
static int reference_graph_build(struct reference_graph *lists, const struct edge_stream *stream,
				 struct why *why)
{
	struct edge edges[BATCH_EDGES];
	uint64_t cursor = 0, total = 0;
	size_t count;
	int err;

	lists->ends = calloc(stream->nodes_count, sizeof(uint64_t));
	lists->targets = calloc(stream->edges_count + 1, sizeof(uint64_t));
	if (!lists->ends || !lists->targets)
		return why_set(why, -ENOMEM, "out of memory for the reference walk");
	err = reference_graph_count(stream, lists->ends, why);
	if (err)
		return err;
	for (uint64_t i = 0; i < stream->nodes_count; i++) {
		uint64_t degree = lists->ends[i];

		lists->ends[i] = total; /* the start of its targets; the loop below advances it */
		total += degree;
	}
	total = 0;
	while ((count = stream->next(stream->context, &cursor, edges, BATCH_EDGES)) > 0) {
		for (size_t i = 0; i < count; i++) {
			if (edges[i].from >= stream->nodes_count ||
			    lists->ends[edges[i].from] >= stream->edges_count)
				return stream_differs(why);
			lists->targets[lists->ends[edges[i].from]++] = edges[i].to;
		}
		total += count;
	}
	return total == stream->edges_count ? 0 : stream_differs(why);
}

/* Plain breadth-first search. Returns the out-edges of the nodes expanded. */
static uint64_t walk_reference(const struct reference_graph *lists, uint64_t nodes_count,
			       uint64_t root, uint32_t depth_max, uint64_t *queue, uint32_t *levels)
{
	uint64_t head = 0, tail = 0, edges_count = 0;

	memset(levels, 0xff, nodes_count * sizeof(*levels)); /* LEVEL_UNREACHED */
	levels[root] = 0;
	queue[tail++] = root;
	while (head < tail && levels[queue[head]] < depth_max) {
		uint64_t node = queue[head++];
		uint64_t begin = node ? lists->ends[node - 1] : 0;

		edges_count += lists->ends[node] - begin;
		for (uint64_t i = begin; i < lists->ends[node]; i++) {
			uint64_t to = lists->targets[i];

			if (levels[to] != LEVEL_UNREACHED)
				continue;
			levels[to] = levels[node] + 1;
			queue[tail++] = to;
		}
	}
	return edges_count;
}

static int compare_with_definition(const struct graph *graph, uint32_t depth_max,
				   const uint32_t *levels, struct why *why)
{
	uint64_t nodes_count = graph->stream.nodes_count;
	uint32_t *defined = reallocarray(NULL, nodes_count, sizeof(*defined));
	int err = 0;

	if (!defined)
		return why_set(why, -ENOMEM, "out of memory for the reference walk");
	graph->ops->levels(graph, defined);
	for (uint64_t i = 0; i < nodes_count && !err; i++) {
		if (defined[i] != LEVEL_UNREACHED && defined[i] > depth_max)
			defined[i] = LEVEL_UNREACHED;
		if (defined[i] != levels[i])
			err = why_set(why, -EBADMSG,
				      "node %" PRIu64 " is on level %" PRId64
				      " by the definition of the graph, on %" PRId64
				      " by its edges (-1: not reached)",
				      i, defined[i] == LEVEL_UNREACHED ? -1 : (int64_t)defined[i],
				      levels[i] == LEVEL_UNREACHED ? -1 : (int64_t)levels[i]);
	}
	free(defined);
	return err;
}

int verify_expect_queue(const struct graph *graph, uint32_t depth_max, struct walk_summary *out,
			struct why *why)
{
	uint64_t nodes_count = graph->stream.nodes_count;
	struct reference_graph lists = {0};
	uint32_t *levels = NULL;
	uint64_t *queue = NULL;
	int err;

	if (graph->root >= nodes_count)
		return why_set(why, -EINVAL, "root %" PRIu64 " in a graph of %" PRIu64 " nodes",
			       graph->root, nodes_count);
	if (nodes_count >= LEVEL_UNREACHED)
		return why_set(why, -EOVERFLOW, "more nodes than a level can count: %" PRIu64,
			       nodes_count);
	err = reference_graph_build(&lists, &graph->stream, why);
	if (err)
		goto out;
	levels = reallocarray(NULL, nodes_count, sizeof(*levels));
	queue = reallocarray(NULL, nodes_count, sizeof(*queue));
	if (!levels || !queue) {
		err = why_set(why, -ENOMEM, "out of memory for the reference walk");
		goto out;
	}
	out->edges_count =
		walk_reference(&lists, nodes_count, graph->root, depth_max, queue, levels);
	levels_summarize(levels, nodes_count, out);
	reference_graph_release(&lists); /* frees memory for the second array of levels */
	if (graph->ops && graph->ops->levels)
		err = compare_with_definition(graph, depth_max, levels, why);
out:
	reference_graph_release(&lists);
	free(queue);
	free(levels);
	return err;
}

int verify_compare(const struct walk_summary *expected, const struct walk_summary *found,
		   struct why *why)
{
	if (found->reached_count != expected->reached_count)
		return why_set(why, -EBADMSG, "reached %" PRIu64 " nodes, expected %" PRIu64,
			       found->reached_count, expected->reached_count);
	if (found->levels_count != expected->levels_count)
		return why_set(why, -EBADMSG, "found %" PRIu64 " levels, expected %" PRIu64,
			       found->levels_count, expected->levels_count);
	for (unsigned i = 0; i < LEVELS_RECORDED; i++) {
		if (found->level_counts[i] != expected->level_counts[i])
			return why_set(why, -EBADMSG,
				       "level %u has %" PRIu64 " nodes, expected %" PRIu64, i,
				       found->level_counts[i], expected->level_counts[i]);
	}
	if (found->edges_count != expected->edges_count)
		return why_set(why, -EBADMSG, "followed %" PRIu64 " edges, expected %" PRIu64,
			       found->edges_count, expected->edges_count);
	if (found->levels_hash != expected->levels_hash)
		return why_set(why, -EBADMSG,
			       "the levels differ though their counts agree: "
			       "hash %016" PRIx64 ", expected %016" PRIx64,
			       found->levels_hash, expected->levels_hash);
	return 0;
}

uint64_t verify_query_node(uint64_t seed, uint64_t i, uint64_t nodes_count)
{
	return mix_reduce(mix_at(mix_key(seed, MIX_QUERIES), i), nodes_count);
}

static uint64_t fold_answer(uint64_t value, uint64_t ids_sum, uint64_t count)
{
	return mix64(mix64(value + MIX_GOLDEN) ^ (ids_sum + count * MIX_GOLDEN));
}

uint64_t verify_fold(uint64_t value, const uint64_t *ids, size_t count)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += mix_at(0, ids[i]);
	return fold_answer(value, sum, count);
}

uint64_t verify_fold_narrow(uint64_t value, const uint32_t *ids, size_t count)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += mix_at(0, ids[i]);
	return fold_answer(value, sum, count);
}

/* The part of a query's result that the fold uses. */
struct query_result {
	uint64_t ids_sum, count;
};

/* Reads the stream for the results of the nodes [first, first + count) into answers[count]. */
static int read_answers(const struct edge_stream *stream, uint64_t first, uint64_t count,
			struct query_result *answers)
{
	struct edge edges[BATCH_EDGES];
	uint64_t cursor = 0, total = 0;
	size_t edges_count;

	memset(answers, 0, count * sizeof(*answers));
	while ((edges_count = stream->next(stream->context, &cursor, edges, BATCH_EDGES)) > 0) {
		for (size_t i = 0; i < edges_count; i++) {
			uint64_t node = edges[i].from - first;

			if (edges[i].from >= stream->nodes_count)
				return -EBADMSG;
			if (node >= count)
				continue;
			answers[node].ids_sum += mix_at(0, edges[i].to);
			answers[node].count++;
		}
		total += edges_count;
	}
	return total == stream->edges_count ? 0 : -EBADMSG;
}

int verify_lookups(const struct edge_stream *stream, uint64_t seed, uint64_t queries_count,
		   uint64_t *value)
{
	uint64_t nodes_count = stream->nodes_count, at_once = nodes_count;
	struct query_result *answers; /* [at_once] */
	uint64_t folded = 0;
	int err = 0;

	if (nodes_count == 0)
		return -EINVAL;
	if (stream->budget && at_once > stream->budget->memory_bytes / sizeof(*answers))
		at_once = stream->budget->memory_bytes / sizeof(*answers) + 1;
	answers = reallocarray(NULL, at_once, sizeof(*answers));
	if (!answers)
		return -ENOMEM;
	for (uint64_t first = 0; !err && first < nodes_count; first += at_once) {
		uint64_t left = nodes_count - first, count = left < at_once ? left : at_once;

		err = read_answers(stream, first, count, answers);
		for (uint64_t i = 0; !err && i < queries_count; i++) {
			uint64_t node = verify_query_node(seed, i, nodes_count) - first;

			if (node < count)
				folded +=
					fold_answer(i, answers[node].ids_sum, answers[node].count);
		}
	}
	free(answers);
	*value = folded;
	return err;
}
