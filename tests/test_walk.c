/*
 * The walk over a store defined here: neighbours that are not nodes are refused, errors are passed
 * on unchanged, a store that returns no nodes does not make it hang, and the variant that records
 * latencies finds the same levels and records one value per expanded node.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "../workloads/support/walk.h"

#define NODES_COUNT 200

/* The neighbours of a node are the next three, fewer at the end; one answer can be made wrong. */
struct fake {
	struct store store;
	uint64_t ids[WALK_WINDOW_MAX][3];
	uint64_t bad_node, bad_id; /* the second neighbour of bad_node is bad_id */
	uint64_t failing_node;     /* its expansion gives `error` */
	ssize_t error;
	size_t window_max; /* limit of nodes per call; the most requested so far: */
	size_t window_seen, calls_count;
	bool sorted; /* nodes of a level must come by id */
};

static ssize_t fake_batch(struct store *store, struct frontier *level, struct neighbors *out,
			  size_t out_max)
{
	struct fake *fake = (struct fake *)store;
	size_t count = level->count - level->next;

	fake->calls_count++;
	if (out_max > fake->window_seen)
		fake->window_seen = out_max;
	if (count > out_max)
		count = out_max;
	if (count > fake->window_max)
		count = fake->window_max;
	for (size_t i = 0; i < count; i++) {
		uint64_t node = level->nodes[level->next + i];

		assert_true(node < NODES_COUNT);
		if (fake->sorted && level->next + i > 0)
			assert_true(node > level->nodes[level->next + i - 1]);
		if (node == fake->failing_node)
			return fake->error;
		out[i].ids = fake->ids[i];
		out[i].count = 0;
		for (uint64_t k = 1; k <= 3 && node + k < NODES_COUNT; k++)
			fake->ids[i][out[i].count++] = node + k;
		if (node == fake->bad_node)
			fake->ids[i][1] = fake->bad_id;
	}
	level->next += count;
	return (ssize_t)count;
}

static int fake_neighbors(struct store *store, uint64_t node, struct neighbors *out)
{
	struct frontier level = {.nodes = &node, .count = 1};
	struct fake *fake = (struct fake *)store;
	size_t window_seen = fake->window_seen;
	ssize_t count = fake_batch(store, &level, out, 1);

	fake->window_seen = window_seen;
	return count < 0 ? (int)count : 0;
}

static const struct layout_ops fake_ops = {
	.name = "fake", .neighbors = fake_neighbors, .neighbors_batch = fake_batch};

static struct walk walk;

static void fake_init(struct fake *fake, size_t window, bool sorted)
{
	memset(fake, 0, sizeof(*fake));
	fake->store.ops = &fake_ops;
	fake->store.nodes_count = NODES_COUNT;
	fake->bad_node = fake->failing_node = UINT64_MAX;
	fake->window_max = SIZE_MAX;
	fake->sorted = sorted;
	assert_int_equal(walk_init(&walk, NODES_COUNT, window,
				   sorted ? WALK_ORDER_SORTED : WALK_ORDER_FOUND),
			 0);
}

static struct fake fake;

static void assert_right(uint64_t root)
{
	struct answer answer;
	uint32_t levels[NODES_COUNT];
	uint64_t edges_count = 0;

	for (uint64_t i = 0; i < NODES_COUNT; i++) {
		levels[i] = i < root ? LEVEL_UNREACHED : (uint32_t)((i - root + 2) / 3);
		if (i >= root)
			edges_count += NODES_COUNT - 1 - i < 3 ? NODES_COUNT - 1 - i : 3;
	}
	walk_answer(&walk, &answer);
	assert_true(answer.walk.levels_hash == levels_hash(levels, NODES_COUNT));
	assert_int_equal(answer.walk.reached_count, NODES_COUNT - root);
	assert_int_equal(answer.walk.edges_count, edges_count);
	assert_int_equal(answer.walk.levels_count, (NODES_COUNT - 1 - root + 2) / 3 + 1);
}

