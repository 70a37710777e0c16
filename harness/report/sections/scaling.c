/* A figure after the times: the time of each engine as a multiple, against the number of nodes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../base/text.h"
#include "../../base/units.h"
#include "../../plot/lines.h"
#include "../section.h"

static double median_ns(const struct plot_row *row)
{
	return row->summary->real_time_ns.count > 0 ? row->summary->real_time_ns.median
						    : (double)NAN;
}

static bool is_memory(const struct plot_row *row)
{
	return summary_engine_capabilities(row->summary) & ENGINE_HOLDS_FILE;
}

static bool is_cold(const struct plot_row *row)
{
	return strcmp(row->summary->cache, "cold") == 0;
}

/* Is the panel of rows[count] drawn as a multiple of engine memory? */
static bool has_memory(const struct plot_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (is_memory(&rows[i]) && !is_cold(&rows[i]) && median_ns(&rows[i]) > 0)
			return true;
	}
	return false;
}

/* The time that the times of this size are divided by: that of memory, or the least. */
static double base_ns(const struct plot_row *rows, size_t count, uint64_t nodes_count, bool memory)
{
	double least_ns = NAN;
	bool is_plain = false; /* found memory without options */
	for (size_t i = 0; i < count; i++) {
		const struct plot_row *row = &rows[i];
		if (row->summary->nodes_count != nodes_count || !(median_ns(row) > 0) ||
		    (memory && (!is_memory(row) || is_plain)))
			continue;
		is_plain = memory && strcmp(row->series, row->summary->engine) == 0;
		least_ns = memory ? median_ns(row) : fmin(least_ns, median_ns(row));
	}
	return least_ns;
}

/* What the title says: the largest multiple of memory's time at the end of a line, and at its beginning. */
struct finding {
	size_t lines_count; /* lines beside memory's in panels that have memory */
	double first, last, last_low;
	uint64_t first_nodes, last_nodes;
	const struct plot_row *row;
};

static void note_line(struct finding *finding, const struct plot_row *first,
		      const struct plot_row *last, double first_ratio, double last_ratio,
		      double last_low)
{
	if (is_memory(last))
		return;
	finding->lines_count++;
	if (finding->row != NULL && last_ratio <= finding->last)
		return;
	finding->first = first_ratio;
	finding->last = last_ratio;
	finding->last_low = last_low;
	finding->first_nodes = first->summary->nodes_count;
	finding->last_nodes = last->summary->nodes_count;
	finding->row = last;
}

static void put_point(struct lines *lines, const struct plot_row *row, double base)
{
	const struct process_figures *processes = &row->summary->processes;
	struct line_point *point = lines_add_point(lines, row);
	if (point == NULL)
		return;
	point->is_under = is_memory(row);
	point->x = (double)row->summary->nodes_count;
	point->y = median_ns(row) / base;
	if (processes->medians.count > 1) {
		point->low = processes->medians.low / base;
		point->high = processes->medians.high / base;
		point->interval_low = processes->low / base;
		point->interval_high = processes->high / base;
	}
}

/* A single line as a multiple of itself says nothing, and commands have no nodes. */
static bool has_two_lines(const struct plot_row *rows, size_t count)
{
	const struct plot_row *first = NULL;
	for (size_t i = 0; i < count; i++) {
		if (!(median_ns(&rows[i]) > 0) || summary_is_command(rows[i].summary))
			continue;
		if (first != NULL && rows[i].series_number != first->series_number)
			return true;
		first = first == NULL ? &rows[i] : first;
	}
	return false;
}

/* rows[count] are one panel. */
static void put_panel(struct lines *lines, const struct plot_data *data,
		      const struct plot_row *rows, size_t count, struct finding *finding)
{
	bool memory = has_memory(rows, count);
	struct line_panel *panel = has_two_lines(rows, count)
					   ? lines_add_panel(lines, (size_t)rows->panel_row,
							     memory ? 0 : 1 + is_cold(rows))
					   : NULL;
	if (panel == NULL)
		return;
	snprintf(panel->title, sizeof panel->title, "%s, %s%s%s, log, × %s", rows->graph,
		 rows->summary->cache, json_object_size(data->panels) > 2 ? ", " : "",
		 json_object_size(data->panels) > 2 ? rows->panel_layout : "",
		 memory ? "memory" : "the fastest");
	const struct plot_row *first = NULL;
	double first_ratio = NAN;
	for (size_t i = 0; i < count; i++) {
		const struct plot_row *row = &rows[i];
		double base = base_ns(rows, count, row->summary->nodes_count, memory);
		double ratio = median_ns(row) / base;
		if (i == 0 || rows[i - 1].series_number != row->series_number)
			first = NULL;
		if (!(ratio > 0))
			continue;
		put_point(lines, row, base);
		if (first == NULL) {
			first = row;
			first_ratio = ratio;
		}
		bool ends = i + 1 == count || rows[i + 1].series_number != row->series_number;
		double low = row->summary->processes.medians.count > 1
				     ? row->summary->processes.medians.low / base
				     : ratio;
		if (ends && memory)
			note_line(finding, first, row, first_ratio, ratio, low);
	}
}

