/*
 * What changed between the phases, by how much and how certainly. For a single run: its fastest
 * engines.
 *
 * How it works: the verdicts are those of comparison_of_runs(), as `iowalk compare` prints them.
 * Only cells with the verdict "improvement" are listed as wins.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../base/text.h"
#include "../../base/units.h"
#include "../../judge/writers.h"
#include "../parts.h"
#include "../section.h"

#define LARGEST_COUNT 8 /* wins and losses that are shown */
#define COUNTS_SHOWN  3

static size_t count_by_counts(const struct comparison *changes, enum verdict verdict)
{
	size_t count = 0;
	for (size_t i = 0; i < changes->cells_count; i++)
		count += changes->cells[i].verdict == verdict &&
			 report_is_by_counts(&changes->cells[i]);
	return count;
}

/* The number of cells with each verdict. */
static void put_sums(struct document *document, const struct history *history)
{
	static const struct {
		enum verdict verdict;
		enum tone tone;
		const char *text;
	} sums[] = {
		{VERDICT_IMPROVEMENT, TONE_GOOD, "improved"},
		{VERDICT_REGRESSION, TONE_BAD, "regressed"},
		{VERDICT_NO_CHANGE, TONE_PLAIN, "no change"},
		{VERDICT_SAME_COUNTS, TONE_PLAIN,
		 "with the same counts: their times are not judged"},
		{VERDICT_INCONCLUSIVE, TONE_PLAIN, "inconclusive: too noisy to decide"},
		{VERDICT_ACCEPTED, TONE_WARN, "regressed, which the suite accepts"},
		{VERDICT_FAILED, TONE_BAD, "failed: no values, see Warnings"},
		{VERDICT_ONLY_A, TONE_PLAIN, "only in the first phase"},
		{VERDICT_ONLY_B, TONE_PLAIN, "only in the last phase"},
		{VERDICT_SKIPPED, TONE_PLAIN, "skipped in both"},
	};
	const struct comparison *changes = &history->changes;
	document_text(document, "%zu cells from %s to %s:", changes->cells_count,
		      history->phases[0].name, history_last(history)->name);
	for (size_t i = 0; i < sizeof sums / sizeof *sums; i++) {
		size_t count = comparison_count(changes, sums[i].verdict);
		size_t by_counts = count_by_counts(changes, sums[i].verdict);
		char of_them[64] = "";
		if (by_counts > 0)
			snprintf(of_them, sizeof of_them, ", %zu of them by counts alone",
				 by_counts);
		if (count > 0 || i < 2)
			document_item(document, count > 0 ? sums[i].tone : TONE_PLAIN, "%zu %s%s",
				      count, sums[i].text, of_them);
	}
	if (!changes->same_machine)
		document_item(
			document, TONE_WARN,
			"The phases are from different machines or settings (see Environment): "
			"times are shown but not judged.");
	if (changes->note != NULL)
		document_item(document, TONE_PLAIN, "%s", changes->note);
}

static void put_counts(struct document *document, const struct cell_change *change)
{
	char text[512] = "", count[256];
	for (size_t i = 0; i < change->counts_count && i < COUNTS_SHOWN; i++) {
		count_change_text(&change->counts[i], true, count, sizeof count);
		text_append(text, sizeof text, "%s%s", i == 0 ? "" : ", ", count);
	}
	if (change->counts_count > COUNTS_SHOWN)
		text_append(text, sizeof text, ", and %zu more",
			    change->counts_count - COUNTS_SHOWN);
	document_cell(document, TONE_PLAIN, "%s", text[0] == '\0' ? "-" : text);
}

static void put_change(struct document *document, const struct cell_change *change)
{
	struct change_texts texts;
	change_texts(change, true, &texts);
	document_cell(document, TONE_PLAIN, "%s", change->name);
	report_change(document, change);
	document_cell(document, TONE_PLAIN, "%s", texts.a);
	document_cell(document, TONE_PLAIN, "%s", texts.b);
	put_counts(document, change);
}

