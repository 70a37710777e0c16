/*
 * The report of a calibration: see calibration.h.
 *
 * The rank test is the one of Google Benchmark's compare.py: a two-sided Mann-Whitney U test at .05
 * on the repetitions of one process per build, here the first A and the first B of the screen.
 * "pooled" uses all samples of all processes of the screen.
 */
#include "calibration.h"

#include "../../workloads/support/mix.h"
#include "calibration_gate.h"
#include "values.h"
#include "../base/document.h"
#include "../record/run.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CONFIDENCE .95
#define DRAW_SEED  UINT64_C(0x5F3759DF)
#define POOL_MAX   65536 /* blocks of one cell */
#define POOL_LEAST                                                                                 \
	100 /* the mean of fewer is off zero by chance, and all gates drawn from them with it */
#define GATE_SECONDS "elapsed_s"

/* The blocks of one cell, from all gates of identical builds. */
struct pool {
	struct gate_difference *blocks;
	size_t count;
	double threshold_percent; /* as in struct gate_cell */
	bool is_cold;
};

/* ---- the rank test ---- */

struct rank_counts {
	size_t tests, single, pooled; /* cells tested, and those called different by each test */
	size_t gates, gates_single, gates_pooled;
	size_t injected, injected_single, injected_pooled; /* the same for injected cells only */
};

static void rank_gate(const json_t *gate, json_int_t injected, size_t cells_count,
		      struct rank_counts *counts)
{
	bool any_single = false, any_pooled = false;

	for (size_t cell = 0; cell < cells_count; cell++) {
		double single_p, pooled_p;
		bool has_times = calibration_gate_rank(gate, cell, &single_p, &pooled_p);
		bool single = has_times && single_p < CALIBRATION_RANK_ALPHA;
		bool pooled = has_times && pooled_p < CALIBRATION_RANK_ALPHA;

		counts->tests++;
		counts->single += single;
		counts->pooled += pooled;
		any_single |= single;
		any_pooled |= pooled;
		if (injected == (json_int_t)cell) {
			counts->injected++;
			counts->injected_single += single;
			counts->injected_pooled += pooled;
		}
	}
	counts->gates++;
	counts->gates_single += any_single;
	counts->gates_pooled += any_pooled;
}

/* ---- one kind ---- */

struct kind_counts {
	size_t gates, regressions, inconclusive, failed;
	size_t cells, cells_inconclusive; /* all cells, and the inconclusive ones */
	size_t detected;                  /* gates that report the injected cell as a regression */
	size_t elsewhere;                 /* gates that report another cell as a regression */
	size_t injected_inconclusive;
	struct gate_values elapsed_s;
	struct rank_counts rank;
};

/* `injected`: the cell with this kind's slowdown, or -1. */
static void count_gate(const json_t *gate, json_int_t injected, size_t cells_count,
		       struct kind_counts *counts)
{
	json_int_t status = json_integer_value(json_object_get(gate, "exit_status"));
	const json_t *verdicts = json_object_get(gate, "verdicts");
	bool elsewhere = false;

	counts->gates++;
	counts->regressions += status == 3;
	counts->inconclusive += status == 4;
	counts->failed += status != 0 && status != 3 && status != 4;
	for (size_t i = 0; i < json_array_size(verdicts); i++) {
		const char *verdict = json_string_value(json_array_get(verdicts, i));
		bool inconclusive = verdict && strcmp(verdict, "inconclusive") == 0;
		bool regression = verdict && strcmp(verdict, "regression") == 0;

		counts->cells++;
		counts->cells_inconclusive += inconclusive;
		if ((json_int_t)i == injected) {
			counts->detected += regression;
			counts->injected_inconclusive += inconclusive;
		} else {
			elsewhere |= regression && !calibration_gate_injects(gate, i);
		}
	}
	counts->elsewhere += elsewhere;
	gate_values_add(&counts->elapsed_s, json_number_value(json_object_get(gate, GATE_SECONDS)));
	if (!calibration_gate_is(gate, "syscall", NULL)) /* it measures no times */
		rank_gate(gate, injected, cells_count, &counts->rank);
}

/* "3 of 40: 7.5 % (1.6–20.4)". */
static void put_rate(struct document *document, size_t successes, size_t trials)
{
	if (trials == 0) {
		document_cell(document, TONE_PLAIN, "–");
		return;
	}
	struct interval interval = clopper_pearson(successes, trials, CONFIDENCE);
	document_cell(document, TONE_PLAIN, "%zu of %zu: %.1f %% (%.1f–%.1f)", successes, trials,
		      100.0 * (double)successes / (double)trials, 100 * interval.low,
		      100 * interval.high);
}

static double median_of(struct gate_values *samples)
{
	return samples->count ? quantile(samples->values, samples->count, .5) : NAN;
}

