/* The rules of a gate: see decision.h. */
#include "decision.h"

#include "../../workloads/support/mix.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const size_t screen_looks[] = {6, 8, 10, 12, 14, 17, 20, 24, 28, 34, 40};
static const size_t confirm_looks[] = {14, 20, 28, 40, 60, 80};
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define FAMILY_ALPHA .001 /* probability of a false regression in a whole gate, over all looks */
#define BOUND_LEVEL  .95  /* one-sided level of the bounds that clear a cell and make it suspect */
#define EARLY_LEVEL  .99  /* of those at the first looks */
#define EARLY_BLOCKS 6    /* looks at this number of blocks or fewer count as the first ones */
#define MDE_ALPHA    .05
#define MDE_POWER    .80

/* The first looks: the variance of a class counts as much as that of a cell with one block more than so many. Prior
 * degrees of freedom as in Smyth, Linear Models and Empirical Bayes Methods (2004); four fit the recorded blocks. */
#define PRIOR_DEGREES 4
#define CLASS_LEAST   4 /* fewer cells say nothing about a class */

/* A candidate that is slower in some of its processes only has blocks that lie far above the others. So long as more
 * than one in OUTLIER_BLOCKS, and not as many below, do so, the cell stays where it is: of a candidate that is slow in a quarter of
 * its processes 44 % of the blocks are slow, so that the first look, of six blocks, misses 3 %, and the later ones hardly any. */
#define OUTLIER        4 /* times the threshold */
#define OUTLIER_BLOCKS 12

/* Stalls: the mean of a candidate that stalls now and then is above the baseline's in nearly every block. Such a cell
 * stays in the screen (p <= .0625 is four of four blocks), and is suspect at SUSPECT. */
#define HINT_ALPHA    .0625
#define SUSPECT_ALPHA .004 /* eight of eight blocks */

size_t gate_blocks_min(void)
{
	return screen_looks[0];
}

size_t gate_blocks_max(enum gate_stage stage)
{
	return stage == GATE_SCREEN ? screen_looks[COUNT_OF(screen_looks) - 1]
				    : confirm_looks[COUNT_OF(confirm_looks) - 1];
}

/* Of the looks the third: at the first one, of 14 blocks, Holm's procedure rejects only if there are no more than two suspects, and
 * a block on the other side is one too many. */
#define RESERVED_LOOK 2

size_t gate_blocks_reserved(const struct gate_cell *cell)
{
	return !cell->is_decided && cell->stage == GATE_CONFIRM ? confirm_looks[RESERVED_LOOK] : 0;
}

void gate_order(uint64_t seed, enum gate_stage stage, size_t block, char order[GATE_POSITIONS + 1])
{
	uint64_t state = seed ^ ((uint64_t)stage << 32) ^ (uint64_t)block;

	memcpy(order, mix_next(&state) & 1 ? "ABBA" : "BAAB", GATE_POSITIONS + 1);
}

bool gate_wants(const struct gate_cell *cell, enum gate_stage stage)
{
	return !cell->is_decided && cell->stage == stage &&
	       cell->series[stage].count < GATE_BLOCKS_MAX;
}

/* The mean over the processes of a side of the logarithms of values[p * stride]. */
static double mean_log(const char *order, char side, const double *values, size_t stride)
{
	double sum = 0;
	size_t count = 0;

	for (size_t p = 0; order[p]; p++) {
		if (order[p] != side)
			continue;
		sum += log(values[p * stride]);
		count++;
	}
	return sum / (double)count;
}

int gate_difference(const struct gate_turns *turns, struct gate_difference *out)
{
	double *values = malloc(GATE_SIDES * turns->count * sizeof(*values));
	double *effect = values, *a = values + turns->count;
	const char *order = turns->order;

	if (!values)
		return -ENOMEM;
	for (size_t turn = 0; turn < turns->count; turn++) {
		a[turn] = mean_log(order, 'A', turns->least_ns + turn, turns->count);
		effect[turn] = mean_log(order, 'B', turns->least_ns + turn, turns->count) - a[turn];
	}
	*out = (struct gate_difference){.effect = quantile(effect, turns->count, .5),
					.mean_effect = mean_log(order, 'B', turns->mean_ns, 1) -
						       mean_log(order, 'A', turns->mean_ns, 1),
					.baseline = quantile(a, turns->count, .5)};
	free(values);
	return 0;
}

