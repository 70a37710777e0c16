/*
 * Changes as forest plots: see change_figure.h.
 *
 * How it works: cells that differ only in their number of nodes are one row. A row is found if any of its cells has a proven change
 * of time.
 */
#include "change_figure.h"

#include "../base/text.h"
#include "../base/units.h"
#include "../judge/finding.h"
#include "../judge/writers.h"
#include "own_figure.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_POINTS 26 /* dots of the first figure: the first screen has no room for more */
#define TITLE_SIZE   512
#define POINTS_MOST  12 /* sizes of one row */

/* A row that is being made. */
struct change_row {
	char label[LABEL_MAX], group[4 * LABEL_MAX], engine[LABEL_MAX], note[160];
	struct forest_point points[POINTS_MOST];
	char *titles[POINTS_MOST];
	size_t count, sizes_count;
	double largest; /* |log| of the largest proven change; 0: none */
	double calls_low_percent, calls_high_percent; /* change of the number of system calls */
	bool other_counts, calls_changed;
};

struct change_rows {
	struct change_row *rows;
	size_t count;
};

static double size_of(double percent)
{
	return fabs(log1p(fmax(percent, -99.9) / 100));
}

static bool is_found(const struct cell_change *change)
{
	return change->time_verdict == VERDICT_IMPROVEMENT ||
	       change->time_verdict == VERDICT_REGRESSION;
}

/* The number of system calls of all names, which may stay where single names change. */
static void add_counts(struct change_row *row, const struct cell_change *change,
		       double calls_before, double calls_after)
{
	double percent = 100 * (calls_after / calls_before - 1);
	bool calls_changed = isfinite(percent) && calls_after != calls_before;

	if (change->counts_count == 0)
		return;
	row->other_counts |= !calls_changed;
	if (!calls_changed)
		return;
	row->calls_low_percent =
		row->calls_changed ? fmin(row->calls_low_percent, percent) : percent;
	row->calls_high_percent =
		row->calls_changed ? fmax(row->calls_high_percent, percent) : percent;
	row->calls_changed = true;
}

static void add_point(struct change_row *row, const struct cell_change *change)
{
	struct change_texts texts;
	char title[TITLE_SIZE];

	if (!change->has_times || !isfinite(change->effect_percent) || row->count == POINTS_MOST)
		return;
	change_texts(change, true, &texts);
	snprintf(title, sizeof(title), "%s: %s → %s, %s", change->name, texts.a, texts.b,
		 texts.effect);
	if (texts.interval[0])
		text_append(title, sizeof(title), ", 95 %% interval %s", texts.interval);
	text_append(title, sizeof(title), "; %s",
		    is_found(change) ? "proven" : verdict_text(change->time_verdict));
	if (!is_found(change) && texts.mde[0])
		text_append(title, sizeof(title), "; %s %s", comparison_found_word, texts.mde);
	row->titles[row->count] = strdup(title);
	row->points[row->count] = (struct forest_point){.cell = change->name,
							.percent = change->effect_percent,
							.low_percent = change->low_percent,
							.high_percent = change->high_percent,
							.found = is_found(change),
							.title = row->titles[row->count]};
	if (!row->titles[row->count])
		return;
	row->count++;
	if (is_found(change))
		row->largest = fmax(row->largest, size_of(change->effect_percent));
}

static void end_row(struct change_row *row)
{
	char low[UNIT_TEXT_MAX], high[UNIT_TEXT_MAX];

	if (row->calls_changed) {
		forest_percent_text(row->calls_low_percent, low, sizeof(low));
		forest_percent_text(row->calls_high_percent, high, sizeof(high));
		snprintf(row->note, sizeof(row->note),
			 strcmp(low, high) ? "calls %s to %s" : "calls %s", low, high);
	} else if (row->other_counts) {
		snprintf(row->note, sizeof(row->note), "other counts changed");
	}
}

