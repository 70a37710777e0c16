/* A figure after the times: the time of each engine over all phases. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../plot/data.h"
#include "../section.h"

/* For each summary of the last phase the cell in all phases, or NULL if a phase does not have it.
 * The caller frees the array. */
static const struct history_cell **whole_cells(const struct history *history)
{
	const struct cell_summary *summaries = history_last(history)->report.summaries;
	size_t count = history_last(history)->report.summaries_count;
	const struct history_cell **cells = calloc(count + 1, sizeof(void *));
	for (size_t i = 0; cells != NULL && i < history->cells_count; i++) {
		const struct history_cell *cell = &history->cells[i];
		bool whole = true;
		for (size_t j = 0; j < history->phases_count; j++)
			whole = whole && cell->times[j] != NULL;
		if (whole)
			cells[cell->times[history->phases_count - 1] - summaries] = cell;
	}
	return cells;
}

/* rows[count] are one series of one panel. Writes one line per phase. */
static void put_series_trend(FILE *out, const struct plot_data *data, const struct plot_row *rows,
			     size_t count, const struct history *history,
			     const struct history_cell *const *cells)
{
	fputc('\n', out); /* ends the line that joins the points before */
	for (size_t phase = 0; phase < history->phases_count; phase++) {
		double sum = 0, low = INFINITY, high = -INFINITY;
		size_t used = 0;
		for (size_t i = 0; i < count; i++) {
			const struct history_cell *cell = cells[rows[i].summary - data->summaries];
			if (cell == NULL)
				continue;
			double change = log(cell->times[phase]->real_time_ns.median /
					    cell->times[0]->real_time_ns.median);
			sum += change;
			low = fmin(low, change);
			high = fmax(high, change);
			used++;
		}
		if (used == 0)
			continue;
		plot_put_place(out, rows);
		plot_put_field(out, history->phases[phase].name);
		fprintf(out, "%zu\t%zu\t", phase + 1, used);
		plot_put_number(out, exp(sum / (double)used), '\t');
		plot_put_number(out, exp(low), '\t');
		plot_put_number(out, exp(high), '\n');
	}
}

static int put_table(FILE *out, const struct plot_data *data, const struct history *history)
{
	fputs("panel_column\tpanel_row\tseries_number\tphase\tphase_number\tcells\tratio\tlow_"
	      "ratio\t"
	      "high_ratio\n",
	      out);
	if (history == NULL || history->phases_count < 2)
		return 0;
	const struct history_cell **cells = whole_cells(history);
	for (size_t first = 0, end; cells != NULL && first < data->count; first = end) {
		const struct plot_row *row = &data->rows[first];
		for (end = first + 1; end < data->count && plot_same_panel(row, &data->rows[end]) &&
				      data->rows[end].series_number == row->series_number;
		     end++)
			;
		if (row->panel_column > 0)
			put_series_trend(out, data, row, end - first, history, cells);
	}
	free(cells);
	return cells == NULL ? -ENOMEM : 0;
}

static const struct figure figures[] = {
	{.name = "trend",
	 .alt = "Time of each engine over the phases, relative to the first.",
	 .caption = "Trend over the phases: geometric mean over each engine's cells, "
		    "relative to the first phase; only cells that all phases have.",
	 .data = put_table},
};

const struct report_section section_trend = {
	.order = 420,
	.figures = figures,
	.figures_count = sizeof figures / sizeof *figures,
};
