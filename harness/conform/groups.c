/* See groups.h. */
#include "groups.h"

#include "fault_points.h"
#include "model.h"
#include "power.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct conform_group conform_groups[CONFORM_GROUPS_COUNT] = {{"model", conform_model},
								   {"faults", conform_faults},
								   {"power", conform_power},
								   {"claims", conform_claims}};

size_t conform_group_find(const char *name)
{
	size_t i = 0;

	while (i < CONFORM_GROUPS_COUNT && strcmp(conform_groups[i].name, name) != 0)
		i++;
	return i;
}

static void add_claims(struct conform_tests *tests, const struct conform_subject *subject,
		       size_t group)
{
	for (size_t i = 0; claim_at(i); i++) {
		if (claim_is_made(claim_at(i), subject))
			tests->all[tests->count++] =
				(struct conform_test){subject, group, claim_at(i)};
	}
}

static void add_group(struct conform_tests *tests, const struct conform_subject *subjects,
		      size_t count, size_t group, bool variants)
{
	bool claims = conform_groups[group].test == conform_claims;

	for (size_t i = 0; i < count; i++) {
		if (!claims)
			tests->all[tests->count++] =
				(struct conform_test){&subjects[i], group, NULL};
		else if ((variants || !*subjects[i].text) &&
			 !(subjects[i].ops->capabilities & ENGINE_NO_DATA))
			add_claims(tests, &subjects[i], group);
	}
	if (!claims)
		tests->timed_count = tests->count;
}

int conform_tests_list(struct conform_tests *tests, const struct conform_subject *subjects,
		       size_t count, const char *only, bool variants)
{
	size_t claims_count = 0;

	while (claim_at(claims_count))
		claims_count++;
	*tests = (struct conform_tests){
		.all = calloc(count * (CONFORM_GROUPS_COUNT + claims_count), sizeof(*tests->all))};
	if (!tests->all)
		return -ENOMEM;
	for (size_t group = 0; group < CONFORM_GROUPS_COUNT; group++) {
		if (!only || strcmp(only, conform_groups[group].name) == 0)
			add_group(tests, subjects, count, group, variants);
	}
	return 0;
}
