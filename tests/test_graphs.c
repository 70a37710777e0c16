/*
 * The generators: each gives the same edges for every batch size and cursor, the promised number of
 * edges, and levels that agree with a walk over these edges; and the same edges on every machine,
 * by golden hashes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../workloads/verify.h"

static const uint64_t sizes[] = {1, 2, 3, 100, 257, 2049, 10000};
#define SIZES_COUNT (sizeof(sizes) / sizeof(sizes[0]))

static const struct graph_ops *find_graph(const char *name)
{
	for (size_t i = 0; i < graph_table_count; i++) {
		if (strcmp(graph_table[i]->name, name) == 0)
			return graph_table[i];
	}
	fail_msg("no graph '%s' in the table", name);
	return NULL;
}

static struct graph_params params_of(uint64_t nodes_count)
{
	return (struct graph_params){.nodes_count = nodes_count, .seed = GRAPH_DEFAULT_SEED};
}

static struct graph *open_graph(const struct graph_ops *ops, const struct graph_params *params)
{
	struct graph *graph = NULL;
	struct why why = {0};

	if (ops->open(params, &graph, &why))
		fail_msg("%s: %s", ops->name, why.text);
	assert_ptr_equal(graph->ops, ops);
	return graph;
}

/* All edges from `cursor` on, `max` at a time; the caller frees. */
static struct edge *play(const struct edge_stream *stream, uint64_t cursor, size_t max,
			 uint64_t *count)
{
	struct edge *edges = malloc((stream->edges_count + 1) * sizeof(*edges));
	size_t got;

	assert_non_null(edges);
	*count = 0;
	do {
		uint64_t room = stream->edges_count - *count;
		uint64_t before = cursor;

		got = stream->next(stream->context, &cursor, edges + *count,
				   room < max ? (size_t)room + 1 : max);
		*count += got;
		assert_true(*count <= stream->edges_count);
		assert_true(got == 0 || cursor != before);
	} while (got > 0);
	assert_int_equal(stream->next(stream->context, &cursor, edges, max), 0);
	return edges;
}

/* FNV-1a over the numbers, each as 8 bytes in little-endian order on every machine. */
static uint64_t hash_u64(uint64_t hash, uint64_t value)
{
	for (int i = 0; i < 8; i++)
		hash = (hash ^ (value >> (8 * i) & 0xff)) * UINT64_C(0x100000001b3);
	return hash;
}

static uint64_t hash_edges(const struct edge *edges, uint64_t count)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (uint64_t i = 0; i < count; i++)
		hash = hash_u64(hash_u64(hash, edges[i].from), edges[i].to);
	return hash;
}

/* The cursor after `count` edges that are read one by one. */
static uint64_t cursor_after(const struct edge_stream *stream, uint64_t count)
{
	struct edge edge;
	uint64_t cursor = 0;

	for (uint64_t i = 0; i < count; i++)
		assert_int_equal(stream->next(stream->context, &cursor, &edge, 1), 1);
	return cursor;
}

static void check_stream(const struct graph *graph)
{
	static const size_t batches[] = {1, 2, 3, 7, 64, 1000, 100000};
	const struct edge_stream *stream = &graph->stream;
	uint64_t middle = stream->edges_count / 2, cursor = cursor_after(stream, middle);
	uint64_t count, again_count;
	struct edge *edges = play(stream, 0, 512, &count);

	assert_int_equal(count, stream->edges_count);
	assert_true(graph->root < stream->nodes_count);
	assert_int_equal(graph->content_hash, 0);
	for (uint64_t i = 0; i < count; i++) {
		assert_true(edges[i].from < stream->nodes_count);
		assert_true(edges[i].to < stream->nodes_count);
	}
	for (size_t i = 0; i < sizeof(batches) / sizeof(batches[0]); i++) {
		struct edge *again = play(stream, 0, batches[i], &again_count);

		assert_int_equal(again_count, count);
		assert_memory_equal(again, edges, count * sizeof(*edges));
		free(again);
		again = play(stream, cursor, batches[i], &again_count);
		assert_int_equal(again_count, count - middle);
		assert_memory_equal(again, edges + middle, again_count * sizeof(*edges));
		free(again);
	}
	free(edges);
}

static bool is_generator(const struct graph_ops *ops)
{
	return !(ops->capabilities & GRAPH_FROM_FILE);
}

