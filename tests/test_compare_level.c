/* compare's verdicts on times, by made-up runs: how often it finds what is not there, and what it
 * says it would find. The noise is that of fresh processes of one program as docs/METHOD.md
 * describes it: processes differ, some are in a slow state, and repetitions vary within each. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../harness/judge/comparison.h"
#include "../workloads/support/mix.h"

#define CELLS_COUNT       12
#define PAIRS_COUNT       200
#define PROCESS_SPREAD    0.15
#define SLOW_SHARE        0.1
#define SLOW_FACTOR       1.4
#define REPETITION_SPREAD 0.15
#define STALL_SHARE       0.05 /* of repetitions that take three times as long */
#define STALL_FACTOR      3.0
#define TIME_NS           1e6
#define FOUND_DRAWS       400

static uint64_t seed = 20260131;

static double uniform(void)
{
	return ((double)(mix_next(&seed) >> 11) + 0.5) * 0x1p-53;
}

/* Source: Box and Muller (1958) */
static double normal(void)
{
	return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

/* Student's t with 5 degrees of freedom, from its definition. */
static double student_5(void)
{
	double squares = 0;
	for (int i = 0; i < 5; i++) {
		double z = normal();
		squares += z * z;
	}
	return normal() / sqrt(squares / 5);
}

/* A run in memory, without samples. */
static struct run make_run(const char *path, int cells_count)
{
	json_t *cells = json_array();
	for (int i = 0; i < cells_count; i++) {
		char name[16];
		snprintf(name, sizeof name, "cell%d", i);
		json_array_append_new(cells,
				      json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:i,s:{}}", "name", name,
						"workload", "bfs", "graph", "chain", "layout",
						"slotted", "engine", "pread", "cache", "warm",
						"nodes_count", 10, "options"));
	}
	return (struct run){
		.path = (char *)path,
		.info = json_pack("{s:i,s:i,s:o}", "format", 1, "seed", 1, "cells", cells),
		.environment = json_pack("{s:{s:s}}", "machine", "cpu_model", "one"),
		.samples = json_array()};
}

static void drop_run(struct run *run)
{
	json_decref(run->info);
	json_decref(run->environment);
	json_decref(run->samples);
}

static void add_sample(struct run *run, int cell, int repetition, double time_ns)
{
	char name[16];
	snprintf(name, sizeof name, "cell%d", cell);
	json_array_append_new(run->samples,
			      json_pack("{s:s,s:s,s:i,s:{s:f},s:b}", "cell", name, "pass", "time",
					"repetition", repetition, "metrics", "real_time_ns",
					time_ns, "verified", 1));
}

/* One process: all its cells. */
static struct run noisy_run(int repetitions)
{
	struct run run = make_run("noisy", CELLS_COUNT);
	for (int cell = 0; cell < CELLS_COUNT; cell++) {
		double process = exp(PROCESS_SPREAD * normal());
		if (uniform() < SLOW_SHARE)
			process *= SLOW_FACTOR;
		for (int i = 0; i < repetitions; i++) {
			double sample = process * exp(REPETITION_SPREAD * normal());
			if (uniform() < STALL_SHARE)
				sample *= STALL_FACTOR;
			add_sample(&run, cell, i, TIME_NS * sample);
		}
	}
	return run;
}

static struct comparison compared(const struct run *a, const struct run *b)
{
	struct comparison out;
	struct why why = {""};
	assert_int_equal(comparison_of_runs(a, b, NAN, false, &out, &why), 0);
	return out;
}

static void test_equal_builds(void **state)
{
	(void)state;
	for (int repetitions = 1; repetitions <= 20; repetitions++) {
		size_t undecided = 0;
		for (int pair = 0; pair < PAIRS_COUNT; pair++) {
			struct run a = noisy_run(repetitions), b = noisy_run(repetitions);
			struct comparison out = compared(&a, &b);
			if (comparison_count(&out, VERDICT_REGRESSION) > 0 ||
			    comparison_count(&out, VERDICT_IMPROVEMENT) > 0)
				fail_msg("%d repetitions: a change where there is none",
					 repetitions);
			undecided += comparison_count(&out, VERDICT_INCONCLUSIVE);
			comparison_release(&out);
			drop_run(&a);
			drop_run(&b);
		}
		/* it does not say nothing either; a single repetition cannot tell a stall */
		double most = repetitions == 1 ? 0.1 : 0.05;
		if ((double)undecided > most * PAIRS_COUNT * CELLS_COUNT)
			fail_msg("%d repetitions: %zu of %d cells inconclusive", repetitions,
				 undecided, PAIRS_COUNT * CELLS_COUNT);
	}
}

/* The candidate of a cell that is slower by a factor exp(shift). */
static enum verdict verdict_at(int repetitions, double shift, double *detectable, double *error)
{
	struct run a = make_run("a", 1), b = make_run("b", 1);
	for (int i = 0; i < repetitions; i++) {
		add_sample(&a, 0, i, TIME_NS);
		add_sample(&b, 0, i, TIME_NS * exp(shift));
	}
	struct comparison out = compared(&a, &b);
	enum verdict verdict = out.cells[0].verdict;
	*detectable = log1p(out.cells[0].mde_percent / 100);
	/* 2.5706: the 97.5 % quantile of Student's t with 5 degrees of freedom */
	*error = (log1p(out.cells[0].high_percent / 100) - shift) / 2.5706;
	comparison_release(&out);
	drop_run(&a);
	drop_run(&b);
	return verdict;
}

static void test_detectable_is_found(void **state)
{
	(void)state;
	for (int repetitions = 1; repetitions <= 20; repetitions += 3) {
		double detectable, error, ignored;
		int found = 0;
		assert_int_equal(verdict_at(repetitions, 0, &detectable, &error),
				 VERDICT_NO_CHANGE);
		for (int i = 0; i < FOUND_DRAWS; i++)
			found += verdict_at(repetitions, detectable + error * student_5(), &ignored,
					    &ignored) == VERDICT_REGRESSION;
		if (found < 0.75 * FOUND_DRAWS || found > 0.85 * FOUND_DRAWS)
			fail_msg("%d repetitions: found in %d of %d runs, wanted 80 %%",
				 repetitions, found, FOUND_DRAWS);
	}
}

static void test_many_repetitions(void **state)
{
	(void)state;
	const int repetitions = 100000;
	struct run a = make_run("a", 1), b = make_run("b", 1);
	for (int i = 0; i < repetitions; i++) {
		add_sample(&a, 0, i, TIME_NS * (1 + 0.1 * uniform()));
		add_sample(&b, 0, i, 20 * TIME_NS * (1 + 0.1 * uniform()));
	}
	struct comparison out = compared(&a, &b);
	assert_int_equal(out.cells[0].verdict, VERDICT_REGRESSION);
	assert_true(fabs(out.cells[0].effect_percent - 1900) < 20);
	comparison_release(&out);
	drop_run(&a);
	drop_run(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal_builds),
		cmocka_unit_test(test_detectable_is_found),
		cmocka_unit_test(test_many_repetitions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
