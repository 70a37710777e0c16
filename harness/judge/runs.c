/*
 * Compares stored runs, cell by cell.
 *
 * How it works: counts_compare() compares the counts of all runs. The unit of a time is a run: its figure (figures.h) is a
 * logarithm, of the kind that varies least between the runs of a side. Three runs or more of the
 * baseline, taken at different times, show how much runs of one program differ; moderate() shrinks the
 * variance of a cell towards that of its neighbours, cold cells apart from warm ones, because a device
 * varies more than memory. The shift between the sides' means is tested against Student's t of these
 * degrees. With fewer runs nothing shows the difference between runs, so times are not judged.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/text.h"
#include "comparison.h"
#include "figures.h"
#include "side.h"
#include "statistics.h"
#include "yardsticks.h"
#include "explanation.h"

#define CONFIDENCE 0.95
/* A change of at least this part of the threshold is a verdict, if it is significant. */
#define LEAST_SHARE  0.5
#define SPAN_LEAST_S 1800.0 /* slow states of a machine have lasted minutes */

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

struct comparing {
	struct comparison *out;
	struct side a, b;
	bool exact_counts, has_copies;
	struct figure_cores cores;
	double *core_logs; /* storage of them: of the baseline's runs, then of the candidate's */
	struct cell_figures *figures; /* of the cells whose times can be judged */
	size_t figures_count;
};

static int compare_walks(struct cell_change *cell, const json_t *a, const json_t *b)
{
	const char *a_hash = json_string_value(json_object_get(a, "levels_hash"));
	const char *b_hash = json_string_value(json_object_get(b, "levels_hash"));
	if (a_hash == NULL || b_hash == NULL || strcmp(a_hash, b_hash) == 0)
		return 0;
	return cell_add_count(cell, "levels_hash", NAN, NAN, a_hash, b_hash, true);
}

static int compare_counts(const struct comparing *comparing, struct cell_change *cell,
			  const struct side_cell *in_a, const struct side_cell *in_b)
{
	const json_t **a_passes = NULL, **b_passes = NULL;
	size_t a_count = 0, b_count = 0;
	bool exact = comparing->exact_counts, is_warm = strcmp(in_a->summary->cache, "warm") == 0;
	const json_t *a_source = json_object_get(in_a->summary->sources, "syscalls");
	const json_t *b_source = json_object_get(in_b->summary->sources, "syscalls");
	int err = side_count_passes(&comparing->a, in_a, &a_passes, &a_count);
	if (err == 0)
		err = side_count_passes(&comparing->b, in_b, &b_passes, &b_count);
	if (err == 0 && a_source != NULL && b_source != NULL && !json_equal(a_source, b_source))
		err = cell_add_note(cell,
				    "counts come from different sources and are not compared");
	else if (err == 0 && a_count > 0 && b_count > 0)
		err = counts_compare(cell, a_passes, a_count, b_passes, b_count, is_warm,
				     exact ? count_budgets : run_budgets,
				     exact ? count_budgets_count
					   : sizeof run_budgets / sizeof *run_budgets);
	if (err == 0)
		err = compare_walks(cell, side_first_walk(&comparing->a, in_a),
				    side_first_walk(&comparing->b, in_b));
	free(a_passes);
	free(b_passes);
	return err;
}

/* ---- times ---- */

/* The share of slow processes of each side, and a note if they differ by more than chance. */
static int tell_slow(struct cell_change *cell, size_t a_slow, size_t a_count, size_t b_slow,
		     size_t b_count)
{
	struct interval a = clopper_pearson(a_slow, a_count, CONFIDENCE);
	struct interval b = clopper_pearson(b_slow, b_count, CONFIDENCE);
	json_object_set_new(cell->details, "baseline_slow_percent",
			    json_real(100.0 * (double)a_slow / (double)a_count));
	json_object_set_new(cell->details, "candidate_slow_percent",
			    json_real(100.0 * (double)b_slow / (double)b_count));
	if (a.low <= b.high && b.low <= a.high)
		return 0;
	return cell_add_note(
		cell, "processes more than %g%% above the least: %zu of %zu, then %zu of %zu",
		100 * (PROCESSES_SLOW_FACTOR - 1), a_slow, a_count, b_slow, b_count);
}

