/* Changes as rows of dots: see forest.h. */
#include "forest.h"

#include "../base/text.h"
#include "../base/units.h"
#include "chart.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define POINT_STEP 6.0 /* between the dots of a row */
#define ROW_PAD    9.0 /* above and below them together */
#define TOP        26.0
#define AXIS_ROOM  20.0
#define RATIO_MOST 16.0 /* the axis reaches no farther */

struct forest {
	FILE *out;
	const struct forest_row *rows;
	size_t rows_count;
	double width, label_width, group_width, note_width;
	bool is_narrow;
	struct chart_axis axis;
};

static double ratio_of(double percent)
{
	double ratio = 1 + percent / 100;

	return ratio > 1e-6 ? ratio : 1e-6;
}

void forest_percent_text(double percent, char *text, size_t size)
{
	double size_percent = fabs(percent);
	int digits = size_percent >= 9.95 ? 0 : 1;

	if (percent >= 99.5)
		snprintf(text, size, percent >= 99950 ? "%.0f×" : "%.3g×", 1 + percent / 100);
	else if (size_percent < .05)
		snprintf(text, size, "0 %%");
	else
		snprintf(text, size, "%s%.*f %%", percent < 0 ? "−" : "+", digits, size_percent);
}

static void tick_text(double value, char *out, size_t size)
{
	if (fabs(value - 1) < 1e-9)
		snprintf(out, size, "0");
	else
		forest_percent_text(100 * (value - 1), out, size);
}

/* The axis is symmetric around 0: a gain and a loss of the same factor are equally far from it. */
static void set_axis(struct forest *forest)
{
	static const double ends[] = {1.02, 1.05, 1.1, 1.25, 1.5, 2, 4, 8, RATIO_MOST};
	double most = 1.005;
	size_t e = 0;

	for (size_t r = 0; r < forest->rows_count; r++)
		for (size_t i = 0; i < forest->rows[r].count; i++) {
			const struct forest_point *point = &forest->rows[r].points[i];
			double size = fabs(log(ratio_of(point->percent)));

			most = fmax(most, exp(size));
			/* The whole interval of what was found; of others a part. */
			if (point->found && isfinite(point->high_percent))
				most = fmax(most,
					    exp(fmax(fabs(log(ratio_of(point->low_percent))),
						     fabs(log(ratio_of(point->high_percent))))));
		}
	while (e + 1 < sizeof(ends) / sizeof(ends[0]) && ends[e] < most)
		e++;
	forest->axis = (struct chart_axis){.min = 1 / ends[e], .max = ends[e], .is_log = true};
	forest->axis.left = forest->is_narrow ? 26 : forest->label_width + forest->group_width + 8;
	forest->axis.right = forest->width - fmax(forest->note_width + 8, 24);
}

static double row_height(const struct forest *forest, const struct forest_row *row)
{
	double dots = ROW_PAD + POINT_STEP * (double)(row->count ? row->count : 1);

	return (forest->is_narrow ? CHART_ROW : 0) + fmax(dots, CHART_ROW);
}

