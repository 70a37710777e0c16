/* What the writers of a comparison share: the order of the cells, and their texts. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/text.h"
#include "../base/units.h"
#include "figures.h"
#include "writers.h"

struct placed {
	size_t index;
	int rank;
	double size; /* the largest effect or growth of a count */
};

static double cell_size(const struct cell_change *cell)
{
	double size = isfinite(cell->effect_percent) && cell->time_verdict != VERDICT_NO_CHANGE
			      ? fabs(cell->effect_percent)
			      : 0;
	for (size_t i = 0; i < cell->counts_count; i++) {
		const struct count_change *change = &cell->counts[i];
		double percent = change->a_text != NULL || change->a == 0
					 ? 1e9 /* a different answer; a count that was 0 */
					 : 100 * fabs(change->b - change->a) / change->a;
		size = fmax(size, percent);
	}
	return size;
}

static int order_placed(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	if (x->rank != y->rank)
		return x->rank - y->rank;
	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	return x->index < y->index ? -1 : 1;
}

size_t *comparison_order(const struct comparison *comparison)
{
	static const int ranks[VERDICTS_COUNT] = {
		[VERDICT_FAILED] = 0,       [VERDICT_REGRESSION] = 1,  [VERDICT_ACCEPTED] = 2,
		[VERDICT_INCONCLUSIVE] = 3, [VERDICT_IMPROVEMENT] = 4, [VERDICT_ONLY_A] = 5,
		[VERDICT_ONLY_B] = 6,       [VERDICT_NOT_TIMED] = 7,   [VERDICT_SKIPPED] = 8,
		[VERDICT_SAME_COUNTS] = 9,  [VERDICT_NO_CHANGE] = 10};
	size_t count = comparison->cells_count;
	size_t *order = calloc(count + 1, sizeof *order);
	struct placed *placed = calloc(count + 1, sizeof *placed);
	if (order == NULL || placed == NULL) {
		free(order);
		free(placed);
		return NULL;
	}
	for (size_t i = 0; i < count; i++)
		placed[i] = (struct placed){i, ranks[comparison->cells[i].verdict],
					    cell_size(&comparison->cells[i])};
	qsort(placed, count, sizeof *placed, order_placed);
	for (size_t i = 0; i < count; i++)
		order[i] = placed[i].index;
	free(placed);
	return order;
}

static int decimals(double percent)
{
	return fabs(percent) < 99.95 ? 1 : 0;
}

/* "+5.2", "−3.0", "0.0"; infinite values as a word. */
static void format_change(char *text, size_t size, double percent)
{
	if (isnan(percent))
		snprintf(text, size, "-");
	else if (isinf(percent) || percent > 9999)
		snprintf(text, size, percent > 0 ? ">+9999" : "-100");
	else
		snprintf(text, size, "%+.*f", decimals(percent), percent);
}

void change_texts(const struct cell_change *cell, bool utf8, struct change_texts *out)
{
	char low[32], high[32], effect[32];
	*out = (struct change_texts){0};
	if (!cell->has_times)
		return;
	format_time_ns(out->a, sizeof out->a, cell->a_ns, utf8);
	format_time_ns(out->b, sizeof out->b, cell->b_ns, utf8);
	format_change(effect, sizeof effect, cell->effect_percent);
	format_change(low, sizeof low, cell->low_percent);
	format_change(high, sizeof high, cell->high_percent);
	snprintf(out->effect, sizeof out->effect, "%s%%", effect);
	if (!isnan(cell->low_percent))
		snprintf(out->interval, sizeof out->interval, "%s%s%s%%", low, utf8 ? "…" : "..",
			 high);
	if (isinf(cell->mde_percent) || cell->mde_percent > 9999)
		snprintf(out->mde, sizeof out->mde, "none");
	else if (!isnan(cell->mde_percent))
		snprintf(out->mde, sizeof out->mde, "%.*f%%", decimals(cell->mde_percent),
			 cell->mde_percent);
}

/* A changed count is written in full, because 20.0k → 20.0k would show no change. */
static void format_exact(char *text, size_t size, double count)
{
	if (count == floor(count) && fabs(count) < 1e15)
		snprintf(text, size, "%.0f", count);
	else
		snprintf(text, size, "%.6g", count);
}

void count_change_text(const struct count_change *change, bool utf8, char *text, size_t size)
{
	char a[32], b[32], difference[32];
	const char *arrow = utf8 ? "→" : "->";
	if (change->a_text != NULL || change->b_text != NULL) {
		snprintf(text, size, "%s %s %s %s", change->metric,
			 change->a_text == NULL ? "-" : change->a_text, arrow,
			 change->b_text == NULL ? "-" : change->b_text);
		return;
	}
	format_exact(a, sizeof a, change->a);
	format_exact(b, sizeof b, change->b);
	format_exact(difference, sizeof difference, fabs(change->b - change->a));
	snprintf(text, size, "%s %s %s %s (%s%s)", change->metric, a, arrow, b,
		 change->b > change->a ? "+" : "-", difference);
}

void change_reason(const struct cell_change *cell, bool utf8, char *text, size_t size)
{
	struct change_texts texts;
	bool times = cell->has_times && cell->time_verdict != VERDICT_NO_CHANGE &&
		     cell->time_verdict != VERDICT_SAME_COUNTS;
	change_texts(cell, utf8, &texts);
	text[0] = '\0';
	if (times && cell->time_verdict == VERDICT_INCONCLUSIVE)
		text_append(text, size, "time %s, %s %s", texts.effect, comparison_found_word,
			    texts.mde);
	else if (times)
		text_append(text, size, "time %s (%s)", texts.effect, texts.interval);
	for (size_t i = 0; i < cell->counts_count; i++) {
		char change[256];
		count_change_text(&cell->counts[i], utf8, change, sizeof change);
		text_append(text, size, "%s%s", text[0] == '\0' ? "" : "; ", change);
	}
	if (cell->note != NULL)
		text_append(text, size, "%s%s", text[0] == '\0' ? "" : "; ", cell->note);
}