/* "random, warm"; with what else distinguishes cells of the history. */
static void group_text(const struct history *history, const struct report_block *block, char *text,
		       size_t size)
{
	bool layouts = false, workloads = false;

	for (size_t i = 0; i < history->cells_count; i++) {
		layouts |= strcmp(history->cells[i].block->layout, block->layout) != 0;
		workloads |= strcmp(history->cells[i].block->workload, block->workload) != 0;
	}
	snprintf(text, size, "%s%s%s%s%s, %s", workloads ? block->workload : "",
		 workloads ? ", " : "", block->graph, layouts ? ", " : "",
		 layouts ? block->layout : "", block->cache);
}

/* The largest change of a row, proven or not. */
static double row_size(const struct change_row *row)
{
	double most = 0;

	for (size_t i = 0; i < row->count; i++)
		most = fmax(most, size_of(row->points[i].percent));
	return most;
}

static int order_rows(const void *a, const void *b)
{
	const struct change_row *x = a, *y = b;

	if (x->largest != y->largest)
		return x->largest < y->largest ? 1 : -1;
	if (row_size(x) != row_size(y))
		return row_size(x) < row_size(y) ? 1 : -1;
	int by_label = strcmp(x->label, y->label);
	return by_label ? by_label : strcmp(x->group, y->group);
}

static int make_rows(const struct history *history, struct change_rows *out)
{
	*out = (struct change_rows){calloc(history->cells_count + 1, sizeof(*out->rows)), 0};
	if (!out->rows)
		return -ENOMEM;
	for (size_t i = 0; i < history->cells_count; i++) {
		const struct history_cell *cell = &history->cells[i];
		char group[4 * LABEL_MAX];
		size_t r = 0;

		/* Times of two machines are no change; those of a gate are of one. */
		if (!cell->change || !cell->change->has_times ||
		    (!history->changes.same_machine && !cell->change->in_turns))
			continue;
		group_text(history, cell->block, group, sizeof(group));
		while (r < out->count && (strcmp(out->rows[r].label, cell->row->series) != 0 ||
					  strcmp(out->rows[r].group, group) != 0))
			r++;
		struct change_row *row = &out->rows[r];
		if (r == out->count) {
			out->count++;
			snprintf(row->label, sizeof(row->label), "%s", cell->row->series);
			snprintf(row->group, sizeof(row->group), "%s", group);
			snprintf(row->engine, sizeof(row->engine), "%s",
				 cell->row->summary->engine);
		}
		add_point(row, cell->change);
		const struct cell_summary *last = cell->times[history->phases_count - 1];
		if (cell->times[0] && last)
			add_counts(row, cell->change, summary_metric(cell->times[0], "syscalls"),
				   summary_metric(last, "syscalls"));
	}
	for (size_t r = 0; r < out->count; r++)
		end_row(&out->rows[r]);
	qsort(out->rows, out->count, sizeof(*out->rows), order_rows);
	return 0;
}

static void release_rows(struct change_rows *rows)
{
	for (size_t r = 0; r < rows->count; r++)
		for (size_t i = 0; i < rows->rows[r].count; i++)
			free(rows->rows[r].titles[i]);
	free(rows->rows);
}

struct change_drawing {
	const struct change_row *rows, *control; /* control: NULL, or the last row */
	size_t count;
	double threshold_percent;
};

static int draw(FILE *out, double width, const void *context)
{
	const struct change_drawing *drawing = context;
	size_t count = drawing->count + (drawing->control != NULL);
	struct forest_row *forest = calloc(count + 1, sizeof(*forest));

	if (!forest)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct change_row *row =
			i < drawing->count ? &drawing->rows[i] : drawing->control;
		forest[i] = (struct forest_row){.label = row->label,
						.group = row->group,
						.engine = row->engine,
						.note = row->note,
						.points = row->points,
						.count = row->count};
	}
	forest_plot(out, forest, count, width, drawing->threshold_percent);
	free(forest);
	return 0;
}