void gate_add(struct gate_cell *cell, const struct gate_difference *difference)
{
	struct gate_series *series = &cell->series[cell->stage];

	series->effect[series->count] = difference->effect;
	series->mean_effect[series->count] = difference->mean_effect;
	series->baseline[series->count] = difference->baseline;
	series->count++;
}

/* ---- one look ---- */

static bool is_look(const size_t *looks, size_t looks_count, size_t blocks, bool *last)
{
	for (size_t i = 0; i < looks_count; i++) {
		*last = i + 1 == looks_count;
		if (looks[i] == blocks)
			return true;
	}
	return false;
}

static void decide(struct gate_cell *cell, enum verdict verdict, const char *why)
{
	cell->is_decided = true;
	cell->verdict = verdict;
	cell->why = why;
}

/* The estimates of one cell at a look. */
struct view {
	double centre, margin, mde;
};

static struct view view_of(const double *values, size_t count)
{
	double error = hodges_lehmann_error(values, count);

	return (struct view){
		.centre = hodges_lehmann(values, count),
		.margin = error * student_quantile(BOUND_LEVEL, (double)count - 1),
		.mde = minimum_detectable_effect(error, count, MDE_ALPHA, MDE_POWER),
	};
}

/*
 * The variance of a block in a class: the median over its cells, each with its first `blocks` blocks, divided by the
 * median of that variance's distribution. NaN if the class has too few cells.
 */
static double class_variance(const struct gate_cell *cells, size_t cells_count, bool is_cold,
			     size_t blocks)
{
	double variances[cells_count + 1], degrees = (double)blocks - 1;
	size_t count = 0;

	for (size_t i = 0; i < cells_count; i++) {
		const struct gate_series *series = &cells[i].series[GATE_SCREEN];

		if (cells[i].is_cold == is_cold && series->count >= blocks)
			variances[count++] = sample_variance(series->effect, blocks);
	}
	if (count < CLASS_LEAST)
		return NAN;
	/* Wilson and Hilferty (1931): the median of chi-squared, divided by its degrees */
	return quantile(variances, count, .5) / pow(1 - 2 / (9 * degrees), 3);
}

/* With few blocks; `prior` is class_variance(). */
static struct view early_view(const double *values, size_t count, double prior)
{
	double degrees = (double)count - 1;
	double variance = (PRIOR_DEGREES * prior + degrees * sample_variance(values, count)) /
			  (PRIOR_DEGREES + degrees);
	double error = sqrt(variance / (double)count), all = PRIOR_DEGREES + degrees;

	return (struct view){.centre = hodges_lehmann(values, count),
			     .margin = error * student_quantile(EARLY_LEVEL, all),
			     .mde = error * (student_quantile(1 - MDE_ALPHA, all) +
					     student_quantile(MDE_POWER, all))};
}

/* A slowdown as large as the threshold is excluded, and would have been detected. */
static bool is_clear(struct view view, double threshold)
{
	return view.centre + view.margin < threshold && view.mde <= threshold;
}

struct gate_tails gate_tails(const struct gate_series *series, double threshold)
{
	struct gate_tails tails = {.slower = 0};

	for (size_t i = 0; i < series->count; i++) {
		tails.slower += series->effect[i] > OUTLIER * threshold;
		tails.faster += series->effect[i] < -OUTLIER * threshold;
	}
	/* The probability of at least as many slower ones, if a coin is thrown for each of these blocks */
	tails.p = tails.slower > 0
			  ? incomplete_beta((double)tails.slower, (double)tails.faster + 1, .5)
			  : 1;
	return tails;
}

/* Do some blocks, but not as many on the other side, show a much slower candidate? */
static bool has_slow_blocks(const struct gate_series *series, double threshold)
{
	struct gate_tails tails = gate_tails(series, threshold);

	return tails.slower > tails.faster &&
	       (tails.slower - tails.faster) * OUTLIER_BLOCKS > series->count;
}

static void clear(struct gate_cell *cell, struct view view)
{
	decide(cell, VERDICT_NO_CHANGE, NULL);
	cell->cleared = (struct interval){view.centre - view.margin, view.centre + view.margin};
}

/* At the last look. */
static void leave_open(struct gate_cell *cell, struct view view, double threshold)
{
	decide(cell, VERDICT_INCONCLUSIVE,
	       view.mde > threshold ? "the times spread too much to detect a change as large as "
				      "the threshold"
				    : "too close to the threshold to decide");
}

