/*
 * Compares two stored runs, cell by cell.
 *
 * How it works: counts_compare() compares the counts. Times are compared as logarithms, and the
 * effect is the Hodges-Lehmann shift between the repetitions. Its error has two parts. The
 * repetitions show how much they vary within one process; few of them show it badly, so their
 * variance is shrunk towards the usual one. One process per side cannot show the variation between
 * processes, which is assumed to be PROCESS_SPREAD_PERCENT, and for cold cells another
 * COLD_SPREAD_PERCENT for the device. With this error the effect is tested against Student's
 * distribution with few degrees of freedom. Holm's procedure at FAMILY_ALPHA is applied over all
 * cells, separately for slower and faster. An effect that is not significant, but which one cell
 * alone would show at SUSPICION, is inconclusive, not "no change".
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "comparison.h"
#include "statistics.h"

#define FAMILY_ALPHA 0.01
#define POWER        0.8 /* mde_percent is found with this probability */
#define CONFIDENCE   0.95
/* A cell whose interval reaches further than this factor to either side shows nothing. */
#define RESOLVED_FACTOR 10.0
#define SUSPICION       0.025 /* one-sided: where the interval of CONFIDENCE excludes 0 */
/* Degrees of freedom of the assumed spread. A neighbour on the machine can slow all repetitions of
 * a cell at once, so the tails are heavier than those of the normal distribution. Cells of one
 * program have differed by a factor of 1.5. */
#define DEGREES 5

/* Between runs that are weeks apart one more call among thousands is not significant, other than
 * between two builds in the gate. And a warm walk that reads a little from the device reads a block
 * of the file system's. */
static const struct count_budget run_budgets[] = {
	/* They depend on when reads complete and on which thread waits: three samples of a side do not show
	 * the whole range. */
	{"syscalls_io_uring_enter", 25, 16, false},
	{"syscalls_futex", 25, 64, false},
	{"syscalls*", 1, 0, false},
	{"logical_read_bytes", 1, 0, false},
	{"logical_write_bytes", 1, 0, false},
	{"file_bytes", 1, 0, false},
	{"device_read_bytes", 1, 65536, true},
	{"faults_minor", 1, 16, true},
};

/* A run with an index of its cells. */
struct side {
	const struct run *run;
	struct cell_summary *summaries;
	size_t summaries_count;
	struct sample_ref *refs;
	size_t refs_count;
	json_t *index; /* name → index of the cell */
};

/* The test of one cell, before all cells are judged together. */
struct evidence {
	size_t cell; /* index in the comparison */
	double shift, error;
};

static void side_release(struct side *side)
{
	summaries_free(side->summaries, side->summaries_count);
	free(side->refs);
	json_decref(side->index);
}

static int side_init(struct side *side, const struct run *run)
{
	*side = (struct side){.run = run, .index = json_object()};
	int err = side->index == NULL ? -ENOMEM : 0;
	if (err == 0)
		err = run_summarize(run, &side->summaries, &side->summaries_count);
	if (err == 0)
		err = run_sort_samples(run, &side->refs, &side->refs_count);
	for (size_t i = 0; err == 0 && i < side->summaries_count; i++) {
		if (json_object_set_new_nocheck(side->index, side->summaries[i].name,
						json_integer((json_int_t)i)) != 0)
			err = -ENOMEM;
	}
	return err;
}

static const struct cell_summary *side_find(const struct side *side, const char *name)
{
	const json_t *number = json_object_get(side->index, name);
	return number == NULL ? NULL : &side->summaries[json_integer_value(number)];
}

static size_t index_of(const struct side *side, const struct cell_summary *summary)
{
	return (size_t)(summary - side->summaries);
}

/* The metrics of the usable count passes of a cell. The caller frees the array. */
static int count_passes(const struct side *side, size_t cell, const json_t ***out, size_t *count)
{
	*count = 0;
	*out = calloc(side->refs_count + 1, sizeof(const json_t *));
	for (size_t i = 0; *out != NULL && i < side->refs_count; i++) {
		const struct sample_ref *ref = &side->refs[i];
		if (ref->cell == cell && ref->pass == PASS_COUNT &&
		    sample_error(ref->sample) == NULL)
			(*out)[(*count)++] = json_object_get(ref->sample, "metrics");
	}
	return *out == NULL ? -ENOMEM : 0;
}

/* The first usable sample of a walk, or NULL. */
static const json_t *first_walk(const struct side *side, size_t cell)
{
	for (size_t i = 0; i < side->refs_count; i++) {
		const struct sample_ref *ref = &side->refs[i];
		const json_t *walk = json_object_get(ref->sample, "walk");
		if (ref->cell == cell && sample_error(ref->sample) == NULL && walk != NULL)
			return walk;
	}
	return NULL;
}