static void put_figure(struct document *document, const char *name, const char *caption,
		       const struct change_row *rows, size_t count,
		       const struct change_row *control, double threshold_percent)
{
	const struct change_drawing drawing = {rows, control, count, threshold_percent};
	const struct own_figure figure = {.name = name,
					  .alt = "Forest plot: changes of times with their 95 % "
						 "intervals; the values are in the "
						 "tables below.",
					  .caption = caption,
					  .draw = draw,
					  .context = &drawing};

	report_own_figure(document, &figure);
}

/* Half of the cells that were not decided could have shown a slowdown of this size, %. NaN: none is known. */
static double undecided_mde(const struct comparison *changes)
{
	double *values = calloc(changes->cells_count + 1, sizeof(*values)), median = NAN;
	size_t count = 0;

	for (size_t i = 0; values && i < changes->cells_count; i++) {
		const struct cell_change *change = &changes->cells[i];
		if (change->has_times && change->time_verdict == VERDICT_INCONCLUSIVE &&
		    isfinite(change->mde_percent))
			values[count++] = change->mde_percent;
	}
	if (count) {
		sort_doubles(values, count);
		median = values[count / 2];
	}
	free(values);
	return median;
}

static void put_undecided(struct document *document, const struct comparison *changes,
			  const struct change_row *rows, size_t count)
{
	double mde = undecided_mde(changes), threshold = changes->threshold_percent;

	document_fold(document, "%zu more rows without a proven change of time", count);
	if (isfinite(mde) && threshold > 0 && mde > threshold)
		document_text(
			document,
			"In half of the undecided cells only slowdowns of %.0f %% and more "
			"would have been found. To find %.0f %%, it takes about %.0f times as "
			"many runs a side, or `iowalk phase compare`, which runs both programs "
			"in turns.",
			mde, threshold, ceil(mde / threshold * (mde / threshold)));
	put_figure(
		document, "changes_undecided",
		"Hollow: not proven; the interval is what the times allow. Dashed: the threshold.",
		rows, count, NULL, threshold);
	document_fold_end(document);
}

/* A row without dots has the height of two. */
static size_t fitting_rows(const struct change_row *rows, size_t count)
{
	size_t points = 0, fits = 0;

	while (fits < count && points < FIRST_POINTS)
		points += rows[fits++].count + 1;
	return fits > 1 && points > FIRST_POINTS ? fits - 1 : fits;
}

void report_change_figures(struct document *document, const struct history *history)
{
	const struct comparison *changes = &history->changes;
	const struct cell_change *null_change = finding_control(history);
	struct change_row control = {.label = "null (control)", .engine = "null"};
	struct change_rows rows;
	size_t found = 0;

	if (make_rows(history, &rows)) {
		document->err = -ENOMEM;
		return;
	}
	while (found < rows.count && rows.rows[found].largest > 0)
		found++;
	if (null_change)
		add_point(&control, null_change);
	/* Where nothing was found, the figure shows what there is. */
	size_t shown = fitting_rows(rows.rows, found ? found : rows.count);
	if (shown || control.count)
		put_figure(
			document, "changes",
			"A row: cells that differ in their size only, a dot each, the smallest on "
			"top. Line: 95 % interval. Filled: proven. Hollow: not. Dashed: the "
			"threshold. An arrow leaves the axis.",
			rows.rows, shown, control.count ? &control : NULL,
			changes->threshold_percent);
	if (found > shown) {
		document_fold(document, "%zu more rows with a proven change of time",
			      found - shown);
		put_figure(document, "changes_more",
			   "Filled: proven. Hollow: not. Dashed: the threshold.", rows.rows + shown,
			   found - shown, NULL, changes->threshold_percent);
		document_fold_end(document);
		shown = found;
	}
	if (rows.count > shown)
		put_undecided(document, changes, rows.rows + shown, rows.count - shown);
	free(control.titles[0]);
	release_rows(&rows);
}
