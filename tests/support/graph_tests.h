/* Shared by tests of `iowalk conform` on layouts. The includer has included cmocka.h, as by engines.h. */
#ifndef IOWALK_TESTS_GRAPH_TESTS_H
#define IOWALK_TESTS_GRAPH_TESTS_H

#include "../../harness/conform/graph_groups.h"

/* One layout on one engine, with the defaults of both; `setup` is for one history of seed 1. */
struct graph_test {
	struct conform_subject subject;
	struct conform_layout layout;
	struct conform_setup setup;
	struct outcome outcome; /* outcome_release() frees */
};

void graph_test_begin(struct graph_test *test, const char *group, const struct engine_ops *engine,
		      const struct layout_ops *layout);

/*
 * Plays one history of a group on each pair of a layout and an engine of the tables that is_tested() allows; prints each failure, and
 * fails if there is one. Returns the sum of the damages.
 */
uint64_t graph_test_pairs(const char *group,
			  int (*play)(const struct conform_subject *subject,
				      const struct conform_setup *setup, struct outcome *outcome),
			  bool (*is_tested)(const struct layout_ops *layout,
					    const struct engine_ops *engine));

/* The outcome is a failure, its reproducer begins with `start`, and the history after it, *history, has at most `most` operations. */
void graph_test_is_short(const struct outcome *outcome, const char *start, size_t most,
			 struct graph_history *history);

#endif
