/* The ranking as a figure: see ranking_chart.h. */
#include "ranking_chart.h"

#include "../base/text.h"
#include "../base/units.h"
#include "../record/labels.h"
#include "chart.h"
#include "data.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define GROUP_ROWS_MOST 7 /* of one graph: the fastest, and the slowest */
#define GRAPH_GAP       8
#define TITLE_HEIGHT    24
#define AXIS_HEIGHT     20
#define PANEL_GAP       26

/* One cache state. */
struct panel {
	const char *cache;
	const struct ranking **rankings; /* those shown */
	size_t count, rows_count;
	bool per_edge; /* else per node */
	double unit_ns;
	const char *unit;
	struct chart_axis axis;
	double left, width, top;
	bool has_device;
};

struct drawing {
	FILE *out;
	const struct rankings *rankings;
	const struct report *report;
	bool is_narrow, is_whole; /* whole: all rows of all rankings */
	double label_width, graph_width;
};

static const struct ranked_row *row_of(const struct drawing *drawing, const struct ranking *ranking,
				       size_t i)
{
	return &drawing->rankings->rows[ranking->first + i];
}

static size_t shown_rows(const struct drawing *drawing, const struct ranking *ranking)
{
	return drawing->is_whole || ranking->count < GROUP_ROWS_MOST ? ranking->count
								     : GROUP_ROWS_MOST;
}

/* The rows shown: the first ones, and the last. */
static size_t shown_row(const struct drawing *drawing, const struct ranking *ranking, size_t i)
{
	return i + 1 == shown_rows(drawing, ranking) ? ranking->count - 1 : i;
}

/* Chooses the rankings of a panel. -ENOMEM. */
static int fill_panel(struct drawing *drawing, struct panel *panel, size_t rows_most,
		      size_t *left_out)
{
	const struct rankings *rankings = drawing->rankings;

	panel->rankings = calloc(rankings->count + 1, sizeof(void *));
	if (!panel->rankings)
		return -ENOMEM;
	panel->per_edge = true;
	for (size_t i = 0; i < rankings->count; i++) {
		const struct ranking *ranking = &rankings->rankings[i];

		if (strcmp(ranking->cache, panel->cache) != 0 ||
		    !ranking_is_largest(rankings, ranking))
			continue;
		if (panel->count && panel->rows_count + shown_rows(drawing, ranking) > rows_most) {
			*left_out += ranking->count;
			continue;
		}
		*left_out += ranking->count - shown_rows(drawing, ranking);
		panel->rankings[panel->count++] = ranking;
		panel->rows_count += shown_rows(drawing, ranking);
		for (size_t k = 0; k < ranking->count; k++) {
			const struct cell_summary *summary =
				row_of(drawing, ranking, k)->row->summary;
			panel->per_edge &= summary->walked_edges_count > 0;
			panel->has_device |= summary_metric(summary, "roofline_percent") >= 0;
		}
	}
	return 0;
}

static void include(struct chart_axis *axis, double value)
{
	if (value > 0) {
		axis->min = fmin(axis->min, value);
		axis->max = fmax(axis->max, value);
	}
}

/* One unit for the panel, and an axis that has all values. */
static void set_axis(const struct drawing *drawing, struct panel *panel)
{
	struct chart_axis *axis = &panel->axis;

	*axis = (struct chart_axis){.min = INFINITY, .max = 0, .is_log = true};
	for (size_t g = 0; g < panel->count; g++)
		for (size_t i = 0; i < shown_rows(drawing, panel->rankings[g]); i++) {
			const struct cell_summary *summary =
				row_of(drawing, panel->rankings[g],
				       shown_row(drawing, panel->rankings[g], i))
					->row->summary;
			double scale = time_per_edge_ns(summary, 1);

			include(axis, summary->real_time_ns.median * scale);
			include(axis, summary->processes.low * scale);
			include(axis, summary->processes.high * scale);
		}
	panel->unit_ns = axis->min >= 1e6 ? 1e6 : axis->min >= 1e3 ? 1e3 : 1;
	panel->unit = axis->min >= 1e6 ? "ms" : axis->min >= 1e3 ? "µs" : "ns";
	axis->min /= panel->unit_ns;
	axis->max /= panel->unit_ns;
	chart_round_axis(axis);
	double values = drawing->is_narrow ? 100 : panel->has_device ? 165 : 118;
	axis->left = panel->left + drawing->graph_width + drawing->label_width + 8;
	axis->right = panel->left + panel->width - values;
}

static void tick_text(double value, char *out, size_t size)
{
	if (value >= 10000)
		snprintf(out, size, "%gk", value / 1000);
	else
		snprintf(out, size, "%g", value);
}

/* Three digits: "30.5", "461", "1 628" with a thin space. */
static void value_text(double value, char *out, size_t size)
{
	if (value >= 1e6)
		snprintf(out, size, "%.3gM", value / 1e6);
	else if (value >= 99999.5)
		snprintf(out, size, "%.0fk", value / 1e3);
	else if (value >= 999.5)
		snprintf(out, size, "%d\u2009%03d", (int)lround(value) / 1000,
			 (int)lround(value) % 1000);
	else
		snprintf(out, size, "%.*f", value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2, value);
}

