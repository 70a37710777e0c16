/*
 * Does the gate keep its error level? The rules (harness/gate/decision.h) judge simulated blocks with
 * noise like that of real machines: drift, autocorrelation, heavy tails, spikes, a program with two
 * speeds, a machine that is used by something else half of the time.
 * All random numbers are seeded, so the results repeat. A bound of a test is the level plus four standard
 * errors.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../harness/gate/decision.h"
#include "../harness/judge/statistics.h"
#include "../workloads/support/mix.h"

#define SPREAD                                                                                     \
	0.04 /* of a turn; the spread of a block is then 2.2 %, as measured in docs/notes/gate-design.md */
#define THRESHOLD 2.5
#define CELLS     6
#define TURNS     5

struct noise {
	const char *name;
	double drift;       /* per sample */
	double correlation; /* of consecutive samples */
	double degrees;     /* of freedom of Student's t, 1 or 2; 0: normal */
	double spikes;      /* probability that a process is 30 % slower */
	bool bimodal;       /* each process is 4 % slower with probability 1/2 */
	double spells;      /* probability that the machine is a third faster during a turn */
};

static const struct noise noises[] = {
	{.name = "normal"},
	{.name = "drift", .drift = 0.01},
	{.name = "autocorrelation", .correlation = 0.9},
	{.name = "heavy tails", .degrees = 2},
	{.name = "Cauchy", .degrees = 1},
	{.name = "spikes", .spikes = 0.2},
	{.name = "two speeds", .bimodal = true},
	{.name = "fast spells", .spells = 0.05},
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
	double trend, memory;
};

/* The constant disturbance of a process, in logarithms. */
static double process_noise(struct machine *machine)
{
	const struct noise *noise = machine->noise;
	double slow = noise->bimodal && mix_next(&machine->state) & 1 ? 0.04 : 0;

	return slow + (uniform(&machine->state) < noise->spikes ? 0.3 : 0);
}

/* The logarithm of its minimum time in a turn, without the constant disturbance. */
static double turn_noise(struct machine *machine)
{
	const struct noise *noise = machine->noise;
	double shock = noise->degrees > 0 ? heavy(&machine->state, noise->degrees)
					  : normal(&machine->state);
	machine->trend = fmod(machine->trend + noise->drift, 1);
	machine->memory = noise->correlation * machine->memory +
			  sqrt(1 - noise->correlation * noise->correlation) * shock;
	double fast = uniform(&machine->state) < noise->spells ? 0.4 : 0;
	return fmin(600, fmax(-600, machine->trend + SPREAD * machine->memory - fast));
}

/* A block of processes that take turns in the order of harness/gate/block.c. */
static void run_block(struct machine *machine, struct gate_cell *cell, const char *order,
		      double effect)
{
	double least_ns[GATE_POSITIONS * TURNS], own[GATE_POSITIONS];
	struct gate_difference difference;
	size_t positions = strlen(order);

	for (size_t p = 0; p < positions; p++)
		own[p] = process_noise(machine) + (order[p] == 'B' ? effect : 0);
	for (size_t turn = 0; turn < TURNS; turn++) {
		for (size_t i = 0; i < positions; i++) {
			size_t p = turn % 2 ? i : positions - 1 - i;
			least_ns[p * TURNS + turn] = exp(own[p] + turn_noise(machine));
		}
	}
	assert_int_equal(gate_difference(&(struct gate_turns){order, TURNS, least_ns}, &difference),
			 0);
	gate_add(cell, &difference);
}

static void run_stage(struct machine *machine, struct gate_cell *cells, enum gate_stage stage,
		      double effect)
{
	for (size_t block = 0; block < GATE_BLOCKS_MAX; block++) {
		for (size_t i = 0; i < CELLS; i++) {
			char order[GATE_POSITIONS + 1];
			if (!gate_wants(&cells[i], stage))
				continue;
			gate_order(mix_next(&machine->state), stage, block, order);
			run_block(machine, &cells[i], order, i == 0 ? effect : 0);
		}
		gate_look(cells, CELLS, stage, THRESHOLD);
	}
}

/* A gate in which the first cell is slower by `effect`. */
static void run_gate(struct machine *machine, struct gate_cell *cells, double effect)
{
	for (size_t i = 0; i < CELLS; i++)
		cells[i] = (struct gate_cell){0};
	run_stage(machine, cells, GATE_SCREEN, effect);
	run_stage(machine, cells, GATE_CONFIRM, effect);
}

static void assert_level(const char *what, const char *noise, size_t hits, size_t trials,
			 double level)
{
	double most = (double)trials * level + 4 * sqrt((double)trials * level * (1 - level));
	if ((double)hits > most)
		fail_msg("%s, %s: %zu of %zu, at most %.0f", what, noise, hits, trials, most);
}

