/* The groups of `iowalk conform`, and which of them test what. */
#ifndef IOWALK_CONFORM_GROUPS_H
#define IOWALK_CONFORM_GROUPS_H

#include "claims.h"

#define CONFORM_GROUPS_COUNT 4

struct conform_group {
	const char *name; /* as on the command line */
	int (*test)(const struct conform_subject *subject, const struct conform_setup *setup,
		    struct outcome *outcome);
};

extern const struct conform_group conform_groups[CONFORM_GROUPS_COUNT];

/* CONFORM_GROUPS_COUNT if there is none of that name. */
size_t conform_group_find(const char *name);

/* One subject in one group. */
struct conform_test {
	const struct conform_subject *subject;
	size_t group;
	const struct claim *claim; /* of claims; else NULL */
};

struct conform_tests {
	struct conform_test *all; /* [count], the caller frees */
	size_t count;
	size_t timed_count; /* the first of them, which share the budget; a claim takes the time that it takes */
};

/*
 * Lists the tests of subjects[count] in all groups, or in `only` (NULL: all). Claims: each that a subject makes; with `variants` also those
 * of subjects that differ from the defaults, which are many. -ENOMEM.
 */
int conform_tests_list(struct conform_tests *tests, const struct conform_subject *subjects,
		       size_t count, const char *only, bool variants);

#endif
