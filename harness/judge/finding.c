/* The finding of a run and of phases: see finding.h. */
#include "finding.h"

#include "../../engines/engine.h"
#include "../base/text.h"
#include "../base/units.h"
#include "ranking.h"
#include "sums.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MOST    3 /* names in one list; more are counted */
#define CHANGES_MOST  2 /* engines named with their changes */
#define GRAPHS_MOST   5 /* named in one sentence */
#define CONTESTS_MOST 64

/* ---- a run ---- */

/* What one ranking says. */
struct contest {
	const struct rankings *rankings;
	const struct ranking *ranking;
	bool by_layout; /* rows differ in layout or options of the workload */
};

/* The reference, which holds the whole file, and the harness itself do not compete. */
static bool competes(const struct ranked_row *ranked)
{
	return !(summary_engine_capabilities(ranked->row->summary) &
		 (ENGINE_HOLDS_FILE | ENGINE_NO_DATA));
}

static const struct ranked_row *row_of(const struct contest *contest, size_t i)
{
	return &contest->rankings->rows[contest->ranking->first + i];
}

/* "mmap"; "csr/mmap" where the layouts differ. */
static void row_name(const struct contest *contest, size_t i, char *text, size_t size)
{
	const struct ranked_row *ranked = row_of(contest, i);

	if (!contest->by_layout) {
		snprintf(text, size, "%s", ranked->row->series);
		return;
	}
	ranking_row_text(ranked, text, size);
	for (char *at = text; (at = strstr(at, ", ")) != NULL;) {
		*at = '/';
		memmove(at + 1, at + 2, strlen(at + 2) + 1);
	}
}

static int order_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The fastest competitors, those that tie, in the order of their names: "mmap and mmap_advised". Returns how many there
 * are. */
static size_t winners(const struct contest *contest, char *text, size_t size)
{
	char names[NAMES_MOST + 1][4 * LABEL_MAX];
	size_t count = 0, competitors = 0;
	const struct report_row *fastest = NULL;

	for (size_t i = 0; i < contest->ranking->count; i++) {
		const struct ranked_row *ranked = row_of(contest, i);

		if (!competes(ranked))
			continue;
		competitors++;
		fastest = fastest ? fastest : ranked->row;
		/* Ranks are of neighbours; a title may not call the one fastest whom another overlaps. */
		if (ranked->row != fastest && !ranking_is_tie(fastest, ranked->row))
			continue;
		if (count < NAMES_MOST)
			row_name(contest, i, names[count], sizeof(names[count]));
		count++;
	}
	text[0] = '\0';
	if (count == competitors && count > 2) {
		snprintf(text, size, "all %zu", count);
		return count;
	}
	if (count > NAMES_MOST) {
		snprintf(text, size, "%zu of %zu", count, competitors);
		return count;
	}
	qsort(names, count, sizeof(names[0]), order_names);
	for (size_t i = 0; i < count; i++)
		text_append(text, size, "%s%s",
			    i == 0           ? ""
			    : i + 1 == count ? " and "
					     : ", ",
			    names[i]);
	return count;
}

static bool has_competitors(const struct contest *contest)
{
	size_t count = 0;

	for (size_t i = 0; i < contest->ranking->count; i++)
		count += competes(row_of(contest, i));
	return count >= 2;
}

/* The contests of one cache state: the largest size of each workload and graph. Returns how many. */
static size_t contests_of(const struct rankings *rankings, const char *cache, struct contest *out,
			  size_t most)
{
	size_t count = 0;

	for (size_t i = 0; i < rankings->count && count < most; i++) {
		struct contest contest = {.rankings = rankings, .ranking = &rankings->rankings[i]};
		if (strcmp(contest.ranking->cache, cache) != 0 || !has_competitors(&contest) ||
		    !ranking_is_largest(rankings, contest.ranking))
			continue;
		for (size_t k = 1; k < contest.ranking->count; k++) {
			const struct report_block *a = row_of(&contest, 0)->block;
			const struct report_block *b = row_of(&contest, k)->block;

			contest.by_layout |= strcmp(a->layout, b->layout) != 0 ||
					     strcmp(a->workload, b->workload) != 0;
		}
		out[count++] = contest;
	}
	return count;
}

/* The name of the slowest competitor. */
static void slowest_name(const struct contest *contest, char *text, size_t size)
{
	size_t last = contest->ranking->count - 1;

	while (last > 0 && !competes(row_of(contest, last)))
		last--;
	row_name(contest, last, text, size);
}