void comparison_headline(const struct comparison *comparison, bool utf8, char *text, size_t size)
{
	static const struct {
		enum verdict verdict;
		const char *one, *many;
	} parts[] = {{VERDICT_FAILED, "failed", "failed"},
		     {VERDICT_REGRESSION, "regression", "regressions"},
		     {VERDICT_ACCEPTED, "accepted regression", "accepted regressions"},
		     {VERDICT_INCONCLUSIVE, "inconclusive", "inconclusive"},
		     {VERDICT_IMPROVEMENT, "improvement", "improvements"},
		     {VERDICT_ONLY_A, "only in the baseline", "only in the baseline"},
		     {VERDICT_ONLY_B, "only in the candidate", "only in the candidate"},
		     {VERDICT_NO_CHANGE, "no change", "no change"},
		     {VERDICT_SAME_COUNTS, "same counts", "same counts"},
		     {VERDICT_NOT_TIMED, "not timed", "not timed"},
		     {VERDICT_SKIPPED, "skipped", "skipped"}};
	size_t *order = comparison_order(comparison);
	text[0] = '\0';
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		size_t count = comparison_count(comparison, parts[i].verdict);
		if (count == 0)
			continue;
		text_append(text, size, "%s%zu %s", text[0] == '\0' ? "" : ", ", count,
			    count == 1 ? parts[i].one : parts[i].many);
		for (size_t j = 0; parts[i].verdict == VERDICT_REGRESSION && order != NULL; j++) {
			const struct cell_change *cell = &comparison->cells[order[j]];
			char reason[512];
			if (cell->verdict != VERDICT_REGRESSION)
				continue;
			change_reason(cell, utf8, reason, sizeof reason);
			text_append(text, size, " (%s%s: %s)",
				    count == 1 ? "" : "worst: ", cell->name, reason);
			break;
		}
	}
	text_append(text, size, "%s in %zu cell%s%s", text[0] == '\0' ? "nothing" : "",
		    comparison->cells_count, comparison->cells_count == 1 ? "" : "s",
		    comparison_common_count(comparison) == 0 ? ": nothing was compared" : "");
	free(order);
}

/* What the times of the cells are: one kind of figure, or one for each cache state. */
static void append_figures(const struct comparison *comparison, char *text, size_t size)
{
	const char *known[FIGURES_COUNT];
	size_t known_count = 0;
	for (size_t i = 0; i < comparison->cells_count && known_count < FIGURES_COUNT; i++) {
		const char *name =
			json_string_value(json_object_get(comparison->cells[i].details, "figure"));
		const char *words = name == NULL ? "" : figure_text(name);
		bool is_known = *words == '\0';
		for (size_t j = 0; j < known_count; j++)
			is_known = is_known || known[j] == words;
		if (!is_known)
			known[known_count++] = words;
	}
	if (known_count == 0) /* a record without them */
		known[known_count++] = figure_text(figure_names[FIGURE_LEAST]);
	for (size_t i = 0; i < known_count; i++)
		text_append(text, size, "%s%s", i == 0 ? "" : " or ", known[i]);
}

void comparison_caption(const struct comparison *comparison, char *text, size_t size)
{
	size_t a_count = comparison->a_runs_count, b_count = comparison->b_runs_count;
	if (!comparison->of_runs) {
		snprintf(text, size, "%s: baseline %s, candidate %s; threshold %g%%",
			 comparison->command, comparison->a_name, comparison->b_name,
			 comparison->threshold_percent);
		return;
	}
	snprintf(text, size, "%s: baseline %s (%zu run%s), candidate %s (%zu run%s)",
		 comparison->command, comparison->a_name, a_count, a_count == 1 ? "" : "s",
		 comparison->b_name, b_count, b_count == 1 ? "" : "s");
	if (comparison->times_judged)
		text_append(text, size,
			    "; threshold %g%%; a slowdown of `%s` is found in 90%% of such "
			    "comparisons",
			    comparison->threshold_percent, comparison_found_word);
	text_append(text, size, "; the time of a run is ");
	append_figures(comparison, text, size);
	text_append(text, size, ", that of several runs their geometric mean");
}

const char *comparison_times_key(const struct comparison *comparison)
{
	return !comparison->of_runs       ? "interleaved"
	       : comparison->times_judged ? "runs"
					  : "not_judged";
}

bool cell_is_unchanged(const struct cell_change *cell)
{
	return cell->verdict == VERDICT_NO_CHANGE || cell->verdict == VERDICT_SAME_COUNTS;
}

void difference_text(const json_t *difference, bool utf8, char *text, size_t size)
{
	const char *key = json_string_value(json_object_get(difference, "key"));
	char *sides[2];
	for (int i = 0; i < 2; i++) {
		const json_t *value = json_object_get(difference, i == 0 ? "a" : "b");
		sides[i] = json_is_string(value) ? strdup(json_string_value(value))
						 : json_dumps(value, JSON_ENCODE_ANY);
	}
	snprintf(text, size, "%s: %s %s %s", key == NULL ? "" : key,
		 sides[0] == NULL ? "?" : sides[0], utf8 ? "→" : "->",
		 sides[1] == NULL ? "?" : sides[1]);
	free(sides[0]);
	free(sides[1]);
}
