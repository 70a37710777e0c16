/*
 * A figure after the times: the time of each engine over three phases or more. What two phases show is in the
 * figure of the changes.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../base/text.h"
#include "../../judge/in_turns.h"
#include "../../plot/lines.h"
#include "../section.h"

#define PHASES_LEAST 3
#define NOTES_MAX    170 /* bytes of the phases' notes, as far as they fit into the picture */

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

/* ---- which changes from one phase to the next were decided ---- */

/* The decided cells of each step: decided[i] of the step from phase i to i + 1, as name → true. The rules are
 * those of `iowalk compare`, and the verdicts of a gate where one measured the two phases in turns. */
static int decide_step(const struct history *history, size_t i, json_t *decided)
{
	struct history_phase *a = &history->phases[i], *b = a + 1;
	struct comparison comparison = {0};
	struct why why = {""};
	const char *a_name = json_string_value(json_object_get(a->about, "name"));
	const char *b_name = json_string_value(json_object_get(b->about, "name"));
	int err = comparison_of_runs(&a->run, 1, &b->run, 1, history->changes.threshold_percent,
				     false, &comparison, &why);
	if (err == 0 && a_name != NULL && b_name != NULL)
		err = comparison_take_turns(&comparison, a->run.path, a_name, b_name, &why);
	for (size_t j = 0; err == 0 && j < comparison.cells_count; j++) {
		const struct cell_change *change = &comparison.cells[j];
		if (change->has_times && (change->time_verdict == VERDICT_IMPROVEMENT ||
					  change->time_verdict == VERDICT_REGRESSION))
			json_object_set_new_nocheck(decided, change->name, json_true());
	}
	comparison_release(&comparison);
	return err == -ENOMEM ? err : 0; /* without a verdict nothing is marked */
}

/* Array of the steps' objects; NULL if out of memory. New reference. */
static json_t *decide_steps(const struct history *history)
{
	json_t *steps = json_array();
	for (size_t i = 0; steps != NULL && i + 1 < history->phases_count; i++) {
		json_t *decided = json_object();
		if (decided == NULL || decide_step(history, i, decided) != 0 ||
		    json_array_append(steps, decided) != 0) {
			json_decref(steps);
			steps = NULL;
		}
		json_decref(decided);
	}
	return steps;
}

/* ---- the figure ---- */

static void put_line(struct lines *lines, const struct plot_row *row, const struct history *history,
		     const struct history_cell *cell, const json_t *steps)
{
	double first_ns = cell->times[0]->real_time_ns.median;
	for (size_t phase = 0; first_ns > 0 && phase < history->phases_count; phase++) {
		const struct cell_summary *summary = cell->times[phase];
		const struct process_figures *processes = &summary->processes;
		struct line_point *point = lines_add_point(lines, row);
		if (point == NULL)
			return;
		point->x = (double)(phase + 1);
		point->y = summary->real_time_ns.median / first_ns;
		if (processes->medians.count > 1) {
			point->low = processes->medians.low / first_ns;
			point->high = processes->medians.high / first_ns;
			point->interval_low = processes->low / first_ns;
			point->interval_high = processes->high / first_ns;
		}
		point->is_marked = phase > 0 && json_object_get(json_array_get(steps, phase - 1),
								row->summary->name) != NULL;
	}
}

/* rows[count] are one panel; its largest size that all phases have. */
static void put_panel(struct lines *lines, const struct plot_data *data,
		      const struct plot_row *rows, size_t count, const struct history *history,
		      const struct history_cell *const *cells, const json_t *steps)
{
	uint64_t largest = 0;
	char nodes[32];
	for (size_t i = 0; i < count; i++) {
		if (cells[rows[i].summary - data->summaries] != NULL &&
		    rows[i].summary->nodes_count > largest)
			largest = rows[i].summary->nodes_count;
	}
	struct line_panel *panel =
		largest == 0 ? NULL
			     : lines_add_panel(lines, (size_t)rows->panel_row,
					       strcmp(rows->summary->cache, "cold") == 0);
	if (panel == NULL)
		return;
	lines_nodes_text(largest, nodes, sizeof nodes);
	snprintf(panel->title, sizeof panel->title, "%s, %s%s%s, %s nodes, log", rows->graph,
		 rows->summary->cache, json_object_size(data->panels) > 2 ? ", " : "",
		 json_object_size(data->panels) > 2 ? rows->panel_layout : "", nodes);
	for (size_t i = 0; i < count; i++) {
		const struct history_cell *cell = cells[rows[i].summary - data->summaries];
		if (cell != NULL && rows[i].summary->nodes_count == largest)
			put_line(lines, &rows[i], history, cell, steps);
	}
}

