/*
 * Does the gate keep its error level, and does it find what it says? The rules (harness/gate/decision.h) judge
 * made-up gates (support/made_up_gate.h) with noise like that of real machines: drift, autocorrelation, heavy
 * tails, spikes, a program with two speeds, a machine that is used by something else half of the time.
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
#include "support/made_up_gate.h"
#include "support/rates.h"

#define THRESHOLD 2.5
#define CELLS_MAX 100

/* Of the gate's suite, and what its budget suffices for on a busy machine. */
#define TIGHT_CELLS       67
#define LESS_TIGHT_BLOCKS 12
#define TIGHT_BLOCKS      9

/* A quiet machine: the spread of a block is .8 %, as measured (results/calibration/gate/). */
static const struct made_up_noise quiet = {.name = "quiet", .process = 0.006, .turn = 0.01};

/* Of a turn 4 %: the spread of a block is then 2.2 %, as in docs/notes/gate-design.md. */
static const struct made_up_noise noises[] = {
	{.name = "normal", .turn = 0.04},
	{.name = "drift", .turn = 0.04, .drift = 0.01},
	{.name = "autocorrelation", .turn = 0.04, .correlation = 0.9},
	{.name = "heavy tails", .turn = 0.04, .degrees = 2},
	{.name = "Cauchy", .turn = 0.04, .degrees = 1},
	{.name = "spikes", .turn = 0.04, .spikes = 0.2},
	{.name = "two speeds", .turn = 0.04, .bimodal = true},
	{.name = "fast spells", .turn = 0.04, .spells = 0.05},
};
#define NOISES_COUNT (sizeof noises / sizeof *noises)

static void assert_level(const char *what, const char *noise, size_t hits, size_t trials,
			 double level)
{
	double most = (double)trials * level + 4 * sqrt((double)trials * level * (1 - level));
	if ((double)hits > most)
		fail_msg("%s, %s: %zu of %zu, at most %.0f", what, noise, hits, trials, most);
}

static void assert_share(const char *what, size_t hits, size_t trials, double level)
{
	double least = (double)trials * level - 4 * sqrt((double)trials * level * (1 - level));
	print_message("# %s: found in %zu of %zu\n", what, hits, trials);
	if ((double)hits < least)
		fail_msg("%s: %zu of %zu, at least %.0f", what, hits, trials, least);
}

/* The mean over a side's processes in each turn, and the median over the turns. */
static void test_difference(void **state)
{
	(void)state;
	/* two processes of A, two of B; B takes 10 % more, and one turn was fast for A only */
	const double least_ns[4][3] = {
		{100, 200, 50}, {110, 220, 110}, {110, 220, 110}, {100, 200, 100}};
	const double mean_ns[4] = {120, 132, 132, 120};
	/* One of B's two processes is always slow, and stalls. */
	const double slow_ns[4] = {100, 100, 121, 100}, stalled_ns[4] = {100, 100, 400, 100};
	struct gate_difference difference;

	assert_int_equal(
		gate_difference(&(struct gate_turns){"ABBA", 3, least_ns[0], mean_ns}, &difference),
		0);
	assert_float_equal(difference.effect, log(1.1), 1e-12);
	assert_float_equal(difference.mean_effect, log(1.1), 1e-12);
	assert_float_equal(difference.baseline, log(100), 1e-12);
	assert_int_equal(
		gate_difference(&(struct gate_turns){"ABBA", 1, slow_ns, stalled_ns}, &difference),
		0);
	assert_float_equal(difference.effect, log(1.1), 1e-12);
	assert_float_equal(difference.mean_effect, log(2), 1e-12);
}

/* What some gates found. */
struct tally {
	size_t gates, false_gates, found, inconclusive;
	double printed; /* mean over the gates of the effect that is said to be found in 90 % */
};

static struct tally run_gates(const struct made_up_noise *noise, size_t gates, size_t cells_count,
			      const struct made_up_change *change)
{
	struct made_up_machine machine = {noise, 100 + cells_count, 0, 0};
	struct gate_cell *cells = calloc(CELLS_MAX, sizeof *cells);
	struct tally tally = {.gates = gates};
	for (size_t j = 0; j < gates; j++) {
		struct gate_figures figures;
		bool alarm = false;
		made_up_gate(&machine, cells, cells_count, change, THRESHOLD);
		for (size_t k = 0; k < cells_count; k++) {
			assert_true(cells[k].is_decided);
			alarm |= (k > 0 || !change) && cells[k].verdict == VERDICT_REGRESSION;
			tally.inconclusive += cells[k].verdict == VERDICT_INCONCLUSIVE;
		}
		gate_figures(&cells[0], THRESHOLD, &figures);
		tally.printed += figures.found_percent / (double)gates;
		tally.false_gates += alarm;
		tally.found += cells[0].verdict == VERDICT_REGRESSION;
	}
	free(cells);
	return tally;
}

