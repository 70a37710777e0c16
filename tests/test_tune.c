/*
 * The search of `iowalk tune` over made-up times: it finds the best setting, keeps the default where nothing is
 * faster, stays within its budget, drops what is too slow, and keeps options that the user gave.
 */
#include "support/plans.h"

#include "../harness/tune/search.h"
#include "../workloads/support/mix.h"

#include <math.h>

struct made_up {
	double now_s, noise, default_ns;
	double gains
		[3]; /* of a value other than the first in the options 0, 1, 2: time is divided by it */
	bool together;       /* options 0 and 1 help only together */
	double slow_value_s; /* value 1 of option 0 takes this long */
	double end_at_s;     /* interrupted then; 0: never */
	uint64_t random;
	size_t measured_count;
};

static double time_of(const struct made_up *made_up, const struct tune_choice *choice)
{
	double time_ns = made_up->default_ns;
	bool first = choice->values[0] != 0, second = choice->values[1] != 0;

	if (made_up->together)
		return first && second ? time_ns / 3 : first || second ? time_ns * 1.05 : time_ns;
	if (made_up->slow_value_s > 0 && first)
		return made_up->slow_value_s * 1e9;
	for (size_t i = 0; i < 3; i++)
		time_ns /= choice->values[i] ? made_up->gains[i] : 1;
	return time_ns;
}

static int made_up_add(void *context, struct tune_search *search, size_t setting)
{
	(void)context;
	search->settings[setting].cell = setting;
	return 0;
}

static int made_up_measure(void *context, struct tune_search *search, size_t s, double limit_s,
			   double *time_ns)
{
	struct made_up *made_up = context;
	double luck = (double)mix_reduce(mix_next(&made_up->random), 1000) / 1000 - 0.5;

	made_up->measured_count++;
	*time_ns = time_of(made_up, &search->settings[s].choice) * (1 + made_up->noise * luck);
	if (*time_ns * 1e-9 > limit_s) {
		made_up->now_s += limit_s;
		*time_ns = NAN;
		search->settings[s].end = TUNE_SLOW;
	} else {
		made_up->now_s += *time_ns * 1e-9 + 0.05;
	}
	return 0;
}

static int made_up_round(void *context, struct tune_search *search, const char *what)
{
	(void)context;
	(void)search;
	assert_non_null(what);
	return 0;
}

static double made_up_now_s(void *context)
{
	return ((struct made_up *)context)->now_s;
}

static bool made_up_interrupted(void *context)
{
	struct made_up *made_up = context;

	return made_up->end_at_s > 0 && made_up->now_s >= made_up->end_at_s;
}

static const struct tune_hooks hooks = {made_up_add, made_up_measure, made_up_round, made_up_now_s,
					made_up_interrupted};

static void search_with(struct made_up *made_up, const char *selection, double budget_s,
			struct plan *plan, struct tune_group *group, struct tune_search *search)
{
	plan_must(plan, selection);
	*group = (struct tune_group){0};
	tune_space_init(&group->space, &plan->cells[0], NULL);
	assert_true(group->space.options_count >= 3);
	made_up->random = 7;
	*search = (struct tune_search){.groups = group,
				       .groups_count = 1,
				       .hooks = &hooks,
				       .context = made_up,
				       .random = 3,
				       .budget_s = budget_s,
				       .processes = 6};
	assert_int_equal(tune_search_run(search), 0);
}

#define SELECTION "graph=chain;nodes=10;layout=csr;engine=uring;cache=cold"

