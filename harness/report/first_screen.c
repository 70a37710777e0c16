/*
 * The first screen of a report: what changed, by how much, how sure, and which targets are met.
 *
 * How it works: verdicts are those of comparison_of_runs(), as `iowalk compare` prints them; only
 * what it calls an improvement is a win.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../machine/environment.h"
#include "parts.h"
#include "../base/text.h"
#include "../base/units.h"
#include "../judge/verdict_out.h"

#define LARGEST_COUNT 8 /* wins and losses on the first screen */
#define COUNTS_SHOWN  3
#define MISSED_SHOWN  40

enum tone verdict_tone(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_IMPROVEMENT:
		return TONE_GOOD;
	case VERDICT_REGRESSION:
	case VERDICT_FAILED:
		return TONE_BAD;
	case VERDICT_INCONCLUSIVE:
		return TONE_WARN;
	default:
		return TONE_DIM;
	}
}

void report_figure(struct document *document, const char *plots, const char *name, const char *alt,
		   const char *caption)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s.svg", plots, name);
	if (access(path, R_OK) == 0)
		document_figure(document, name, alt, caption);
}

static void put_build(struct document *document, const struct history_phase *phase)
{
	char machine[256] = "", build[256] = "";
	const char *started = json_string_value(json_object_get(phase->run.info, "started"));
	const char *note = json_string_value(json_object_get(phase->about, "note"));
	environment_caption(phase->run.environment, machine, sizeof machine, build, sizeof build);
	document_item(document, TONE_PLAIN, "%s: %s; %s%s%s%s%s", phase->name, machine, build,
		      started == NULL ? "" : "; measured ", started == NULL ? "" : started,
		      note == NULL || note[0] == '\0' ? "" : "; ", note == NULL ? "" : note);
}

/* Is the verdict of the counts and not of the time, which says another thing? */
static bool is_by_counts(const struct cell_change *change)
{
	return (change->verdict == VERDICT_REGRESSION || change->verdict == VERDICT_IMPROVEMENT) &&
	       change->time_verdict != change->verdict;
}

static size_t count_by_counts(const struct comparison *changes, enum verdict verdict)
{
	size_t count = 0;
	for (size_t i = 0; i < changes->cells_count; i++)
		count += changes->cells[i].verdict == verdict && is_by_counts(&changes->cells[i]);
	return count;
}

/* "3 cells are faster, 2 slower, 70 not changed, 4 undecided": what the verdicts sum up to. */
static void put_sums(struct document *document, const struct history *history)
{
	static const struct {
		enum verdict verdict;
		enum tone tone;
		const char *says;
	} sums[] = {
		{VERDICT_IMPROVEMENT, TONE_GOOD, "improved"},
		{VERDICT_REGRESSION, TONE_BAD, "regressed"},
		{VERDICT_NO_CHANGE, TONE_PLAIN, "no change"},
		{VERDICT_INCONCLUSIVE, TONE_PLAIN, "inconclusive: the noise is too large to tell"},
		{VERDICT_FAILED, TONE_BAD, "failed: no figures, see the warnings"},
		{VERDICT_ONLY_A, TONE_PLAIN, "only in the first phase"},
		{VERDICT_ONLY_B, TONE_PLAIN, "only in the last phase"},
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
				      count, sums[i].says, of_them);
	}
	if (!changes->same_machine)
		document_item(document, TONE_WARN,
			      "The phases are from different machines or settings (see "
			      "Environment): times are shown and not judged.");
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
	struct verdict_texts texts;
	verdict_texts(change, true, &texts);
	document_cell(document, TONE_PLAIN, "%s", change->name);
	report_change(document, change);
	document_cell(document, TONE_PLAIN, "%s", texts.a);
	document_cell(document, TONE_PLAIN, "%s", texts.b);
	put_counts(document, change);
}

