/* Bars of cells: see bars.h. */
#include "bars.h"

#include "../base/text.h"
#include "../base/units.h"
#include "../plot/data.h"
#include "own_figure.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MOST 60 /* of one figure */

struct bar_rows {
	struct bar_row *rows;
	char (*groups)[4 * LABEL_MAX];
	size_t count, left_out;
};

static uint64_t largest_nodes(const struct report *report, const struct report_block *block)
{
	uint64_t most = 0;

	for (size_t i = 0; i < block->count; i++) {
		uint64_t nodes = report->rows[block->first + i].summary->nodes_count;
		most = nodes > most ? nodes : most;
	}
	return most;
}

static void group_text(const struct report *report, const struct report_block *block,
		       uint64_t nodes, char *text, size_t size)
{
	char count[UNIT_TEXT_MAX];
	bool layouts = false, workloads = false;

	for (size_t i = 0; i < report->blocks_count; i++) {
		const struct report_block *other = &report->blocks[i];
		layouts |= !other->is_floor && strcmp(other->layout, block->layout) != 0;
		workloads |= !other->is_floor && strcmp(other->workload, block->workload) != 0;
	}
	format_count(count, sizeof(count), (double)nodes);
	snprintf(text, size, "%s%s%s, %s%s%s, %s", workloads ? block->workload : "",
		 workloads ? ", " : "", block->graph, layouts ? block->layout : "",
		 layouts ? ", " : "", block->cache, count);
}

static int collect(const struct report *report, const struct report_bars *columns,
		   size_t columns_count, struct bar_rows *out)
{
	size_t rows_count = 0;

	for (size_t i = 0; i < report->blocks_count; i++)
		rows_count += report->blocks[i].count;
	*out = (struct bar_rows){calloc(rows_count + 1, sizeof(*out->rows)),
				 calloc(report->blocks_count + 1, sizeof(*out->groups)), 0, 0};
	if (!out->rows || !out->groups)
		return -ENOMEM;
	for (size_t b = 0; b < report->blocks_count; b++) {
		const struct report_block *block = &report->blocks[b];
		uint64_t nodes = largest_nodes(report, block);

		group_text(report, block, nodes, out->groups[b], sizeof(out->groups[b]));
		for (size_t i = 0; !block->is_floor && i < block->count; i++) {
			const struct report_row *row = &report->rows[block->first + i];
			struct bar_row bar = {.cell = row->summary->name,
					      .group = out->groups[b],
					      .label = row->series,
					      .engine = plot_engine(row->summary)};
			bool has_value = false;

			for (size_t c = 0; c < columns_count; c++) {
				bar.values[c] = columns[c].value(row->summary);
				has_value |= !isnan(bar.values[c]);
			}
			if (row->summary->nodes_count != nodes || !has_value)
				continue;
			if (out->count < ROWS_MOST)
				out->rows[out->count++] = bar;
			else
				out->left_out++;
		}
	}
	return 0;
}

/* Leaves out the columns that show nothing, and says so in `text`. Returns how many are left. */
static size_t keep_columns(struct bar_rows *rows, const struct report_bars *columns,
			   size_t columns_count, struct bar_column *kept, char *text, size_t size)
{
	size_t kept_count = 0;

	for (size_t c = 0; c < columns_count; c++) {
		double most = -1;

		for (size_t i = 0; i < rows->count; i++)
			most = fmax(most, rows->rows[i].values[c]);
		if (most == 0)
			text_append(text, size, " %s is 0 in all rows.", columns[c].column.title);
		if (!(most > 0))
			continue;
		for (size_t i = 0; i < rows->count; i++)
			rows->rows[i].values[kept_count] = rows->rows[i].values[c];
		kept[kept_count++] = columns[c].column;
	}
	return kept_count;
}

struct bars_drawing {
	const struct bar_rows *rows;
	const struct bar_column *columns;
	size_t columns_count;
};

static int draw(FILE *out, double width, const void *context)
{
	const struct bars_drawing *drawing = context;

	if (drawing->columns_count == 0)
		return -ENODATA;
	bar_chart(out, drawing->rows->rows, drawing->rows->count, drawing->columns,
		  drawing->columns_count, width);
	return 0;
}

bool report_bars(struct document *document, const struct report *report, const char *name,
		 const char *heading, const char *caption, const struct report_bars *columns,
		 size_t columns_count)
{
	struct bar_column kept[BAR_COLUMNS_MOST];
	struct bar_rows rows;
	char text[1024];
	bool shown = false;

	snprintf(text, sizeof(text), "%s", caption);
	if (collect(report, columns, columns_count, &rows)) {
		document->err = -ENOMEM;
	} else {
		struct bars_drawing drawing = {&rows, kept, 0};
		const struct own_figure figure = {
			.name = name,
			.heading = heading,
			.alt = "Bars; the values are in the table of all cells.",
			.caption = text,
			.draw = draw,
			.context = &drawing};

		drawing.columns_count =
			keep_columns(&rows, columns, columns_count, kept, text, sizeof(text));
		if (rows.left_out)
			text_append(text, sizeof(text),
				    " %zu more rows are in the table of all cells.", rows.left_out);
		shown = report_own_figure(document, &figure);
	}
	free(rows.rows);
	free(rows.groups);
	return shown;
}
