/*
 * Walks whose levels are narrow, wide and deep, over a store that computes neighbours: every order, window and
 * width of ids finds the levels of a plain queue. The graph is large enough for the queue of a walk to run full.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../workloads/support/walk.h"

/*
 * Nodes 0 to HUB - 1 are a chain to HUB, which is deeper than a byte can count. HUB has HUB_EDGES neighbours, and
 * every node after it DEGREE of its own, anywhere. The last nodes are a chain again.
 */
#define NODES_COUNT UINT64_C(200000)
#define HUB         300
#define HUB_EDGES   120000
#define DEGREE      3
#define TAIL        1000 /* nodes of the chain at the end */

static uint64_t mixed(uint64_t x)
{
	x *= UINT64_C(0x9E3779B97F4A7C15);
	return x ^ x >> 29;
}

static size_t degree_of(uint64_t node)
{
	if (node == HUB)
		return HUB_EDGES;
	return node < HUB                   ? 1
	       : node == NODES_COUNT - 1    ? 0
	       : node >= NODES_COUNT - TAIL ? 1
					    : DEGREE;
}

static uint64_t neighbor_of(uint64_t node, size_t k)
{
	if (node < HUB || node >= NODES_COUNT - TAIL)
		return node + 1;
	/* Every other node, backwards, so that the rest is found later. */
	if (node == HUB)
		return NODES_COUNT - TAIL - 1 - k * 3 % (NODES_COUNT / 2);
	return HUB + 1 + mixed(node * DEGREE + k) % (NODES_COUNT - TAIL - HUB);
}

struct fake {
	struct store store;
	uint32_t *ids32; /* [WALK_WINDOW_MAX * DEGREE + HUB_EDGES] */
	uint64_t *ids64;
	uint64_t expanded_count;
	bool by_id; /* the nodes of every level must come by id */
	bool bad;   /* a neighbour of one of the last wide nodes is no node */
};

static void fill(struct fake *fake, uint64_t node, size_t at, struct neighbors *out)
{
	out->count = degree_of(node);
	out->ids = fake->store.narrow_ids ? (void *)(fake->ids32 + at) : (void *)(fake->ids64 + at);
	for (size_t k = 0; k < out->count; k++) {
		uint64_t id = neighbor_of(node, k);

		if (fake->bad && node == NODES_COUNT - TAIL - 7 && k == 1)
			id = NODES_COUNT;
		fake->ids32[at + k] = (uint32_t)id;
		fake->ids64[at + k] = id;
	}
}

static ssize_t fake_batch(struct store *store, struct frontier *level, struct neighbors *out,
			  size_t out_max)
{
	struct fake *fake = (struct fake *)store;
	size_t count = level->count - level->next, at = 0;

	if (count > out_max)
		count = out_max;
	for (size_t i = 0; i < count; i++) {
		uint64_t node = level->nodes[level->next + i];

		if (fake->by_id && level->next + i > 0)
			assert_true(node > level->nodes[level->next + i - 1]);
		fill(fake, node, at, &out[i]);
		at += out[i].count;
	}
	level->next += count;
	fake->expanded_count += count;
	return (ssize_t)count;
}

static int fake_neighbors(struct store *store, uint64_t node, struct neighbors *out)
{
	struct fake *fake = (struct fake *)store;

	fill(fake, node, 0, out);
	fake->expanded_count++;
	return 0;
}

static const struct layout_ops fake_ops = {
	.name = "fake", .neighbors = fake_neighbors, .neighbors_batch = fake_batch};

static struct fake fake;
static uint32_t *levels;
static struct walk_summary expected;

/* The plain queue. */
static void expect_walk(uint64_t root, uint32_t depth_max)
{
	uint64_t *queue = malloc(NODES_COUNT * sizeof(*queue)), head = 0, end = 1;

	assert_non_null(queue);
	memset(levels, 0xff, NODES_COUNT * sizeof(*levels));
	memset(&expected, 0, sizeof(expected));
	levels[root] = 0;
	queue[0] = root;
	while (head < end && levels[queue[head]] < depth_max) {
		uint64_t node = queue[head++];

		expected.edges_count += degree_of(node);
		for (size_t k = 0; k < degree_of(node); k++) {
			uint64_t id = neighbor_of(node, k);

			if (levels[id] == LEVEL_UNREACHED) {
				levels[id] = levels[node] + 1;
				queue[end++] = id;
			}
		}
	}
	free(queue);
	levels_summarize(levels, NODES_COUNT, &expected);
}