/* The minimum over a side's processes in each turn, and the median over the turns. */
static void test_difference(void **state)
{
	(void)state;
	/* two processes of A, two of B; B takes 10 % more, and one turn was fast for A only */
	const double least_ns[4][3] = {
		{100, 200, 50}, {110, 220, 110}, {110, 220, 110}, {100, 200, 100}};
	/* One of C's two processes is always slow. */
	const double control_ns[4][1] = {{100}, {100}, {125}, {100}};
	struct gate_difference difference;

	assert_int_equal(gate_difference(&(struct gate_turns){"ABBA", 3, least_ns[0]}, &difference),
			 0);
	assert_float_equal(difference.effect, log(1.1), 1e-12);
	assert_float_equal(difference.control, 0, 0);
	assert_float_equal(difference.baseline, log(100), 1e-12);
	assert_int_equal(
		gate_difference(&(struct gate_turns){"ACCA", 1, control_ns[0]}, &difference), 0);
	assert_float_equal(difference.control, 0, 1e-12);
}

/* Without a change the family-wise level is .001 for every kind of noise. */
static void test_false_alarms(void **state)
{
	(void)state;
	const size_t gates = 40;
	for (size_t i = 0; i < NOISES_COUNT; i++) {
		struct machine machine = {&noises[i], 100 + i, 0, 0};
		size_t alarms = 0, inconclusive = 0;
		for (size_t j = 0; j < gates; j++) {
			struct gate_cell cells[CELLS];
			bool alarm = false;
			run_gate(&machine, cells, 0);
			for (size_t k = 0; k < CELLS; k++) {
				assert_true(cells[k].is_decided);
				alarm |= cells[k].verdict == VERDICT_REGRESSION;
				inconclusive += cells[k].verdict == VERDICT_INCONCLUSIVE;
			}
			alarms += alarm;
		}
		print_message("# %s: %zu false alarms in %zu gates, %.1f%% of cells inconclusive\n",
			      noises[i].name, alarms, gates,
			      100 * (double)inconclusive / (double)(gates * CELLS));
		assert_level("alarms", noises[i].name, alarms, gates, 0.001);
		if (i == 0)
			assert_true(inconclusive <= gates * CELLS / 20);
	}
}

/* With noise as measured, a slowdown of 5 % is nearly always found. */
static void test_found(void **state)
{
	(void)state;
	const size_t gates = 40;
	struct machine machine = {&noises[0], 7, 0, 0};
	size_t found = 0;
	for (size_t i = 0; i < gates; i++) {
		struct gate_cell cells[CELLS];
		run_gate(&machine, cells, log1p(0.05));
		found += cells[0].verdict == VERDICT_REGRESSION;
	}
	print_message("# 5%% slower: found in %zu of %zu\n", found, gates);
	assert_true(found >= gates * 95 / 100);
}

static double alone(struct machine *machine)
{
	return process_noise(machine) + turn_noise(machine);
}

/* The statistical tests behind the rules, at 5 %, on blocks with random signs, as with ABBA or BAAB. */
static void test_levels(void **state)
{
	(void)state;
	const size_t trials = 1500;
	for (size_t i = 0; i < NOISES_COUNT; i++) {
		struct machine machine = {&noises[i], 10 + i, 0, 0};
		size_t flips = 0, ranks = 0;
		for (size_t j = 0; j < trials; j++) {
			double blocks[14];
			for (size_t k = 0; k < 14; k++) {
				double outer = alone(&machine), inner = alone(&machine);
				inner += alone(&machine);
				outer += alone(&machine);
				blocks[k] = mix_next(&machine.state) & 1 ? inner - outer
									 : outer - inner;
			}
			flips += sign_flip_p(blocks, 10, 0, 0) <= 0.05;
			ranks += signed_rank_p(blocks, 14) <= 0.05;
		}
		assert_level("sign flips", noises[i].name, flips, trials, 0.05);
		assert_level("signed ranks", noises[i].name, ranks, trials, 0.05);
		assert_true(flips > trials / 100 && ranks > trials / 50); /* the tests can reject */
	}
}

/* An effect of the size of minimum_detectable_effect() is found as often as promised. */
static void test_detectable(void **state)
{
	(void)state;
	const size_t trials = 400;
	for (size_t i = 0; i < NOISES_COUNT; i++) {
		/* Identically distributed, independent blocks with one mode. With spikes there
		 * are three modes, and the promise is not kept (58 %). */
		if (noises[i].drift > 0 || noises[i].correlation > 0 || noises[i].degrees == 1 ||
		    noises[i].spikes > 0)
			continue;
		struct machine machine = {&noises[i], 1000 + i, 0, 0};
		size_t found = 0;
		for (size_t j = 0; j < trials; j++) {
			double blocks[40], effect = 0;
			for (int round = 0; round < 2; round++) {
				for (size_t k = 0; k < 40; k++)
					blocks[k] = effect + alone(&machine) - alone(&machine);
				if (round == 0)
					effect = minimum_detectable_effect(blocks, 40, 0.005, 0.8);
			}
			found += signed_rank_p(blocks, 40) <= 0.005;
		}
		print_message("# %s: found in %zu of %zu where 80%% were promised\n",
			      noises[i].name, found, trials);
		assert_true(found >= trials * 68 / 100 && found <= trials * 92 / 100);
	}
	const double same[40] = {0};
	assert_true(isinf(minimum_detectable_effect(same, 7, 0.005, 0.8)));
	assert_true(minimum_detectable_effect(same, 40, 0.005, 0.8) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_difference), cmocka_unit_test(test_false_alarms),
		cmocka_unit_test(test_found),      cmocka_unit_test(test_levels),
		cmocka_unit_test(test_detectable),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