/* Every generator, every size, the default root and two others. */
static void test_streams_and_levels(void **state)
{
	(void)state;
	for (size_t g = 0; g < graph_table_count; g++) {
		const struct graph_ops *ops = graph_table[g];

		for (size_t s = 0; s < SIZES_COUNT && is_generator(ops); s++) {
			struct graph_params params = params_of(sizes[s]);

			for (int root = 0; root < 3; root++) {
				struct graph *graph;
				struct walk_summary summary;
				struct why why = {0};

				params.has_root = root > 0;
				params.root = root == 1 ? sizes[s] - 1 : sizes[s] / 2;
				graph = open_graph(ops, &params);
				assert_int_equal(graph->stream.nodes_count, sizes[s]);
				assert_int_equal(graph->stream.edges_count,
						 ops->edges_count(&params));
				if (root > 0)
					assert_int_equal(graph->root, params.root);
				else
					check_stream(graph);
				if (verify_expect(graph, &summary, &why))
					fail_msg("%s of %" PRIu64 ": %s", ops->name, sizes[s],
						 why.text);
				ops->close(graph);
			}
		}
	}
}

static void test_refusals(void **state)
{
	(void)state;
	for (size_t g = 0; g < graph_table_count; g++) {
		const struct graph_ops *ops = graph_table[g];
		struct graph_params none = params_of(0), bad_root = params_of(10);
		struct graph *graph = NULL;
		struct why why = {0};

		if (!is_generator(ops))
			continue;
		assert_int_equal(ops->open(&none, &graph, &why), -EINVAL);
		assert_true(why.text[0] != '\0');
		assert_int_equal(ops->open(&none, &graph, NULL), -EINVAL);
		bad_root.has_root = true;
		bad_root.root = 10;
		assert_int_equal(ops->open(&bad_root, &graph, &why), -EINVAL);
		assert_non_null(strstr(why.text, "root 10"));
		assert_null(graph);
	}
}

/* If a graph changes here, earlier results are not comparable: raise its version. */
static void test_golden_hashes(void **state)
{
	static const struct {
		const char *name;
		uint64_t hash, root;
	} golden[] = {
		{"chain", UINT64_C(0x58ad7324be67fa13), 0},
		{"chain-shuffled", UINT64_C(0x811d4d357f885c8b), 898},
		{"random", UINT64_C(0xa0d2b6546085bf85), 215},
		{"rmat", UINT64_C(0x42fc17e4eaf3da61), 0},
		{"star", UINT64_C(0xfb8bf92c8c6f94d5), 0},
	};
	struct graph_params params = params_of(1000);

	(void)state;
	for (size_t i = 0; i < sizeof(golden) / sizeof(golden[0]); i++) {
		struct graph *graph = open_graph(find_graph(golden[i].name), &params);
		uint64_t count, hash;
		struct edge *edges = play(&graph->stream, 0, 512, &count);

		hash = hash_edges(edges, count);
		if (hash != golden[i].hash || graph->root != golden[i].root)
			fail_msg("%s: edges 0x%016" PRIx64 ", root %" PRIu64, golden[i].name, hash,
				 graph->root);
		free(edges);
		graph->ops->close(graph);
	}
}

static void test_known_shapes(void **state)
{
	struct graph_params params = params_of(100);
	struct graph *graph = open_graph(find_graph("chain"), &params);
	struct walk_summary summary;

	(void)state;
	assert_int_equal(verify_expect(graph, &summary, NULL), 0);
	assert_int_equal(summary.reached_count, 100);
	assert_int_equal(summary.levels_count, 100);
	assert_int_equal(summary.edges_count, 99);
	graph->ops->close(graph);

	graph = open_graph(find_graph("star"), &params);
	assert_int_equal(verify_expect(graph, &summary, NULL), 0);
	assert_int_equal(summary.levels_count, 2);
	assert_int_equal(summary.level_counts[0], 1);
	assert_int_equal(summary.level_counts[1], 99);
	graph->ops->close(graph);
}

/*
 * Each id once in the chain, a different order for another seed, and levels that are not in id
 * order.
 */
static void test_chain_shuffled(void **state)
{
	struct graph_params params = params_of(5000);
	const struct graph_ops *ops = find_graph("chain-shuffled");
	struct graph *graph = open_graph(ops, &params);
	uint64_t count, other_count, fixed_count = 0;
	struct edge *edges = play(&graph->stream, 0, 100, &count), *other_edges;
	unsigned char *seen = calloc(5000, 1);
	struct graph *other;

	(void)state;
	assert_non_null(seen);
	assert_int_equal(edges[0].from, graph->root);
	seen[edges[0].from]++;
	for (uint64_t i = 0; i < count; i++) {
		assert_true(i == 0 || edges[i].from == edges[i - 1].to);
		seen[edges[i].to]++;
		fixed_count += edges[i].from == i;
	}
	for (uint64_t i = 0; i < 5000; i++)
		assert_int_equal(seen[i], 1);
	assert_true(fixed_count < 10);
	params.seed++;
	other = open_graph(ops, &params);
	other_edges = play(&other->stream, 0, 100, &other_count);
	assert_int_equal(other_count, count);
	assert_memory_not_equal(other_edges, edges, count * sizeof(*edges));
	free(seen);
	free(edges);
	free(other_edges);
	ops->close(graph);
	ops->close(other);
}