static void put_texts(struct lines *lines, const struct history *history, const json_t *steps)
{
	size_t marked = 0, index;
	bool has_bars = false;
	const json_t *step;
	for (size_t i = 0; i < lines->points_count; i++)
		has_bars = has_bars || !isnan(lines->points[i].low);
	json_array_foreach(steps, index, step) marked += json_object_size(step);
	snprintf(lines->title, sizeof lines->title, "Time over %zu phases, relative to %s",
		 history->phases_count, history->phases[0].name);
	for (size_t i = 0; i < history->phases_count; i++) {
		const char *note =
			json_string_value(json_object_get(history->phases[i].about, "note"));
		for (size_t range = 0; range < 2; range++) /* warm, cold */
			lines_add_tick(lines, range, (double)(i + 1), history->phases[i].name);
		if (note != NULL && note[0] != '\0' &&
		    strlen(lines->about) + strlen(note) + strlen(history->phases[i].name) <
			    NOTES_MAX)
			text_append(lines->about, sizeof lines->about, "%s%s: %s",
				    lines->about[0] == '\0' ? "" : "; ", history->phases[i].name,
				    note);
	}
	snprintf(lines->note, sizeof lines->note, "%s %s",
		 has_bars ? "Thick bars: quartiles between processes."
			  : "One process a cell: what another would show is not known.",
		 marked > 0 ? "Rings: the change from the phase before was decided."
			    : "No change from one phase to the next was decided: times are judged "
			      "from three runs a phase on, or in turns.");
}

static int collect(struct lines *lines, const struct plot_data *data, const struct history *history)
{
	lines_init(lines, 2, 0);
	if (history == NULL || history->phases_count < PHASES_LEAST)
		return 0;
	const struct history_cell **cells = whole_cells(history);
	json_t *steps = decide_steps(history);
	int err = cells == NULL || steps == NULL ? -ENOMEM : 0;
	for (json_int_t row = 1; err == 0 && row <= (json_int_t)json_object_size(data->panels);
	     row++) {
		for (size_t first = 0, end; first < data->count; first = end) {
			const struct plot_row *rows = &data->rows[first];
			for (end = first + 1;
			     end < data->count && plot_same_panel(rows, &data->rows[end]); end++)
				;
			if (rows->panel_column > 0 && rows->panel_row == row)
				put_panel(lines, data, rows, end - first, history, cells, steps);
		}
	}
	if (err == 0)
		put_texts(lines, history, steps);
	lines_arrange(lines);
	json_decref(steps);
	free(cells);
	return err != 0 ? err : lines->err;
}

static int put_table(FILE *out, const struct plot_data *data, const struct history *history)
{
	struct lines lines;
	int err = collect(&lines, data, history);
	if (err == 0)
		err = lines_put_table(out, &lines);
	lines_release(&lines);
	return err;
}

static int put_variables(FILE *out, const struct plot_data *data, const struct history *history)
{
	struct lines lines;
	int err = collect(&lines, data, history);
	if (err == 0)
		err = lines_put_variables(out, &lines, "TREND");
	lines_release(&lines);
	return err;
}

static const struct figure figures[] = {
	{.name = "trend",
	 .alt = "Time of each engine over the phases, relative to the first, one panel per group "
		"of "
		"cells.",
	 .caption = "Trend over the phases, relative to the first, at the largest size that all "
		    "phases have.",
	 .data = put_table,
	 .variables = put_variables},
};

const struct report_section section_trend = {
	.order = 420,
	.heading = "Trend",
	.figures = figures,
	.figures_count = sizeof figures / sizeof *figures,
};
