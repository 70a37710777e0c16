/* The groups of `iowalk conform`, and which of them test what. */
#ifndef IOWALK_CONFORM_GROUPS_H
#define IOWALK_CONFORM_GROUPS_H

#include "claims.h"

#define CONFORM_GROUPS_COUNT 5

struct conform_group {
	const char *name; /* as on the command line */
	/* NULL: engines alone are not tested. */
	int (*test)(const struct conform_subject *subject, const struct conform_setup *setup,
		    struct outcome *outcome);
	/* With setup->graph; NULL: layouts are not tested, or with the engine. */
	int (*test_graph)(const struct conform_subject *subject, const struct conform_setup *setup,
			  struct outcome *outcome);
};

extern const struct conform_group conform_groups[CONFORM_GROUPS_COUNT];

/* CONFORM_GROUPS_COUNT if there is none of that name. */
size_t conform_group_find(const char *name);

/* One subject in one group. */
struct conform_test {
	const struct conform_subject *subject;
	size_t group;
	const struct claim *claim;          /* of claims; else NULL */
	const struct conform_layout *graph; /* a layout on the engine; else NULL */
};

struct conform_tests {
	struct conform_test *all; /* [count], the caller frees */
	size_t count;
	size_t timed_count; /* the first of them, which share the budget; a claim takes the time that it takes */
};

/* What is tested. */
struct conform_selection {
	const struct conform_subject *
		subjects; /* [subjects_count]; those of an engine one after another, its first variant first */
	size_t subjects_count;
	const struct conform_layout *layouts; /* [layouts_count], in the same way */
	size_t layouts_count;
	const char *only; /* the group; NULL: all */
	bool variants;    /* claims also of subjects that are not the first */
	bool layout_only; /* layouts only, and all their variants */
};

/*
 * Lists the tests of the subjects in the groups. Model and faults: each engine alone with all its variants; the first variant of
 * each layout on that of each engine, with `layout_only` each other variant of one of the two as well.
 * Claims: each that a subject makes; with `variants` also those of the others, which are many. -ENOMEM.
 */
int conform_tests_list(struct conform_tests *tests, const struct conform_selection *selection);

#endif