static int compare_walks(struct cell_change *cell, const json_t *a, const json_t *b)
{
	const char *a_hash = json_string_value(json_object_get(a, "levels_hash"));
	const char *b_hash = json_string_value(json_object_get(b, "levels_hash"));
	if (a_hash == NULL || b_hash == NULL || strcmp(a_hash, b_hash) == 0)
		return 0;
	return cell_add_count(cell, "levels_hash", NAN, NAN, a_hash, b_hash, true);
}

static int compare_counts(struct cell_change *cell, const struct side *a,
			  const struct cell_summary *in_a, const struct side *b,
			  const struct cell_summary *in_b, bool exact)
{
	const json_t **a_passes = NULL, **b_passes = NULL;
	size_t a_count = 0, b_count = 0, a_cell = index_of(a, in_a), b_cell = index_of(b, in_b);
	const json_t *a_source = json_object_get(in_a->sources, "syscalls");
	const json_t *b_source = json_object_get(in_b->sources, "syscalls");
	int err = count_passes(a, a_cell, &a_passes, &a_count);
	if (err == 0)
		err = count_passes(b, b_cell, &b_passes, &b_count);
	if (err == 0 && a_source != NULL && b_source != NULL && !json_equal(a_source, b_source))
		err = cell_add_note(cell,
				    "counts come from different sources and are not compared");
	else if (err == 0 && a_count > 0 && b_count > 0)
		err = counts_compare(
			cell, a_passes, a_count, b_passes, b_count,
			strcmp(in_a->cache, "warm") == 0, exact ? count_budgets : run_budgets,
			exact ? count_budgets_count : sizeof run_budgets / sizeof *run_budgets);
	if (err == 0)
		err = compare_walks(cell, first_walk(a, a_cell), first_walk(b, b_cell));
	free(a_passes);
	free(b_passes);
	return err;
}

/* The usual variation of repetitions within one process, in per cent, and how many repetitions it
 * counts as. Measured: 11 to 20 % between samples of 2 ms. */
#define REPETITION_SPREAD_PERCENT 20.0
#define REPETITION_PRIOR          4.0

/* Logarithms of the times of a cell's repetitions. The caller frees them. */
static int log_times(const struct side *side, size_t cell, double **out, size_t *count)
{
	int err = metric_values(side->refs, side->refs_count, cell, "real_time_ns", out, count);
	size_t used = 0;
	for (size_t i = 0; err == 0 && i < *count; i++) {
		if ((*out)[i] > 0)
			(*out)[used++] = log((*out)[i]);
	}
	*count = used;
	return err;
}

/* The standard error of the location of one side's repetitions. Of five and more it follows their
 * middle, so that one stall does not hide what the others show. */
static double repetitions_error(const double *values, size_t count)
{
	double n = (double)count, usual = REPETITION_SPREAD_PERCENT / 100, mean = 0, variance = 0;
	for (size_t i = 0; i < count; i++)
		mean += values[i] / n;
	for (size_t i = 0; count >= 2 && i < count; i++)
		variance += (values[i] - mean) * (values[i] - mean) / (n - 1);
	if (count >= WALSH_LEAST) {
		double error = hodges_lehmann_error(values, count);
		variance = error * error * n;
	}
	variance = (REPETITION_PRIOR * usual * usual + (n - 1) * variance) /
		   (REPETITION_PRIOR + n - 1);
	return sqrt(variance / n);
}

static double percent_of(double log_ratio)
{
	return 100 * expm1(log_ratio);
}

static int compare_times(struct cell_change *cell, const struct side *a,
			 const struct cell_summary *in_a, const struct side *b,
			 const struct cell_summary *in_b, struct evidence *evidence)
{
	double *a_times = NULL, *b_times = NULL;
	size_t a_count = 0, b_count = 0;
	int err = log_times(a, index_of(a, in_a), &a_times, &a_count);
	if (err == 0)
		err = log_times(b, index_of(b, in_b), &b_times, &b_count);
	if (err == 0 && a_count > 0 && b_count > 0) {
		bool is_cold = strcmp(in_a->cache, "cold") == 0;
		double spread = PROCESS_SPREAD_PERCENT / 100;
		if (is_cold)
			spread = hypot(spread, COLD_SPREAD_PERCENT / 100);
		cell->has_times = true;
		cell->a_ns = in_a->real_time_ns.median;
		cell->b_ns = in_b->real_time_ns.median;
		evidence->shift = hodges_lehmann_shift(a_times, a_count, b_times, b_count);
		evidence->error = hypot(hypot(repetitions_error(a_times, a_count),
					      repetitions_error(b_times, b_count)),
					sqrt(2) * spread);
		double half = student_quantile((1 + CONFIDENCE) / 2, DEGREES) * evidence->error;
		cell->effect_percent = percent_of(evidence->shift);
		cell->low_percent = percent_of(evidence->shift - half);
		cell->high_percent = percent_of(evidence->shift + half);
		cell->p = student_upper(evidence->shift / evidence->error, DEGREES);
	}
	free(a_times);
	free(b_times);
	return err;
}

