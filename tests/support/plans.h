/* Shared by tests of plans and suites: selections written as one text, and comparison of plans. */
#ifndef IOWALK_TEST_PLANS_H
#define IOWALK_TEST_PLANS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../harness/plan/cell.h"

/* "key=value;key=value": the value begins after the first '='. */
static inline void selection_fill(struct selection *selection, const char *text)
{
	char *copy = strdup(text), *rest, *word;
	struct why why = {""};

	assert_non_null(copy);
	for (word = strtok_r(copy, ";", &rest); word; word = strtok_r(NULL, ";", &rest)) {
		char *equals = strchr(word, '=');

		assert_non_null(equals);
		*equals = '\0';
		if (selection_set(selection, word, equals + 1, &why) != 0)
			fail_msg("%s", why.text);
	}
	free(copy);
}

static inline int plan_from(struct plan *plan, const char *text, struct why *why)
{
	struct selection selection = {0};

	plan_init(plan);
	selection_fill(&selection, text);
	int err = plan_add(plan, &selection, why);
	selection_release(&selection);
	return err;
}

static inline void plan_must(struct plan *plan, const char *text)
{
	struct why why = {""};

	if (plan_from(plan, text, &why) != 0)
		fail_msg("'%s': %s", text, why.text);
}

/* It must be refused, and the reason must contain `word`. */
static inline struct why plan_refused(const char *text, const char *word)
{
	struct plan plan;
	struct why why = {""};
	int err = plan_from(&plan, text, &why);

	if (err != -EINVAL || !strstr(why.text, word))
		fail_msg("'%s': %d '%s' where '%s' is expected", text, err, why.text, word);
	plan_release(&plan);
	return why;
}

static inline void assert_unique(const struct plan *plan)
{
	for (size_t i = 0; i < plan->cells_count; i++) {
		for (size_t k = 0; k < i; k++) {
			if (strcmp(plan->cells[i].name, plan->cells[k].name) == 0)
				fail_msg("two cells '%s'", plan->cells[i].name);
		}
	}
}

static inline void assert_same_plan(const struct plan *a, const struct plan *b)
{
	assert_int_equal(a->cells_count, b->cells_count);
	for (size_t i = 0; i < a->cells_count; i++) {
		const struct cell *x = &a->cells[i], *y = &b->cells[i];

		assert_string_equal(x->name, y->name);
		assert_ptr_equal(x->workload, y->workload);
		assert_ptr_equal(x->graph, y->graph);
		assert_ptr_equal(x->layout, y->layout);
		assert_ptr_equal(x->engine, y->engine);
		assert_int_equal(x->cold, y->cold);
		assert_int_equal(x->params.nodes_count, y->params.nodes_count);
		assert_int_equal(x->params.degree, y->params.degree);
		assert_int_equal(x->params.seed, y->params.seed);
		assert_int_equal(x->params.undirected, y->params.undirected);
		assert_int_equal(x->params.has_root, y->params.has_root);
		assert_int_equal(x->params.root, y->params.root);
		assert_int_equal(!x->params.path, !y->params.path);
		if (x->params.path)
			assert_string_equal(x->params.path, y->params.path);
		assert_memory_equal(x->workload_options, y->workload_options,
				    x->workload->options_count * sizeof(uint64_t));
		assert_memory_equal(x->engine_options, y->engine_options,
				    x->engine->options_count * sizeof(uint64_t));
		assert_int_equal(x->repetitions, y->repetitions);
		assert_memory_equal(&x->min_time_s, &y->min_time_s, sizeof(double));
		assert_int_equal(x->iterations, y->iterations);
		assert_int_equal(x->passes, y->passes);
		assert_int_equal(x->section, y->section);
		assert_int_equal(x->interleave, y->interleave);
		assert_int_equal(!x->skipped, !y->skipped);
	}
}

#endif
