/* See groups.h. */
#include "groups.h"

#include "fault_points.h"
#include "graph_groups.h"
#include "model.h"
#include "power.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct conform_group conform_groups[CONFORM_GROUPS_COUNT] = {
	{"model", conform_model, conform_graph_model},
	{"faults", conform_faults, conform_graph_faults},
	{"damage", NULL, conform_graph_damage},
	{"power", conform_power, NULL},
	{"claims", conform_claims, NULL},
};

size_t conform_group_find(const char *name)
{
	size_t i = 0;

	while (i < CONFORM_GROUPS_COUNT && strcmp(conform_groups[i].name, name) != 0)
		i++;
	return i;
}

static void add(struct conform_tests *tests, const struct conform_subject *subject, size_t group,
		const struct claim *claim, const struct conform_layout *graph)
{
	tests->all[tests->count++] = (struct conform_test){subject, group, claim, graph};
}

static void add_claims(struct conform_tests *tests, const struct conform_subject *subject,
		       size_t group)
{
	for (size_t i = 0; claim_at(i); i++) {
		if (claim_is_made(claim_at(i), subject))
			add(tests, subject, group, claim_at(i), NULL);
	}
}

/* Each layout on the subject; `first`: of its engine. */
static void add_layouts(struct conform_tests *tests, const struct conform_selection *selection,
			const struct conform_subject *subject, bool first, size_t group)
{
	const struct conform_layout *layouts = selection->layouts;

	for (size_t i = 0; i < selection->layouts_count; i++) {
		bool first_layout = i == 0 || layouts[i].ops != layouts[i - 1].ops;
		bool is_tested = (first && first_layout) ||
				 (selection->layout_only && (first || first_layout));

		if (is_tested && conform_pairs(layouts[i].ops, subject->ops))
			add(tests, subject, group, NULL, &layouts[i]);
	}
}

static void add_group(struct conform_tests *tests, const struct conform_selection *selection,
		      size_t group)
{
	bool claims = conform_groups[group].test == conform_claims;
	bool graphs = conform_groups[group].test_graph != NULL;

	for (size_t i = 0; i < selection->subjects_count; i++) {
		const struct conform_subject *subject = &selection->subjects[i];
		bool first = i == 0 || subject->ops != subject[-1].ops;

		if (claims) {
			if (!selection->layout_only && (selection->variants || !*subject->text) &&
			    !(subject->ops->capabilities & ENGINE_NO_DATA))
				add_claims(tests, subject, group);
			continue;
		}
		/* A store with its own I/O has no engine below which a power failure could be recorded. */
		bool alone = conform_groups[group].test && subject->ops != &reference_engine;

		if (alone && (!graphs || !selection->layout_only))
			add(tests, subject, group, NULL, NULL);
		if (graphs)
			add_layouts(tests, selection, subject, first, group);
	}
	if (!claims)
		tests->timed_count = tests->count;
}

int conform_tests_list(struct conform_tests *tests, const struct conform_selection *selection)
{
	size_t claims_count = 0;

	while (claim_at(claims_count))
		claims_count++;
	*tests = (struct conform_tests){
		.all = calloc(selection->subjects_count *
				      (CONFORM_GROUPS_COUNT + claims_count +
				       CONFORM_GROUPS_COUNT * selection->layouts_count),
			      sizeof(*tests->all))};
	if (!tests->all)
		return -ENOMEM;
	for (size_t group = 0; group < CONFORM_GROUPS_COUNT; group++) {
		if (!selection->only || strcmp(selection->only, conform_groups[group].name) == 0)
			add_group(tests, selection, group);
	}
	return 0;
}