static void test_finds_the_best(void **state)
{
	struct made_up made_up = {.default_ns = 1e8, .noise = 0.1, .gains = {2, 1.5, 0.7}};
	struct plan plan;
	struct tune_group group;
	struct tune_search search;

	(void)state;
	search_with(&made_up, SELECTION, 60, &plan, &group, &search);
	const struct tune_choice *best = &search.settings[group.leader].choice;
	assert_true(best->values[0] != 0 && best->values[1] != 0 && best->values[2] == 0);
	assert_true(group.confirmed);
	assert_int_equal(tune_group_pick(&group), group.leader);
	assert_true(group.gain.low > 2.6 && group.gain.low <= 3 && group.gain.high >= 3 &&
		    group.gain.high < 3.4);
	for (size_t i = 0; i < group.effects_count; i++) {
		double true_gain =
			group.effects[i].option < 2 ? made_up.gains[group.effects[i].option] : 1;

		assert_true(fabs(group.effects[i].ratio.value / true_gain - 1) < 0.1);
		assert_true(group.effects[i].ratio.low <= group.effects[i].ratio.high);
	}
	assert_true(group.effects_count >= 2);
	tune_search_release(&search);
	plan_release(&plan);
}

static void test_finds_what_helps_only_together(void **state)
{
	struct made_up made_up = {.default_ns = 1e8, .noise = 0.02, .together = true};
	struct plan plan;
	struct tune_group group;
	struct tune_search search;

	(void)state;
	search_with(&made_up, SELECTION, 60, &plan, &group, &search);
	const struct tune_choice *best = &search.settings[group.leader].choice;
	assert_true(best->values[0] && best->values[1] && group.confirmed);
	tune_search_release(&search);
	plan_release(&plan);
}

static void test_keeps_the_default(void **state)
{
	size_t confirmed = 0;

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		struct made_up made_up = {
			.default_ns = 1e8 + (double)i, .noise = 0.2, .gains = {1, 1, 1}};
		struct plan plan;
		struct tune_group group;
		struct tune_search search;

		search_with(&made_up, SELECTION, 40 + i, &plan, &group, &search);
		confirmed += group.confirmed;
		if (!group.confirmed)
			assert_int_equal(tune_group_pick(&group), group.default_setting);
		tune_search_release(&search);
		plan_release(&plan);
	}
	/* One in 40 by an interval of 95 %, which errs on the other side as often. */
	assert_true(confirmed <= 4);
}

static void test_budget(void **state)
{
	static const double budgets_s[] = {5, 20, 120};
	struct plan plan;
	struct tune_group group;
	struct tune_search search;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct made_up made_up = {.default_ns = 1e9, .noise = 0.1, .gains = {2, 1, 1}};

		search_with(&made_up, SELECTION, budgets_s[i], &plan, &group, &search);
		assert_true(made_up.now_s <= budgets_s[i] + 3);
		assert_int_equal(search.out_of_budget, search.rounds_count < 6);
		assert_false(i == 2 && search.out_of_budget);
		tune_search_release(&search);
		plan_release(&plan);
	}
}

/* A step of a setting that takes minutes is ended; a default that takes minutes is replaced. */
static void test_slow_settings(void **state)
{
	struct made_up slow = {.default_ns = 1e9, .gains = {1, 2, 1}, .slow_value_s = 500};
	struct made_up slow_default = {.default_ns = 4e11, .gains = {4e5, 1, 1}};
	struct plan plan;
	struct tune_group group;
	struct tune_search search;

	(void)state;
	search_with(&slow, SELECTION, 120, &plan, &group, &search);
	assert_true(slow.now_s < 125);
	assert_int_equal(search.settings[group.leader].choice.values[0], 0);
	assert_true(search.settings[group.leader].choice.values[1] != 0 && group.confirmed);
	tune_search_release(&search);
	plan_release(&plan);

	search_with(&slow_default, SELECTION, 120, &plan, &group, &search);
	assert_int_equal(search.settings[group.default_setting].end, TUNE_SLOW);
	assert_true(search.settings[group.leader].choice.values[0] != 0 && group.confirmed);
	tune_search_release(&search);
	plan_release(&plan);
}