void report_change(struct document *document, const struct cell_change *change)
{
	struct verdict_texts texts = {0};
	if (change != NULL)
		verdict_texts(change, true, &texts);
	document_cell(document, TONE_PLAIN, "%s", texts.effect[0] == '\0' ? "-" : texts.effect);
	document_cell(document, TONE_DIM, "%s", texts.interval[0] == '\0' ? "-" : texts.interval);
	if (change == NULL)
		document_cell(document, TONE_DIM, "-");
	else if (is_by_counts(change) && change->time_verdict == VERDICT_NO_CHANGE)
		document_cell(document, verdict_tone(change->verdict), "%s (counts)",
			      verdict_text(change->verdict));
	else if (is_by_counts(change))
		document_cell(document, verdict_tone(change->verdict), "%s (counts; time: %s)",
			      verdict_text(change->verdict), verdict_text(change->time_verdict));
	else
		document_cell(document, verdict_tone(change->verdict), "%s",
			      verdict_text(change->verdict));
}

static void put_largest(struct document *document, const struct history *history,
			enum verdict verdict, const char *title, const char *none)
{
	static const char *const titles[] = {"cell", "change", "95 % interval", "verdict"};
	const struct comparison *changes = &history->changes;
	size_t count = comparison_count(changes, verdict), shown = 0;
	size_t *order = verdict_order(changes);
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

static void put_changes(struct document *document, const struct history *history, const char *plots)
{
	char caption[512];
	put_sums(document, history);
	verdict_caption(&history->changes, caption, sizeof caption);
	document_text(document, "%s", caption);
	put_largest(document, history, VERDICT_IMPROVEMENT, "Largest wins",
		    "No cell improved by more than the noise.");
	put_largest(document, history, VERDICT_REGRESSION, "Largest losses",
		    "No cell regressed by more than the noise, and no count grew.");
	report_figure(document, plots, "changes",
		      "Forest plot: the change of each cell's time between the two phases as a "
		      "point with its 95 % interval, sorted by effect; the figures are in the "
		      "tables under Times.",
		      "Change of each cell's time with its 95 % interval, sorted: left of the line "
		      "is faster. Filled points: found beyond the noise.");
}

/* Of one run: the fastest engine at the largest size of each block. */
static void put_fastest(struct document *document, const struct history *history)
{
	static const char *const titles[] = {"workload", "graph", "layout",  "cache", "nodes",
					     "fastest",  "time",  "slowest", "time",  "apart"};
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

static enum tone state_tone(enum limit_state state)
{
	return state == LIMIT_MET ? TONE_GOOD : state == LIMIT_MISSED ? TONE_BAD : TONE_DIM;
}

static void put_target(struct document *document, const struct target_result *target)
{
	const struct limit_result *worst = target->worst;
	struct limit_texts texts = {"-", "-", "-", ""};
	char by[64] = "";
	if (worst != NULL)
		limit_texts(worst, true, &texts);
	if (target->state == LIMIT_MISSED)
		target_missed_by(worst, by, sizeof by);
	document_cell(document, TONE_PLAIN, "%s", target->name);
	document_cell(document, TONE_PLAIN, "%s", target->require);
	document_cell(document, state_tone(target->state), "%s%s%s",
		      limit_state_text(target->state), by[0] == '\0' ? "" : " by ", by);
	document_cell(document, TONE_PLAIN, "%zu of %zu", target->met_count,
		      target->met_count + target->missed_count + target->unmeasured_count);
	document_cell(document, TONE_PLAIN, "%s", texts.value);
	document_cell(document, TONE_DIM, "%s", texts.interval);
	document_cell(document, TONE_PLAIN, "%s", texts.bound);
	document_cell(document, TONE_PLAIN, "%s", worst == NULL ? target->reason : worst->cell);
}

/* The cells that miss a target which more than one cell has. */
static void put_missed(struct document *document, const struct targets *targets)
{
	static const char *const titles[] = {"target",        "cell",    "value",
					     "95 % interval", "at most", "missed by"};
	size_t missed = 0, shown = 0;
	for (size_t i = 0; i < targets->cells_count; i++)
		missed += targets->cells[i].state == LIMIT_MISSED;
	if (missed < 2)
		return;
	document_table(document, "cells that miss a target", 6, 0x3);
	for (size_t i = 0; i < 6; i++)
		document_cell(document, TONE_PLAIN, "%s", titles[i]);
	for (size_t i = 0; i < targets->cells_count && shown < MISSED_SHOWN; i++) {
		const struct limit_result *cell = &targets->cells[i];
		struct limit_texts texts;
		char by[64];
		if (cell->state != LIMIT_MISSED)
			continue;
		limit_texts(cell, true, &texts);
		target_missed_by(cell, by, sizeof by);
		document_cell(document, TONE_PLAIN, "%s", cell->name);
		document_cell(document, TONE_PLAIN, "%s", cell->cell);
		document_cell(document, TONE_PLAIN, "%s", texts.value);
		document_cell(document, TONE_DIM, "%s", texts.interval);
		document_cell(document, TONE_PLAIN, "%s", texts.bound);
		document_cell(document, TONE_BAD, "%s", by);
		shown++;
	}
	if (missed > shown)
		document_text(document, "%zu more cells miss one.", missed - shown);
}

/* How many targets are met, missed and not measured: the line of the first screen. */
static void put_targets_sum(struct document *document, const struct history *history)
{
	const struct targets *targets = &history->targets;
	size_t counts[3] = {0};
	for (size_t i = 0; history->has_targets && i < targets->results_count; i++)
		counts[targets->results[i].state]++;
	if (counts[LIMIT_MET] + counts[LIMIT_MISSED] + counts[LIMIT_UNMEASURED] == 0)
		return;
	document_item(document,
		      counts[LIMIT_MISSED] > 0 ? TONE_BAD
		      : counts[LIMIT_MET] > 0  ? TONE_GOOD
					       : TONE_PLAIN,
		      "targets: %zu met, %zu missed, %zu not measured", counts[LIMIT_MET],
		      counts[LIMIT_MISSED], counts[LIMIT_UNMEASURED]);
}

static void put_targets(struct document *document, const struct history *history)
{
	static const char *const titles[] = {
		"target", "requires",      "state",   "cells met",
		"value",  "95 % interval", "at most", "cell that is nearest or worst"};
	const struct targets *targets = &history->targets;
	document_heading(document, 2, "Targets");
	if (!history->has_targets || targets->results_count == 0) {
		document_text(document, "None are set: %s would hold them.", TARGETS_FILE);
		return;
	}
	document_text(document,
		      "Of %s, each at the cell that is nearest to its bound or farthest beyond.",
		      history_last(history)->name);
	document_table(document, "targets", 8, 0x87);
	for (size_t i = 0; i < 8; i++)
		document_cell(document, TONE_PLAIN, "%s", titles[i]);
	for (size_t i = 0; i < targets->results_count; i++)
		put_target(document, &targets->results[i]);
	put_missed(document, targets);
}

void report_first_screen(struct document *document, const struct history *history,
			 const char *plots)
{
	const struct report *report = &history_last(history)->report;
	char heading[256];
	report_heading(&history_last(history)->run, heading, sizeof heading);
	if (history->phases_count > 1)
		document_heading(document, 1, "iowalk: %s to %s", history->phases[0].name,
				 history_last(history)->name);
	else
		document_heading(document, 1, "iowalk: %s", heading);
	for (size_t i = 0; i < history->phases_count; i++)
		put_build(document, &history->phases[i]);
	put_targets_sum(document, history);
	size_t warnings_count = report_warnings(NULL, history, NULL);
	if (warnings_count > 0)
		document_item(document, TONE_WARN, "%zu warning%s: see Warnings", warnings_count,
			      warnings_count == 1 ? "" : "s");
	document_heading(document, 2, "What changed");
	if (history->has_changes) {
		put_changes(document, history, plots);
	} else {
		document_text(document,
			      "One run, %zu cells with times: nothing to compare it with "
			      "(--phases A,B does). The engines of each block at its largest size:",
			      history->cells_count);
		if (report->blocks_count > 0)
			put_fastest(document, history);
	}
	put_targets(document, history);
}
