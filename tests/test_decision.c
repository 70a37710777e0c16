/*
 * Do the levels hold? Blocks of ABBA and BAAB are simulated from noise that a machine has: drift,
 * autocorrelation, heavy tails, a program that switches between two speeds. All is seeded, so a
 * share that is found once is found always; the bounds are the level and four standard errors.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../harness/decision.h"
#include "../harness/statistics.h"
#include "../workloads/support/mix.h"

#define SPREAD     0.04 /* of one process's ln time */
#define BLOCKS_MAX 40

struct noise {
	const char *name;
	double drift;       /* a sample */
	double correlation; /* of a sample with the one before */
	double degrees;     /* of Student's t; 0: normal */
	double switching;   /* chance that the machine changes its speed by 8 % at a sample */
	bool bimodal;       /* each process 6 % slower by a coin */
};

static const struct noise noises[] = {
	{.name = "normal"},
	{.name = "drift", .drift = 0.01},
	{.name = "autocorrelation", .correlation = 0.9},
	{.name = "heavy tails", .degrees = 2},
	{.name = "Cauchy", .degrees = 1},
	{.name = "switching", .switching = 0.05, .correlation = 0.5},
	{.name = "bimodal", .bimodal = true},
};
#define NOISES_COUNT (sizeof noises / sizeof *noises)

static double uniform(uint64_t *state)
{
	return ((double)(mix_next(state) >> 11) + 0.5) * 0x1p-53;
}

/* Box and Muller (1958) */
static double normal(uint64_t *state)
{
	double radius = sqrt(-2 * log(uniform(state)));
	return radius * cos(2 * M_PI * uniform(state));
}

/* Student's t of 1 or 2 degrees by its quantile function. */
static double heavy(uint64_t *state, double degrees)
{
	double share = uniform(state);
	if (degrees == 1)
		return tan(M_PI * (share - 0.5));
	return (2 * share - 1) / sqrt(2 * share * (1 - share));
}

struct machine {
	const struct noise *noise;
	uint64_t state;
	double trend, memory, speed;
};

static double sample(struct machine *machine)
{
	const struct noise *noise = machine->noise;
	double shock = noise->degrees > 0 ? heavy(&machine->state, noise->degrees)
					  : normal(&machine->state);
	machine->trend += noise->drift;
	machine->memory = noise->correlation * machine->memory +
			  sqrt(1 - noise->correlation * noise->correlation) * shock;
	if (uniform(&machine->state) < noise->switching)
		machine->speed = 0.08 - machine->speed;
	bool slow = noise->bimodal && mix_next(&machine->state) & 1;
	return machine->trend + SPREAD * machine->memory + machine->speed + (slow ? 0.06 : 0);
}

/* Blocks of two samples a side; b is slower by `effect`. */
static void fill_blocks(struct machine *machine, double effect, double *blocks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		double sign = mix_next(&machine->state) & 1 ? 1 : -1; /* ABBA or BAAB */
		double outer = sample(machine), inner = sample(machine);
		inner += sample(machine);
		outer += sample(machine);
		blocks[i] = sign * (inner - outer) / 2 + effect;
	}
}

static void assert_level(const char *what, const char *noise, size_t hits, size_t trials,
			 double level)
{
	double most = (double)trials * level + 4 * sqrt((double)trials * level * (1 - level));
	if ((double)hits > most)
		fail_msg("%s, %s: %zu of %zu, at most %.0f", what, noise, hits, trials, most);
}

static enum decision screen(const double *blocks, const struct decision_plan *plan)
{
	enum decision decision = DECISION_CONTINUE;
	for (size_t i = 0; i < plan->looks_count && decision == DECISION_CONTINUE; i++)
		decision = screen_decide(blocks, plan->looks[i], plan);
	return decision;
}

static enum decision confirm(const double *blocks, size_t family_count,
			     const struct decision_plan *plan, size_t *used)
{
	enum decision decision = DECISION_CONTINUE;
	for (size_t i = 0; i < plan->looks_count && decision == DECISION_CONTINUE; i++) {
		*used = plan->looks[i];
		decision = confirm_decide(blocks, *used, family_count, plan);
	}
	return decision;
}

/* Each test alone, where nothing changed, at 5 %. */
static void test_levels(void **state)
{
	(void)state;
	const size_t trials = 1500;
	for (size_t i = 0; i < NOISES_COUNT; i++) {
		struct machine machine = {&noises[i], 10 + i, 0, 0, 0};
		size_t flips = 0, ranks = 0, sequential = 0;
		double blocks[BLOCKS_MAX];
		for (size_t j = 0; j < trials; j++) {
			fill_blocks(&machine, 0, blocks, BLOCKS_MAX);
			flips += sign_flip_p(blocks, 10, 1, 0) <= 0.05;
			ranks += signed_rank_p(blocks, 14) <= 0.05;
			sequential +=
				sequential_p(blocks, BLOCKS_MAX, &confirm_plan_default) <= 0.05;
		}
		assert_level("sign flips", noises[i].name, flips, trials, 0.05);
		assert_level("signed ranks", noises[i].name, ranks, trials, 0.05);
		assert_level("sequential", noises[i].name, sequential, trials, 0.05);
		assert_true(flips > trials / 100); /* and they do reject */
		assert_true(ranks > trials / 50);
	}
}