static void look_at_screen(struct gate_cell *cell, struct view view, bool last, double threshold)
{
	const struct gate_series *series = &cell->series[GATE_SCREEN];
	bool slower = view.centre - view.margin > threshold / 2;
	bool faster = view.centre + view.margin < -threshold / 2;
	double mean_p = hodges_lehmann(series->mean_effect, series->count) > threshold
				? signed_rank_p(series->mean_effect, series->count)
				: 1;

	if (slower || faster || gate_tails(series, threshold).p <= SUSPECT_ALPHA) {
		cell->stage = GATE_CONFIRM;
	} else if (mean_p <= SUSPECT_ALPHA) {
		cell->stage = GATE_CONFIRM;
		cell->by_mean = true;
	} else if (is_clear(view, threshold) &&
		   (last || (mean_p > HINT_ALPHA && !has_slow_blocks(series, threshold)))) {
		clear(cell, view);
	} else if (last) {
		leave_open(cell, view, threshold);
	}
}

static void negate(double *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		values[i] = -values[i];
}

/* One-sided p in the direction of the centre. */
static double directed_p(const double *values, size_t count)
{
	double turned[GATE_BLOCKS_MAX];

	memcpy(turned, values, count * sizeof(*values));
	if (hodges_lehmann(values, count) < 0)
		negate(turned, count);
	return signed_rank_p(turned, count);
}

/* What the confirmation judges. */
static const double *confirmed_values(const struct gate_cell *cell)
{
	const struct gate_series *series = &cell->series[GATE_CONFIRM];

	return cell->by_mean ? series->mean_effect : series->effect;
}

/* Did the screen, whose blocks the confirmation does not use, show slow blocks? Then the confirmation tests for them, too. */
static bool tests_tails(const struct gate_cell *cell, double threshold)
{
	return !cell->by_mean && has_slow_blocks(&cell->series[GATE_SCREEN], threshold);
}

/* Of two tests the lesser p counts twice (Bonferroni). *by_tail: it is that of the tails. */
static double confirmed_p(const struct gate_cell *cell, double threshold, bool *by_tail)
{
	const struct gate_series *series = &cell->series[GATE_CONFIRM];
	double p = directed_p(confirmed_values(cell), series->count);
	double tail_p = gate_tails(series, threshold).p;

	*by_tail = false;
	if (!tests_tails(cell, threshold))
		return p;
	*by_tail = tail_p < p;
	return fmin(1, 2 * fmin(p, tail_p));
}

static const char stalls[] = "stalls: the mean of all samples is longer, and not their least";

/* by_tail: what rejects, if it does, are the slow blocks. */
static void look_at_confirm(struct gate_cell *cell, bool rejected, bool by_tail, bool last,
			    double threshold)
{
	const struct gate_series *series = &cell->series[GATE_CONFIRM];
	struct view view = view_of(confirmed_values(cell), series->count);
	double effect = by_tail ? sample_mean(series->effect, series->count) : view.centre;
	bool beyond = by_tail ? effect >= threshold
			      : fabs(effect) >= (effect > 0 ? threshold : threshold / 2);
	bool slow_blocks = !cell->by_mean && has_slow_blocks(series, threshold);

	if (rejected && beyond) {
		decide(cell, effect > 0 ? VERDICT_REGRESSION : VERDICT_IMPROVEMENT,
		       cell->by_mean ? stalls : NULL);
		cell->by_tail = by_tail;
	} else if (last && slow_blocks && tests_tails(cell, threshold)) {
		decide(cell, VERDICT_INCONCLUSIVE,
		       "some blocks are much slower, too few of them to decide");
	} else if (is_clear(view, threshold) &&
		   (last || (view.centre > -threshold / 2 && !slow_blocks))) {
		clear(cell, view);
	} else if (last) {
		leave_open(cell, view, threshold);
	}
}

/* Is a look at this cell due? */
static bool is_due(const struct gate_cell *cell, enum gate_stage stage, bool *last)
{
	const size_t *looks = stage == GATE_SCREEN ? screen_looks : confirm_looks;
	size_t count = stage == GATE_SCREEN ? COUNT_OF(screen_looks) : COUNT_OF(confirm_looks);

	*last = false;
	return !cell->is_decided && cell->stage == stage &&
	       is_look(looks, count, cell->series[stage].count, last);
}