/* Why a side has no result for the cell. NULL if it has one, or if the other side does not have the
 * cell. */
static const char *missing_reason(const struct cell_summary *summary,
				  const struct cell_summary *other)
{
	if (summary == NULL)
		return "";
	if (summary->skipped != NULL)
		return summary->skipped;
	if (other != NULL && summary->error == NULL && json_object_size(summary->metrics) == 0)
		return "no samples";
	return NULL;
}

/* Handles FAILED, ONLY_A, ONLY_B and skipped cells; true if there is nothing else to compare. */
static bool lacks_results(struct cell_change *cell, const struct cell_summary *in_a,
			  const struct cell_summary *in_b, int *err)
{
	const char *why_a = missing_reason(in_a, in_b), *why_b = missing_reason(in_b, in_a);
	if (why_a == NULL && in_a->error != NULL) {
		cell->verdict = VERDICT_FAILED;
		*err = cell_add_note(cell, "baseline: %s", in_a->error);
	}
	if (*err == 0 && why_b == NULL && in_b->error != NULL) {
		cell->verdict = VERDICT_FAILED;
		*err = cell_add_note(cell, "candidate: %s", in_b->error);
	}
	if (cell->verdict == VERDICT_FAILED)
		return true;
	if (why_a == NULL && why_b == NULL)
		return false;
	cell->verdict = why_a == NULL   ? VERDICT_ONLY_A
			: why_b == NULL ? VERDICT_ONLY_B
					: VERDICT_SKIPPED;
	if (why_a != NULL && why_b != NULL && strcmp(why_a, why_b) == 0) {
		*err = cell_add_note(cell, "skipped in both: %s", why_a);
		return true;
	}
	if (*err == 0 && why_a != NULL && why_a[0] != '\0')
		*err = cell_add_note(cell, "skipped in the baseline: %s", why_a);
	if (*err == 0 && why_b != NULL && why_b[0] != '\0')
		*err = cell_add_note(cell, "skipped in the candidate: %s", why_b);
	return true;
}

/* Applies Holm's procedure over the cells that have times, separately for slower and faster. */
static int judge(struct comparison *out, const struct evidence *evidence, size_t count)
{
	bool *slower = calloc(count + 1, sizeof *slower),
	     *faster = calloc(count + 1, sizeof *faster);
	double *p = calloc(2 * count + 1, sizeof *p);
	bool is_asked = !isnan(out->threshold_percent);
	double threshold = is_asked ? out->threshold_percent : 0;
	int err = slower == NULL || faster == NULL || p == NULL ? -ENOMEM : 0;
	for (size_t i = 0; err == 0 && i < count; i++) {
		p[i] = out->cells[evidence[i].cell].p;
		p[count + i] = 1 - p[i];
	}
	if (err == 0) {
		holm(p, count, FAMILY_ALPHA, slower);
		holm(p + count, count, FAMILY_ALPHA, faster);
	}
	for (size_t i = 0; err == 0 && i < count; i++) {
		struct cell_change *cell = &out->cells[evidence[i].cell];
		double quantiles = student_quantile(1 - FAMILY_ALPHA / (double)count, DEGREES) +
				   student_quantile(POWER, DEGREES);
		double suspicion = student_quantile(1 - SUSPICION, DEGREES) * evidence[i].error;
		cell->mde_percent = percent_of(quantiles * evidence[i].error);
		if (!out->same_machine)
			cell->time_verdict = VERDICT_INCONCLUSIVE;
		else if (slower[i] && cell->effect_percent >= threshold)
			cell->time_verdict = VERDICT_REGRESSION;
		else if (faster[i] && evidence[i].shift <= -log1p(threshold / 100))
			cell->time_verdict = VERDICT_IMPROVEMENT;
		else if ((is_asked && cell->mde_percent > threshold) ||
			 suspicion > log(RESOLVED_FACTOR) || fabs(evidence[i].shift) > suspicion)
			cell->time_verdict = VERDICT_INCONCLUSIVE;
	}
	free(slower);
	free(faster);
	free(p);
	return err;
}

