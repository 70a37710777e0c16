/*
 * The first screen: what was found, from what, which targets are met, what makes one doubt it, and the figure that shows it. The
 * same order for one run and for phases.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../base/text.h"
#include "../../base/units.h"
#include "../../judge/finding.h"
#include "../../judge/sums.h"
#include "../../record/machines.h"
#include "../../machine/noise.h"
#include "../../plot/ranking_chart.h"
#include "../change_figure.h"
#include "../own_figure.h"
#include "../parts.h"
#include "../section.h"

#define RANKING_ROWS    16   /* of a panel; the rest is in a fold */
#define NOISY_PERCENT   10.0 /* half the interquartile range */
#define CONTROL_PERCENT 5.0  /* a control that moves less is not worth a line */
#define DIFFERENT_MOST  4    /* settings named in the first screen */

/* ---- what was measured ---- */

/* " · floor 4.26 ns/edge": what the harness itself takes. */
static void append_floor(const struct report *report, char *text, size_t size)
{
	char time[UNIT_TEXT_MAX];

	for (size_t i = 0; i < report->blocks_count; i++) {
		const struct report_block *block = &report->blocks[i];
		const struct cell_summary *summary = report->rows[block->first].summary;

		if (!block->is_floor || summary->walked_edges_count == 0)
			continue;
		format_time_ns(time, sizeof time,
			       summary->real_time_ns.median / (double)summary->walked_edges_count,
			       true);
		text_append(text, size, " · harness floor %s/edge", time);
		return;
	}
}

static void put_byline(struct document *document, const struct history_phase *phase, bool named,
		       bool is_first)
{
	char machine[MACHINES_TEXT_MAX] = "", build[256] = "", line[MACHINES_TEXT_MAX + 1024] = "";
	const json_t *info = phase->run.info;
	const char *started = json_string_value(json_object_get(info, "started"));
	const char *suite = json_string_value(json_object_get(info, "suite"));
	const char *note = json_string_value(json_object_get(phase->about, "note"));

	machines_caption(&phase->run, machine, sizeof machine, build, sizeof build);
	if (named)
		text_append(line, sizeof line, "%s: ", phase->name);
	text_append(line, sizeof line, "%s%s%.16s · %s · %s", suite == NULL ? "" : suite,
		    suite == NULL ? "" : " · ", started == NULL ? "" : started, machine, build);
	append_floor(&phase->report, line, sizeof line);
	if (note != NULL && note[0] != '\0')
		text_append(line, sizeof line, " · %s", note);
	if (is_first)
		document_note(document, TONE_DIM, "%s", line);
	else
		document_line(document, "%s", line);
}

/* ---- targets ---- */

static void put_targets(struct document *document, const struct history *history)
{
	const struct targets *targets = &history->targets;
	const struct target_result *nearest = NULL;
	size_t counts[3] = {0};

	for (size_t i = 0; history->has_targets && i < targets->results_count; i++) {
		const struct target_result *target = &targets->results[i];

		counts[target->state]++;
		if (target->state == LIMIT_MISSED && (!nearest || nearest->state != LIMIT_MISSED))
			nearest = target;
		else if (!nearest)
			nearest = target;
	}
	size_t all = counts[LIMIT_MET] + counts[LIMIT_MISSED] + counts[LIMIT_UNMEASURED];
	if (all == 0)
		return;
	char text[512] = "";
	if (counts[LIMIT_UNMEASURED] > 0)
		text_append(text, sizeof text, ", %zu not measured", counts[LIMIT_UNMEASURED]);
	if (nearest != NULL && nearest->worst != NULL) {
		struct limit_texts texts;
		limit_texts(nearest->worst, true, &texts);
		text_append(text, sizeof text, "; %s: %s, %s %s", nearest->name, texts.value,
			    texts.sense, texts.bound);
	}
	document_item(document,
		      counts[LIMIT_MISSED] > 0 ? TONE_BAD
		      : counts[LIMIT_MET] > 0  ? TONE_GOOD
					       : TONE_PLAIN,
		      "%s %zu of %zu targets met%s",
		      counts[LIMIT_MISSED] > 0 ? "✗"
		      : counts[LIMIT_MET] > 0  ? "✓"
					       : "·",
		      counts[LIMIT_MET], all, text);
}

/* ---- what changes the reading ---- */