/* Of the row with this name: its time divided by that of the fastest competitor. NaN if it is tied with it, or not there. */
static double ratio_of(const struct contest *contest, const char *name)
{
	const struct ranked_row *fastest = NULL;
	char other[4 * LABEL_MAX];

	for (size_t i = 0; i < contest->ranking->count; i++) {
		const struct ranked_row *ranked = row_of(contest, i);

		if (!competes(ranked))
			continue;
		fastest = fastest ? fastest : ranked;
		row_name(contest, i, other, sizeof(other));
		if (strcmp(other, name) == 0)
			return ranked == fastest || ranking_is_tie(fastest->row, ranked->row)
				       ? (double)NAN
				       : ranked->row->summary->real_time_ns.median /
						 fastest->row->summary->real_time_ns.median;
	}
	return (double)NAN;
}

/* The competitor that is last most often, and how much longer than the fastest it takes. */
static void append_slowest(const struct contest *contests, size_t count, char *text, size_t size)
{
	char slowest[4 * LABEL_MAX] = "", name[4 * LABEL_MAX], other[4 * LABEL_MAX];
	char low_text[UNIT_TEXT_MAX], high_text[UNIT_TEXT_MAX];
	double low = INFINITY, high = 0;
	size_t most = 0;

	for (size_t c = 0; c < count; c++) {
		size_t times = 0;

		slowest_name(&contests[c], name, sizeof(name));
		for (size_t d = 0; d < count; d++) {
			slowest_name(&contests[d], other, sizeof(other));
			times += strcmp(other, name) == 0;
		}
		if (times > most) {
			most = times;
			memcpy(slowest, name, sizeof(slowest));
		}
	}
	for (size_t c = 0; c < count; c++) {
		low = fmin(low, ratio_of(&contests[c], slowest));
		high = fmax(high, ratio_of(&contests[c], slowest));
	}
	if (!(high > 1))
		return;
	format_ratio(low_text, sizeof(low_text), low, true);
	format_ratio(high_text, sizeof(high_text), high, true);
	if (strcmp(low_text, high_text) == 0) {
		text_append(text, size, "; %s takes %s", slowest, high_text);
		return;
	}
	low_text[strcspn(low_text, "\xC3")] = '\0'; /* without the sign × */
	text_append(text, size, "; %s takes %s to %s", slowest, low_text, high_text);
}

/* "mmap is fastest", "mmap and pread tie", "all 4 tie": the verb agrees with the number. */
static void append_winners(const char *names, size_t count, char *text, size_t size)
{
	text_append(text, size, "%s %s", names, count > 1 ? "tie" : "is fastest");
}

/* The contests with the same winners together: "mmap is fastest on random, all 4 tie on chain and star". */
static void append_by_graph(const struct contest *contests, size_t count, char *text, size_t size)
{
	char names[CONTESTS_MOST][256];
	size_t counts[CONTESTS_MOST];
	bool first = true, workloads = false;

	for (size_t c = 1; c < count; c++)
		workloads |=
			strcmp(contests[c].ranking->workload, contests[0].ranking->workload) != 0;

	for (size_t c = 0; c < count; c++)
		counts[c] = winners(&contests[c], names[c], sizeof(names[c]));
	for (size_t c = 0; c < count; c++) {
		bool is_said = false;
		size_t same = 0, listed = 0;

		for (size_t d = 0; d < count; d++) {
			is_said |= d < c && strcmp(names[d], names[c]) == 0;
			same += strcmp(names[d], names[c]) == 0;
		}
		if (is_said)
			continue;
		text_append(text, size, "%s", first ? "" : ", ");
		append_winners(names[c], counts[c], text, size);
		for (size_t d = c; d < count; d++) {
			if (strcmp(names[d], names[c]) != 0)
				continue;
			text_append(text, size, "%s%s%s%s",
				    listed == 0          ? " on "
				    : listed + 1 == same ? " and "
							 : ", ",
				    workloads ? contests[d].ranking->workload : "",
				    workloads ? "/" : "", contests[d].ranking->graph);
			listed++;
		}
		first = false;
	}
}

/* How many different answers there are. */
static size_t answers_count(const struct contest *contests, size_t count)
{
	char names[CONTESTS_MOST][256];
	size_t different = 0;

	for (size_t c = 0; c < count; c++) {
		bool is_new = true;

		winners(&contests[c], names[c], sizeof(names[c]));
		for (size_t d = 0; d < c; d++)
			is_new &= strcmp(names[d], names[c]) != 0;
		different += is_new;
	}
	return different;
}