/*
 * The root has the lowest id of the nodes with the most out-edges, and reaches many; no self-loops.
 */
static void test_random(void **state)
{
	const struct graph_ops *ops = find_graph("random");

	(void)state;
	for (uint64_t nodes_count = 1000; nodes_count <= 64000; nodes_count *= 4) {
		struct graph_params params = params_of(nodes_count);
		uint64_t *degrees = calloc(nodes_count, sizeof(*degrees)), count;
		struct walk_summary summary;
		struct graph *graph;
		struct edge *edges;

		for (params.seed = 0; params.seed < 5; params.seed++) {
			graph = open_graph(ops, &params);
			edges = play(&graph->stream, 0, 512, &count);
			assert_int_equal(count, 2 * nodes_count);
			memset(degrees, 0, nodes_count * sizeof(*degrees));
			for (uint64_t i = 0; i < count; i++) {
				assert_true(edges[i].from != edges[i].to);
				degrees[edges[i].from]++;
			}
			for (uint64_t i = 0; i < nodes_count; i++)
				assert_true(degrees[i] + (i < graph->root) <= degrees[graph->root]);
			assert_int_equal(verify_expect(graph, &summary, NULL), 0);
			assert_true(summary.reached_count > nodes_count / 2);
			free(edges);
			ops->close(graph);
		}
		free(degrees);
	}
}

static void test_random_degree(void **state)
{
	const struct graph_ops *ops = find_graph("random");
	struct graph_params params = params_of(300);
	struct graph *graph = NULL;
	struct why why = {0};

	(void)state;
	params.degree = 17;
	graph = open_graph(ops, &params);
	assert_int_equal(graph->stream.edges_count, 17 * 300);
	check_stream(graph);
	ops->close(graph);

	params.degree = UINT64_MAX / 299;
	graph = NULL;
	assert_int_equal(ops->edges_count(&params), UINT64_MAX);
	assert_int_equal(ops->open(&params, &graph, &why), -EINVAL);
	assert_non_null(strstr(why.text, "300 nodes"));
	assert_null(graph);
	params.nodes_count = 1;
	assert_int_equal(ops->edges_count(&params), 0);
}

/* The default root has the most out-edges, also where more than a byte counts them. */
static void test_random_root(void **state)
{
	static const uint64_t degrees[] = {1, 5, 230, 250, 260, 1000};
	const struct graph_ops *ops = find_graph("random");

	(void)state;
	for (size_t d = 0; d < sizeof(degrees) / sizeof(degrees[0]); d++) {
		struct graph_params params = params_of(20);
		uint64_t counts[20] = {0}, cursor = 0, best = 0;
		struct edge edge;

		params.degree = degrees[d];
		struct graph *graph = open_graph(ops, &params);
		while (graph->stream.next(graph->stream.context, &cursor, &edge, 1))
			counts[edge.from]++;
		for (uint64_t i = 1; i < 20; i++)
			best = counts[i] > counts[best] ? i : best;
		assert_int_equal(graph->root, best);
		ops->close(graph);
	}
}

/* By default AddressSanitizer ends the program if malloc fails. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

/* More nodes than memory: refused, nothing left behind. */
static void test_out_of_memory(void **state)
{
	struct graph_params params = params_of(UINT64_MAX / 16);
	struct graph *graph = NULL;
	struct why why = {0};

	(void)state;
	params.degree = 1;
	assert_int_equal(find_graph("random")->open(&params, &graph, &why), -ENOMEM);
	assert_true(why.text[0] != '\0');
	assert_int_equal(find_graph("chain-shuffled")->open(&params, &graph, &why), -ENOMEM);
	params.nodes_count = UINT64_MAX;
	assert_int_equal(find_graph("chain-shuffled")->open(&params, &graph, &why), -ENOMEM);
	assert_null(graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_streams_and_levels), cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_golden_hashes),      cmocka_unit_test(test_known_shapes),
		cmocka_unit_test(test_chain_shuffled),     cmocka_unit_test(test_random),
		cmocka_unit_test(test_random_degree),      cmocka_unit_test(test_random_root),
		cmocka_unit_test(test_out_of_memory),
	};

	return cmocka_run_group_tests_name("graphs", tests, NULL, NULL);
}
