/*
 * `iowalk conform --only claims` finds false claims: each lie of support/liar.h is found by the claim that it is about, while
 * the same engine without a lie, and ours, keep every claim that they make.
 */
#include "support/engines.h"
#include "support/liar.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../harness/conform/claims.h"

static const struct claim *find_claim(const char *name)
{
	size_t i = 0;

	while (claim_at(i) && strcmp(claim_name(claim_at(i)), name) != 0)
		i++;
	return claim_at(i);
}

/* Tests one claim of an engine with its defaults. */
static void test_claim(const struct engine_ops *ops, const struct claim *claim,
		       struct outcome *outcome)
{
	const struct conform_setup setup = {.folder = test_folder, .claim = claim};
	struct conform_subject subject;

	assert_int_equal(conform_subject_init(&subject, ops, "", NULL), 0);
	assert_true(claim_is_made(claim, &subject));
	outcome_init(outcome, "claims", &subject);
	outcome_of_claim(outcome, claim_name(claim));
	assert_int_equal(conform_claims(&subject, &setup, outcome), 0);
}

/* Does it find the lie? What cannot be observed here is printed. */
static bool finds(enum lie lie)
{
	const struct claim *claim = find_claim(lies[lie].claim);
	struct outcome outcome;

	assert_non_null(claim);
	test_claim(liar(lie), claim, &outcome);
	bool found = outcome.state == OUTCOME_FAILED && outcome.reproducer && *outcome.why.text;
	if (outcome.state == OUTCOME_SKIPPED)
		print_message("skipped: %s: %s\n", lies[lie].name, outcome.why.text);
	else if (!found)
		print_error("%s is not found: %s\n", lies[lie].name, outcome.why.text);
	bool skipped = outcome.state == OUTCOME_SKIPPED;
	outcome_release(&outcome);
	unlink(test_path("probe"));
	return found || skipped;
}

static void test_lies(void **state)
{
	size_t missed_count = 0;

	(void)state;
	for (int lie = LIE_NONE + 1; lie < LIES_COUNT; lie++)
		missed_count += !finds((enum lie)lie);
	assert_int_equal(missed_count, 0);
}

/* Every claim that an engine makes. */
static size_t broken_claims(const struct engine_ops *ops)
{
	size_t broken_count = 0;

	for (size_t i = 0; claim_at(i); i++) {
		struct conform_subject subject;
		struct outcome outcome;

		assert_int_equal(conform_subject_init(&subject, ops, "", NULL), 0);
		if (!claim_is_made(claim_at(i), &subject))
			continue;
		test_claim(ops, claim_at(i), &outcome);
		if (outcome.state == OUTCOME_FAILED)
			print_error("%s: %s\n", outcome.name, outcome.why.text);
		broken_count += outcome.state == OUTCOME_FAILED;
		outcome_release(&outcome);
	}
	return broken_count;
}

static void test_honest(void **state)
{
	const struct engine_ops *ops;
	size_t i = 0;

	(void)state;
	assert_int_equal(broken_claims(liar(LIE_NONE)), 0);
	while ((ops = engine_next(&i)))
		assert_int_equal(broken_claims(ops), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_honest),
	};

	return cmocka_run_group_tests_name("claims", tests, folder_setup, folder_teardown);
}
