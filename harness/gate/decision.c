/* The rules of a gate: see decision.h. */
#include "decision.h"

#include "../../workloads/support/mix.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const size_t screen_looks[] = {6, 8, 10, 12, 14, 17, 20};
static const size_t confirm_looks[] = {14, 20, 28, 40, 60, 80};
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define FAMILY_ALPHA   .001 /* probability of a false regression in a whole gate, over all looks */
#define BOUND_LEVEL    .95  /* one-sided level of the bounds that clear and flag a cell */
#define MDE_ALPHA      .05
#define MDE_POWER      .80
#define INTERVAL_LEVEL .95

size_t gate_blocks_min(void)
{
	return screen_looks[0];
}

void gate_order(uint64_t seed, enum gate_stage stage, size_t block, char order[GATE_POSITIONS + 1])
{
	static const char *const halves[GATE_STAGES_COUNT][6] = {
		{"AB", "BA", "AB", "BA", "AB", "BA"},
		{"ABC", "ACB", "BAC", "BCA", "CAB", "CBA"},
	};
	uint64_t state = seed ^ ((uint64_t)stage << 32) ^ (uint64_t)block;
	const char *half = halves[stage][mix_next(&state) % COUNT_OF(halves[stage])];
	size_t length = strlen(half);

	for (size_t i = 0; i < length; i++)
		order[i] = order[2 * length - 1 - i] = half[i];
	order[2 * length] = '\0';
}

bool gate_wants(const struct gate_cell *cell, enum gate_stage stage)
{
	return !cell->is_decided && cell->stage == stage &&
	       cell->series[stage].count < GATE_BLOCKS_MAX;
}

/* The logarithm of the minimum over the processes of a side in a turn. */
static double side_in_turn(const struct gate_turns *turns, char side, size_t turn)
{
	double least = INFINITY;

	for (size_t p = 0; turns->order[p]; p++) {
		if (turns->order[p] == side)
			least = fmin(least, turns->least_ns[p * turns->count + turn]);
	}
	return log(least);
}

int gate_difference(const struct gate_turns *turns, struct gate_difference *out)
{
	double *values = malloc(GATE_SIDES * turns->count * sizeof(*values));
	double *effect = values, *control = values + turns->count, *a = control + turns->count;
	bool has_control = strchr(turns->order, 'C') != NULL;

	if (!values)
		return -ENOMEM;
	for (size_t turn = 0; turn < turns->count; turn++) {
		a[turn] = side_in_turn(turns, 'A', turn);
		effect[turn] = side_in_turn(turns, 'B', turn) - a[turn];
		control[turn] = has_control ? side_in_turn(turns, 'C', turn) - a[turn] : 0;
	}
	*out = (struct gate_difference){.effect = quantile(effect, turns->count, .5),
					.control = quantile(control, turns->count, .5),
					.baseline = quantile(a, turns->count, .5)};
	free(values);
	return 0;
}

void gate_add(struct gate_cell *cell, const struct gate_difference *difference)
{
	struct gate_series *series = &cell->series[cell->stage];

	series->effect[series->count] = difference->effect;
	series->control[series->count] = difference->control;
	series->baseline[series->count] = difference->baseline;
	series->count++;
}