static int tell_runs(struct cell_change *cell, size_t a_count, size_t b_count, size_t processes)
{
	cell->details =
		json_pack("{s:I,s:I,s:I}", "baseline_runs", (json_int_t)a_count, "candidate_runs",
			  (json_int_t)b_count, "processes", (json_int_t)processes);
	return cell->details == NULL ? -ENOMEM : 0;
}

static int note_missing(struct cell_change *cell, const char *side, size_t has_count, size_t count)
{
	return has_count < count
		       ? cell_add_note(cell, "in %zu of the %s's %zu runs", has_count, side, count)
		       : 0;
}

static void set_times(struct cell_change *cell, const struct cell_figures *figures,
		      enum figure_kind kind)
{
	cell->a_ns = exp(figures->shifts[kind].a_mean);
	cell->b_ns = exp(figures->shifts[kind].b_mean);
	cell->effect_percent = percent_of_log(figures->shifts[kind].shift);
	json_object_set_new(cell->details, "figure", json_string(figure_names[kind]));
}

static int take_times(struct comparing *comparing, struct cell_change *cell, unsigned group,
		      const struct side_times *a, const struct side_times *b)
{
	struct cell_figures figures = {.cell = (size_t)(cell - comparing->out->cells),
				       .group = group};
	size_t processes = side_times_processes(a);
	if (side_times_processes(b) < processes)
		processes = side_times_processes(b);
	int err = figures_of(a, b, processes, &comparing->cores, &figures);
	cell->has_times = true;
	cell->time_verdict = VERDICT_SAME_COUNTS;
	if (err == 0)
		err = tell_runs(cell, a->runs_count, b->runs_count, processes);
	if (err == 0)
		set_times(cell, &figures, FIGURE_LEAST);
	if (err == 0 && processes > 1)
		err = tell_slow(cell, side_times_slow(a, processes), a->runs_count * processes,
				side_times_slow(b, processes), b->runs_count * processes);
	if (err == 0)
		err = note_missing(cell, "baseline", a->runs_count, comparing->a.runs_count);
	if (err == 0)
		err = note_missing(cell, "candidate", b->runs_count, comparing->b.runs_count);
	if (a->runs_count < BASELINE_RUNS_LEAST || !comparing->out->same_machine ||
	    comparing->has_copies)
		return err;
	comparing->figures[comparing->figures_count++] = figures;
	return err;
}

static int compare_times(struct comparing *comparing, struct cell_change *cell,
			 const struct side_cell *in_a, const struct side_cell *in_b)
{
	struct side_times a = {0}, b = {0};
	int err = side_times(&comparing->a, in_a, &a);
	if (err == 0)
		err = side_times(&comparing->b, in_b, &b);
	if (err == 0 && a.runs_count > 0 && b.runs_count > 0)
		err = take_times(comparing, cell, strcmp(in_a->summary->cache, "cold") == 0, &a,
				 &b);
	side_times_release(&a);
	side_times_release(&b);
	return err;
}

/* The verdict of one cell, whose error is known. */
static void judge_cell(struct cell_change *cell, const struct run_shift *shift, double threshold)
{
	double half = student_quantile((1 + CONFIDENCE) / 2, shift->error_degrees) * shift->error;
	double least = log1p(LEAST_SHARE * threshold / 100);
	double found = found_shift(shift, least);
	cell->low_percent = percent_of_log(shift->shift - half);
	cell->high_percent = percent_of_log(shift->shift + half);
	cell->mde_percent = percent_of_log(found);
	cell->p = student_upper(shift->shift / shift->error, shift->error_degrees);
	bool is_significant = fabs(shift->shift) > significant_shift(shift);
	if (is_significant && shift->shift >= least)
		cell->time_verdict = VERDICT_REGRESSION;
	else if (is_significant && shift->shift <= -least)
		cell->time_verdict = VERDICT_IMPROVEMENT;
	else if (!(cell->mde_percent <= threshold))
		cell->time_verdict = VERDICT_INCONCLUSIVE;
	else
		cell->time_verdict = VERDICT_NO_CHANGE;
}

static int judge(const struct comparing *comparing)
{
	enum figure_kind chosen[RUN_GROUPS];
	int err = figures_choose(comparing->figures, comparing->figures_count, &comparing->cores,
				 chosen);
	for (size_t i = 0; err == 0 && i < comparing->figures_count; i++) {
		const struct cell_figures *figures = &comparing->figures[i];
		struct cell_change *cell = &comparing->out->cells[figures->cell];
		enum figure_kind kind = chosen[figures->group];
		set_times(cell, figures, kind);
		judge_cell(cell, &figures->shifts[kind], comparing->out->threshold_percent);
	}
	comparing->out->times_judged = comparing->figures_count > 0;
	return err;
}

