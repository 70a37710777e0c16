/* Gates of a calibration with several slowdowns: which cells get them, and what is counted of each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "../harness/base/pattern.h"
#include "../harness/gate/calibration.h"
#include "../harness/gate/calibration_gate.h"
#include "../harness/gate/calibration_power.h"
#include "../harness/gate/calibration_trial.h"

#define CELLS_COUNT   70
#define COUNTED_EVERY 10 /* one cell in ten is counted and not timed */

static size_t kind_named(const char *name)
{
	size_t k = 0;

	while (strcmp(calibration_kinds[k].name, name) != 0)
		k++;
	return k;
}

static struct plan made_up_plan(void)
{
	struct plan plan = {.cells = calloc(CELLS_COUNT, sizeof(struct cell)),
			    .cells_count = CELLS_COUNT};

	assert_non_null(plan.cells);
	for (size_t i = 0; i < CELLS_COUNT; i++) {
		assert_true(asprintf(&plan.cells[i].name, "cell/nodes:%zu", i) > 0);
		plan.cells[i].passes =
			i % COUNTED_EVERY ? 1u << PASS_TIME | 1u << PASS_COUNT : 1u << PASS_COUNT;
	}
	return plan;
}

static void release(struct plan *plan)
{
	for (size_t i = 0; i < plan->cells_count; i++)
		free(plan->cells[i].name);
	free(plan->cells);
}

/* 40 gates with three slowdowns each: always in three timed cells, of which each kind has had 40. */
static void test_together(void **state)
{
	(void)state;
	static const char *const names[] = {"slower-5", "half-10", "quarter-30"};
	struct plan plan = made_up_plan();
	size_t done[CALIBRATION_KINDS_COUNT] = {0}, wanted[CALIBRATION_KINDS_COUNT] = {0};
	bool had[CALIBRATION_KINDS_COUNT][CELLS_COUNT] = {{false}};

	for (size_t i = 0; i < 3; i++)
		wanted[kind_named(names[i])] = 40;
	for (size_t gate = 0; gate < 40; gate++) {
		struct calibration_trial trial =
			calibration_choose(&plan, done, wanted, kind_named("slower-5"), true);

		assert_int_equal(trial.count, 3);
		for (size_t i = 0; i < trial.count; i++) {
			size_t cell = (size_t)trial.cells[i];

			assert_true(cell < CELLS_COUNT && cell % COUNTED_EVERY);
			assert_false(had[trial.kinds[i]][cell]);
			had[trial.kinds[i]][cell] = true;
			done[trial.kinds[i]]++;
			for (size_t j = 0; j < i; j++)
				assert_true(trial.cells[j] != trial.cells[i]);
		}
	}
	struct calibration_trial alone =
		calibration_choose(&plan, done, wanted, kind_named("alike"), true);
	assert_int_equal(alone.count, 1);
	assert_int_equal(alone.cells[0], -1);
	release(&plan);
}

/* A system call can be injected into any cell. It goes into that cell only, not into others whose names start with its name. */
static void test_pattern(void **state)
{
	(void)state;
	struct plan plan = made_up_plan();
	size_t done[CALIBRATION_KINDS_COUNT] = {0}, wanted[CALIBRATION_KINDS_COUNT] = {0};
	struct gate_injection injections[GATE_INJECTIONS_MAX] = {{.cell = NULL}};
	struct why why;
	regex_t regex;

	done[kind_named("syscall")] = 6;
	struct calibration_trial trial =
		calibration_choose(&plan, done, wanted, kind_named("syscall"), true);
	assert_int_equal(trial.cells[0], 6);
	assert_int_equal(calibration_trial_inject(&trial, &plan, injections), 0);
	assert_true(injections[0].is_syscall);
	assert_int_equal(pattern_compile("", injections[0].cell, &regex, &why), 0);
	for (size_t i = 0; i < CELLS_COUNT; i++)
		assert_int_equal(pattern_matches(&regex, plan.cells[i].name), i == 6);
	regfree(&regex);
	calibration_trial_release(&trial);
	release(&plan);

	static const char odd[] = "a.b*c+(d)[e]{f}|g^h$i\\j?";
	char *pattern = pattern_of_text(odd);
	assert_non_null(pattern);
	assert_int_equal(pattern_compile("", pattern, &regex, &why), 0);
	assert_true(pattern_matches(&regex, odd));
	assert_false(pattern_matches(&regex, "aXb*c+(d)[e]{f}|g^h$i\\j?"));
	regfree(&regex);
	free(pattern);
}

/* Three cells, slowdowns in 0 and 1: that of 0 was found, that of 1 not, and what was said of 2 is false. */
static void test_counted(void **state)
{
	(void)state;
	json_t *gate =
		json_pack("{ss si sf sI s[{ss sI}] s[sss] s[[ff][ff][ff]]}", "kind", "slower-5",
			  "exit_status", 3, "elapsed_s", 60.0, "cell", (json_int_t)0, "also",
			  "kind", "half-10", "cell", (json_int_t)1, "verdicts", "regression",
			  "inconclusive", "regression", "rank", .5, .5, .5, .5, .5, .5);
	json_t *gates = json_pack("[o]", gate);
	json_t *info = json_pack("{s[{ss}{ss}{ss}] sf}", "cells", "name", "a", "name", "b", "name",
				 "c", "threshold_percent", 2.5);
	json_int_t cell = -1;
	char *text = NULL;
	size_t len = 0;

	assert_non_null(gate);
	assert_true(calibration_gate_is(gate, "half-10", &cell));
	assert_int_equal(cell, 1);
	assert_false(calibration_gate_is(gate, "alike", NULL));
	assert_true(calibration_gate_injects(gate, 0) && calibration_gate_injects(gate, 1));
	assert_false(calibration_gate_injects(gate, 2));

	FILE *out = open_memstream(&text, &len);
	assert_non_null(out);
	assert_int_equal(calibration_report(out, info, gates, 0), 0);
	assert_int_equal(fclose(out), 0);
	const char *slower = strstr(text, "| 5 % slower in one cell |");
	const char *half = strstr(text, "| 10 % slower in half of the processes of one cell |");
	assert_non_null(slower);
	assert_non_null(half);
	assert_non_null(strstr(slower, "| 1 of 1: 100.0 % (2.5–100.0) | 1 | 0 of 1"));
	assert_non_null(strstr(half, "| 0 of 1: 0.0 % (0.0–97.5) | 1 | 1 of 1"));
	free(text);

	struct calibration_power points[CALIBRATION_KINDS_COUNT];
	assert_int_equal(calibration_power(gates, points, CALIBRATION_KINDS_COUNT), 1);
	assert_true(points[0].slower_percent == 5 && points[0].gates == 1 && points[0].found == 1);
	json_decref(gates);
	json_decref(info);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_together),
		cmocka_unit_test(test_pattern),
		cmocka_unit_test(test_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