static void put_axis(struct forest *forest, double bottom, double threshold_percent)
{
	const struct chart_axis *axis = &forest->axis;
	double last = -INFINITY;
	static const double marks[] = {1 / 16., .125, .25, .5,   .667, .8, .9, .95, .98, 1,
				       1.02,    1.05, 1.1, 1.25, 1.5,  2,  4,  8,   16};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		double x = chart_x(axis, marks[i]);
		char text[32];

		if (marks[i] < axis->min * .999 || marks[i] > axis->max * 1.001)
			continue;
		bool is_zero = marks[i] == 1;
		if (!is_zero && fabs(x - chart_x(axis, 1)) < 16)
			continue;
		chart_line(forest->out, x, TOP - 4, x, bottom, is_zero ? "zero" : "grid");
		bool crowds_zero = !is_zero && fabs(x - chart_x(axis, 1)) < 44;
		if ((!is_zero && x - last < 48) || crowds_zero)
			continue;
		last = x;
		tick_text(marks[i], text, sizeof(text));
		chart_text(forest->out, x, bottom + 13, CHART_MIDDLE, "dim", "%s", text);
	}
	if (isfinite(threshold_percent) && threshold_percent > 0)
		for (int side = -1; side <= 1; side += 2) {
			double ratio = side > 0 ? 1 + threshold_percent / 100
						: 1 / (1 + threshold_percent / 100);
			double x = chart_x(axis, ratio);

			if (ratio > axis->min && ratio < axis->max)
				chart_line(forest->out, x, TOP - 4, x, bottom, "guide");
		}
	chart_text(forest->out, axis->left, 12, CHART_START, "dim", "faster ◂");
	chart_text(forest->out, axis->right, 12, CHART_END, "dim", "▸ slower");
}

static void put_row(struct forest *forest, const struct forest_row *row, double y)
{
	double middle = y + row_height(forest, row) / 2, first = middle;

	if (forest->is_narrow) {
		char text[512];
		snprintf(text, sizeof(text), "%s %s %s", row->label, row->group, row->note);
		chart_label(forest->out, 0, y + 13, forest->width, "", text);
		first = y + CHART_ROW + (row_height(forest, row) - CHART_ROW) / 2;
	} else {
		chart_label(forest->out, 0, middle + 4, forest->label_width, "strong", row->label);
		chart_label(forest->out, forest->label_width, middle + 4, forest->group_width,
			    "dim", row->group);
		if (row->note[0])
			chart_label(forest->out, forest->width - forest->note_width, middle + 4,
				    forest->note_width, "", row->note);
	}
	first -= POINT_STEP * ((double)row->count - 1) / 2;
	for (size_t i = 0; i < row->count; i++) {
		const struct forest_point *point = &row->points[i];
		struct chart_mark mark = {
			.value = ratio_of(point->percent),
			.low = isfinite(point->low_percent) ? ratio_of(point->low_percent) : NAN,
			.high = isfinite(point->high_percent) ? ratio_of(point->high_percent) : NAN,
			.quartile1 = NAN,
			.quartile3 = NAN,
			.is_hollow = !point->found,
			.engine = row->engine,
			.title = point->title};

		chart_begin_cell(forest->out, point->cell);
		chart_mark(forest->out, &forest->axis, first + POINT_STEP * (double)i, &mark);
		chart_end_cell(forest->out);
	}
}

void forest_plot(FILE *out, const struct forest_row *rows, size_t rows_count, double width,
		 double threshold_percent)
{
	struct forest forest = {.out = out,
				.rows = rows,
				.rows_count = rows_count,
				.width = width,
				.is_narrow = width <= CHART_NARROW};
	double height = TOP, y = TOP;

	for (size_t r = 0; r < rows_count; r++) {
		forest.label_width = fmax(forest.label_width, (double)text_width(rows[r].label));
		forest.group_width = fmax(forest.group_width, (double)text_width(rows[r].group));
		forest.note_width = fmax(forest.note_width, (double)text_width(rows[r].note));
		height += row_height(&forest, &rows[r]);
	}
	forest.label_width =
		forest.is_narrow ? 0 : fmin(forest.label_width * 1.08 * CHART_CHAR + 12, 380);
	forest.group_width = fmin(forest.group_width * CHART_CHAR + 8, 240);
	forest.note_width = forest.is_narrow ? 0 : fmin(forest.note_width * CHART_CHAR + 8, 260);
	set_axis(&forest);
	chart_begin(out, width, height + AXIS_ROOM, "Changes of times with their 95 % intervals");
	put_axis(&forest, height, threshold_percent);
	for (size_t r = 0; r < rows_count; r++) {
		put_row(&forest, &rows[r], y);
		y += row_height(&forest, &rows[r]);
	}
	chart_end(out);
}