static void test_interrupted(void **state)
{
	struct made_up made_up = {
		.default_ns = 1e9, .noise = 0.1, .gains = {2, 1, 1}, .end_at_s = 10};
	struct plan plan;
	struct tune_group group;
	struct tune_search search;

	(void)state;
	search_with(&made_up, SELECTION, 100, &plan, &group, &search);
	assert_true(made_up.now_s < 13);
	assert_false(group.confirmed);
	assert_true(tune_setting_median(&search.settings[group.leader]) > 0);
	tune_search_release(&search);
	plan_release(&plan);
}

static void test_space(void **state)
{
	struct plan plan;
	struct tune_space all, some;
	struct tune_choice choice = {{0}};
	char text[512], key[160];

	(void)state;
	plan_must(&plan, SELECTION ";opt=bfs.order=sorted,bfs.depth=2,uring.depth=7");
	tune_space_init(&all, &plan.cells[0], NULL);
	tune_space_init(&some, &plan.cells[0], "bfs.order=sorted,bfs.depth=2, uring.depth=7");
	assert_int_equal(some.options_count, all.options_count - 2);
	for (size_t i = 0; i < some.options_count; i++) {
		tune_option_key(&some.options[i], key, sizeof(key));
		assert_string_not_equal(key, "bfs.depth");
		assert_string_not_equal(key, "bfs.order");
		assert_string_not_equal(key, "uring.depth");
	}
	/* How, and not what: the depth of the walk is left out. */
	tune_space_text(&some, &choice, text, sizeof(text));
	assert_string_equal(text, "bfs.order=sorted,uring.depth=7");
	plan_release(&plan);
}

static bool searches(const char *selection, const char *wanted)
{
	struct plan plan;
	struct tune_space space;
	bool found = false;
	char key[160];

	plan_must(&plan, selection);
	tune_space_init(&space, &plan.cells[0], NULL);
	for (size_t i = 0; i < space.options_count; i++) {
		tune_option_key(&space.options[i], key, sizeof(key));
		found = found || strcmp(key, wanted) == 0;
	}
	plan_release(&plan);
	return found;
}

/* The direction of a walk is searched where it can make a difference. */
static void test_direction(void **state)
{
	(void)state;
	assert_true(searches("graph=random;nodes=100;layout=csr;opt=csr.in_edges=on;engine=pread",
			     "bfs.direction"));
	assert_false(searches("graph=random;nodes=100;layout=csr;engine=pread", "bfs.direction"));
	assert_false(
		searches("graph=random;nodes=100;layout=slotted;engine=pread", "bfs.direction"));
	assert_true(searches("graph=file:/dev/null;layout=csr;engine=pread", "bfs.direction"));
}

/* Each value that is to be tried is valid, and no value twice. */
static void check_tunable(const struct table_entry *entry)
{
	for (uint32_t k = 0; k < entry->options_count; k++) {
		const struct option_spec *spec = &entry->options[k];
		uint64_t values[TUNE_VALUES_MAX];
		size_t count = 0;

		for (; spec->tunable && spec->tunable[count]; count++) {
			struct why why = {""};

			assert_true(count < TUNE_VALUES_MAX - 1);
			if (option_parse(spec, spec->tunable[count], &values[count], &why))
				fail_msg("%s: %s", entry->name, why.text);
			for (size_t i = 0; i < count; i++)
				assert_true(values[i] != values[count]);
		}
		assert_true(!spec->tunable || count >= 2);
	}
}

static void test_tunable_values(void **state)
{
	(void)state;
	for (unsigned table = 0; table < TABLES_COUNT; table++) {
		for (size_t i = 0; i < table_count(table); i++) {
			struct table_entry entry = table_entry(table, i);
			check_tunable(&entry);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_the_best),
		cmocka_unit_test(test_finds_what_helps_only_together),
		cmocka_unit_test(test_keeps_the_default),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_slow_settings),
		cmocka_unit_test(test_interrupted),
		cmocka_unit_test(test_space),
		cmocka_unit_test(test_direction),
		cmocka_unit_test(test_tunable_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