static void put_kind(struct document *document, const struct calibration_kind *kind,
		     struct kind_counts *counts)
{
	bool injects = kind->inject_percent > 0 || kind->inject_syscall;
	double greatest_s = 0;

	for (size_t i = 0; i < counts->elapsed_s.count; i++)
		greatest_s = fmax(greatest_s, counts->elapsed_s.values[i]);
	document_cell(document, TONE_PLAIN, "%s", kind->what);
	put_rate(document, injects ? counts->detected : counts->regressions, counts->gates);
	document_cell(document, TONE_PLAIN, "%zu", injects ? counts->elsewhere : 0);
	put_rate(document, injects ? counts->injected_inconclusive : counts->cells_inconclusive,
		 injects ? counts->gates : counts->cells);
	put_rate(document, injects ? counts->rank.injected_single : counts->rank.gates_single,
		 injects ? counts->rank.injected : counts->rank.gates);
	put_rate(document, injects ? counts->rank.injected_pooled : counts->rank.gates_pooled,
		 injects ? counts->rank.injected : counts->rank.gates);
	document_cell(document, TONE_PLAIN, "%.1f, %.1f s", median_of(&counts->elapsed_s),
		      greatest_s);
}

/* ---- resampling whole gates ---- */

static int fill_pools(const json_t *gates, struct pool *pools, size_t cells_count)
{
	for (size_t cell = 0; cell < cells_count; cell++) {
		pools[cell].blocks = calloc(POOL_MAX, sizeof(*pools[cell].blocks));
		if (!pools[cell].blocks)
			return -ENOMEM;
	}
	for (size_t g = 0; g < json_array_size(gates); g++) {
		const json_t *gate = json_array_get(gates, g);

		if (!calibration_gate_is(gate, "alike", NULL))
			continue;
		for (size_t cell = 0; cell < cells_count; cell++) {
			struct pool *pool = &pools[cell];

			for (size_t n = 0; pool->count < POOL_MAX; n++) {
				struct gate_difference *block = &pool->blocks[pool->count];

				if (!calibration_gate_block(gate, cell, n, block))
					break;
				pool->count++;
			}
		}
	}
	return 0;
}

struct drawn {
	size_t gates, regressions, improvements, inconclusive; /* gates with any */
	size_t cells, cells_inconclusive;
};

static struct gate_difference drawn_block(const struct pool *pool, uint64_t *state)
{
	return pool->blocks[mix_reduce(mix_next(state), pool->count)];
}

static void draw_gate(const struct pool *pools, struct gate_cell *cells, size_t cells_count,
		      double threshold_percent, uint64_t *state, struct drawn *drawn)
{
	bool regression = false, improvement = false, inconclusive = false;

	memset(cells, 0, cells_count * sizeof(*cells));
	for (size_t i = 0; i < cells_count; i++) {
		cells[i].is_decided = pools[i].count < POOL_LEAST;
		cells[i].threshold_percent = pools[i].threshold_percent;
		cells[i].is_cold = pools[i].is_cold;
	}
	for (unsigned stage = 0; stage < GATE_STAGES_COUNT; stage++) {
		for (bool more = true; more;) {
			more = false;
			for (size_t i = 0; i < cells_count; i++) {
				if (!gate_wants(&cells[i], stage))
					continue;
				struct gate_difference block = drawn_block(&pools[i], state);
				gate_add(&cells[i], &block);
				more = true;
			}
			gate_look(cells, cells_count, stage, threshold_percent);
		}
	}
	for (size_t i = 0; i < cells_count; i++) {
		regression |= cells[i].verdict == VERDICT_REGRESSION;
		improvement |= cells[i].verdict == VERDICT_IMPROVEMENT;
		inconclusive |= cells[i].verdict == VERDICT_INCONCLUSIVE;
		drawn->cells_inconclusive += cells[i].verdict == VERDICT_INCONCLUSIVE;
	}
	drawn->cells += cells_count;
	drawn->gates++;
	drawn->regressions += regression;
	drawn->improvements += improvement;
	drawn->inconclusive += inconclusive;
}

/* The standard deviation of the effect, estimated from the interquartile range. */
static double spread_percent(const struct pool *pool)
{
	struct gate_values effects = {0};

	for (size_t i = 0; i < pool->count; i++)
		gate_values_add(&effects, pool->blocks[i].effect);
	double spread = effects.count < 4 ? NAN
					  : quantile(effects.values, effects.count, .75) -
						    quantile(effects.values, effects.count, .25);
	free(effects.values);
	return 100 * spread / 1.349;
}