static double percent_of(double logarithm)
{
	return 100 * expm1(logarithm);
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

static struct view view_of(const struct gate_series *series)
{
	double error = hodges_lehmann_error(series->effect, series->count);

	return (struct view){
		.centre = hodges_lehmann(series->effect, series->count),
		.margin = error * student_quantile(BOUND_LEVEL, (double)series->count - 1),
		.mde = minimum_detectable_effect(series->effect, series->count, MDE_ALPHA,
						 MDE_POWER),
	};
}

/* A slowdown as large as the threshold is excluded, and would have been detected. */
static bool is_clear(struct view view, double threshold)
{
	return view.centre + view.margin < threshold && view.mde <= threshold;
}

static void look_at_screen(struct gate_cell *cell, bool last, double threshold)
{
	struct view view = view_of(&cell->series[GATE_SCREEN]);
	bool slower = view.centre - view.margin > threshold / 2;
	bool faster = view.centre + view.margin < -threshold / 2;

	if (!slower && !faster && is_clear(view, threshold))
		decide(cell, VERDICT_NO_CHANGE, NULL);
	else if (slower || faster || last)
		cell->stage = GATE_CONFIRM;
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

static void decide_changed(struct gate_cell *cell, double centre, double alpha)
{
	const struct gate_series *series = &cell->series[GATE_CONFIRM];
	double control = hodges_lehmann(series->control, series->count);

	cell->control_flagged = directed_p(series->control, series->count) * 2 <= alpha &&
				fabs(control) >= fabs(centre) / 2;
	if (cell->control_flagged)
		decide(cell, VERDICT_INCONCLUSIVE,
		       "the A/A control failed: the baseline differs from itself");
	else
		decide(cell, centre > 0 ? VERDICT_REGRESSION : VERDICT_IMPROVEMENT, NULL);
}

static void look_at_confirm(struct gate_cell *cell, bool rejected, bool last, double alpha,
			    double threshold)
{
	struct view view = view_of(&cell->series[GATE_CONFIRM]);
	bool beyond = fabs(view.centre) >= (view.centre > 0 ? threshold : threshold / 2);

	if (rejected && beyond)
		decide_changed(cell, view.centre, alpha);
	else if (is_clear(view, threshold) && (last || view.centre > -threshold / 2))
		decide(cell, VERDICT_NO_CHANGE, NULL);
	else if (last)
		decide(cell, VERDICT_INCONCLUSIVE,
		       view.mde > threshold ? "the times spread too much to detect a change as "
					      "large as the threshold"
					    : "too close to the threshold to decide");
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

/* As a logarithm. */
static double threshold_of(const struct gate_cell *cell, double threshold_percent)
{
	return log1p(fmax(threshold_percent, cell->threshold_percent) / 100);
}

static void screen(struct gate_cell *cells, size_t cells_count, double threshold_percent)
{
	bool last;

	for (size_t i = 0; i < cells_count; i++) {
		if (is_due(&cells[i], GATE_SCREEN, &last))
			look_at_screen(&cells[i], last, threshold_of(&cells[i], threshold_percent));
	}
}

/* Holm's family is all flagged cells; decided cells stay in it. */
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
	bool reject[cells_count];
	size_t family = 0, member = 0;
	for (size_t i = 0; i < cells_count; i++) {
		const struct gate_series *series = &cells[i].series[GATE_CONFIRM];

		if (series->count)
			p[family++] = directed_p(series->effect, series->count);
	}
	holm(p, family, alpha, reject);
	for (size_t i = 0; i < cells_count; i++) {
		if (!cells[i].series[GATE_CONFIRM].count)
			continue;
		if (is_due(&cells[i], GATE_CONFIRM, &last))
			look_at_confirm(&cells[i], reject[member], last, alpha,
					threshold_of(&cells[i], threshold_percent));
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

void gate_figures(const struct gate_cell *cell, struct gate_figures *out)
{
	const struct gate_series *series = &cell->series[cell->stage];

	if (cell->stage == GATE_CONFIRM &&
	    series->count < 4) /* the budget ended before the second stage */
		series = &cell->series[GATE_SCREEN];
	*out = (struct gate_figures){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, series->count};
	if (series->count == 0)
		return;
	struct interval interval = walsh_interval(series->effect, series->count, INTERVAL_LEVEL);
	double effect = hodges_lehmann(series->effect, series->count);
	out->a_ns = exp(hodges_lehmann(series->baseline, series->count));
	out->b_ns = out->a_ns * exp(effect);
	out->effect_percent = percent_of(effect);
	out->low_percent = percent_of(interval.low);
	out->high_percent = percent_of(interval.high);
	out->mde_percent = percent_of(
		minimum_detectable_effect(series->effect, series->count, MDE_ALPHA, MDE_POWER));
	out->p = signed_rank_p(series->effect, series->count);
	/* A cleared cell shows the bounds that cleared it, which is why none of them is beyond the
	 * threshold. */
	struct view view = view_of(series);
	if (cell->is_decided && cell->verdict == VERDICT_NO_CHANGE && isfinite(view.margin)) {
		out->low_percent = percent_of(view.centre - view.margin);
		out->high_percent = percent_of(view.centre + view.margin);
	}
	if (series == &cell->series[GATE_CONFIRM])
		out->control_percent = percent_of(hodges_lehmann(series->control, series->count));
}