static void put_largest(struct document *document, const struct history *history,
			enum verdict verdict, const char *title, const char *none)
{
	static const char *const titles[] = {"cell", "change", "95 % interval", "verdict"};
	const struct comparison *changes = &history->changes;
	size_t count = comparison_count(changes, verdict), shown = 0;
	size_t *order = comparison_order(changes);
	document_heading(document, 3, "%s", title);
	if (count == 0 || order == NULL) {
		document_text(document, "%s", none);
		free(order);
		return;
	}
	document_table(document, title, 7, 0x49);
	for (size_t i = 0; i < 4; i++)
		document_cell(document, TONE_PLAIN, "%s", titles[i]);
	document_cell(document, TONE_PLAIN, "%s", history->phases[0].name);
	document_cell(document, TONE_PLAIN, "%s", history_last(history)->name);
	document_cell(document, TONE_PLAIN, "counts that changed");
	for (size_t i = 0; i < changes->cells_count && shown < LARGEST_COUNT; i++) {
		const struct cell_change *change = &changes->cells[order[i]];
		if (change->verdict != verdict)
			continue;
		put_change(document, change);
		shown++;
	}
	if (count > shown)
		document_text(document, "%zu more are in the tables below.", count - shown);
	free(order);
}

static void put_changes(struct document *document, const struct history *history)
{
	char caption[1024];
	put_sums(document, history);
	comparison_caption(&history->changes, caption, sizeof caption);
	document_text(document, "%s", caption);
	bool judged = history->changes.times_judged;
	put_largest(document, history, VERDICT_IMPROVEMENT, "Largest wins",
		    judged ? "No cell improved by more than the noise."
			   : "No count fell; times are not judged.");
	put_largest(document, history, VERDICT_REGRESSION, "Largest losses",
		    judged ? "No cell regressed by more than the noise, and no count grew."
			   : "No count grew; times are not judged.");
}

/* For a single run: the fastest engine of each block at its largest size. */
static void put_fastest(struct document *document, const struct history *history)
{
	static const char *const titles[] = {"workload", "graph", "layout",  "cache", "nodes",
					     "fastest",  "time",  "slowest", "time",  "ratio"};
	const struct report *report = &history_last(history)->report;
	document_table(document, "fastest and slowest engine of each block", 10, 0xAF);
	for (size_t i = 0; i < 10; i++)
		document_cell(document, TONE_PLAIN, "%s", titles[i]);
	for (size_t i = 0; i < report->blocks_count; i++) {
		const struct report_block *block = &report->blocks[i];
		const struct report_row *rows = &report->rows[block->first];
		const struct report_row *fast = NULL, *slow = NULL;
		uint64_t nodes = rows[block->count - 1].summary->nodes_count;
		char fast_text[UNIT_TEXT_MAX], slow_text[UNIT_TEXT_MAX], ratio[UNIT_TEXT_MAX];
		for (size_t j = 0; !block->is_floor && j < block->count; j++) {
			if (rows[j].summary->nodes_count != nodes)
				continue;
			double time_ns = rows[j].summary->real_time_ns.median;
			if (fast == NULL || time_ns < fast->summary->real_time_ns.median)
				fast = &rows[j];
			if (slow == NULL || time_ns > slow->summary->real_time_ns.median)
				slow = &rows[j];
		}
		if (fast == NULL)
			continue;
		format_time_ns(fast_text, sizeof fast_text, fast->summary->real_time_ns.median,
			       true);
		format_time_ns(slow_text, sizeof slow_text, slow->summary->real_time_ns.median,
			       true);
		format_ratio(ratio, sizeof ratio,
			     slow->summary->real_time_ns.median /
				     fast->summary->real_time_ns.median,
			     true);
		document_cell(document, TONE_PLAIN, "%s", block->workload);
		document_cell(document, TONE_PLAIN, "%s", block->graph);
		document_cell(document, TONE_PLAIN, "%s", block->layout);
		document_cell(document, TONE_PLAIN, "%s", block->cache);
		document_cell(document, TONE_PLAIN, "%llu", (unsigned long long)nodes);
		document_cell(document, TONE_PLAIN, "%s", fast->series);
		document_cell(document, TONE_PLAIN, "%s", fast_text);
		document_cell(document, TONE_PLAIN, "%s", slow->series);
		document_cell(document, TONE_PLAIN, "%s", slow_text);
		document_cell(document, TONE_PLAIN, "%s", ratio);
	}
}

static void put(struct document *document, const struct report_context *context)
{
	const struct history *history = context->history;
	const struct report *report = &history_last(history)->report;
	document_heading(document, 2, "What changed");
	if (history->has_changes) {
		put_changes(document, history);
		return;
	}
	document_text(document,
		      "One run with %zu timed cells; --phases A,B compares several. The "
		      "fastest and the slowest engine of each block at its largest size:",
		      history->cells_count);
	if (report->blocks_count > 0)
		put_fastest(document, history);
}

const struct report_section section_changes = {
	.order = 200,
	.write = put,
};
