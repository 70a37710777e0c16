/* See graph_tests.h. */
#include "engines.h"

#include "graph_tests.h"

#include <string.h>

void graph_test_begin(struct graph_test *test, const char *group, const struct engine_ops *engine,
		      const struct layout_ops *layout)
{
	assert_int_equal(conform_subject_init(&test->subject, engine, "", NULL), 0);
	assert_int_equal(conform_layout_init(&test->layout, layout, "", NULL), 0);
	test->setup = (struct conform_setup){
		.folder = test_folder, .length = 1, .seed = 1, .graph = &test->layout};
	outcome_init(&test->outcome, group, &test->subject);
}

uint64_t graph_test_pairs(const char *group,
			  int (*play)(const struct conform_subject *subject,
				      const struct conform_setup *setup, struct outcome *outcome),
			  bool (*is_tested)(const struct layout_ops *layout,
					    const struct engine_ops *engine))
{
	const struct engine_ops *engine;
	unsigned wrong_count = 0;
	uint64_t damages_count = 0;

	for (size_t e = 0; (engine = engine_next(&e)) != NULL;) {
		for (size_t l = 0; l < layout_table_count; l++) {
			struct graph_test test;

			if (!is_tested(layout_table[l], engine))
				continue;
			graph_test_begin(&test, group, engine, layout_table[l]);
			assert_int_equal(play(&test.subject, &test.setup, &test.outcome), 0);
			damages_count += test.outcome.damages_count;
			if (test.outcome.state == OUTCOME_FAILED) {
				print_error("%s\n%s\n", test.outcome.why.text,
					    test.outcome.reproducer);
				wrong_count++;
			}
			outcome_release(&test.outcome);
		}
	}
	assert_int_equal(wrong_count, 0);
	return damages_count;
}

void graph_test_is_short(const struct outcome *outcome, const char *start, size_t most,
			 struct graph_history *history)
{
	assert_int_equal(outcome->state, OUTCOME_FAILED);
	assert_int_equal(strncmp(outcome->reproducer, start, strlen(start)), 0);
	assert_int_equal(graph_parse(outcome->reproducer + strlen(start), history, NULL), 0);
	assert_true(history->count <= most);
}
