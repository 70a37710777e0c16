/* What sections of a report share: see parts.h. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../base/text.h"
#include "../base/units.h"
#include "../judge/sums.h"
#include "../judge/writers.h"
#include "parts.h"

enum tone verdict_tone(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_IMPROVEMENT:
		return TONE_GOOD;
	case VERDICT_REGRESSION:
	case VERDICT_FAILED:
		return TONE_BAD;
	case VERDICT_INCONCLUSIVE:
	case VERDICT_ACCEPTED:
		return TONE_WARN;
	default:
		return TONE_DIM;
	}
}

static void put_time_verdict(struct document *document, const struct cell_change *change)
{
	static const char *const words[TIMES_VERDICTS] = {
		[TIMES_UNCHANGED] = "unchanged",   [TIMES_WORSE] = "slower",
		[TIMES_BETTER] = "faster",         [TIMES_UNDECIDED] = "undecided",
		[TIMES_NOT_JUDGED] = "not judged", [TIMES_NOT_MEASURED] = "-",
	};
	static const enum tone tones[TIMES_VERDICTS] = {
		[TIMES_UNCHANGED] = TONE_DIM,  [TIMES_WORSE] = TONE_BAD,
		[TIMES_BETTER] = TONE_GOOD,    [TIMES_UNDECIDED] = TONE_WARN,
		[TIMES_NOT_JUDGED] = TONE_DIM, [TIMES_NOT_MEASURED] = TONE_DIM,
	};
	const char *turns = change->in_turns ? ", in turns" : "";
	enum times_verdict verdict = times_verdict_of(change);

	if (verdict == TIMES_UNCHANGED && isfinite(change->low_percent) &&
	    isfinite(change->high_percent))
		document_cell(document, TONE_DIM, "within ±%.1f %%%s",
			      fmax(fabs(change->low_percent), fabs(change->high_percent)), turns);
	else
		document_cell(document, tones[verdict], "%s%s", words[verdict], turns);
}

/* What the times say, and what the counts say: two verdicts. Cells that one side lacks have only the first. */
static void put_verdicts(struct document *document, const struct cell_change *change)
{
	static const char *const words[COUNTS_VERDICTS] = {[COUNTS_EQUAL] = "equal",
							   [COUNTS_MORE] = "worse",
							   [COUNTS_LESS] = "better",
							   [COUNTS_ALLOWED] = "allowed"};
	static const enum tone tones[COUNTS_VERDICTS] = {[COUNTS_EQUAL] = TONE_DIM,
							 [COUNTS_MORE] = TONE_BAD,
							 [COUNTS_LESS] = TONE_GOOD,
							 [COUNTS_ALLOWED] = TONE_PLAIN};
	enum counts_verdict counts = counts_verdict_of(change);

	if (!cell_was_compared(change)) {
		document_cell(document, verdict_tone(change->verdict), "%s",
			      verdict_text(change->verdict));
		document_cell(document, TONE_DIM, "-");
		return;
	}
	put_time_verdict(document, change);
	if (change->verdict == VERDICT_ACCEPTED)
		document_cell(document, TONE_WARN, "accepted");
	else
		document_cell(document, tones[counts], "%s", words[counts]);
}

/* Signs as in print: "−80.8 %", "−3.1 to +7.4 %". */
static void typeset(const char *text, char *out, size_t size)
{
	out[0] = '\0';
	for (const char *c = text; *c != '\0';) {
		bool is_minus = *c == '-' && c[1] >= '0' && c[1] <= '9';
		bool is_range = strncmp(c, "…", strlen("…")) == 0;

		if (is_minus)
			text_append(out, size, "−");
		else if (is_range)
			text_append(out, size, " to ");
		else if (*c == '%')
			text_append(out, size, " %%");
		else
			text_append(out, size, "%c", *c);
		c += is_range ? strlen("…") : 1;
	}
}

void report_change_titles(struct document *document)
{
	static const char *const titles[REPORT_CHANGE_COLUMNS] = {"change", "95 % interval",
								  "time is", "counts are"};
	document_cells(document, TONE_PLAIN, REPORT_CHANGE_COLUMNS, titles);
}

void report_change(struct document *document, const struct cell_change *change)
{
	struct change_texts texts = {0};
	char effect[CHANGE_TEXT_MAX * 2], interval[CHANGE_TEXT_MAX * 2];
	if (change != NULL)
		change_texts(change, true, &texts);
	typeset(texts.effect, effect, sizeof effect);
	typeset(texts.interval, interval, sizeof interval);
	document_cell_value(document, TONE_PLAIN, change == NULL ? NAN : change->effect_percent,
			    "%s", effect[0] == '\0' ? "-" : effect);
	document_cell(document, TONE_DIM, "%s", interval[0] == '\0' ? "-" : interval);
	if (change != NULL) {
		put_verdicts(document, change);
		return;
	}
	document_cell(document, TONE_DIM, "-");
	document_cell(document, TONE_DIM, "-");
}

void report_phase_titles(struct document *document, const struct history *history)
{
	for (size_t i = 0; i < history->phases_count; i++)
		document_cell(document, TONE_PLAIN, "%s", history->phases[i].name);
}