/* A cell goes through both stages: false alarms at 5 % where the family is one. */
static void test_pipeline(void **state)
{
	(void)state;
	const size_t trials = 1500;
	struct decision_plan plan = confirm_plan_default;
	plan.alpha = 0.05;
	plan.threshold = 0; /* so that the effect's size forbids nothing */
	for (size_t i = 0; i < NOISES_COUNT; i++) {
		struct machine machine = {&noises[i], 100 + i, 0, 0, 0};
		size_t alarms = 0, used;
		double blocks[BLOCKS_MAX];
		for (size_t j = 0; j < trials; j++) {
			fill_blocks(&machine, 0, blocks, BLOCKS_MAX);
			alarms += confirm(blocks, 1, &plan, &used) == DECISION_SLOWER;
		}
		assert_level("alarms", noises[i].name, alarms, trials, 0.05);
	}
}

/* A gate of six cells by the recommended plans: no alarm, and 5 % in one cell is found. */
static void test_gate(void **state)
{
	(void)state;
	const size_t gates = 200, cells = 6;
	size_t alarms = 0, found = 0, opened = 0, blocks_used = 0;
	struct machine machine = {&noises[0], 7, 0, 0, 0};
	for (size_t i = 0; i < 2 * gates; i++) {
		bool injected = i >= gates;
		double blocks[6][BLOCKS_MAX];
		size_t flagged[6], flagged_count = 0;
		for (size_t j = 0; j < cells; j++) {
			double effect = injected && j == 0 ? log1p(0.05) : 0;
			fill_blocks(&machine, effect, blocks[j], 14);
			if (screen(blocks[j], &screen_plan_default) == DECISION_SLOWER) {
				fill_blocks(&machine, effect, blocks[j], BLOCKS_MAX);
				flagged[flagged_count++] = j;
			}
		}
		for (size_t j = 0; j < flagged_count; j++) {
			size_t used = 0;
			enum decision decision = confirm(blocks[flagged[j]], flagged_count,
							 &confirm_plan_default, &used);
			bool is_slow = injected && flagged[j] == 0;
			found += is_slow && decision == DECISION_SLOWER;
			alarms += !is_slow && decision == DECISION_SLOWER;
			opened += !is_slow && decision == DECISION_OPEN;
			blocks_used += used;
		}
	}
	print_message("# %zu gates: %zu false alarms; 5%% found in %zu of %zu; %zu cells open; "
		      "%.1f blocks of confirmation a gate\n",
		      2 * gates, alarms, found, gates, opened,
		      (double)blocks_used / (double)(2 * gates));
	assert_true(alarms <= 1);
	assert_true(found >= gates * 95 / 100);
	assert_true(opened <= 2 * gates * cells * 5 / 100);
}

/* minimum_detectable_effect() says what it says: an effect of that size is found so often. */
static void test_detectable(void **state)
{
	(void)state;
	const size_t trials = 400, count = BLOCKS_MAX;
	for (size_t i = 0; i < 4; i++) { /* those whose blocks are alike and independent */
		if (noises[i].drift > 0 || noises[i].correlation > 0)
			continue;
		struct machine machine = {&noises[i], 1000 + i, 0, 0, 0};
		size_t found = 0;
		double blocks[BLOCKS_MAX];
		for (size_t j = 0; j < trials; j++) {
			fill_blocks(&machine, 0, blocks, count);
			double effect = minimum_detectable_effect(blocks, count, 0.005, 0.8);
			fill_blocks(&machine, effect, blocks, count);
			found += signed_rank_p(blocks, count) <= 0.005;
		}
		print_message("# %s: found in %zu of %zu where 80%% were promised\n",
			      noises[i].name, found, trials);
		assert_true(found >= trials * 70 / 100 && found <= trials * 92 / 100);
	}
	double same[BLOCKS_MAX] = {0};
	assert_true(isinf(minimum_detectable_effect(same, 7, 0.005, 0.8)));
	assert_true(minimum_detectable_effect(same, 40, 0.005, 0.8) == 0);
}

static void test_looks(void **state)
{
	(void)state;
	double slow[BLOCKS_MAX], equal[BLOCKS_MAX];
	for (size_t i = 0; i < BLOCKS_MAX; i++) {
		slow[i] = 0.1 + 1e-4 * (double)i;
		equal[i] = (i % 2 == 0 ? 1e-3 : -1e-3) * (double)(i + 1) / BLOCKS_MAX;
	}
	assert_int_equal(screen_decide(slow, 5, &screen_plan_default), DECISION_CONTINUE);
	assert_int_equal(screen_decide(slow, 6, &screen_plan_default), DECISION_SLOWER);
	assert_int_equal(screen_decide(equal, 6, &screen_plan_default), DECISION_CLEAR);
	assert_int_equal(confirm_decide(slow, 20, 4, &confirm_plan_default), DECISION_SLOWER);
	assert_int_equal(confirm_decide(equal, 12, 4, &confirm_plan_default), DECISION_CLEAR);
	/* 2^-12 is more than is spent at the first look */
	assert_int_equal(confirm_decide(slow, 12, 4, &confirm_plan_default), DECISION_CONTINUE);
	assert_int_equal(confirm_decide(slow, 13, 4, &confirm_plan_default), DECISION_CONTINUE);
	for (size_t i = 0; i < BLOCKS_MAX; i++)
		slow[i] = -slow[i];
	assert_int_equal(confirm_decide(slow, 20, 4, &confirm_plan_default), DECISION_FASTER);
	for (size_t i = 0; i < BLOCKS_MAX; i++)
		slow[i] = i % 2 == 0 ? 0.5 : -0.45;
	assert_int_equal(screen_decide(slow, 14, &screen_plan_default), DECISION_SLOWER);
	assert_int_equal(confirm_decide(slow, 40, 1, &confirm_plan_default), DECISION_OPEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels), cmocka_unit_test(test_pipeline),
		cmocka_unit_test(test_gate),   cmocka_unit_test(test_detectable),
		cmocka_unit_test(test_looks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