/* Gates with this budget and noise, of which one cell is changed; *others: further cells called slower. */
static size_t found_within(size_t blocks_each, const struct made_up_noise *noise,
			   const struct made_up_change *change, size_t gates, size_t *others)
{
	struct made_up_machine machine = {noise, 7, 0, 0};
	struct gate_cell *cells = calloc(CELLS_MAX, sizeof *cells);
	size_t found = 0;

	*others = 0;
	for (size_t j = 0; j < gates; j++) {
		made_up_gate_within(TIGHT_CELLS * blocks_each, &machine, cells, TIGHT_CELLS, change,
				    THRESHOLD);
		found += cells[0].verdict == VERDICT_REGRESSION;
		for (size_t k = change ? 1 : 0; k < TIGHT_CELLS; k++)
			*others += cells[k].verdict == VERDICT_REGRESSION;
	}
	free(cells);
	return found;
}

/* Machines so noisy that the budget is over when most cells are in the screening still: what is slow is found all the same. */
static void test_budget(void **state)
{
	(void)state;
	RATES_ONCE();
	const struct made_up_noise noisy = {.name = "noisy", .process = 0.02, .turn = 0.05};
	const struct made_up_noise noisier = {.name = "noisier", .process = 0.03, .turn = 0.08};
	const struct made_up_change all = {1.05, 1, 1}, half = {1.1, 0.5, 1},
				    quarter = {1.3, 0.25, 1};
	size_t gates = 100, others;

	size_t found = found_within(TIGHT_BLOCKS, &noisy, &all, gates, &others);
	assert_share("5 % slower, with a budget for 9 blocks of each cell", found, gates, .85);
	assert_level("alarms", noisy.name, others, gates, 0.001);
	found = found_within(LESS_TIGHT_BLOCKS, &noisier, &half, gates, &others);
	assert_share("10 % in half, with one for 12 blocks", found, gates, .5);
	assert_level("alarms", noisier.name, others, gates, 0.001);
	found = found_within(LESS_TIGHT_BLOCKS, &noisier, &quarter, gates, &others);
	assert_share("30 % in a quarter, with one for 12 blocks", found, gates, .5);
	assert_level("alarms", noisier.name, others, gates, 0.001);
	found_within(LESS_TIGHT_BLOCKS, &noisier, NULL, gates, &others);
	assert_level("alarms, nothing changed", noisier.name, others, gates, 0.001);
}

/* Without a change the family-wise level is .001 for every kind of noise and size of a suite. */
static void test_false_alarms(void **state)
{
	(void)state;
	RATES_ONCE();
	const size_t sizes[] = {8, 30, 100};
	for (size_t i = 0; i < NOISES_COUNT; i++) {
		struct tally tally = run_gates(&noises[i], 40, 6, NULL);
		print_message("# %s: %zu false alarms in %zu gates, %.1f%% of cells inconclusive\n",
			      noises[i].name, tally.false_gates, tally.gates,
			      100 * (double)tally.inconclusive / (double)(tally.gates * 6));
		assert_level("alarms", noises[i].name, tally.false_gates, tally.gates, 0.001);
		if (i == 0)
			assert_true(tally.inconclusive <= tally.gates * 6 / 20);
	}
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct tally tally = run_gates(&quiet, 60, sizes[i], NULL);
		assert_level("alarms", "quiet", tally.false_gates, tally.gates, 0.001);
		assert_int_equal(tally.inconclusive, 0);
	}
}

/* Equal centres, but the candidate's processes differ more: no regression. */
static void test_unequal_spreads(void **state)
{
	(void)state;
	RATES_ONCE();
	for (int times = 2; times <= 4; times++) {
		struct made_up_noise noise = {
			.name = "unequal", .process = 0.012, .turn = 0.01, .unequal = times};
		struct tally tally = run_gates(&noise, 60, 10, NULL);
		assert_level("alarms", noise.name, tally.false_gates, tally.gates, 0.001);
	}
}

/* Slowdowns in all processes, in some of them, and in some samples only. */
static void test_found(void **state)
{
	(void)state;
	RATES_ONCE();
	const struct {
		const char *name;
		struct made_up_change change;
		double share; /* that is found, at least */
	} trials[] = {
		{"3 % in all processes", {1.03, 1, 1}, .95},
		{"5 % in all processes", {1.05, 1, 1}, .99},
		{"10 % in half of the processes", {1.1, .5, 1}, .95},
		{"30 % in a quarter of the processes", {1.3, .25, 1}, .95},
		{"twice in a tenth of the samples", {2, 1, .1}, .95},
		{"ten times in a twentieth of the samples", {10, 1, .05}, .85},
	};
	for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
		struct tally tally = run_gates(&quiet, 100, 20, &trials[i].change);
		assert_level("elsewhere", trials[i].name, tally.false_gates, tally.gates, 0.001);
		assert_share(trials[i].name, tally.found, tally.gates, trials[i].share);
	}
	const struct made_up_change small = {1.015, 1, 1};
	assert_int_equal(run_gates(&quiet, 100, 20, &small).found, 0);
}

/* Confirms a cell whose blocks are a little below zero, except that of each ten `slower` lie 13 % above and `faster` 13 % below. Its
 * screen had as many. Returns the blocks that it took. */
