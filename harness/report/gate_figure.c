/* The figure of a gate's first screen: the effects of the cells that changed and of the largest others, with their intervals. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/text.h"
#include "../judge/writers.h"
#include "../plot/forest.h"
#include "gate_parts.h"
#include "own_figure.h"

#define ROWS_MOST  14 /* what the first screen has room for */
#define TITLE_SIZE 512

struct gate_rows {
	struct forest_row rows[ROWS_MOST];
	struct forest_point points[ROWS_MOST];
	char titles[ROWS_MOST][TITLE_SIZE];
	size_t count, left_out;
};

static bool is_found(const struct cell_change *change)
{
	return change->time_verdict == VERDICT_REGRESSION ||
	       change->time_verdict == VERDICT_IMPROVEMENT;
}

static void add_row(struct gate_rows *rows, const struct story_cell *cell, const char *engine)
{
	const struct cell_change *change = cell->change;
	struct change_texts texts;

	if (rows->count == ROWS_MOST) {
		rows->left_out++;
		return;
	}
	size_t i = rows->count++;
	change_texts(change, true, &texts);
	snprintf(rows->titles[i], TITLE_SIZE, "%s: %s, 95 %% interval %s; %s", cell->name,
		 texts.effect, texts.interval[0] == '\0' ? "unknown" : texts.interval,
		 is_found(change) ? "proven" : verdict_text(change->time_verdict));
	rows->points[i] = (struct forest_point){.cell = cell->name,
						.percent = change->effect_percent,
						.low_percent = change->low_percent,
						.high_percent = change->high_percent,
						.found = is_found(change),
						.title = rows->titles[i]};
	rows->rows[i] =
		(struct forest_row){.label = cell->name,
				    .group = "",
				    .engine = engine,
				    .note = change->counts_count > 0 ? "counts changed" : "",
				    .points = &rows->points[i],
				    .count = 1};
}

static int order_sizes(const void *a, const void *b)
{
	const struct story_cell *x = *(struct story_cell *const *)a;
	const struct story_cell *y = *(struct story_cell *const *)b;
	bool x_found = is_found(x->change), y_found = is_found(y->change);
	double x_size = fabs(x->change->effect_percent), y_size = fabs(y->change->effect_percent);

	if (x_found != y_found)
		return x_found ? -1 : 1;
	return (x_size < y_size) - (x_size > y_size);
}

struct gate_drawing {
	const struct gate_rows *rows;
	double threshold_percent;
};

static int draw(FILE *out, double width, const void *context)
{
	const struct gate_drawing *drawing = context;

	forest_plot(out, drawing->rows->rows, drawing->rows->count, width,
		    drawing->threshold_percent);
	return 0;
}

/* The cells with times, those that changed first, then by the size of the effect. The caller frees it. */
static const struct story_cell **timed_cells(const struct gate_story *story, size_t *count)
{
	const struct story_cell **cells = calloc(story->cells_count + 1, sizeof(void *));

	*count = 0;
	for (size_t i = 0; cells != NULL && i < story->cells_count; i++) {
		const struct cell_change *change = story->cells[i].change;

		if (change != NULL && change->has_times && isfinite(change->effect_percent))
			cells[(*count)++] = &story->cells[i];
	}
	if (cells != NULL)
		qsort(cells, *count, sizeof(void *), order_sizes);
	return cells;
}

void gate_put_figure(struct document *document, const struct gate_story *story)
{
	const json_t *plan = json_object_get(story->record.info, "cells");
	struct gate_rows *rows = calloc(1, sizeof(*rows));
	size_t count = 0;
	const struct story_cell **cells = timed_cells(story, &count);

	for (size_t i = 0; rows != NULL && cells != NULL && i < count; i++) {
		const json_t *cell = json_array_get(plan, (size_t)(cells[i] - story->cells));
		const char *engine = json_string_value(json_object_get(cell, "engine"));

		add_row(rows, cells[i], engine == NULL ? "" : engine);
	}
	if (rows != NULL && rows->count > 0) {
		char caption[256];
		const struct gate_drawing drawing = {rows, story->threshold_percent};
		const struct own_figure figure = {.name = "effects",
						  .alt = "Forest plot: effects of the candidate "
							 "with their 95 % intervals; the "
							 "values are in the tables below.",
						  .caption = caption,
						  .draw = draw,
						  .context = &drawing};

		snprintf(caption, sizeof caption,
			 "Effects with their 95 %% intervals. Filled: proven. Hollow: not. Dashed: "
			 "the "
			 "threshold.%s",
			 rows->left_out > 0 ? " The largest effects; the others are in the tables."
					    : "");
		report_own_figure(document, &figure);
	}
	free(cells);
	free(rows);
}
