/*
 * Shards: for every suite that comes with the program and every number of shards each cell is in exactly one, cells that
 * are compared stay together, and known costs make the shards equally long.
 */
#include <glob.h>
#include <math.h>

#include "../harness/measure/order.h"
#include "../harness/measure/shard.h"
#include "support/plans.h"
#include "support/random.h"

static const unsigned counts[] = {1, 2, 3, 7, 100};
#define COUNTS (sizeof(counts) / sizeof(counts[0]))

static void load_suite(struct plan *plan, const char *path)
{
	struct selection none = {0};
	struct why why = {""};

	plan_init(plan);
	if (plan_add_suite(plan, path, &none, &why) != 0)
		fail_msg("%s: %s", path, why.text);
}

static size_t find(const struct plan *plan, const char *name)
{
	for (size_t i = 0; name && i < plan->cells_count; i++) {
		if (strcmp(plan->cells[i].name, name) == 0)
			return i;
	}
	return SIZE_MAX;
}

/* ---- what must hold ---- */

static void check_groups(const struct plan *plan, const unsigned *places)
{
	struct order order;

	assert_int_equal(order_init(&order, plan), 0);
	unsigned *shard_of = malloc((order.groups_count + 1) * sizeof(*shard_of));
	memset(shard_of, 0xff, (order.groups_count + 1) * sizeof(*shard_of));
	for (size_t i = 0; i < order.count; i++) {
		const struct order_place *place = &order.places[i];

		if (shard_of[place->group] == UINT32_MAX)
			shard_of[place->group] = places[place->cell];
		assert_int_equal(shard_of[place->group], places[place->cell]);
	}
	free(shard_of);
	order_release(&order);
}

static void check_limits(const struct plan *plan, const json_t *limits, const unsigned *places)
{
	for (size_t i = 0; i < json_array_size(limits); i++) {
		const json_t *limit = json_array_get(limits, i);
		size_t cell = find(plan, json_string_value(json_object_get(limit, "cell")));
		size_t over =
			json_object_get(limit, "phase")
				? SIZE_MAX
				: find(plan, json_string_value(json_object_get(limit, "over")));
		json_t *others = json_object_get(limit, "or"), *other;
		size_t k;

		if (cell == SIZE_MAX)
			continue;
		if (over != SIZE_MAX)
			assert_int_equal(places[cell], places[over]);
		json_array_foreach(others, k, other)
		{
			size_t at = find(plan, json_string_value(other));
			if (at != SIZE_MAX)
				assert_int_equal(places[cell], places[at]);
		}
	}
}

/* Each cell in exactly one of the shards as they are kept one by one, which is where shard_places() says. */
static void check_union(const char *path, unsigned count, const json_t *costs,
			const struct plan *whole, const unsigned *places)
{
	unsigned *seen = calloc(whole->cells_count, sizeof(*seen));

	for (unsigned number = 1; number <= count; number++) {
		struct shard shard = {.number = number, .count = count};
		struct plan plan;

		load_suite(&plan, path);
		assert_int_equal(shard_keep(&plan, &shard, costs), 0);
		assert_int_equal(json_array_size(json_object_get(plan.shard, "cells")),
				 whole->cells_count);
		for (size_t i = 0; i < plan.cells_count; i++) {
			size_t at = find(whole, plan.cells[i].name);

			assert_true(at < whole->cells_count);
			assert_int_equal(places[at], number - 1);
			seen[at]++;
		}
		plan_release(&plan);
	}
	for (size_t i = 0; i < whole->cells_count; i++)
		assert_int_equal(seen[i], 1);
	free(seen);
}

static void check_suite(const char *path, const json_t *costs)
{
	struct plan plan;

	load_suite(&plan, path);
	unsigned *places = calloc(plan.cells_count, sizeof(*places));
	for (size_t i = 0; i < COUNTS; i++) {
		assert_int_equal(shard_places(&plan, counts[i], costs, places), 0);
		for (size_t k = 0; k < plan.cells_count; k++)
			assert_true(places[k] < counts[i]);
		check_groups(&plan, places);
		check_limits(&plan, plan.limits, places);
		check_limits(&plan, plan.claims, places);
		check_union(path, counts[i], costs, &plan, places);
	}
	free(places);
	plan_release(&plan);
}