static void assert_expected(const struct walk *walk)
{
	struct answer answer;
	struct why why = {""};

	walk_answer(walk, &answer);
	if (verify_compare(&expected, &answer.walk, &why) != 0)
		fail_msg("order %s, window %zu, ids of %d B: %s", walk_order_choices[walk->order],
			 walk->window, fake.store.narrow_ids ? 4 : 8, why.text);
}

static uint64_t recorded_count;

static void record(struct latency_sink *sink, uint64_t lat_ns)
{
	(void)sink, (void)lat_ns;
	recorded_count++;
}

static uint64_t level_nodes_count, level_edges_count, levels_count;

static void record_level(struct level_sink *sink, uint64_t nodes_count, uint64_t edges_count)
{
	uint32_t level = (uint32_t)levels_count++;

	(void)sink;
	if (level < LEVELS_RECORDED)
		assert_int_equal(nodes_count, expected.level_counts[level]);
	level_nodes_count += nodes_count;
	level_edges_count += edges_count;
}

static int setup(void **state)
{
	(void)state;
	fake = (struct fake){.store = {.ops = &fake_ops, .nodes_count = NODES_COUNT},
			     .ids32 = calloc(WALK_WINDOW_MAX * DEGREE + HUB_EDGES, 4),
			     .ids64 = calloc(WALK_WINDOW_MAX * DEGREE + HUB_EDGES, 8)};
	levels = malloc(NODES_COUNT * sizeof(*levels));
	return fake.ids32 && fake.ids64 && levels ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	free(fake.ids32);
	free(fake.ids64);
	free(levels);
	return 0;
}

static void test_all_ways(void **state)
{
	static const struct {
		uint64_t root;
		uint32_t depth_max;
	} walks[] = {{0, LEVEL_UNREACHED},
		     {HUB, LEVEL_UNREACHED},
		     {HUB - 1, 3},
		     {0, 302},
		     {HUB + 5, LEVEL_UNREACHED}};
	struct walk *walk = malloc(sizeof(*walk));
	struct latency_sink sink = {record, NULL};
	struct level_sink level_sink = {record_level};

	(void)state;
	assert_non_null(walk);
	for (unsigned i = 0; i < sizeof(walks) / sizeof(walks[0]); i++) {
		expect_walk(walks[i].root, walks[i].depth_max);
		for (unsigned way = 0; way < 6; way++) {
			fake.store.narrow_ids = way % 2;
			assert_int_equal(
				walk_init(walk, NODES_COUNT, 64, (enum walk_order)(way / 2)), 0);
			walk->depth_max = walks[i].depth_max;
			fake.by_id = walk->order == WALK_ORDER_SORTED;
			assert_int_equal(walk_run(walk, &fake.store, walks[i].root), 0);
			assert_expected(walk);
			recorded_count = 0;
			assert_int_equal(walk_run_latency(walk, &fake.store, walks[i].root, &sink),
					 0);
			assert_expected(walk);
			fake.expanded_count = level_nodes_count = level_edges_count = levels_count =
				0;
			assert_int_equal(
				walk_run_levels(walk, &fake.store, walks[i].root, &level_sink), 0);
			assert_expected(walk);
			/* Each node is expanded once. */
			assert_int_equal(fake.expanded_count, recorded_count);
			assert_int_equal(level_nodes_count, recorded_count);
			assert_int_equal(level_edges_count, expected.edges_count);
			walk_release(walk);
		}
	}
	free(walk);
}

/* ---- a graph with each edge in both directions: a binary tree whose nodes also have the next four ---- */

#define AROUND 4

static void fill_both_ways(uint64_t node, uint64_t *ids, struct neighbors *out)
{
	out->ids = ids;
	out->count = 0;
	if (node > 0)
		ids[out->count++] = (node - 1) / 2;
	for (uint64_t child = 2 * node + 1; child <= 2 * node + 2 && child < NODES_COUNT; child++)
		ids[out->count++] = child;
	for (uint64_t k = 1; k <= AROUND; k++) {
		if (node >= k)
			ids[out->count++] = node - k;
		if (node + k < NODES_COUNT)
			ids[out->count++] = node + k;
	}
}

static ssize_t both_batch(struct store *store, struct frontier *level, struct neighbors *out,
			  size_t out_max)
{
	size_t count = level->count - level->next;

	(void)store;
	count = count < out_max ? count : out_max;
	for (size_t i = 0; i < count; i++)
		fill_both_ways(level->nodes[level->next + i], fake.ids64 + 16 * i, &out[i]);
	level->next += count;
	fake.expanded_count += count;
	return (ssize_t)count;
}