double gate_threshold(const struct gate_cell *cell, double threshold_percent)
{
	return log1p(fmax(threshold_percent, cell->threshold_percent) / 100);
}

static void screen(struct gate_cell *cells, size_t cells_count, double threshold_percent)
{
	double priors[2] = {NAN, NAN}; /* of warm and cold cells, computed when they are needed */
	bool last, known[2] = {false, false};

	for (size_t i = 0; i < cells_count; i++) {
		const struct gate_series *series = &cells[i].series[GATE_SCREEN];
		bool is_cold = cells[i].is_cold, early = series->count <= EARLY_BLOCKS;

		if (!is_due(&cells[i], GATE_SCREEN, &last))
			continue;
		if (early && !known[is_cold]) {
			priors[is_cold] =
				class_variance(cells, cells_count, is_cold, series->count);
			known[is_cold] = true;
		}
		if (early && isnan(priors[is_cold]))
			continue;
		struct view view =
			early ? early_view(series->effect, series->count, priors[is_cold])
			      : view_of(series->effect, series->count);
		look_at_screen(&cells[i], view, last, gate_threshold(&cells[i], threshold_percent));
	}
}

/* Holm's family is all suspect cells; decided cells stay in it. */
static void confirm(struct gate_cell *cells, size_t cells_count, double threshold_percent)
{
	size_t looks_count = COUNT_OF(confirm_looks);
	double alpha = FAMILY_ALPHA / (double)looks_count;
	bool due = false, last;

	for (size_t i = 0; i < cells_count; i++)
		due |= is_due(&cells[i], GATE_CONFIRM, &last);
	if (!due)
		return;
	double p[cells_count];
	bool reject[cells_count], by_tail[cells_count];
	size_t family = 0, member = 0;
	for (size_t i = 0; i < cells_count; i++) {
		size_t count = cells[i].series[GATE_CONFIRM].count;

		if (!count)
			continue;
		p[family] = confirmed_p(&cells[i], gate_threshold(&cells[i], threshold_percent),
					&by_tail[family]);
		family++;
	}
	holm(p, family, alpha, reject);
	for (size_t i = 0; i < cells_count; i++) {
		if (!cells[i].series[GATE_CONFIRM].count)
			continue;
		if (is_due(&cells[i], GATE_CONFIRM, &last))
			look_at_confirm(&cells[i], reject[member], by_tail[member], last,
					gate_threshold(&cells[i], threshold_percent));
		member++;
	}
}

void gate_look(struct gate_cell *cells, size_t cells_count, enum gate_stage stage,
	       double threshold_percent)
{
	if (stage == GATE_SCREEN)
		screen(cells, cells_count, threshold_percent);
	else
		confirm(cells, cells_count, threshold_percent);
}

void gate_give_up(struct gate_cell *cells, size_t cells_count, const char *why)
{
	for (size_t i = 0; i < cells_count; i++) {
		if (!cells[i].is_decided)
			decide(&cells[i], VERDICT_INCONCLUSIVE, why);
	}
}

size_t gate_blocks_wanted(const struct gate_cell *cell, double threshold_percent)
{
	const struct gate_series *series = &cell->series[cell->stage];
	bool by_mean = cell->by_mean && cell->stage == GATE_CONFIRM;
	double threshold = gate_threshold(cell, threshold_percent);

	if (series->count < WALSH_LEAST)
		return 0;
	struct view view = view_of(by_mean ? series->mean_effect : series->effect, series->count);
	/* Beyond the threshold it is a regression as soon as half of the threshold is excluded. */
	double distance =
		view.centre < threshold ? threshold - view.centre : view.centre - threshold / 2;
	double times = fmax(view.mde / threshold, view.margin / fmax(distance, 1e-9));
	double wanted = ceil((double)series->count * times * times);

	size_t least = wanted < 1e6 ? (size_t)fmax(wanted, (double)series->count + 1) : 1000000;
	const size_t *looks = cell->stage == GATE_SCREEN ? screen_looks : confirm_looks;
	size_t looks_count =
		cell->stage == GATE_SCREEN ? COUNT_OF(screen_looks) : COUNT_OF(confirm_looks);
	for (size_t i = 0; i < looks_count; i++) { /* it can be decided at a look only */
		if (looks[i] >= least)
			return looks[i];
	}
	return least;
}
