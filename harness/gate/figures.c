/* The figures of one cell of a gate: see decision.h. */
#include "decision.h"

#include <math.h>

#define INTERVAL_LEVEL .95

/* With this spread of a block, the slowdown that a gate finds in 90 % of all repetitions. It is FOUND_BEYOND spreads
 * beyond the threshold, because nothing below the threshold is a regression; and NOISE_FACTOR spreads, because even
 * GATE_BLOCKS_MAX blocks find no smaller one. Fitted to made-up gates, which find it in 90 to 99 %
 * (tests/test_gate_level.c). */
#define FOUND_BEYOND .2
#define NOISE_FACTOR .68

static double found_effect(double threshold, double spread)
{
	return fmax(threshold + FOUND_BEYOND * spread, NOISE_FACTOR * spread);
}

/* Their place is the mean over the blocks, of which most show nothing, so that half of them say nothing of it. */
static void take_tails(const struct gate_series *series, double threshold, struct gate_figures *out)
{
	double mean = sample_mean(series->effect, series->count), count = (double)series->count;
	double margin = student_quantile((1 + INTERVAL_LEVEL) / 2, count - 1) *
			sqrt(sample_variance(series->effect, series->count) / count);

	out->effect_percent = percent_of_log(mean);
	out->b_ns = out->a_ns * exp(mean);
	out->low_percent = percent_of_log(mean - margin);
	out->high_percent = percent_of_log(mean + margin);
	out->p = gate_tails(series, threshold).p;
}

void gate_figures(const struct gate_cell *cell, double threshold_percent, struct gate_figures *out)
{
	const struct gate_series *series = &cell->series[cell->stage];
	bool by_mean = cell->by_mean && cell->stage == GATE_CONFIRM;

	if (cell->stage == GATE_CONFIRM &&
	    series->count < 4) { /* the budget ended before the second stage */
		series = &cell->series[GATE_SCREEN];
	}
	*out = (struct gate_figures){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, series->count};
	if (series->count == 0)
		return;
	const double *values = by_mean ? series->mean_effect : series->effect;
	struct interval interval = walsh_interval(values, series->count, INTERVAL_LEVEL);
	double effect = hodges_lehmann(values, series->count);
	double spread = hodges_lehmann_error(values, series->count) * sqrt((double)series->count);
	if (series->count < WALSH_LEAST)
		spread = sqrt(sample_variance(values, series->count));
	out->a_ns = exp(hodges_lehmann(series->baseline, series->count));
	out->b_ns = out->a_ns * exp(effect);
	out->effect_percent = percent_of_log(effect);
	out->mean_percent = percent_of_log(hodges_lehmann(series->mean_effect, series->count));
	out->low_percent = percent_of_log(interval.low);
	out->high_percent = percent_of_log(interval.high);
	out->found_percent =
		percent_of_log(found_effect(gate_threshold(cell, threshold_percent), spread));
	out->p = signed_rank_p(values, series->count);
	if (cell->by_tail)
		take_tails(series, gate_threshold(cell, threshold_percent), out);
	/* A cleared cell shows the bounds that cleared it, which is why none of them is beyond the
	 * threshold. */
	if (cell->is_decided && cell->verdict == VERDICT_NO_CHANGE) {
		out->low_percent = percent_of_log(cell->cleared.low);
		out->high_percent = percent_of_log(cell->cleared.high);
	}
}