/* Costs of two cells of three, from 10 ms to 100 s. */
static json_t *draw_costs(const char *path, uint64_t seed)
{
	uint64_t state = seed;
	json_t *costs = json_object();
	struct plan plan;

	load_suite(&plan, path);
	for (size_t i = 0; i < plan.cells_count; i++) {
		double share = random_uniform(&state);
		if (random_uniform(&state) < 2.0 / 3)
			json_object_set_new(costs, plan.cells[i].name,
					    json_real(0.01 * pow(1e4, share)));
	}
	plan_release(&plan);
	return costs;
}

static void test_all_suites(void **state)
{
	glob_t suites;

	(void)state;
	assert_int_equal(glob("workloads/suites/*.ini", 0, NULL, &suites), 0);
	assert_true(suites.gl_pathc >= 6);
	for (size_t i = 0; i < suites.gl_pathc; i++) {
		json_t *costs = draw_costs(suites.gl_pathv[i], i);

		check_suite(suites.gl_pathv[i], NULL);
		check_suite(suites.gl_pathv[i], costs);
		json_decref(costs);
	}
	globfree(&suites);
}

/* A limit joins cells of different graphs, and through a common cell the cells of two limits. */
static void test_limits_join(void **state)
{
	struct plan plan;
	unsigned places[32];

	(void)state;
	plan_must(&plan, "graph=chain,star,random;nodes=10,20,30,40;engine=pread;layout=csr");
	assert_int_equal(plan.cells_count, 12);
	json_array_append_new(plan.limits, json_pack("{ss ss}", "cell", plan.cells[0].name, "over",
						     plan.cells[7].name));
	json_array_append_new(plan.limits, json_pack("{ss ss s[ss]}", "cell", plan.cells[11].name,
						     "over", plan.cells[7].name, "or",
						     plan.cells[5].name, "no such cell"));
	/* The cell of another phase is not one of this plan. */
	json_array_append_new(plan.limits, json_pack("{ss ss ss}", "cell", plan.cells[1].name,
						     "over", plan.cells[0].name, "phase", "old"));
	assert_int_equal(shard_places(&plan, 1000, NULL, places), 0);
	assert_int_equal(places[0], places[7]);
	assert_int_equal(places[0], places[11]);
	assert_int_equal(places[0], places[5]);
	assert_int_not_equal(places[0], places[1]); /* by this hash */
	plan_release(&plan);
}

/* More cells do not move the others, as long as no costs are known. */
static void test_hash_is_stable(void **state)
{
	struct plan small, large;
	unsigned in_small[64], in_large[64];

	(void)state;
	plan_must(&small, "graph=chain,star;nodes=10,20,30;engine=pread,mmap;layout=csr");
	plan_must(&large,
		  "graph=random,star,chain;nodes=5,10,20,30,40;engine=pread,mmap;layout=csr");
	assert_int_equal(shard_places(&small, 5, NULL, in_small), 0);
	assert_int_equal(shard_places(&large, 5, NULL, in_large), 0);
	for (size_t i = 0; i < small.cells_count; i++)
		assert_int_equal(in_small[i], in_large[find(&large, small.cells[i].name)]);
	plan_release(&small);
	plan_release(&large);
}

/* ---- balance ---- */

/* Longest shard over the mean. */
static double imbalance(const char *path, const json_t *costs, unsigned count)
{
	double *load_s = calloc(count, sizeof(*load_s)), longest_s = 0, sum_s = 0;
	struct plan plan;

	load_suite(&plan, path);
	unsigned *places = calloc(plan.cells_count, sizeof(*places));
	assert_int_equal(shard_places(&plan, count, costs, places), 0);
	for (size_t i = 0; i < plan.cells_count; i++) {
		const json_t *cost = json_object_get(costs, plan.cells[i].name);

		assert_non_null(cost);
		load_s[places[i]] += json_number_value(cost);
		sum_s += json_number_value(cost);
	}
	for (unsigned k = 0; k < count; k++)
		longest_s = load_s[k] > longest_s ? load_s[k] : longest_s;
	plan_release(&plan);
	free(places);
	free(load_s);
	return longest_s * count / sum_s;
}

