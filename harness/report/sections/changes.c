/*
 * What changed between the phases: the times that were proven to change, and the counts that changed, each by itself. A single run
 * has no such section.
 *
 * The verdicts are those of comparison_of_runs() or of a gate, as `iowalk compare` prints them.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../base/text.h"
#include "../../base/units.h"
#include "../../judge/sums.h"
#include "../../judge/writers.h"
#include "../parts.h"
#include "../section.h"

#define OPEN_MOST    12 /* rows that are not in a fold */
#define COUNTS_SHOWN 4

static void counts_text(const struct cell_change *change, char *text, size_t size)
{
	char count[256];

	text[0] = '\0';
	for (size_t i = 0; i < change->counts_count && i < COUNTS_SHOWN; i++) {
		count_change_text(&change->counts[i], true, count, sizeof count);
		text_append(text, size, "%s%s", i == 0 ? "" : ", ", count);
	}
	if (change->counts_count > COUNTS_SHOWN)
		text_append(text, size, ", and %zu more", change->counts_count - COUNTS_SHOWN);
}

static void begin_table(struct document *document, const struct history *history, const char *label)
{
	document_table(document, label, REPORT_CHANGE_COLUMNS + 4,
		       0x1 | REPORT_CHANGE_LEFT << 1 | 0x1 << (REPORT_CHANGE_COLUMNS + 3));
	document_cell(document, TONE_PLAIN, "cell");
	report_change_titles(document);
	document_cell(document, TONE_PLAIN, "%s", history->phases[0].name);
	document_cell(document, TONE_PLAIN, "%s", history_last(history)->name);
	document_cell(document, TONE_PLAIN, "counts that changed");
}

static void put_row(struct document *document, const struct cell_change *change)
{
	struct change_texts texts;
	char counts[1024];

	change_texts(change, true, &texts);
	counts_text(change, counts, sizeof counts);
	document_row_key(document, change->name);
	document_cell(document, TONE_PLAIN, "%s", change->name);
	report_change(document, change);
	document_cell_time(document, TONE_PLAIN, change->a_ns, "%s", texts.a);
	document_cell_time(document, TONE_PLAIN, change->b_ns, "%s", texts.b);
	document_cell(document, TONE_PLAIN, "%s", counts[0] == '\0' ? "-" : counts);
}

/* The rows for which `wanted` is true, the first of them open. Returns how many there are. */
static size_t put_rows(struct document *document, const struct history *history, const char *label,
		       bool (*wanted)(const struct cell_change *change))
{
	const struct comparison *changes = &history->changes;
	size_t *order = comparison_order(changes), shown = 0, count = 0;

	for (size_t i = 0; i < changes->cells_count; i++)
		count += wanted(&changes->cells[i]);
	for (size_t i = 0; order != NULL && i < changes->cells_count; i++) {
		const struct cell_change *change = &changes->cells[order[i]];

		if (!wanted(change))
			continue;
		if (shown == OPEN_MOST)
			document_fold(document, "%zu more", count - shown);
		if (shown == 0 || shown == OPEN_MOST)
			begin_table(document, history, label);
		put_row(document, change);
		shown++;
	}
	if (shown > OPEN_MOST)
		document_fold_end(document);
	if (order == NULL)
		document->err = -ENOMEM;
	free(order);
	return count;
}

static bool has_worse_counts(const struct cell_change *change)
{
	return cell_was_compared(change) && counts_verdict_of(change) == COUNTS_MORE;
}

static bool has_better_counts(const struct cell_change *change)
{
	return cell_was_compared(change) && counts_verdict_of(change) == COUNTS_LESS;
}

static bool is_slower(const struct cell_change *change)
{
	return cell_was_compared(change) && times_verdict_of(change) == TIMES_WORSE;
}

static bool is_faster(const struct cell_change *change)
{
	return cell_was_compared(change) && times_verdict_of(change) == TIMES_BETTER;
}

static void put_part(struct document *document, const struct history *history, const char *title,
		     const char *none, bool (*wanted)(const struct cell_change *change))
{
	document_heading(document, 3, "%s", title);
	if (put_rows(document, history, title, wanted) == 0)
		document_text(document, "%s", none);
}

/* Cells without a verdict of times or counts: why. */
static void put_others(struct document *document, const struct history *history)
{
	static const struct {
		enum verdict verdict;
		enum tone tone;
		const char *text;
	} others[] = {
		{VERDICT_FAILED, TONE_BAD, "failed: no values, see Warnings"},
		{VERDICT_ACCEPTED, TONE_WARN, "regressed, which the suite accepts"},
		{VERDICT_ONLY_A, TONE_PLAIN, "only in the first phase"},
		{VERDICT_ONLY_B, TONE_PLAIN, "only in the last phase"},
		{VERDICT_SKIPPED, TONE_PLAIN, "skipped in both"},
	};
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		size_t count = comparison_count(&history->changes, others[i].verdict);

		if (count > 0)
			document_item(document, others[i].tone, "%zu %s", count, others[i].text);
	}
}

static void put(struct document *document, const struct report_context *context)
{
	const struct history *history = context->history;
	const struct comparison *changes = &history->changes;
	char caption[1024];

	if (!history->has_changes)
		return;
	const struct verdict_sums sums = comparison_sums(changes);
	bool judged = changes->times_judged || !changes->of_runs ||
		      sums.times[TIMES_WORSE] + sums.times[TIMES_BETTER] > 0;
	document_heading(document, 2, "What changed");
	comparison_caption(changes, caption, sizeof caption);
	document_text(document, "%s", caption);
	if (!changes->same_machine)
		document_item(
			document, TONE_WARN,
			"The phases are from different machines or settings (see Environment): "
			"times of their stored runs are shown but not judged.");
	if (changes->note != NULL)
		document_item(document, TONE_PLAIN, "%s", changes->note);
	put_others(document, history);
	if (judged) {
		put_part(document, history, "Slower", "No time is proven to be longer.", is_slower);
		put_part(document, history, "Faster", "No time is proven to be shorter.",
			 is_faster);
	}
	put_part(document, history, "More calls, faults or bytes", "No count grew.",
		 has_worse_counts);
	put_part(document, history, "Fewer calls, faults or bytes", "No count shrank.",
		 has_better_counts);
}

const struct report_section section_changes = {
	.order = 140,
	.write = put,
};
