/* The sentence of a gate's finding: see finding.h. */
#include "finding.h"

#include "../base/text.h"
#include "../judge/sums.h"
#include "../judge/writers.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NAMED_MOST 2 /* cells that are named in a clause */

/* ---- texts ---- */

/* Without "%". The minus of a number is not a hyphen. */
static void put_number(char *text, size_t size, double percent, bool is_signed)
{
	double shown = fabs(percent);
	int decimals = shown < 99.95 ? 1 : 0;

	if (isnan(percent))
		snprintf(text, size, "-");
	else if (isinf(percent) || shown > 9999)
		snprintf(text, size, "no bound");
	else
		snprintf(text, size, "%s%.*f",
			 shown < .05   ? ""
			 : percent < 0 ? "−"
			 : is_signed   ? "+"
				       : "",
			 decimals, shown);
}

void gate_percent(char *text, size_t size, double percent, bool is_signed)
{
	put_number(text, size, percent, is_signed);
	if (isfinite(percent) && fabs(percent) <= 9999)
		text_append(text, size, " %%");
}

void gate_interval(char *text, size_t size, double low, double high)
{
	char low_text[40], high_text[40];

	*text = '\0';
	if (!isfinite(low) || !isfinite(high))
		return;
	put_number(low_text, sizeof(low_text), low, false);
	put_number(high_text, sizeof(high_text), high, false);
	snprintf(text, size, "%s to %s", low_text, high_text);
}

/* Of WORKLOAD/GRAPH/LAYOUT/ENGINE/CACHE/…: LAYOUT/ENGINE CACHE, with the graph in front if it is asked for. False
 * if the name has fewer parts. */
static bool short_label(const char *name, bool with_graph, char *text, size_t size)
{
	const char *parts[6] = {name};

	for (size_t i = 1; i < 6; i++) {
		const char *slash = strchr(parts[i - 1], '/');
		if (!slash)
			return false;
		parts[i] = slash + 1;
	}
	size_t first = with_graph ? 1 : 2;
	snprintf(text, size, "%.*s %.*s", (int)(parts[4] - parts[first] - 1), parts[first],
		 (int)(parts[5] - parts[4] - 1), parts[4]);
	return true;
}

void gate_cell_label(const struct comparison *comparison, const char *name, char *text, size_t size)
{
	char other[GATE_LABEL_MAX];

	for (int with_graph = 0; with_graph < 2; with_graph++) {
		size_t same = 0;

		if (!short_label(name, with_graph, text, size))
			break;
		for (size_t i = 0; i < comparison->cells_count; i++)
			same += short_label(comparison->cells[i].name, with_graph, other,
					    sizeof(other)) &&
				strcmp(other, text) == 0;
		if (same == 1)
			return;
	}
	snprintf(text, size, "%s", name);
}

/* ---- sums ---- */

/* The values that the sentence needs, including the sums of verdicts. */
struct sums {
	struct verdict_sums by;
	size_t timed, not_timed;
	double upper_percent; /* the largest upper bound of an unchanged cell */
	double found_percent; /* the largest slowdown that an open cell would have shown */
	size_t unknown;       /* open cells of which nothing is known */
};

static bool does_more(const struct cell_change *cell)
{
	return cell_was_compared(cell) && cell->verdict != VERDICT_ACCEPTED &&
	       counts_verdict_of(cell) == COUNTS_MORE;
}

static bool is_slower(const struct cell_change *cell)
{
	return cell_was_compared(cell) && cell->verdict != VERDICT_ACCEPTED &&
	       times_verdict_of(cell) == TIMES_WORSE;
}

static bool is_faster(const struct cell_change *cell)
{
	return cell_was_compared(cell) && times_verdict_of(cell) == TIMES_BETTER;
}

static struct sums sums_of(const struct comparison *comparison)
{
	struct sums sums = {.by = comparison_sums(comparison), .upper_percent = -INFINITY};

	for (size_t i = 0; i < comparison->cells_count; i++) {
		const struct cell_change *cell = &comparison->cells[i];
		enum times_verdict times = times_verdict_of(cell);

		if (!cell_was_compared(cell))
			continue;
		sums.timed += times != TIMES_NOT_MEASURED;
		sums.not_timed += cell->verdict == VERDICT_NOT_TIMED;
		if (times == TIMES_UNCHANGED)
			sums.upper_percent = fmax(sums.upper_percent, cell->high_percent);
		/* With too few blocks for an interval their spread says nothing either. */
		if (times == TIMES_UNDECIDED && isfinite(cell->mde_percent) &&
		    isfinite(cell->high_percent))
			sums.found_percent = fmax(sums.found_percent, cell->mde_percent);
		else if (times == TIMES_UNDECIDED)
			sums.unknown++;
	}
	return sums;
}