/* The control moved: whatever moved it moved the other cells, too. */
static void put_control(struct document *document, const struct history *history)
{
	const struct cell_change *control = finding_control(history);
	char before[UNIT_TEXT_MAX], after[UNIT_TEXT_MAX], percent[UNIT_TEXT_MAX];

	if (control == NULL || fabs(control->effect_percent) < CONTROL_PERCENT)
		return;
	double factor = exp(fabs(log1p(control->effect_percent / 100)));
	bool is_certain = control->low_percent > 0 || control->high_percent < 0;
	format_time_ns(before, sizeof before, control->a_ns, true);
	format_time_ns(after, sizeof after, control->b_ns, true);
	forest_percent_text(control->effect_percent, percent, sizeof percent);
	document_item(
		document, TONE_WARN,
		"! The control, an engine without data, %s: %s → %s (%s). Distrust changes of "
		"times below %.2g×.",
		is_certain ? "moved by itself" : "may have moved", before, after, percent, factor);
}

static void put_differences(struct document *document, const struct history *history)
{
	size_t count = json_array_size(history->differences), shown = 0;
	char text[1024] = "";
	bool doubtful = false;

	for (size_t i = 0; i < count; i++) {
		const json_t *difference = json_array_get(history->differences, i);
		const char *key = json_string_value(json_object_get(difference, "key"));

		doubtful |= !json_is_true(json_object_get(difference, "same_machine"));
		if (shown++ < DIFFERENT_MOST)
			text_append(text, sizeof text, "%s%s", shown > 1 ? ", " : "", key);
	}
	if (count == 0)
		return;
	if (count > DIFFERENT_MOST)
		text_append(text, sizeof text, " and %zu more", count - DIFFERENT_MOST);
	document_item(document, doubtful ? TONE_WARN : TONE_PLAIN,
		      "%sThe phases differ in %s%s: see Environment.", doubtful ? "! " : "", text,
		      doubtful ? "; times of their stored runs cannot be compared" : "");
}

/* What makes the times of a phase doubtful. Returns whether cells failed. */
static bool noise_of(const struct history_phase *phase, char *text, size_t size)
{
	const struct report *report = &phase->report;
	size_t noisy = 0, timed = 0, failed = 0;
	char noise[NOISE_TEXT_MAX];

	text[0] = '\0';
	for (size_t i = 0; i < report->summaries_count; i++) {
		const struct spread *time_ns = &report->summaries[i].real_time_ns;

		timed += time_ns->count > 0;
		noisy += time_ns->count > 1 &&
			 50 * (time_ns->high - time_ns->low) > NOISY_PERCENT * time_ns->median;
	}
	for (size_t i = 0; i < report->problems_count; i++)
		failed += !report->problems[i].skipped;
	noise_text(json_object_get(phase->run.info, "noise"), noise, sizeof noise);
	if (failed > 0)
		text_append(text, size, ", %zu cells failed", failed);
	if (report->missing_count > 0)
		text_append(text, size, ", %zu cells have no times", report->missing_count);
	if (noise[0] != '\0')
		text_append(text, size, ", %s", noise);
	if (noisy > 0)
		text_append(text, size, ", %zu of %zu cells vary by more than ±%.0f %%", noisy,
			    timed, NOISY_PERCENT);
	return failed > 0;
}

/* One item for all phases. */
static void put_noise(struct document *document, const struct history *history)
{
	char text[2048] = "", noise[1024];
	bool failed = false;

	for (size_t i = 0; i < history->phases_count; i++) {
		const struct history_phase *phase = &history->phases[i];

		failed |= noise_of(phase, noise, sizeof noise);
		if (noise[0] == '\0')
			continue;
		if (history->phases_count > 1)
			text_append(text, sizeof text, "%s%s: %s", text[0] == '\0' ? "" : "; ",
				    phase->name, noise + strlen(", "));
		else
			text_append(text, sizeof text, "%s", noise + strlen(", "));
	}
	if (text[0] != '\0')
		document_item(document, failed ? TONE_BAD : TONE_WARN, "! %s", text);
}

/* ---- times and counts, each by itself ---- */

static void put_sum(struct document *document, size_t count, enum tone tone)
{
	document_cell_value(document, count > 0 ? tone : TONE_DIM, (double)count, "%zu", count);
}