static int compare_cell(struct comparison *out, const struct side *a, const struct side *b,
			const char *name, bool exact_counts, struct evidence *evidence,
			size_t *evidence_count)
{
	const struct cell_summary *in_a = side_find(a, name), *in_b = side_find(b, name);
	struct cell_change *cell = comparison_add_cell(out, name);
	int err = cell == NULL ? -ENOMEM : 0;
	if (err != 0 || lacks_results(cell, in_a, in_b, &err))
		return err;
	err = compare_counts(cell, a, in_a, b, in_b, exact_counts);
	if (err == 0)
		err = compare_times(cell, a, in_a, b, in_b, &evidence[*evidence_count]);
	if (err == 0 && cell->has_times)
		evidence[(*evidence_count)++].cell = out->cells_count - 1;
	return err;
}

/*
 * Decides cells in which counts and times disagree, or in which the times are inconclusive. A walk
 * that is significantly faster is an improvement whatever calls it makes, as long as its answer is
 * the same. Fewer calls are an improvement, unless the walk took longer, even if not significantly.
 */
static void resolve(struct cell_change *cell)
{
	bool other_walk = false, more = false, less = false;
	for (size_t i = 0; i < cell->counts_count; i++) {
		other_walk |= strcmp(cell->counts[i].metric, "levels_hash") == 0;
		more |= cell->counts[i].is_regression;
		less |= cell->counts[i].b < cell->counts[i].a;
	}
	cell_decide(cell);
	if (cell->verdict >= VERDICT_FAILED || other_walk)
		return;
	bool is_slower = cell->has_times && cell->effect_percent > PROCESS_SPREAD_PERCENT;
	if (cell->time_verdict == VERDICT_IMPROVEMENT)
		cell->verdict = VERDICT_IMPROVEMENT;
	else if (less && !more && cell->time_verdict != VERDICT_REGRESSION)
		cell->verdict = is_slower ? VERDICT_INCONCLUSIVE : VERDICT_IMPROVEMENT;
}

static int compare_sides(struct comparison *out, const struct side *a, const struct side *b,
			 bool exact_counts)
{
	size_t evidence_count = 0;
	struct evidence *evidence =
		calloc(a->summaries_count + b->summaries_count + 1, sizeof *evidence);
	int err = evidence == NULL ? -ENOMEM : 0;
	for (size_t i = 0; err == 0 && i < a->summaries_count; i++)
		err = compare_cell(out, a, b, a->summaries[i].name, exact_counts, evidence,
				   &evidence_count);
	for (size_t i = 0; err == 0 && i < b->summaries_count; i++) {
		if (side_find(a, b->summaries[i].name) == NULL)
			err = compare_cell(out, a, b, b->summaries[i].name, exact_counts, evidence,
					   &evidence_count);
	}
	if (err == 0)
		err = judge(out, evidence, evidence_count);
	for (size_t i = 0; err == 0 && i < out->cells_count; i++)
		exact_counts ? cell_decide(&out->cells[i]) : resolve(&out->cells[i]);
	free(evidence);
	return err;
}

/* With another seed the graphs differ, and so do all counts. */
static int compare_seeds(struct comparison *out, const struct run *a, const struct run *b)
{
	json_t *in_a = json_object_get(a->info, "seed"), *in_b = json_object_get(b->info, "seed");
	if (in_a == NULL || in_b == NULL || json_equal(in_a, in_b))
		return 0;
	out->same_machine = false;
	json_t *entry = json_pack("{s:s,s:O,s:O,s:b}", "key", "run.seed", "a", in_a, "b", in_b,
				  "same_machine", 0);
	return json_array_append_new(out->environment_differences, entry) != 0 ? -ENOMEM : 0;
}

int comparison_of_runs(const struct run *a, const struct run *b, double threshold_percent,
		       bool exact_counts, struct comparison *out, struct why *why)
{
	struct side side_a = {0}, side_b = {0};
	int err = comparison_init(out, "compare", a->path, b->path, threshold_percent);
	out->is_weaker = true;
	if (err == 0) {
		json_decref(out->environment_differences);
		out->environment_differences =
			environment_compare(a->environment, b->environment, &out->same_machine);
		err = out->environment_differences == NULL ? -ENOMEM : 0;
	}
	if (err == 0)
		err = compare_seeds(out, a, b);
	if (err == 0)
		err = side_init(&side_a, a);
	if (err == 0)
		err = side_init(&side_b, b);
	if (err == 0)
		err = compare_sides(out, &side_a, &side_b, exact_counts);
	side_release(&side_a);
	side_release(&side_b);
	if (err != 0) {
		comparison_release(out);
		why_set(why, err, "cannot compare '%s' with '%s': %s", a->path, b->path,
			strerror(-err));
	}
	return err;
}