static void put_mark(struct drawing *drawing, const struct panel *panel,
		     const struct cell_summary *summary, double y)
{
	double scale = time_per_edge_ns(summary, 1) / panel->unit_ns;
	const struct spread *medians = &summary->processes.medians;
	bool several = medians->count > 1;
	char title[512], time[UNIT_TEXT_MAX];
	struct chart_mark mark = {.value = summary->real_time_ns.median * scale,
				  .low = summary->processes.low * scale,
				  .high = summary->processes.high * scale,
				  .quartile1 = several ? medians->low * scale : NAN,
				  .quartile3 = several ? medians->high * scale : NAN,
				  .engine = plot_engine(summary),
				  .title = title};

	format_time_ns(time, sizeof(time), summary->real_time_ns.median, true);
	snprintf(title, sizeof(title), "%s: %s a walk, %.4g %s an %s", summary->name, time,
		 mark.value, panel->unit, summary->walked_edges_count > 0 ? "edge" : "operation");
	if (mark.low > 0)
		text_append(title, sizeof(title), ", 95 %% interval %.3g to %.3g", mark.low,
			    mark.high);
	text_append(title, sizeof(title), ", %zu processes", medians->count);
	chart_mark(drawing->out, &panel->axis, y, &mark);
}

static void put_row(struct drawing *drawing, const struct panel *panel,
		    const struct ranking *ranking, size_t i, bool by_layout, double y)
{
	const struct ranked_row *ranked = row_of(drawing, ranking, i);
	const struct cell_summary *summary = ranked->row->summary;
	double ratio = ranking_ratio(drawing->rankings, ranking, i);
	double right = panel->left + panel->width;
	char text[4 * LABEL_MAX], value[UNIT_TEXT_MAX];

	if (by_layout)
		ranking_row_text(ranked, text, sizeof(text));
	else
		snprintf(text, sizeof(text), "%s", ranked->row->series);
	chart_begin_cell(drawing->out, summary->name);
	chart_label(drawing->out, panel->left + drawing->graph_width, y + 4, drawing->label_width,
		    ranked->rank == 1 ? "strong" : "", text);
	put_mark(drawing, panel, summary, y);
	value_text(summary->real_time_ns.median * time_per_edge_ns(summary, 1) / panel->unit_ns,
		   value, sizeof(value));
	double device_width = panel->has_device && !drawing->is_narrow ? 47 : 0;
	chart_text(drawing->out, right - device_width - 50, y + 4, CHART_END, "", "%s", value);
	if (ranked->rank == 1 && ranked->tied)
		snprintf(value, sizeof(value), "tie");
	else
		format_ratio(value, sizeof(value), ratio, true);
	chart_text(drawing->out, right - device_width, y + 4, CHART_END,
		   ranked->rank == 1 ? "good" : "", "%s", value);
	double device = summary_metric(summary, "roofline_percent");
	if (device_width > 0 && !isnan(device))
		chart_text(drawing->out, right, y + 4, CHART_END, "dim", "%.0f %%", device);
	chart_end_cell(drawing->out);
}

static double panel_height(const struct panel *panel, const struct drawing *drawing)
{
	double group = drawing->is_narrow ? CHART_ROW + GRAPH_GAP : GRAPH_GAP;

	return TITLE_HEIGHT + (double)panel->rows_count * CHART_ROW + (double)panel->count * group +
	       AXIS_HEIGHT;
}

static bool is_by_layout(const struct drawing *drawing, const struct ranking *ranking)
{
	const struct report_block *first = row_of(drawing, ranking, 0)->block;

	for (size_t i = 1; i < ranking->count; i++) {
		const struct report_block *block = row_of(drawing, ranking, i)->block;
		if (strcmp(block->layout, first->layout) != 0 ||
		    strcmp(block->workload, first->workload) != 0)
			return true;
	}
	return false;
}

/* Does the run have several workloads? Else their name is left out. */
static bool has_workloads(const struct drawing *drawing)
{
	for (size_t i = 1; i < drawing->rankings->count; i++)
		if (strcmp(drawing->rankings->rankings[i].workload,
			   drawing->rankings->rankings[0].workload) != 0)
			return true;
	return false;
}

/* "chain", "100k nodes". */
static void put_graph(struct drawing *drawing, const struct panel *panel,
		      const struct ranking *ranking, double y)
{
	char nodes[UNIT_TEXT_MAX], text[3 * LABEL_MAX] = "";
	bool is_command = summary_is_command(drawing->rankings->rows[ranking->first].row->summary);

	format_count(nodes, sizeof(nodes), (double)ranking->nodes_count);
	if (has_workloads(drawing))
		text_append(text, sizeof(text), "%s ", ranking->workload);
	if (!is_command)
		text_append(text, sizeof(text), "%s", ranking->graph);
	else if (!*text)
		text_append(text, sizeof(text), "%s", ranking->workload);
	double room = drawing->is_narrow ? panel->width - 90 : drawing->graph_width - 4;
	chart_label(drawing->out, panel->left, y + 4, room, "strong", text);
	if (is_command)
		return;
	if (drawing->is_narrow)
		chart_text(drawing->out, panel->left + panel->width, y + 4, CHART_END, "dim",
			   "%s nodes", nodes);
	else
		chart_text(drawing->out, panel->left, y + 4 + CHART_ROW, CHART_START, "dim",
			   "%s nodes", nodes);
}