static size_t confirm_tails(struct gate_cell *cell, size_t slower, size_t faster)
{
	*cell = (struct gate_cell){.stage = GATE_SCREEN};
	for (size_t stage = 0; stage < GATE_STAGES_COUNT; stage++) {
		cell->stage = stage;
		for (size_t i = 0; gate_wants(cell, stage) && i < (stage == GATE_SCREEN ? 10 : 80);
		     i++) {
			double least = -0.004 + 0.0001 * (double)i;
			double effect = i % 10 < slower            ? 0.13
					: i % 10 < slower + faster ? -0.13
								   : least;
			gate_add(cell, &(struct gate_difference){effect, effect, log(100)});
			if (stage == GATE_CONFIRM)
				gate_look(cell, 1, stage, THRESHOLD);
		}
	}
	return cell->series[GATE_CONFIRM].count;
}

/* Some processes are slow: most blocks show nothing, and the signed ranks of all are not sure. */
static void test_slow_blocks(void **state)
{
	struct gate_cell cell;
	struct gate_figures figures;
	const struct gate_series *series = &cell.series[GATE_CONFIRM];

	(void)state;
	assert_int_equal(confirm_tails(&cell, 3, 0), 60);
	assert_int_equal(cell.verdict, VERDICT_REGRESSION);
	assert_true(cell.by_tail);
	assert_true(signed_rank_p(series->effect, series->count) > 1e-3);
	gate_figures(&cell, THRESHOLD, &figures);
	double mean = sample_mean(series->effect, series->count);
	assert_true(fabs(figures.effect_percent - 100 * expm1(mean)) < 1e-9);
	assert_true(figures.low_percent > 0 && figures.low_percent < figures.effect_percent &&
		    figures.high_percent > figures.effect_percent);
	assert_true(fabs(figures.p - ldexp(1, -18)) < 1e-12); /* 18 of 18 */
	assert_true(fabs(figures.b_ns / figures.a_ns - exp(mean)) < 1e-9);

	confirm_tails(&cell, 3, 2); /* on both sides: a noisy machine */
	assert_true(cell.is_decided && cell.verdict != VERDICT_REGRESSION);
	confirm_tails(&cell, 0, 3);
	assert_true(cell.is_decided && cell.verdict != VERDICT_REGRESSION);
	confirm_tails(&cell, 1, 0); /* eight of 80 in the end: neither a regression nor unchanged */
	assert_int_equal(cell.verdict, VERDICT_INCONCLUSIVE);
	assert_int_equal(series->count, 80);
}

/* The effect that a gate prints as found in 90 % of all gates is. */
static void test_printed(void **state)
{
	(void)state;
	RATES_ONCE();
	const double processes[] = {.003, .006, .02, .04, .08};
	for (size_t i = 0; i < sizeof processes / sizeof *processes; i++) {
		struct made_up_noise noise = {
			.name = "", .process = processes[i], .turn = processes[i] / .6};
		double printed = run_gates(&noise, 30, 8, NULL).printed;
		const struct made_up_change change = {1 + printed / 100, 1, 1};
		char name[80];
		snprintf(name, sizeof name, "%.2f %% where processes spread by %.1f %%", printed,
			 100 * processes[i]);
		assert_share(name, run_gates(&noise, 100, 8, &change).found, 100, .9);
	}
}

static double alone(struct made_up_machine *machine)
{
	return made_up_process(machine, false) + made_up_turn(machine);
}

/* The statistical tests behind the rules, at 5 %, on blocks with random signs, as with ABBA or BAAB. */
static void test_levels(void **state)
{
	(void)state;
	const size_t trials = 1500;
	for (size_t i = 0; i < NOISES_COUNT; i++) {
		struct made_up_machine machine = {&noises[i], 10 + i, 0, 0};
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
		struct made_up_machine machine = {&noises[i], 1000 + i, 0, 0};
		size_t found = 0;
		for (size_t j = 0; j < trials; j++) {
			double blocks[40], effect = 0;
			for (int round = 0; round < 2; round++) {
				for (size_t k = 0; k < 40; k++)
					blocks[k] = effect + alone(&machine) - alone(&machine);
				if (round == 0)
					effect = minimum_detectable_effect(
						hodges_lehmann_error(blocks, 40), 40, 0.005, 0.8);
			}
			found += signed_rank_p(blocks, 40) <= 0.005;
		}
		print_message("# %s: found in %zu of %zu where 80%% were promised\n",
			      noises[i].name, found, trials);
		assert_true(found >= trials * 68 / 100 && found <= trials * 92 / 100);
	}
	const double same[40] = {0};
	assert_true(isinf(minimum_detectable_effect(hodges_lehmann_error(same, 7), 7, 0.005, 0.8)));
	assert_true(minimum_detectable_effect(hodges_lehmann_error(same, 40), 40, 0.005, 0.8) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_difference),      cmocka_unit_test(test_false_alarms),
		cmocka_unit_test(test_unequal_spreads), cmocka_unit_test(test_found),
		cmocka_unit_test(test_printed),         cmocka_unit_test(test_levels),
		cmocka_unit_test(test_detectable),      cmocka_unit_test(test_budget),
		cmocka_unit_test(test_slow_blocks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