/* ---- cells ---- */

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

static int compare_cell(struct comparing *comparing, const char *name)
{
	const struct side_cell *in_a = side_find(&comparing->a, name);
	const struct side_cell *in_b = side_find(&comparing->b, name);
	struct cell_change *cell = comparison_add_cell(comparing->out, name);
	int err = cell == NULL ? -ENOMEM : 0;
	if (err != 0 || lacks_results(cell, in_a == NULL ? NULL : in_a->summary,
				      in_b == NULL ? NULL : in_b->summary, &err))
		return err;
	err = compare_counts(comparing, cell, in_a, in_b);
	return err != 0 ? err : compare_times(comparing, cell, in_a, in_b);
}

/*
 * Decides cells in which counts and times disagree, or in which the times are inconclusive. A walk
 * that is significantly faster is an improvement whatever calls it makes, as long as its answer is
 * the same. Fewer calls are an improvement, unless the walk became slower or may have.
 */
static void resolve(struct cell_change *cell, double threshold)
{
	bool is_slower = cell->time_verdict == VERDICT_INCONCLUSIVE &&
			 cell->effect_percent >= LEAST_SHARE * threshold;
	bool other_walk = false, more = false, less = false;
	for (size_t i = 0; i < cell->counts_count; i++) {
		other_walk |= strcmp(cell->counts[i].metric, "levels_hash") == 0;
		more |= cell->counts[i].is_regression;
		less |= cell->counts[i].b < cell->counts[i].a;
	}
	cell_decide(cell);
	if (cell->verdict >= VERDICT_FAILED || other_walk)
		return;
	if (cell->time_verdict == VERDICT_IMPROVEMENT)
		cell->verdict = VERDICT_IMPROVEMENT;
	else if (less && !more && cell->time_verdict != VERDICT_REGRESSION)
		cell->verdict = is_slower ? VERDICT_INCONCLUSIVE : VERDICT_IMPROVEMENT;
}

/* What each run had of its cores, if that is known of all runs of both sides. */
static int find_cores(struct comparing *comparing)
{
	const struct side *a = &comparing->a, *b = &comparing->b;
	struct figure_cores *cores = &comparing->cores;
	double *logs = calloc(a->runs_count + b->runs_count, sizeof *logs);
	bool a_known = false, b_known = false;
	int err = logs == NULL ? -ENOMEM : side_core_logs(a, logs, &a_known);
	if (err == 0)
		err = side_core_logs(b, logs + a->runs_count, &b_known);
	comparing->core_logs = logs;
	if (err != 0 || !a_known || !b_known)
		return err;
	*cores = (struct figure_cores){.a_logs = logs,
				       .b_logs = logs + a->runs_count,
				       .a_mean = sample_mean(logs, a->runs_count),
				       .b_mean = sample_mean(logs + a->runs_count, b->runs_count)};
	return 0;
}

static int compare_sides(struct comparing *comparing)
{
	const struct side *a = &comparing->a, *b = &comparing->b;
	struct comparison *out = comparing->out;
	comparing->figures =
		calloc(a->cells_count + b->cells_count + 1, sizeof *comparing->figures);
	int err = comparing->figures == NULL ? -ENOMEM : find_cores(comparing);
	for (size_t i = 0; err == 0 && i < a->cells_count; i++)
		err = compare_cell(comparing, a->cells[i].name);
	for (size_t i = 0; err == 0 && i < b->cells_count; i++) {
		if (side_find(a, b->cells[i].name) == NULL)
			err = compare_cell(comparing, b->cells[i].name);
	}
	if (err == 0)
		err = judge(comparing);
	for (size_t i = 0; err == 0 && i < out->cells_count; i++)
		comparing->exact_counts ? cell_decide(&out->cells[i])
					: resolve(&out->cells[i], out->threshold_percent);
	free(comparing->figures);
	free(comparing->core_logs);
	return err;
}

/* ---- the whole ---- */