/* ---- clauses ---- */

struct sentence {
	const struct comparison *comparison;
	const size_t *order; /* comparison_order() */
	char *text;
	size_t size;
};

static const char *separator(const struct sentence *sentence)
{
	return *sentence->text ? "; " : "";
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

static void name_time(const struct sentence *sentence, const struct cell_change *cell)
{
	char label[GATE_LABEL_MAX], effect[40], interval[80];

	gate_cell_label(sentence->comparison, cell->name, label, sizeof(label));
	gate_percent(effect, sizeof(effect), cell->effect_percent, true);
	gate_interval(interval, sizeof(interval), cell->low_percent, cell->high_percent);
	text_append(sentence->text, sentence->size, "%s %s", label, effect);
	if (*interval)
		text_append(sentence->text, sentence->size, " (%s)", interval);
}

/* Names the first cells of a kind, and says so if their intervals overlap. */
static void name_times(const struct sentence *sentence, bool (*is_kind)(const struct cell_change *),
		       size_t count)
{
	const struct cell_change *named[NAMED_MOST];
	size_t used = 0;

	for (size_t i = 0; i < sentence->comparison->cells_count && used < NAMED_MOST; i++) {
		const struct cell_change *cell = &sentence->comparison->cells[sentence->order[i]];

		if (!is_kind(cell))
			continue;
		text_append(sentence->text, sentence->size, used ? ", " : ": ");
		name_time(sentence, cell);
		named[used++] = cell;
	}
	if (used > 1 && named[0]->low_percent <= named[1]->high_percent &&
	    named[1]->low_percent <= named[0]->high_percent)
		text_append(sentence->text, sentence->size, ", a tie");
	if (count > used)
		text_append(sentence->text, sentence->size, ", and %zu more", count - used);
}

static void say_open(const struct sentence *sentence, const struct sums *sums)
{
	char found[40];

	gate_percent(found, sizeof(found), sums->found_percent, false);
	if (sums->by.times[TIMES_UNDECIDED] > sums->unknown)
		text_append(sentence->text, sentence->size,
			    ", where a slowdown below %s can be missed", found);
	if (sums->unknown && sums->unknown == sums->by.times[TIMES_UNDECIDED])
		text_append(sentence->text, sentence->size, ", with too few blocks to say more");
	else if (sums->unknown)
		text_append(sentence->text, sentence->size, ", %zu with too few blocks to say",
			    sums->unknown);
}

static void say_times(const struct sentence *sentence, const struct sums *sums)
{
	const char *of_time = sums->by.counts[COUNTS_MORE] ? " of time" : "";
	char upper[40];

	if (sums->by.times[TIMES_WORSE]) {
		text_append(sentence->text, sentence->size, "%s%zu of %zu cell%s slower",
			    separator(sentence), sums->by.times[TIMES_WORSE], sums->timed,
			    plural(sums->timed));
		name_times(sentence, is_slower, sums->by.times[TIMES_WORSE]);
		if (sums->by.times[TIMES_UNDECIDED])
			text_append(sentence->text, sentence->size, "; %zu undecided",
				    sums->by.times[TIMES_UNDECIDED]);
	} else if (sums->by.times[TIMES_UNDECIDED]) {
		text_append(sentence->text, sentence->size, "%sundecided: %zu of %zu cell%s",
			    separator(sentence), sums->by.times[TIMES_UNDECIDED], sums->timed,
			    plural(sums->timed));
		say_open(sentence, sums);
	} else if (sums->by.times[TIMES_UNCHANGED]) {
		gate_percent(upper, sizeof(upper), fmax(sums->upper_percent, 0), false);
		text_append(sentence->text, sentence->size,
			    "%sno regression%s: %zu cell%s within %s (largest upper bound)",
			    separator(sentence), of_time, sums->by.times[TIMES_UNCHANGED],
			    plural(sums->by.times[TIMES_UNCHANGED]), upper);
	} else if (sums->by.times[TIMES_BETTER]) {
		text_append(sentence->text, sentence->size, "%sno regression%s",
			    separator(sentence), of_time);
	}
	if (sums->by.times[TIMES_BETTER]) {
		text_append(sentence->text, sentence->size, "; %zu of %zu cell%s faster",
			    sums->by.times[TIMES_BETTER], sums->timed, plural(sums->timed));
		name_times(sentence, is_faster, sums->by.times[TIMES_BETTER]);
	}
}

/* Of a cell that does more: the first count that grew beyond its budget. */
static const struct count_change *grown_count(const struct cell_change *cell)
{
	size_t i = 0;

	while (!cell->counts[i].is_regression)
		i++;
	return &cell->counts[i];
}

static void say_more(const struct sentence *sentence, const struct sums *sums)
{
	const struct cell_change *worst = NULL;
	char label[GATE_LABEL_MAX], change[256];

	for (size_t i = 0; i < sentence->comparison->cells_count && !worst; i++) {
		const struct cell_change *cell = &sentence->comparison->cells[sentence->order[i]];
		if (does_more(cell))
			worst = cell;
	}
	text_append(sentence->text, sentence->size, "%s%zu of %zu cell%s %s more",
		    separator(sentence), sums->by.counts[COUNTS_MORE], sums->by.compared,
		    plural(sums->by.compared), sums->by.counts[COUNTS_MORE] == 1 ? "does" : "do");
	if (!worst)
		return;
	gate_cell_label(sentence->comparison, worst->name, label, sizeof(label));
	count_change_text(grown_count(worst), true, change, sizeof(change));
	text_append(sentence->text, sentence->size, ": %s%s, %s",
		    sums->by.counts[COUNTS_MORE] > 1 ? "worst " : "", label, change);
}

static void say_counts(const struct sentence *sentence, const struct sums *sums)
{
	if (sums->by.counts[COUNTS_MORE]) {
		say_more(sentence, sums);
	} else if (sums->by.counts[COUNTS_LESS] + sums->by.counts[COUNTS_ALLOWED] == 0) {
		if (sums->by.times[TIMES_WORSE] + sums->by.times[TIMES_UNDECIDED] +
		    sums->by.accepted)
			text_append(sentence->text, sentence->size, "%sno count changed",
				    separator(sentence));
		else
			text_append(sentence->text, sentence->size, "%scounts equal in %zu cell%s",
				    separator(sentence), sums->by.compared,
				    plural(sums->by.compared));
	}
	if (sums->by.counts[COUNTS_LESS])
		text_append(sentence->text, sentence->size, "%s%zu of %zu cell%s %s less",
			    separator(sentence), sums->by.counts[COUNTS_LESS], sums->by.compared,
			    plural(sums->by.compared),
			    sums->by.counts[COUNTS_LESS] == 1 ? "does" : "do");
	if (sums->by.counts[COUNTS_ALLOWED])
		text_append(sentence->text, sentence->size,
			    "%scounts of %zu cell%s differ, allowed", separator(sentence),
			    sums->by.counts[COUNTS_ALLOWED],
			    plural(sums->by.counts[COUNTS_ALLOWED]));
}

static void say_failed(const struct sentence *sentence, const struct sums *sums)
{
	const struct comparison *comparison = sentence->comparison;
	char label[GATE_LABEL_MAX];

	/* failed cells come first in the order */
	gate_cell_label(comparison, comparison->cells[sentence->order[0]].name, label,
			sizeof(label));
	text_append(sentence->text, sentence->size, "%zu of %zu cell%s failed: %s", sums->by.failed,
		    comparison->cells_count, plural(comparison->cells_count), label);
	if (sums->by.failed > 1)
		text_append(sentence->text, sentence->size, " and %zu more", sums->by.failed - 1);
}

int finding_of_gate(const struct comparison *comparison, char *text, size_t size)
{
	struct sums sums = sums_of(comparison);
	size_t *order = comparison_order(comparison);
	struct sentence sentence = {comparison, order, text, size};

	*text = '\0';
	if (!order)
		return -ENOMEM;
	if (sums.by.failed)
		say_failed(&sentence, &sums);
	if (sums.by.compared == 0)
		text_append(text, size, "%snothing was compared", separator(&sentence));
	say_times(&sentence, &sums);
	if (sums.by.compared)
		say_counts(&sentence, &sums);
	if (sums.by.compared && sums.timed == 0)
		text_append(text, size, "; times not measured");
	else if (sums.not_timed)
		text_append(text, size, "; %zu not timed", sums.not_timed);
	if (sums.by.accepted)
		text_append(text, size, "; %zu accepted regression%s", sums.by.accepted,
			    plural(sums.by.accepted));
	if (sums.by.only_a)
		text_append(text, size, "; %zu only in the baseline", sums.by.only_a);
	/* Whichever clause comes first. */
	if (*text >= 'a' && *text <= 'z')
		*text = (char)(*text - 'a' + 'A');
	free(order);
	return 0;
}
