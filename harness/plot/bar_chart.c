/* Bars in rows of text: see bar_chart.h. */
#include "bar_chart.h"

#include "../base/text.h"
#include "../base/units.h"
#include "chart.h"
#include "palette.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define TOP        26.0
#define BAR_HEIGHT 10.0
#define GROUP_GAP  6.0
#define VALUE_ROOM 46.0 /* beside a bar */
#define COLUMN_GAP 14.0

struct bars {
	FILE *out;
	const struct bar_row *rows;
	size_t rows_count;
	const struct bar_column *columns;
	size_t columns_count;
	double width, group_width, label_width, column_width;
	double ends[BAR_COLUMNS_MOST];
	bool is_narrow;
};

static bool begins_group(const struct bars *bars, size_t i)
{
	return i == 0 || strcmp(bars->rows[i].group, bars->rows[i - 1].group) != 0;
}

static double column_left(const struct bars *bars, size_t c)
{
	return bars->group_width + bars->label_width + 8 +
	       (double)c * (bars->column_width + COLUMN_GAP);
}

/* Slanted lines across the bar. */
static void put_hatch(const struct bars *bars, double x, double y, double width)
{
	fputs("<path class=\"hatch\" d=\"", bars->out);
	for (int i = 0; 3 + 6 * i < width; i++)
		fprintf(bars->out, "M%.1f %.1fl%.1f %.1f", x + 3 + 6 * i, y + BAR_HEIGHT / 2,
			fmin(5, width - 3 - 6 * i), -BAR_HEIGHT);
	fputs("\"/>", bars->out);
}

static void put_bar(const struct bars *bars, const struct bar_row *row, size_t c, double y)
{
	const struct bar_column *column = &bars->columns[c];
	const struct palette_color *color = palette_of(row->engine);
	double value = row->values[c], x = column_left(bars, c);
	double room = bars->column_width - VALUE_ROOM;
	double length = room * fmin(value / bars->ends[c], 1);
	char text[UNIT_TEXT_MAX];

	if (isnan(value)) {
		chart_text(bars->out, x, y + 4, CHART_START, "dim", "–");
		return;
	}
	column->text(text, sizeof(text), value);
	if (value > 0) {
		fprintf(bars->out, "<g class=\"m\" style=\"--l:%s;--d:%s\"><title>", color->light,
			color->dark);
		put_xml(bars->out, row->cell);
		fprintf(bars->out,
			": %s %s</title><rect stroke=\"none\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
			"height=\"%.0f\"/>",
			text, column->title, x, y - BAR_HEIGHT / 2, fmax(length, 1), BAR_HEIGHT);
		if (column->suspect > 0 && value > column->suspect)
			put_hatch(bars, x, y, length);
		fputs("</g>", bars->out);
	}
	chart_text(bars->out, x + (value > 0 ? fmax(length, 1) + 5 : 0), y + 4, CHART_START,
		   value > 0 ? "" : "dim", "%s", value > 0 ? text : "0");
}

static void put_row(const struct bars *bars, size_t i, double y)
{
	const struct bar_row *row = &bars->rows[i];

	chart_begin_cell(bars->out, row->cell);
	chart_label(bars->out, bars->group_width, y + 4, bars->label_width, "", row->label);
	for (size_t c = 0; c < bars->columns_count; c++)
		put_bar(bars, row, c, y);
	chart_end_cell(bars->out);
}

static void measure(struct bars *bars)
{
	double group = 4, label = 4;

	for (size_t i = 0; i < bars->rows_count; i++) {
		group = fmax(group, (double)text_width(bars->rows[i].group));
		label = fmax(label, (double)text_width(bars->rows[i].label));
		for (size_t c = 0; c < bars->columns_count; c++)
			bars->ends[c] = fmax(bars->ends[c], bars->rows[i].values[c]);
	}
	for (size_t c = 0; c < bars->columns_count; c++)
		if (bars->columns[c].end > 0 || !(bars->ends[c] > 0))
			bars->ends[c] = bars->columns[c].end > 0 ? bars->columns[c].end : 1;
	bars->group_width = bars->is_narrow ? 0 : fmin(1.08 * group * CHART_CHAR + 10, 270);
	bars->label_width = fmin(label * CHART_CHAR + 6, bars->is_narrow ? 110 : 240);
	double room = bars->width - bars->group_width - bars->label_width - 8;
	bars->column_width = (room - COLUMN_GAP * (double)(bars->columns_count - 1)) /
			     (double)bars->columns_count;
	/* A single column of bars would be needlessly long. */
	bars->column_width = fmin(bars->column_width, 460);
}

void bar_chart(FILE *out, const struct bar_row *rows, size_t rows_count,
	       const struct bar_column *columns, size_t columns_count, double width)
{
	struct bars bars = {.out = out,
			    .rows = rows,
			    .rows_count = rows_count,
			    .columns = columns,
			    .columns_count = columns_count,
			    .width = width,
			    .is_narrow = width <= CHART_NARROW};
	double height = TOP, y = TOP;

	measure(&bars);
	for (size_t i = 0; i < rows_count; i++)
		height +=
			CHART_ROW +
			(begins_group(&bars, i) ? GROUP_GAP + (bars.is_narrow ? CHART_ROW : 0) : 0);
	chart_begin(out, width, height + 6, columns[0].title);
	for (size_t c = 0; c < columns_count; c++)
		chart_label(out, column_left(&bars, c), 12, bars.column_width, "strong",
			    columns[c].title);
	for (size_t i = 0; i < rows_count; i++) {
		if (begins_group(&bars, i)) {
			y += GROUP_GAP;
			chart_label(out, 0, y + CHART_ROW / 2.0 + 4,
				    bars.is_narrow ? width : bars.group_width, "strong",
				    rows[i].group);
			y += bars.is_narrow ? CHART_ROW : 0;
		}
		put_row(&bars, i, y + CHART_ROW / 2.0);
		y += CHART_ROW;
	}
	chart_end(out);
}