static void put_title(struct lines *lines, const struct finding *finding)
{
	char first[32], last[32], first_ratio[32], last_ratio[32];
	snprintf(lines->title, sizeof lines->title, "Time as a multiple, against nodes");
	if (finding->row == NULL || !(finding->last > 0))
		return;
	lines_nodes_text(finding->first_nodes, first, sizeof first);
	lines_nodes_text(finding->last_nodes, last, sizeof last);
	format_ratio(first_ratio, sizeof first_ratio, finding->first, true);
	format_ratio(last_ratio, sizeof last_ratio, finding->last, true);
	const char *engine = finding->row->series, *graph = finding->row->graph;
	bool one_size = finding->first_nodes == finding->last_nodes;
	if (finding->last < 1.1)
		snprintf(lines->title, sizeof lines->title,
			 "Warm, at the largest size, no engine takes more than %.3g× memory's time",
			 ceil(finding->last * 100) / 100);
	else if (!(finding->last_low > 1.1))
		return;
	else if (!one_size && finding->last > 1.25 * finding->first)
		snprintf(lines->title, sizeof lines->title,
			 "Warm, %s: %s's cost against memory grows from %s at %s nodes to "
			 "%s at %s",
			 graph, engine, first_ratio, first, last_ratio, last);
	else if (!one_size && finding->first > 1.25 * finding->last)
		snprintf(lines->title, sizeof lines->title,
			 "Warm, %s: %s's cost against memory falls from %s at %s nodes to "
			 "%s at %s",
			 graph, engine, first_ratio, first, last_ratio, last);
	else
		snprintf(lines->title, sizeof lines->title,
			 "Warm, %s: %s takes %s memory's time at %s nodes, the most of all", graph,
			 engine, last_ratio, last);
}

/* How many processes the cells had: "3", "1 to 6". */
static void put_note(struct lines *lines, const struct plot_data *data)
{
	size_t least = SIZE_MAX, most = 0;
	for (size_t i = 0; i < data->count; i++) {
		size_t count = data->rows[i].summary->processes.medians.count;
		if (data->rows[i].panel_column == 0 || !(median_ns(&data->rows[i]) > 0))
			continue;
		least = count < least ? count : least;
		most = count > most ? count : most;
	}
	if (most <= 1) {
		snprintf(lines->note, sizeof lines->note,
			 "Medians of one process a cell: what another would show is not known.");
		return;
	}
	snprintf(lines->note, sizeof lines->note, "Thick bars: quartiles between processes%s; n = ",
		 most >= 6 ? "; thin lines: 95 % interval of the median" : "");
	text_append(lines->note, sizeof lines->note, least == most ? "%zu" : "%zu to ", least);
	if (least != most)
		text_append(lines->note, sizeof lines->note, "%zu", most);
	text_append(lines->note, sizeof lines->note, " processes a cell.");
}

/* Rows of a panel are neighbours in data->rows; panels are drawn row by row. */
static void collect(struct lines *lines, const struct plot_data *data)
{
	struct finding finding = {.row = NULL};
	char text[32];
	lines_init(lines, 2, 10);
	for (json_int_t row = 1; row <= (json_int_t)json_object_size(data->panels); row++) {
		for (size_t first = 0, end; first < data->count; first = end) {
			const struct plot_row *rows = &data->rows[first];
			for (end = first + 1;
			     end < data->count && plot_same_panel(rows, &data->rows[end]); end++)
				;
			if (rows->panel_column > 0 && rows->panel_row == row)
				put_panel(lines, data, rows, end - first, &finding);
		}
	}
	for (size_t i = 0; i < lines->points_count; i++) {
		lines_nodes_text((uint64_t)lines->points[i].x, text, sizeof text);
		lines_add_tick(lines, lines->panels[lines->points[i].panel].range,
			       lines->points[i].x, text);
	}
	put_title(lines, &finding);
	put_note(lines, data);
	snprintf(lines->about, sizeof lines->about,
		 "time of a walk, divided by that of memory or of the fastest at that size; "
		 "against nodes");
	lines_arrange(lines);
}

static int put_table(FILE *out, const struct plot_data *data, const struct history *history)
{
	struct lines lines;
	(void)history;
	collect(&lines, data);
	int err = lines_put_table(out, &lines);
	lines_release(&lines);
	return err;
}

static int put_variables(FILE *out, const struct plot_data *data, const struct history *history)
{
	struct lines lines;
	(void)history;
	collect(&lines, data);
	int err = lines_put_variables(out, &lines, "SCALING");
	lines_release(&lines);
	return err;
}

static const struct figure figures[] = {
	{.name = "scaling",
	 .alt = "Time of a walk as a multiple, against nodes, one line per engine and one panel "
		"per "
		"graph and cache state; the times are in the tables above.",
	 .caption = "Time of a walk as a multiple of engine memory's (warm) or of the fastest "
		    "engine's (cold), by nodes. At 1× an engine costs nothing.",
	 .data = put_table,
	 .variables = put_variables},
};

const struct report_section section_scaling = {
	.order = 405,
	.heading = "Scaling",
	.figures = figures,
	.figures_count = sizeof figures / sizeof *figures,
};