/* "54 (within ±3.2 %)": how far the intervals of the cells without a change reach. */
static void put_equal(struct document *document, const struct comparison *changes, size_t count)
{
	double reach = 0;

	for (size_t i = 0; i < changes->cells_count; i++) {
		const struct cell_change *change = &changes->cells[i];

		if (change->has_times && change->time_verdict == VERDICT_NO_CHANGE)
			reach = fmax(reach,
				     fmax(fabs(change->low_percent), fabs(change->high_percent)));
	}
	if (count > 0 && isfinite(reach) && reach > 0)
		document_cell_value(document, TONE_PLAIN, (double)count, "%zu (within ±%.1f %%)",
				    count, reach);
	else
		put_sum(document, count, TONE_PLAIN);
}

static void put_sums(struct document *document, const struct history *history)
{
	static const char *const titles[] = {"",      "better",    "worse",
					     "equal", "undecided", "not judged"};
	const struct verdict_sums sums = comparison_sums(&history->changes);

	document_table(document, "cells by what their times and their counts say", COUNT_OF(titles),
		       0x1);
	document_cells(document, TONE_PLAIN, COUNT_OF(titles), titles);
	document_cell(document, TONE_PLAIN, "time");
	put_sum(document, sums.times[TIMES_BETTER], TONE_GOOD);
	put_sum(document, sums.times[TIMES_WORSE], TONE_BAD);
	put_equal(document, &history->changes, sums.times[TIMES_UNCHANGED]);
	put_sum(document, sums.times[TIMES_UNDECIDED], TONE_PLAIN);
	put_sum(document, sums.times[TIMES_NOT_JUDGED], TONE_PLAIN);
	document_cell(document, TONE_PLAIN, "counts");
	put_sum(document, sums.counts[COUNTS_LESS], TONE_GOOD);
	put_sum(document, sums.counts[COUNTS_MORE], TONE_BAD);
	put_sum(document, sums.counts[COUNTS_EQUAL] + sums.counts[COUNTS_ALLOWED], TONE_PLAIN);
	document_cell(document, TONE_DIM, "-");
	document_cell(document, TONE_DIM, "-");
}

/* ---- the figure ---- */

struct ranking_drawing {
	const struct report *report;
	size_t rows_most, *left_out;
};

static int draw_ranking(FILE *out, double width, const void *context)
{
	const struct ranking_drawing *drawing = context;

	return ranking_chart(out, drawing->report, width, drawing->rows_most, drawing->left_out);
}

static void put_ranking_figure(struct document *document, const struct report *report,
			       const char *name, size_t rows_most, size_t *left_out)
{
	const struct ranking_drawing drawing = {report, rows_most, left_out};
	const struct own_figure figure = {
		.name = name,
		.alt = "Engines sorted by their time for each graph and cache state; the values "
		       "are in "
		       "the table of all cells.",
		.caption = "Dot: median. Thick: quartiles between processes. Thin: 95 % interval "
			   "of the "
			   "median. Tie: not told apart. Device: share of what the device can do.",
		.draw = draw_ranking,
		.context = &drawing};

	report_own_figure(document, &figure);
}

static void put_ranking(struct document *document, const struct report *report)
{
	size_t left_out = 0, none;

	put_ranking_figure(document, report, "ranking", RANKING_ROWS, &left_out);
	if (left_out == 0)
		return;
	document_fold(document, "All graphs and workloads: %zu more rows", left_out);
	put_ranking_figure(document, report, "ranking_all", SIZE_MAX, &none);
	document_fold_end(document);
}

static void put(struct document *document, const struct report_context *context)
{
	const struct history *history = context->history;
	bool several = history->phases_count > 1;
	char finding[FINDING_MAX];
	size_t none;

	if (finding_of_history(history, finding, sizeof finding) != 0) {
		document->err = -ENOMEM;
		return;
	}
	document_heading(document, 1, "%s", finding);
	put_byline(document, &history->phases[0], several, true);
	if (several)
		put_byline(document, history_last(history), several, false);
	if (history->phases_count > 2)
		document_line(document,
			      "between them: %zu more phases, under Trend and How to reproduce",
			      history->phases_count - 2);
	put_targets(document, history);
	put_control(document, history);
	if (several)
		put_differences(document, history);
	put_noise(document, history);
	if (history->has_changes) {
		put_sums(document, history);
		report_change_figures(document, history);
		document_fold(document, "Which engine is fastest in %s",
			      history_last(history)->name);
		put_ranking_figure(document, &history_last(history)->report, "ranking", SIZE_MAX,
				   &none);
		document_fold_end(document);
	} else {
		put_ranking(document, &history_last(history)->report);
	}
	document_controls(document);
}

const struct report_section section_first = {
	.order = 100,
	.write = put,
};