static void test_levels(void **state)
{
	static const size_t windows[] = {1, 2, 64, WALK_WINDOW_MAX};

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		fake_init(&fake, windows[i / 2], i % 2);
		for (uint64_t root = 0; root < NODES_COUNT; root += 13) {
			assert_int_equal(walk_run(&walk, &fake.store, root), 0);
			assert_right(root);
		}
		assert_int_equal(walk_run(&walk, &fake.store, NODES_COUNT - 1), 0);
		assert_right(NODES_COUNT - 1);
		assert_int_equal(fake.window_seen, windows[i / 2]);
		/* A store may return fewer nodes than requested. */
		fake.window_max = 1;
		assert_int_equal(walk_run(&walk, &fake.store, 0), 0);
		assert_right(0);
		walk_release(&walk);
	}
}

static void test_bad_neighbor(void **state)
{
	static const uint64_t ids[] = {NODES_COUNT,       NODES_COUNT + 1, UINT32_MAX,
				       UINT64_C(1) << 32, INT64_MAX,       UINT64_MAX};

	(void)state;
	for (unsigned i = 0; i < 2 * sizeof(ids) / sizeof(ids[0]); i++) {
		fake_init(&fake, i % 2 ? 64 : 1, false);
		fake.bad_node = 57;
		fake.bad_id = ids[i / 2];
		assert_int_equal(walk_run(&walk, &fake.store, 3), -EBADMSG);
		assert_non_null(strstr(fake.store.why.text, "node 57 "));
		assert_non_null(strstr(fake.store.why.text, "of 200 nodes"));
		/* If the walk does not reach it, there is no error. */
		assert_int_equal(walk_run(&walk, &fake.store, 58), 0);
		assert_right(58);
		walk_release(&walk);
	}
}

static void test_errors(void **state)
{
	static const ssize_t errors[] = {-EIO, -ENOMEM, -ERANGE, -EBADMSG, -EOPNOTSUPP};

	(void)state;
	for (unsigned i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		fake_init(&fake, 64, i % 2);
		fake.failing_node = 101;
		fake.error = errors[i];
		assert_int_equal(walk_run(&walk, &fake.store, 0), errors[i]);
		walk_release(&walk);
	}
	/* No nodes returned although some are left: an error and no endless loop. */
	fake_init(&fake, 64, false);
	fake.failing_node = 101;
	fake.error = 0;
	assert_int_equal(walk_run(&walk, &fake.store, 0), -EIO);
	assert_int_equal(walk_run(&walk, &fake.store, NODES_COUNT), -ERANGE);
	assert_int_equal(walk_run(&walk, &fake.store, UINT64_MAX), -ERANGE);
	/* The arrays are for another number of nodes. */
	fake.store.nodes_count = NODES_COUNT + 1;
	assert_int_equal(walk_run(&walk, &fake.store, 0), -ERANGE);
	walk_release(&walk);
}

struct counting_sink {
	struct latency_sink sink;
	uint64_t count;
};

static void count_value(struct latency_sink *sink, uint64_t lat_ns)
{
	/* A minute for three neighbours would mean different clocks or a wrong sign. */
	assert_true(lat_ns < UINT64_C(60000000000));
	((struct counting_sink *)sink)->count++;
}

static void test_latency(void **state)
{
	struct counting_sink sink = {.sink = {count_value, NULL}};

	(void)state;
	for (unsigned sorted = 0; sorted < 2; sorted++) {
		fake_init(&fake, 64, sorted);
		sink.count = 0;
		assert_int_equal(walk_run_latency(&walk, &fake.store, 20, &sink.sink), 0);
		assert_right(20);
		assert_int_equal(sink.count, NODES_COUNT - 20);
		assert_int_equal(fake.window_seen, 1);
		assert_int_equal(fake.calls_count, NODES_COUNT - 20);
		fake.bad_node = 30;
		fake.bad_id = NODES_COUNT;
		assert_int_equal(walk_run_latency(&walk, &fake.store, 20, &sink.sink), -EBADMSG);
		fake.failing_node = 25;
		fake.error = -EIO;
		assert_int_equal(walk_run_latency(&walk, &fake.store, 20, &sink.sink), -EIO);
		walk_release(&walk);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_bad_neighbor),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_latency),
	};

	return cmocka_run_group_tests_name("walk", tests, NULL, NULL);
}