void report_cell_titles(struct document *document)
{
	static const char *const titles[REPORT_CELL_COLUMNS] = {"layout", "cache", "nodes",
								"engine"};
	for (size_t i = 0; i < REPORT_CELL_COLUMNS; i++)
		document_cell(document, TONE_PLAIN, "%s", titles[i]);
}

void report_cell_name(struct document *document, const struct history_cell *cell)
{
	document_row_key(document, cell->name);
	document_cell(document, TONE_PLAIN, "%s", cell->block->layout);
	document_cell(document, TONE_PLAIN, "%s", cell->block->cache);
	document_cell_value(document, TONE_PLAIN, (double)cell->row->summary->nodes_count, "%llu",
			    (unsigned long long)cell->row->summary->nodes_count);
	document_cell(document, TONE_PLAIN, "%s", cell->row->series);
}

const struct cell_summary *report_last_of(const struct history *history,
					  const struct history_cell *cell)
{
	return cell->times[history->phases_count - 1];
}

double report_metric(const struct cell_summary *summary, const char *metric)
{
	static const struct {
		const char *metric;
		double above; /* share of the latencies */
	} percentiles[] = {{"lat_ns_p50", .5},  {"lat_ns_p90", .1},    {"lat_ns_p95", .05},
			   {"lat_ns_p99", .01}, {"lat_ns_p999", 1e-3}, {"lat_ns_p9999", 1e-4}};
	double count = summary_metric(summary, "lat_count");

	if (isnan(count)) /* a record without their number has one for each operation */
		count = (double)summary->operations_count;
	for (size_t i = 0; i < COUNT_OF(percentiles); i++) {
		/* 1e-6: of 1000 latencies, 10 lie above p99 */
		if (strcmp(percentiles[i].metric, metric) == 0 &&
		    count * percentiles[i].above < REPORT_BEYOND_LEAST - 1e-6)
			return (double)NAN;
	}
	return summary_metric(summary, metric);
}

void report_metric_text(const char *metric, double value, char *text, size_t size)
{
	char plain[UNIT_TEXT_MAX], count[UNIT_TEXT_MAX];

	format_metric(plain, sizeof plain, metric, value, true);
	format_count(count, sizeof count, value);
	if (strcmp(plain, count) == 0)
		format_whole(text, size, value);
	else
		snprintf(text, size, "%s", plain);
}

static bool has_metric(const struct history *history, const char *metric)
{
	for (size_t i = 0; i < history->cells_count; i++) {
		const struct cell_summary *summary = report_last_of(history, &history->cells[i]);
		if (summary != NULL && !isnan(report_metric(summary, metric)))
			return true;
	}
	return false;
}

/* "199 → 99" if the count was another in the first phase. */
static void put_metric(struct document *document, const struct history *history,
		       const struct history_cell *cell, const char *metric, bool with_first)
{
	const struct cell_summary *last = report_last_of(history, cell), *first = cell->times[0];
	double value = report_metric(last, metric);
	double before = with_first && first != NULL ? report_metric(first, metric) : value;
	char text[UNIT_TEXT_MAX], before_text[UNIT_TEXT_MAX];
	report_metric_text(metric, value, text, sizeof text);
	report_metric_text(metric, before, before_text, sizeof before_text);
	if (strcmp(text, before_text) != 0 && !isnan(before))
		document_cell_value(document, TONE_PLAIN, value, "%s → %s", before_text, text);
	else
		document_cell_value(document, isnan(value) ? TONE_DIM : TONE_PLAIN, value, "%s",
				    text);
}

/* One table per graph, with the columns that any cell fills; false if there are none. */
bool report_metrics(struct document *document, const struct history *history, const char *label,
		    const struct metric_column *wanted, size_t wanted_count, bool with_first)
{
	const struct metric_column *columns[32];
	size_t count = 0;
	bool begun = false;
	for (size_t i = 0; i < wanted_count && count < 32; i++) {
		if (has_metric(history, wanted[i].metric))
			columns[count++] = &wanted[i];
	}
	if (count > 0)
		document_fold(document, "Table: %s", label);
	for (size_t i = 0; count > 0 && i < history->cells_count; i++) {
		const struct history_cell *cell = &history->cells[i];
		bool new_group = i == 0 || history->cells[i - 1].group != cell->group;
		begun = begun && !new_group;
		if (report_last_of(history, cell) == NULL)
			continue;
		if (!begun) {
			begun = true;
			document_heading(document, 3, "%s, %s", cell->block->workload,
					 cell->block->graph);
			document_table(document, label, REPORT_CELL_COLUMNS + count,
				       REPORT_CELL_LEFT);
			report_cell_titles(document);
			for (size_t j = 0; j < count; j++)
				document_cell(document, TONE_PLAIN, "%s", columns[j]->title);
		}
		report_cell_name(document, cell);
		for (size_t j = 0; j < count; j++)
			put_metric(document, history, cell, columns[j]->metric, with_first);
	}
	if (count > 0)
		document_fold_end(document);
	return count > 0;
}