/* What the cells of the suite took in one run, in s. */
static void test_balance(void **state)
{
	json_error_t error;
	json_t *costs = json_load_file("tests/data/quick-costs.json", 0, &error);

	(void)state;
	if (!costs)
		fail_msg("%s", error.text);
	double found = imbalance("workloads/suites/quick.ini", costs, 4);
	if (!(found <= 1.25))
		fail_msg("longest shard / mean: %.3f", found);
	assert_true(imbalance("workloads/suites/quick.ini", costs, 2) <= 1.25);
	json_decref(costs);
}

/* ---- costs and words ---- */

static void test_costs(void **state)
{
	json_error_t error;
	struct run run = {
		.samples = json_loads(
			"[{\"cell\":\"a\",\"cost_s\":1.5},{\"cell\":\"b\",\"cost_s\":1},"
			"{\"cell\":\"a\",\"cost_s\":2},{\"cell\":\"c\"},"
			"{\"cell\":\"b\",\"cost_s\":\"x\"},{\"cell\":\"b\",\"cost_s\":-1}]",
			0, &error)};

	(void)state;
	assert_non_null(run.samples);
	json_t *costs = shard_costs(&run);
	assert_int_equal(json_object_size(costs), 2);
	assert_float_equal(json_number_value(json_object_get(costs, "a")), 3.5, 1e-9);
	assert_float_equal(json_number_value(json_object_get(costs, "b")), 1, 1e-9);
	json_decref(costs);
	json_decref(run.samples);
}

static void test_words(void **state)
{
	static const char *const wrong[] = {"",      "1",        "0/2",  "3/2",  "1/0",
					    "1/2/3", "a/b",      "1/2x", "-1/2", " 1/2",
					    "/2",    "1/100001", "+1/2", "Slurm"};
	struct shard shard = {0};
	struct why why = {""};

	(void)state;
	assert_int_equal(shard_parse("7/100", &shard, &why), 0);
	assert_int_equal(shard.number, 7);
	assert_int_equal(shard.count, 100);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (shard_parse(wrong[i], &shard, &why) != -EINVAL)
			fail_msg("'%s' was taken for %u/%u", wrong[i], shard.number, shard.count);
	}
}

static void set_array(const char *id, const char *count, const char *min, const char *max,
		      const char *step)
{
	const char *const names[] = {"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT",
				     "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_MAX",
				     "SLURM_ARRAY_TASK_STEP"};
	const char *const values[] = {id, count, min, max, step};

	for (size_t i = 0; i < 5; i++) {
		if (values[i])
			setenv(names[i], values[i], 1);
		else
			unsetenv(names[i]);
	}
}

static void test_slurm(void **state)
{
	struct shard shard = {0};
	struct why why = {""};

	(void)state;
	set_array(NULL, NULL, NULL, NULL, NULL);
	assert_int_equal(shard_parse("slurm", &shard, &why), -EINVAL);
	assert_non_null(strstr(why.text, "SLURM_ARRAY_TASK_ID"));
	set_array("0", "6", "0", "5", NULL); /* --array=0-5 */
	assert_int_equal(shard_parse("slurm", &shard, &why), 0);
	assert_int_equal(shard.number, 1);
	assert_int_equal(shard.count, 6);
	set_array("14", "3", "10", "14", "2"); /* --array=10-14:2 */
	assert_int_equal(shard_parse("slurm", &shard, &why), 0);
	assert_int_equal(shard.number, 3);
	assert_int_equal(shard.count, 3);
	set_array("5", "2", "3", "5", "1"); /* --array=3,5: two of more shards */
	assert_int_equal(shard_parse("slurm", &shard, &why), -EINVAL);
	assert_non_null(strstr(why.text, "--shard I/N"));
	set_array("x", "2", "1", "2", "1");
	assert_int_equal(shard_parse("slurm", &shard, &why), -EINVAL);
	set_array("0", "0", "0", "0", "0");
	assert_int_equal(shard_parse("slurm", &shard, &why), -EINVAL);
	set_array(NULL, NULL, NULL, NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_suites),     cmocka_unit_test(test_limits_join),
		cmocka_unit_test(test_hash_is_stable), cmocka_unit_test(test_balance),
		cmocka_unit_test(test_costs),          cmocka_unit_test(test_words),
		cmocka_unit_test(test_slurm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
