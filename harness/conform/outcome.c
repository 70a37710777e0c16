/*
 * Outcomes as text, TAP and JUnit XML: see outcome.h.
 *
 * Source: https://testanything.org/tap-specification.html
 */
#include "outcome.h"

#include "../base/junit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *const outcome_format_names[OUTCOME_FORMATS_COUNT] = {"text", "tap", "junit"};

void outcome_init(struct outcome *outcome, const char *group, const struct conform_subject *subject)
{
	*outcome = (struct outcome){.group = group, .state = OUTCOME_PASSED};
	snprintf(outcome->name, sizeof(outcome->name), "%s%s%s", subject->ops->name,
		 *subject->text ? " " : "", subject->text);
}

void outcome_of_claim(struct outcome *outcome, const char *claim)
{
	size_t used = strlen(outcome->name);

	snprintf(outcome->name + used, sizeof(outcome->name) - used, ": %s", claim);
	outcome->claims_count = 1;
}

void outcome_of_layout(struct outcome *outcome, const struct conform_layout *layout)
{
	size_t used = strlen(outcome->name);

	snprintf(outcome->name + used, sizeof(outcome->name) - used, ": %s%s%s", layout->ops->name,
		 *layout->text ? " " : "", layout->text);
}

void outcome_release(struct outcome *outcome)
{
	free(outcome->reproducer);
	outcome->reproducer = NULL;
}

static void write_counts(FILE *out, const struct outcome *counts, const char *end)
{
	if (counts->claims_count > 0)
		fprintf(out, "%" PRIu64 " claims, ", counts->claims_count);
	fprintf(out, "%" PRIu64 " histories, %" PRIu64 " operations", counts->histories_count,
		counts->operations_count);
	if (counts->faults_count > 0)
		fprintf(out, ", %" PRIu64 " faults", counts->faults_count);
	if (counts->damages_count > 0)
		fprintf(out, ", %" PRIu64 " damages", counts->damages_count);
	if (counts->images_count > 0)
		fprintf(out, ", %" PRIu64 " images (%" PRIu64 " different, %" PRIu64 " refused)",
			counts->images_count, counts->opened_count, counts->refused_count);
	fputs(end, out);
}

static void write_text(FILE *out, const struct outcome *outcome)
{
	static const char *const words[] = {"pass", "FAIL", "skip"};

	fprintf(out, "%s  %-6s  %-34s  ", words[outcome->state], outcome->group, outcome->name);
	if (outcome->state == OUTCOME_PASSED && !*outcome->why.text)
		write_counts(out, outcome, "\n");
	else
		fprintf(out, "%s\n", outcome->why.text);
	if (outcome->reproducer)
		fprintf(out, "      reproduce: %s\n", outcome->reproducer);
}

static void write_tap(FILE *out, const struct outcome *outcome, size_t number)
{
	fprintf(out, "%sok %zu - %s %s", outcome->state == OUTCOME_FAILED ? "not " : "", number,
		outcome->group, outcome->name);
	if (outcome->state == OUTCOME_SKIPPED)
		fprintf(out, " # SKIP %s", outcome->why.text);
	fputc('\n', out);
	if (outcome->state == OUTCOME_FAILED)
		fprintf(out, "# %s\n", outcome->why.text);
	if (outcome->reproducer)
		fprintf(out, "# reproduce: %s\n", outcome->reproducer);
}

void outcome_write(FILE *out, enum outcome_format format, const struct outcome *outcome,
		   size_t number)
{
	if (format == OUTCOME_TEXT)
		write_text(out, outcome);
	else if (format == OUTCOME_TAP)
		write_tap(out, outcome, number);
	fflush(out);
}

static void write_junit(FILE *out, const struct outcome *outcomes, size_t count,
			const size_t *states, uint64_t seed)
{
	const struct junit_counts counts = {.tests = count,
					    .failures = states[OUTCOME_FAILED],
					    .skipped = states[OUTCOME_SKIPPED]};

	junit_begin(out, "iowalk conform", &counts);
	for (size_t i = 0; i < count; i++) {
		const struct outcome *outcome = &outcomes[i];

		char class_name[64];

		snprintf(class_name, sizeof(class_name), "iowalk.conform.%s", outcome->group);
		junit_case_begin(out, class_name, outcome->name, outcome->seconds * 1e9);
		junit_properties_begin(out);
		junit_number(out, "seed", (double)seed);
		junit_number(out, "histories", (double)outcome->histories_count);
		junit_number(out, "operations", (double)outcome->operations_count);
		junit_number(out, "faults", (double)outcome->faults_count);
		junit_number(out, "damages", (double)outcome->damages_count);
		junit_number(out, "images", (double)outcome->images_count);
		if (outcome->claims_count > 0 && outcome->state == OUTCOME_PASSED)
			junit_property(out, "observed", outcome->why.text);
		if (outcome->reproducer)
			junit_property(out, "reproduce", outcome->reproducer);
		junit_properties_end(out);
		if (outcome->state == OUTCOME_FAILED)
			junit_outcome(out, "failure", "ConformanceFailure", outcome->why.text);
		else if (outcome->state == OUTCOME_SKIPPED)
			junit_outcome(out, "skipped", NULL, outcome->why.text);
		junit_case_end(out);
	}
	junit_end(out);
}

void outcomes_write_end(FILE *out, enum outcome_format format, const struct outcome *outcomes,
			size_t count, uint64_t seed)
{
	size_t states[3] = {0};
	struct outcome sums = {.group = NULL};

	for (size_t i = 0; i < count; i++) {
		states[outcomes[i].state]++;
		sums.histories_count += outcomes[i].histories_count;
		sums.operations_count += outcomes[i].operations_count;
		sums.faults_count += outcomes[i].faults_count;
		sums.damages_count += outcomes[i].damages_count;
		sums.claims_count += outcomes[i].claims_count;
		sums.images_count += outcomes[i].images_count;
		sums.opened_count += outcomes[i].opened_count;
		sums.refused_count += outcomes[i].refused_count;
	}
	if (format == OUTCOME_JUNIT)
		write_junit(out, outcomes, count, states, seed);
	else if (format == OUTCOME_TAP)
		fprintf(out, "1..%zu\n", count);
	if (format != OUTCOME_TEXT)
		return;
	fprintf(out, "\n%zu passed, %zu failed, %zu skipped: ", states[OUTCOME_PASSED],
		states[OUTCOME_FAILED], states[OUTCOME_SKIPPED]);
	write_counts(out, &sums, "");
	fprintf(out, ", seed %" PRIu64 "\n", seed);
}