static int both_neighbors(struct store *store, uint64_t node, struct neighbors *out)
{
	(void)store;
	fill_both_ways(node, fake.ids64, out);
	return 0;
}

/* Levels, and the edges of all nodes expanded, are the same in each direction; the nodes looked at are not. */
static void test_directions(void **state)
{
	static const struct layout_ops ops = {
		.name = "both", .neighbors = both_neighbors, .neighbors_batch = both_batch};
	static const uint32_t depths[] = {LEVEL_UNREACHED, 9, 11, 12, 13};
	struct store store = {.ops = &ops, .nodes_count = NODES_COUNT, .both_ways = true};
	struct walk *walk = malloc(sizeof(*walk));
	struct level_sink level_sink = {record_level};
	struct answer answers[3];
	uint64_t expanded[3];

	(void)state;
	assert_non_null(walk);
	for (uint64_t node = 0; node < NODES_COUNT; node++) {
		struct neighbors found;

		fill_both_ways(node, fake.ids64, &found);
		store.edges_count += found.count;
	}
	for (unsigned i = 0; i < sizeof(depths) / sizeof(depths[0]); i++) {
		assert_int_equal(walk_init(walk, NODES_COUNT, 64, WALK_ORDER_AUTO), 0);
		walk->depth_max = depths[i];
		for (unsigned direction = 0; direction < 3; direction++) {
			walk->direction = (enum walk_direction)direction;
			fake.expanded_count = level_edges_count = levels_count = 0;
			assert_int_equal(walk_run(walk, &store, 0), 0);
			expanded[direction] = fake.expanded_count;
			walk_answer(walk, &answers[direction]);
			memcpy(&expected, &answers[direction].walk, sizeof(expected));
			assert_int_equal(walk_run_levels(walk, &store, 0, &level_sink), 0);
			assert_int_equal(level_edges_count, expected.edges_count);
		}
		walk_release(walk);
		assert_memory_equal(&answers[WALK_DIRECTION_AUTO], &answers[WALK_DIRECTION_DOWN],
				    sizeof(answers[0]));
		assert_memory_equal(&answers[WALK_DIRECTION_UP], &answers[WALK_DIRECTION_DOWN],
				    sizeof(answers[0]));
		assert_true(depths[i] == 9 ||
			    expanded[WALK_DIRECTION_UP] != expanded[WALK_DIRECTION_DOWN]);
	}
	free(walk);
}

/* The memory that walk.h promises, without levels beyond 253. */
static void test_memory(void **state)
{
	struct walk *walk = malloc(sizeof(*walk));
	uint64_t nodes_count = UINT64_C(10) << 20;

	(void)state;
	assert_non_null(walk);
	assert_int_equal(walk_init(walk, nodes_count, 64, WALK_ORDER_AUTO), 0);
	assert_null(walk->deep);
	uint64_t bytes = nodes_count + 3 * 8 * walk_words(walk) + 8 * walk->queue_capacity;
	assert_true(bytes <= nodes_count * 2);
	walk_release(walk);
	free(walk);
}

static void test_bad_neighbor(void **state)
{
	struct walk *walk = malloc(sizeof(*walk));

	(void)state;
	assert_non_null(walk);
	fake.bad = true;
	fake.by_id = false;
	for (unsigned way = 0; way < 4; way++) {
		fake.store.narrow_ids = way % 2;
		assert_int_equal(walk_init(walk, NODES_COUNT, 64,
					   way / 2 ? WALK_ORDER_FOUND : WALK_ORDER_AUTO),
				 0);
		assert_int_equal(walk_run(walk, &fake.store, 0), -EBADMSG);
		assert_non_null(strstr(fake.store.why.text, "node 198993 has a neighbour 200000 "));
		fake.bad = false;
		expect_walk(0, LEVEL_UNREACHED);
		assert_int_equal(walk_run(walk, &fake.store, 0), 0);
		assert_expected(walk); /* nothing is left of the failed walk */
		fake.bad = true;
		walk_release(walk);
	}
	fake.bad = false;
	free(walk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_ways),
		cmocka_unit_test(test_directions),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_bad_neighbor),
	};

	return cmocka_run_group_tests_name("wide levels of walks", tests, setup, teardown);
}