static void put_panel(struct drawing *drawing, const struct panel *panel)
{
	double y = panel->top + TITLE_HEIGHT, right = panel->left + panel->width;
	double bottom = panel->top + panel_height(panel, drawing) - AXIS_HEIGHT;

	chart_text(drawing->out, panel->left, panel->top + 12, CHART_START, "strong",
		   "%c%s, %s/%s, log", panel->cache[0] & ~0x20, panel->cache + 1, panel->unit,
		   panel->per_edge ? "edge" : "edge or operation");
	double device_width = panel->has_device && !drawing->is_narrow ? 47 : 0;
	chart_text(drawing->out, right - device_width, panel->top + 12, CHART_END, "dim",
		   drawing->is_narrow ? "× best" : "× the fastest");
	if (device_width > 0)
		chart_text(drawing->out, right, panel->top + 12, CHART_END, "dim", "device");
	chart_grid(drawing->out, &panel->axis, y - 2, bottom, tick_text);
	for (size_t g = 0; g < panel->count; g++) {
		const struct ranking *ranking = panel->rankings[g];
		bool by_layout = is_by_layout(drawing, ranking);

		put_graph(drawing, panel, ranking, y + CHART_ROW / 2.0);
		y += drawing->is_narrow ? CHART_ROW : 0;
		for (size_t i = 0; i < shown_rows(drawing, ranking); i++, y += CHART_ROW)
			put_row(drawing, panel, ranking, shown_row(drawing, ranking, i), by_layout,
				y + CHART_ROW / 2.0);
		y += GRAPH_GAP;
	}
}

/* Room for the longest label. */
static void set_label_width(struct drawing *drawing, const struct panel *panels, size_t count)
{
	double longest = 6, graph = 6;

	for (size_t p = 0; p < count; p++)
		for (size_t g = 0; g < panels[p].count; g++) {
			const struct ranking *ranking = panels[p].rankings[g];
			bool by_layout = is_by_layout(drawing, ranking);

			graph = fmax(graph, (double)text_width(ranking->graph));
			for (size_t i = 0; i < ranking->count; i++) {
				const struct ranked_row *ranked = row_of(drawing, ranking, i);
				char text[4 * LABEL_MAX];

				ranking_row_text(ranked, text, sizeof(text));
				longest = fmax(
					longest,
					(double)text_width(by_layout ? text : ranked->row->series));
			}
		}
	double most = drawing->is_narrow ? 110 : count > 1 ? 170 : 330;
	drawing->label_width =
		fmin(1.08 * CHART_CHAR * longest + 6, most); /* bold ones are wider */
	drawing->graph_width =
		drawing->is_narrow ? 0 : fmin(fmax(CHART_CHAR * 1.05 * graph + 10, 84), 130);
}

static void place_panels(struct drawing *drawing, struct panel *panels, size_t count, double width,
			 double *height)
{
	*height = 0;
	for (size_t p = 0; p < count; p++) {
		struct panel *panel = &panels[p];
		bool beside = !drawing->is_narrow && count > 1;

		panel->width = beside ? (width - PANEL_GAP) / 2 : width;
		panel->left = beside ? (double)(p % 2) * (panel->width + PANEL_GAP) : 0;
		panel->top = beside ? 0 : *height;
		set_axis(drawing, panel);
		double bottom = panel->top + panel_height(panel, drawing);
		*height = fmax(*height, beside ? bottom : bottom + 12);
	}
}

int ranking_chart(FILE *out, const struct report *report, double width, size_t rows_most,
		  size_t *left_out)
{
	struct rankings rankings;
	struct panel panels[2] = {{.cache = "warm"}, {.cache = "cold"}};
	struct drawing drawing = {.out = out,
				  .rankings = &rankings,
				  .report = report,
				  .is_narrow = width <= CHART_NARROW,
				  .is_whole = rows_most == SIZE_MAX};
	double height;
	int err = rankings_init(&rankings, report);

	*left_out = 0;
	if (err)
		return err;
	for (size_t p = 0; !err && p < 2; p++)
		err = fill_panel(&drawing, &panels[p], rows_most, left_out);
	struct panel shown[2];
	size_t count = 0;
	for (size_t p = 0; p < 2; p++)
		if (panels[p].count)
			shown[count++] = panels[p];
	if (!err && !count)
		err = -ENODATA;
	if (!err) {
		set_label_width(&drawing, shown, count);
		place_panels(&drawing, shown, count, width, &height);
		chart_begin(out, width, height,
			    "Time of each engine, sorted, for each graph and cache state");
		for (size_t p = 0; p < count; p++)
			put_panel(&drawing, &shown[p]);
		chart_end(out);
	}
	for (size_t p = 0; p < 2; p++)
		free(panels[p].rankings);
	rankings_release(&rankings);
	return err;
}