static void put_drawn(struct document *document, const struct drawn *drawn,
		      const struct pool *pools, const json_t *cells, size_t cells_count)
{
	static const char *const titles[] = {"cell", "blocks", "spread of a block"};

	document_text(document,
		      "%zu gates resampled from the blocks of identical builds: %zu with a "
		      "regression (%.3f %%), %zu with an improvement, %.2f %% of cells "
		      "inconclusive. They "
		      "share the blocks of the recorded gates and are not independent: the error "
		      "rate that the measurements support is the interval of the first row.",
		      drawn->gates, drawn->regressions,
		      100.0 * (double)drawn->regressions / (double)drawn->gates,
		      drawn->improvements,
		      100.0 * (double)drawn->cells_inconclusive / (double)drawn->cells);
	document_table(document, "spread of blocks", 3, 0x1);
	document_cells(document, TONE_PLAIN, 3, titles);
	for (size_t i = 0; i < cells_count; i++) {
		const char *name =
			json_string_value(json_object_get(json_array_get(cells, i), "name"));
		if (!pools[i].count) /* counts only */
			continue;
		document_cell(document, TONE_PLAIN, "%s", name ? name : "");
		document_cell(document, TONE_PLAIN, "%zu", pools[i].count);
		document_cell(document, TONE_PLAIN, "%.2f %%", spread_percent(&pools[i]));
	}
}

static int draw_gates(struct document *document, const json_t *info, const json_t *gates,
		      size_t resamples)
{
	const json_t *names = json_object_get(info, "cells");
	size_t cells_count = json_array_size(names), filled = 0;
	struct pool *pools = calloc(cells_count + 1, sizeof(*pools));
	struct gate_cell *cells = calloc(cells_count + 1, sizeof(*cells));
	double threshold_percent = json_number_value(json_object_get(info, "threshold_percent"));
	struct drawn drawn = {0};
	uint64_t state = DRAW_SEED;
	int err = pools && cells ? fill_pools(gates, pools, cells_count) : -ENOMEM;

	for (size_t i = 0; !err && i < cells_count; i++) {
		filled += pools[i].count >= POOL_LEAST;
		const json_t *cell = json_array_get(names, i);
		const char *cache = json_string_value(json_object_get(cell, "cache"));
		pools[i].threshold_percent =
			json_number_value(json_object_get(cell, "threshold_percent"));
		pools[i].is_cold = cache && strcmp(cache, "cold") == 0;
	}
	for (size_t i = 0; !err && filled && i < resamples; i++)
		draw_gate(pools, cells, cells_count, threshold_percent, &state, &drawn);
	if (!err && drawn.gates)
		put_drawn(document, &drawn, pools, names, cells_count);
	for (size_t i = 0; pools && i < cells_count; i++)
		free(pools[i].blocks);
	free(pools);
	free(cells);
	return err;
}

/* One row per kind, and one that counts the failed gates. */
static void put_kinds(struct document *document, const json_t *gates, size_t cells_count)
{
	static const char *const titles[] = {"candidate",
					     "called a regression",
					     "another cell",
					     "inconclusive",
					     "rank test, one process each",
					     "rank test, pooled",
					     "time of a gate (median, maximum)"};
	const size_t columns = sizeof(titles) / sizeof(*titles);

	document_table(document, "rates", columns, 0x1);
	document_cells(document, TONE_PLAIN, columns, titles);
	for (size_t k = 0; k < CALIBRATION_KINDS_COUNT; k++) {
		struct kind_counts counts = {0};

		for (size_t i = 0; i < json_array_size(gates); i++) {
			const json_t *gate = json_array_get(gates, i);
			json_int_t injected;

			if (calibration_gate_is(gate, calibration_kinds[k].name, &injected))
				count_gate(gate, injected, cells_count, &counts);
		}
		if (counts.gates)
			put_kind(document, &calibration_kinds[k], &counts);
		if (counts.failed) {
			document_cell(document, TONE_PLAIN, "(failed: %zu)", counts.failed);
			for (size_t i = 1; i < columns; i++)
				document_cell(document, TONE_PLAIN, "%s", "");
		}
		free(counts.elapsed_s.values);
	}
}

int calibration_report(FILE *out, const json_t *info, const json_t *gates, size_t resamples)
{
	struct document document;

	document_init(&document);
	put_kinds(&document, gates, json_array_size(json_object_get(info, "cells")));
	document_text(
		&document,
		"Shares with their 95 %% Clopper-Pearson interval. If a slowdown is "
		"injected: gates that report its cell as a regression, gates that report "
		"another cell (into which nothing was injected), and gates in which its cell is "
		"inconclusive. Otherwise: gates "
		"with any regression, and inconclusive cells. The rank test (Mann-Whitney at "
		".05, as in Google Benchmark's compare.py) is counted in the same way, on the "
		"same samples.");
	int err = draw_gates(&document, info, gates, resamples);

	if (!err)
		err = document.err;
	if (!err)
		document_write_markdown(&document, out);
	document_release(&document);
	return err;
}