/* Why times are not judged, and what it would take; what the machine itself did. */
static int note_whole(const struct comparing *comparing)
{
	struct comparison *out = comparing->out;
	char text[2048] = "", machine[1024] = "";
	bool has_times = false;
	for (size_t i = 0; i < out->cells_count; i++)
		has_times |= out->cells[i].has_times;
	if (has_times && !out->same_machine)
		text_append(text, sizeof text,
			    "Counts only: times of different machines are shown, not judged.");
	else if (has_times && comparing->has_copies)
		text_append(text, sizeof text,
			    "Counts only: times are shown, not judged. Two runs of one side began "
			    "in the same second, so they are copies of one run.");
	else if (has_times && !out->times_judged)
		text_append(text, sizeof text,
			    "Counts only: times are shown, not judged. The baseline has %zu "
			    "run%s, and only %d or more, taken at different times, show how "
			    "much runs of one program differ: `iowalk phase record NAME --from "
			    "RUN RUN RUN`, then `iowalk compare NAME -- CANDIDATE...`.",
			    out->a_runs_count, out->a_runs_count == 1 ? "" : "s",
			    BASELINE_RUNS_LEAST);
	else if (has_times && side_span_s(&comparing->a) < SPAN_LEAST_S)
		text_append(text, sizeof text,
			    "The baseline's runs were begun within %.0f s. They do not show how "
			    "the machine changes from hour to hour, and a verdict on times may be "
			    "a change of the machine.",
			    side_span_s(&comparing->a));
	const struct figure_cores *cores = &comparing->cores;
	double core_shift = cores->a_logs == NULL ? (double)NAN : cores->b_mean - cores->a_mean;
	int err = yardsticks_text(out, &comparing->a, &comparing->b, core_shift, machine,
				  sizeof machine);
	if (machine[0] != '\0')
		text_append(text, sizeof text, "%s%s", text[0] == '\0' ? "" : " ", machine);
	if (err == 0 && text[0] != '\0' && (out->note = strdup(text)) == NULL)
		err = -ENOMEM;
	return err;
}

/* "first, second". The caller frees. NULL if out of memory. */
static char *join_names(const struct run *runs, size_t count)
{
	char *text = NULL;
	size_t len = 0;
	FILE *memory = open_memstream(&text, &len);
	if (memory == NULL)
		return NULL;
	for (size_t i = 0; i < count; i++)
		fprintf(memory, "%s%s", i == 0 ? "" : ", ", runs[i].path);
	if (fclose(memory) == 0)
		return text;
	free(text);
	return NULL;
}

static int compare(struct comparing *comparing, const struct run *a, size_t a_count,
		   const struct run *b, size_t b_count)
{
	struct comparison *out = comparing->out;
	int err = 0;
	for (size_t i = 0; err == 0 && i < b_count; i++)
		err = comparison_add_machines(out, &a[0], &b[i]);
	for (size_t i = 1; err == 0 && i < a_count; i++)
		err = comparison_add_machines(out, &a[0], &a[i]);
	if (err == 0)
		err = side_init(&comparing->a, a, a_count);
	if (err == 0)
		err = side_init(&comparing->b, b, b_count);
	out->a_runs_count = comparing->a.runs_count;
	out->b_runs_count = comparing->b.runs_count;
	if (err == 0) {
		comparing->has_copies =
			side_has_copies(&comparing->a) || side_has_copies(&comparing->b);
		err = compare_sides(comparing);
	}
	if (err == 0)
		err = note_whole(comparing);
	side_release(&comparing->a);
	side_release(&comparing->b);
	return err;
}

int comparison_of_runs(const struct run *a, size_t a_count, const struct run *b, size_t b_count,
		       double threshold_percent, bool exact_counts, struct comparison *out,
		       struct why *why)
{
	struct comparing comparing = {.out = out, .exact_counts = exact_counts};
	char *a_name = join_names(a, a_count), *b_name = join_names(b, b_count);
	if (isnan(threshold_percent))
		threshold_percent = RUNS_THRESHOLD_PERCENT;
	*out = (struct comparison){0};
	int err = a_name == NULL || b_name == NULL
			  ? -ENOMEM
			  : comparison_init(out, "compare", a_name, b_name, threshold_percent);
	out->of_runs = true;
	if (err == 0)
		err = compare(&comparing, a, a_count, b, b_count);
	if (err == 0)
		err = explain_runs(a, a_count, b, b_count, out);
	free(a_name);
	free(b_name);
	if (err != 0) {
		comparison_release(out);
		why_set(why, err, "cannot compare '%s' with '%s': %s", a[0].path, b[0].path,
			strerror(-err));
	}
	return err;
}