static void append_cache(const struct rankings *rankings, const char *cache, char *text,
			 size_t size)
{
	struct contest contests[CONTESTS_MOST];
	char names[256];
	size_t count = contests_of(rankings, cache, contests, CONTESTS_MOST);

	if (!count)
		return;
	size_t answers = answers_count(contests, count);
	text_append(text, size, "%s%c%s, ", *text ? ". " : "", cache[0] & ~0x20, cache + 1);
	if (answers == 1) {
		size_t tied = winners(&contests[0], names, sizeof(names));
		append_winners(names, tied, text, size);
	} else if (answers <= NAMES_MOST && count <= GRAPHS_MOST) {
		append_by_graph(contests, count, text, size);
	} else {
		text_append(text, size, "the fastest depends on graph and workload");
	}
	append_slowest(contests, count, text, size);
}

int finding_of_run(const struct report *report, char *text, size_t size)
{
	static const char *const caches[] = {"warm", "cold"};
	struct rankings rankings;
	size_t timed = 0, profiled = 0;
	int err = rankings_init(&rankings, report);

	if (err)
		return err;
	text[0] = '\0';
	for (size_t i = 0; i < sizeof(caches) / sizeof(caches[0]); i++)
		append_cache(&rankings, caches[i], text, size);
	rankings_release(&rankings);
	for (size_t i = 0; i < report->blocks_count; i++)
		timed += report->blocks[i].is_floor ? 0 : report->blocks[i].count;
	for (size_t i = 0; i < report->summaries_count; i++)
		profiled += isnan(summary_metric(&report->summaries[i], "wall_ns")) ? 0 : 1;
	if (*text)
		return 0;
	if (!timed && profiled)
		snprintf(text, size,
			 "Where the time of a walk goes: %zu cell%s, profiled and not timed",
			 profiled, profiled == 1 ? "" : "s");
	else if (!timed)
		snprintf(text, size, "No cell was timed: %zu failed or were skipped",
			 report->problems_count);
	else
		snprintf(text, size, "%zu timed cell%s; no two engines to rank", timed,
			 timed == 1 ? "" : "s");
	return 0;
}

/* ---- phases ---- */

/* The proven changes of one engine in one direction. */
struct gain {
	const char *series, *graph, *cache; /* graph, cache: NULL if several */
	size_t count;
	double least, most; /* factors, above 1 */
};

static void add_gain(struct gain *gain, const struct history_cell *cell, double factor)
{
	const char *graph = cell->block->graph, *cache = cell->block->cache;

	if (!gain->count) {
		*gain = (struct gain){cell->row->series, graph, cache, 0, factor, factor};
	} else {
		gain->graph = gain->graph && strcmp(gain->graph, graph) == 0 ? graph : NULL;
		gain->cache = gain->cache && strcmp(gain->cache, cache) == 0 ? cache : NULL;
		gain->least = fmin(gain->least, factor);
		gain->most = fmax(gain->most, factor);
	}
	gain->count++;
}

static int order_gains(const void *a, const void *b)
{
	const struct gain *x = a, *y = b;

	return x->most != y->most ? (x->most < y->most ? 1 : -1) : strcmp(x->series, y->series);
}

/* "3.3 to 7.5×"; below 2 in percent: "12 to 15 %". `slower`: the factor is of times that grew. */
static void factor_text(const struct gain *gain, bool slower, char *text, size_t size)
{
	char low[UNIT_TEXT_MAX], high[UNIT_TEXT_MAX];

	if (gain->most < 2) {
		/* Of the time before: a gain by the factor 1.25 takes 20 % less. */
		double least = slower ? gain->least - 1 : 1 - 1 / gain->least;
		double most = slower ? gain->most - 1 : 1 - 1 / gain->most;
		snprintf(low, sizeof(low), "%.*f", least < .0995, 100 * least);
		snprintf(high, sizeof(high), "%.*f", most < .0995, 100 * most);
	} else {
		snprintf(low, sizeof(low), "%.3g", gain->least);
		snprintf(high, sizeof(high), "%.3g", gain->most);
	}
	const char *unit = gain->most < 2 ? " %" : "×";
	if (strcmp(low, high) == 0)
		snprintf(text, size, "%s%s", high, unit);
	else
		snprintf(text, size, "%s to %s%s", low, high, unit);
}

