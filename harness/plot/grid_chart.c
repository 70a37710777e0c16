/* Engines by layouts: see grid_chart.h. */
#include "grid_chart.h"

#include "../base/text.h"
#include "../base/units.h"
#include "../judge/ranking.h"
#include "chart.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIELD_HEIGHT 20.0
#define TITLE_HEIGHT 40.0
#define GRID_GAP     22.0
#define GRIDS_MOST   24
#define SHADE_RATIO  30.0 /* × the best of a field that is darkest */
#define LAYOUTS_MOST 12
#define SERIES_MOST  40

/* One workload, graph and cache state. */
struct grid {
	const struct ranking *ranking;
	const char *layouts[LAYOUTS_MOST], *series[SERIES_MOST];
	size_t layouts_count, series_count;
};

static size_t place_of(const char **names, size_t *count, size_t most, const char *name)
{
	for (size_t i = 0; i < *count; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	if (*count < most)
		names[(*count)++] = name;
	return *count - 1;
}

static double edge_ns(const struct cell_summary *summary)
{
	return time_per_edge_ns(summary, summary->real_time_ns.median);
}

static double field_width(const struct grid *grid)
{
	double longest = 8;

	for (size_t i = 0; i < grid->layouts_count; i++)
		longest = fmax(longest, (double)text_width(grid->layouts[i]));
	return fmin(longest * CHART_CHAR + 10, 110);
}

static double series_width(const struct grid *grid)
{
	double longest = 6;

	for (size_t i = 0; i < grid->series_count; i++)
		longest = fmax(longest, (double)text_width(grid->series[i]));
	return fmin(longest * CHART_CHAR + 8, 150);
}

static double grid_width(const struct grid *grid)
{
	return series_width(grid) + field_width(grid) * (double)grid->layouts_count;
}

static double grid_height(const struct grid *grid)
{
	return TITLE_HEIGHT + FIELD_HEIGHT * (double)grid->series_count + GRID_GAP;
}

static void put_field(FILE *out, const struct grid *grid, const struct ranked_row *ranked,
		      double best_ns, double left, double top)
{
	size_t layouts_count = grid->layouts_count, series_count = grid->series_count;
	size_t column =
		place_of((const char **)grid->layouts, &layouts_count, 0, ranked->block->layout);
	size_t row = place_of((const char **)grid->series, &series_count, 0, ranked->row->series);
	double width = field_width(grid), ns = edge_ns(ranked->row->summary), ratio = ns / best_ns;
	double x = left + series_width(grid) + width * (double)column;
	double y = top + TITLE_HEIGHT + FIELD_HEIGHT * (double)row;
	char text[UNIT_TEXT_MAX], ratio_text[UNIT_TEXT_MAX];

	format_time_ns(text, sizeof(text), ns, true);
	format_ratio(ratio_text, sizeof(ratio_text), ratio, true);
	chart_begin_cell(out, ranked->row->summary->name);
	fputs("<title>", out);
	put_xml(out, ranked->row->summary->name);
	fprintf(out, ": %s an %s, %s the best</title>", text,
		ranked->row->summary->walked_edges_count > 0 ? "edge" : "operation", ratio_text);
	fprintf(out,
		"<rect class=\"field\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
		"fill-opacity=\"%.2f\"/>",
		x + 1, y + 1, width - 2, FIELD_HEIGHT - 2,
		.5 * fmin(1, log(ratio) / log(SHADE_RATIO)));
	chart_text(out, x + width / 2, y + 14, CHART_MIDDLE, ratio < 1.005 ? "strong" : "", "%s",
		   text);
	chart_end_cell(out);
}

static void put_grid(FILE *out, const struct grid *grid, const struct rankings *rankings,
		     double left, double top, double room)
{
	const struct ranked_row *rows = &rankings->rows[grid->ranking->first];
	char title[4 * LABEL_MAX], nodes[UNIT_TEXT_MAX];

	format_count(nodes, sizeof(nodes), (double)grid->ranking->nodes_count);
	snprintf(title, sizeof(title), "%s, %s, %s, %s nodes", grid->ranking->workload,
		 grid->ranking->graph, grid->ranking->cache, nodes);
	chart_label(out, left, top + 12, room, "strong", title);
	for (size_t i = 0; i < grid->layouts_count; i++)
		chart_text(out, left + series_width(grid) + field_width(grid) * ((double)i + .5),
			   top + 32, CHART_MIDDLE, "dim", "%.14s", grid->layouts[i]);
	for (size_t i = 0; i < grid->series_count; i++)
		chart_label(out, left, top + TITLE_HEIGHT + FIELD_HEIGHT * (double)i + 14,
			    series_width(grid) - 4, "", grid->series[i]);
	double best_ns = INFINITY;
	for (size_t i = 0; i < grid->ranking->count; i++)
		best_ns = fmin(best_ns, edge_ns(rows[i].row->summary));
	for (size_t i = 0; i < grid->ranking->count; i++)
		put_field(out, grid, &rows[i], best_ns, left, top);
}

/* The grids of the largest sizes. Returns how many. */
static size_t find_grids(const struct rankings *rankings, struct grid *grids)
{
	size_t count = 0;

	for (size_t i = 0; i < rankings->count && count < GRIDS_MOST; i++) {
		const struct ranking *ranking = &rankings->rankings[i];
		struct grid *grid = &grids[count];
		bool whole = true;

		*grid = (struct grid){.ranking = ranking};
		for (size_t k = 0; k < ranking->count; k++) {
			const struct ranked_row *ranked = &rankings->rows[ranking->first + k];

			place_of(grid->layouts, &grid->layouts_count, LAYOUTS_MOST,
				 ranked->block->layout);
			place_of(grid->series, &grid->series_count, SERIES_MOST,
				 ranked->row->series);
		}
		/* One field has one time: rankings over options of the workload have no grid. */
		for (size_t k = 0; k < ranking->count; k++)
			for (size_t m = 0; m < k; m++) {
				const struct ranked_row *a = &rankings->rows[ranking->first + k];
				const struct ranked_row *b = &rankings->rows[ranking->first + m];
				whole &= strcmp(a->block->layout, b->block->layout) != 0 ||
					 strcmp(a->row->series, b->row->series) != 0;
			}
		whole &= grid->layouts_count < LAYOUTS_MOST && grid->series_count < SERIES_MOST;
		count += grid->layouts_count >= 2 && whole && ranking_is_largest(rankings, ranking);
	}
	return count;
}

static void flow(FILE *out, const struct grid *grids, size_t count, const struct rankings *rankings,
		 double width, double *height)
{
	double left = 0, top = 0, row_height = 0;

	for (size_t i = 0; i < count; i++) {
		double needed = fmax(grid_width(&grids[i]), 210);

		if (left > 0 && left + needed > width) {
			left = 0;
			top += row_height;
			row_height = 0;
		}
		if (out)
			put_grid(out, &grids[i], rankings, left, top, needed - 4);
		row_height = fmax(row_height, grid_height(&grids[i]));
		left += needed + GRID_GAP;
	}
	*height = top + row_height;
}

int grid_chart(FILE *out, const struct report *report, double width)
{
	struct rankings rankings;
	struct grid *grids = calloc(GRIDS_MOST, sizeof(*grids));
	int err = grids ? rankings_init(&rankings, report) : -ENOMEM;
	double height, widest = 0;

	if (err) {
		free(grids);
		return err;
	}
	size_t count = find_grids(&rankings, grids);
	for (size_t i = 0; i < count; i++)
		widest = fmax(widest, grid_width(&grids[i]));
	if (count) {
		flow(NULL, grids, count, &rankings, width, &height);
		chart_begin(out, fmax(width, widest), height,
			    "Time of an edge by engine and layout");
		flow(out, grids, count, &rankings, width, &height);
		chart_end(out);
	} else {
		err = -ENODATA;
	}
	rankings_release(&rankings);
	free(grids);
	return err;
}
