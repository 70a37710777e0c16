/* Builds a comparison and derives verdicts and the exit status: see comparison.h. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "comparison.h"

static const struct {
	const char *text, *key;
} verdicts[VERDICTS_COUNT] = {
	[VERDICT_NO_CHANGE] = {"no change", "no_change"},
	[VERDICT_REGRESSION] = {"regression", "regression"},
	[VERDICT_IMPROVEMENT] = {"improvement", "improvement"},
	[VERDICT_INCONCLUSIVE] = {"inconclusive", "inconclusive"},
	[VERDICT_SAME_COUNTS] = {"same counts", "same_counts"},
	[VERDICT_FAILED] = {"failed", "failed"},
	[VERDICT_ONLY_A] = {"only in the baseline", "only_a"},
	[VERDICT_ONLY_B] = {"only in the candidate", "only_b"},
	[VERDICT_SKIPPED] = {"skipped", "skipped"},
	[VERDICT_NOT_TIMED] = {"not timed", "not_timed"},
	[VERDICT_ACCEPTED] = {"accepted", "accepted"},
};

const char comparison_found_word[] = "found in 90%";

const char *verdict_text(enum verdict verdict)
{
	return verdicts[verdict].text;
}

const char *verdict_key(enum verdict verdict)
{
	return verdicts[verdict].key;
}

int comparison_init(struct comparison *comparison, const char *command, const char *a_name,
		    const char *b_name, double threshold_percent)
{
	*comparison = (struct comparison){.command = command,
					  .a_name = strdup(a_name),
					  .b_name = strdup(b_name),
					  .environment_differences = json_array(),
					  .same_machine = true,
					  .threshold_percent = threshold_percent};
	return comparison->a_name == NULL || comparison->b_name == NULL ||
			       comparison->environment_differences == NULL
		       ? -ENOMEM
		       : 0;
}

void comparison_release(struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->cells_count; i++) {
		struct cell_change *cell = &comparison->cells[i];
		for (size_t j = 0; j < cell->counts_count; j++) {
			free(cell->counts[j].metric);
			free(cell->counts[j].a_text);
			free(cell->counts[j].b_text);
		}
		free(cell->counts);
		free(cell->name);
		free(cell->note);
		free(cell->explanation);
		json_decref(cell->details);
	}
	free(comparison->cells);
	free(comparison->a_name);
	free(comparison->b_name);
	free(comparison->note);
	json_decref(comparison->details);
	json_decref(comparison->environment_differences);
	*comparison = (struct comparison){0};
}

struct cell_change *comparison_add_cell(struct comparison *comparison, const char *name)
{
	size_t count = comparison->cells_count;
	struct cell_change *cells = reallocarray(comparison->cells, count + 1, sizeof *cells);
	if (cells == NULL)
		return NULL;
	comparison->cells = cells;
	cells[count] = (struct cell_change){.name = strdup(name),
					    .a_ns = NAN,
					    .b_ns = NAN,
					    .effect_percent = NAN,
					    .low_percent = NAN,
					    .high_percent = NAN,
					    .mde_percent = NAN,
					    .p = NAN};
	if (cells[count].name == NULL)
		return NULL;
	return &cells[comparison->cells_count++];
}

int cell_add_count(struct cell_change *cell, const char *metric, double a, double b,
		   const char *a_text, const char *b_text, bool is_regression)
{
	struct count_change *counts =
		reallocarray(cell->counts, cell->counts_count + 1, sizeof *counts);
	if (counts == NULL)
		return -ENOMEM;
	cell->counts = counts;
	struct count_change *change = &counts[cell->counts_count++];
	*change = (struct count_change){.metric = strdup(metric),
					.a = a,
					.b = b,
					.a_text = a_text == NULL ? NULL : strdup(a_text),
					.b_text = b_text == NULL ? NULL : strdup(b_text),
					.is_regression = is_regression};
	return change->metric == NULL || (a_text != NULL && change->a_text == NULL) ||
			       (b_text != NULL && change->b_text == NULL)
		       ? -ENOMEM
		       : 0;
}

int cell_add_note(struct cell_change *cell, const char *format, ...)
{
	va_list arguments;
	char *added = NULL, *joined = NULL;
	va_start(arguments, format);
	int len = vasprintf(&added, format, arguments);
	va_end(arguments);
	if (len < 0)
		return -ENOMEM;
	if (cell->note != NULL) {
		len = asprintf(&joined, "%s; %s", cell->note, added);
		free(added);
		if (len < 0)
			return -ENOMEM;
		free(cell->note);
		added = joined;
	}
	cell->note = added;
	return 0;
}

void cell_decide(struct cell_change *cell)
{
	bool less = false;
	if (cell->verdict >= VERDICT_FAILED)
		return;
	cell->verdict = cell->time_verdict;
	for (size_t i = 0; i < cell->counts_count; i++) {
		if (cell->counts[i].is_regression)
			cell->verdict = VERDICT_REGRESSION;
		less |= cell->counts[i].b < cell->counts[i].a;
	}
	if ((cell->verdict == VERDICT_NO_CHANGE || cell->verdict == VERDICT_SAME_COUNTS) && less)
		cell->verdict = VERDICT_IMPROVEMENT;
}

size_t comparison_count(const struct comparison *comparison, enum verdict verdict)
{
	size_t count = 0;
	for (size_t i = 0; i < comparison->cells_count; i++)
		count += comparison->cells[i].verdict == verdict;
	return count;
}

static bool has_unjudged_times(const struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->cells_count; i++) {
		if (comparison->cells[i].time_verdict == VERDICT_SAME_COUNTS)
			return true;
	}
	return false;
}

size_t comparison_common_count(const struct comparison *comparison)
{
	return comparison->cells_count - comparison_count(comparison, VERDICT_ONLY_A) -
	       comparison_count(comparison, VERDICT_ONLY_B) -
	       comparison_count(comparison, VERDICT_SKIPPED);
}

int comparison_status(const struct comparison *comparison)
{
	if (comparison_count(comparison, VERDICT_FAILED) > 0)
		return 1;
	if (comparison_count(comparison, VERDICT_REGRESSION) > 0)
		return 3;
	if (comparison_count(comparison, VERDICT_INCONCLUSIVE) > 0 ||
	    has_unjudged_times(comparison) || comparison_common_count(comparison) == 0)
		return 4;
	return !comparison->allow_lost && comparison_count(comparison, VERDICT_ONLY_A) > 0 ? 4 : 0;
}

void comparison_leave_times_out(struct comparison *comparison)
{
	if (comparison->of_runs) { /* its note is about the times */
		free(comparison->note);
		comparison->note = NULL;
	}
	for (size_t i = 0; i < comparison->cells_count; i++) {
		comparison->cells[i].has_times = false;
		comparison->cells[i].time_verdict = VERDICT_NO_CHANGE;
		cell_decide(&comparison->cells[i]);
	}
}