/* The engines with this verdict of the time. Returns how many cells have it. */
static size_t append_gains(const struct history *history, enum verdict verdict, char *text,
			   size_t size)
{
	struct gain *gains = calloc(history->cells_count + 1, sizeof(*gains));
	bool slower = verdict == VERDICT_REGRESSION;
	size_t count = 0, cells = 0;

	for (size_t i = 0; gains && i < history->cells_count; i++) {
		const struct history_cell *cell = &history->cells[i];
		size_t g = 0;

		if (!cell->change || cell->change->time_verdict != verdict ||
		    (slower && cell->change->verdict == VERDICT_ACCEPTED))
			continue;
		double factor = 1 + cell->change->effect_percent / 100;
		while (g < count && strcmp(gains[g].series, cell->row->series) != 0)
			g++;
		add_gain(&gains[g], cell, slower ? factor : 1 / factor);
		count += g == count;
		cells++;
	}
	if (gains)
		qsort(gains, count, sizeof(*gains), order_gains);
	for (size_t g = 0; g < count && g < CHANGES_MOST; g++) {
		char factor[2 * UNIT_TEXT_MAX + 8];

		factor_text(&gains[g], slower, factor, sizeof(factor));
		text_append(text, size, "%s%s %s %s", g ? ", " : "", gains[g].series, factor,
			    slower ? "slower" : "faster");
		if (gains[g].graph || gains[g].cache)
			text_append(text, size, " (%s%s%s)", gains[g].graph ? gains[g].graph : "",
				    gains[g].graph && gains[g].cache ? ", " : "",
				    gains[g].cache ? gains[g].cache : "");
	}
	if (count > CHANGES_MOST)
		text_append(text, size, " and %zu more", count - CHANGES_MOST);
	free(gains);
	return cells;
}

int finding_of_history(const struct history *history, char *text, size_t size)
{
	const struct comparison *changes = &history->changes;
	struct verdict_sums sums = comparison_sums(changes);
	const size_t *times = sums.times, *counts = sums.counts;

	if (!history->has_changes)
		return finding_of_run(&history_last(history)->report, text, size);
	snprintf(text, size, "%s → %s: ", history->phases[0].name, history_last(history)->name);
	size_t judged = times[TIMES_BETTER] + times[TIMES_WORSE] + times[TIMES_UNCHANGED] +
			times[TIMES_UNDECIDED];
	if (!judged) {
		if (!changes->same_machine)
			text_append(text, size,
				    "times of different machines or settings are not judged");
		else if (changes->a_runs_count < BASELINE_RUNS_LEAST)
			text_append(
				text, size,
				"times are not judged (%zu run%s before, %zu after; it takes %d)",
				changes->a_runs_count, changes->a_runs_count == 1 ? "" : "s",
				changes->b_runs_count, BASELINE_RUNS_LEAST);
		else
			text_append(text, size, "times are not judged");
	} else {
		size_t slower = append_gains(history, VERDICT_REGRESSION, text, size);
		if (slower && times[TIMES_BETTER])
			text_append(text, size, "; ");
		size_t faster = append_gains(history, VERDICT_IMPROVEMENT, text, size);
		if (!slower && !faster)
			text_append(text, size, "no time proven faster or slower");
		else if (!slower || !faster)
			text_append(text, size, "; no time proven %s",
				    slower ? "faster" : "slower");
	}
	if (counts[COUNTS_LESS] || counts[COUNTS_MORE])
		text_append(text, size, "; counts: %zu better, %zu worse", counts[COUNTS_LESS],
			    counts[COUNTS_MORE]);
	else if (counts[COUNTS_ALLOWED])
		text_append(text, size, "; no count changed by more than it may");
	else
		text_append(text, size, "; no count changed");
	return 0;
}

const struct cell_change *finding_control(const struct history *history)
{
	const struct report *report = &history_last(history)->report;
	const struct comparison *changes = &history->changes;
	const struct cell_change *most = NULL;

	for (size_t i = 0; history->has_changes && i < changes->cells_count; i++) {
		const struct cell_change *change = &changes->cells[i];
		bool is_null = false;

		for (size_t j = 0; change->has_times && j < report->summaries_count; j++)
			is_null |=
				strcmp(report->summaries[j].name, change->name) == 0 &&
				summary_engine_capabilities(&report->summaries[j]) & ENGINE_NO_DATA;
		if (is_null && isfinite(change->effect_percent) &&
		    (!most || fabs(log1p(change->effect_percent / 100)) >
				      fabs(log1p(most->effect_percent / 100))))
			most = change;
	}
	return most;
}
