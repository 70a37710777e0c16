/*
 * Tables of figures that are not a function of nodes alone: latency by percentile, engine by
 * layout, change between two phases, trend over all phases.
 *
 * Source: Lewis and Clarke, Forest plots: trying to see the wood and the trees, BMJ 322 (2001)
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tables.h"
#include "../base/units.h"

#define CHANGES_SHOWN 48 /* more names would not fit below each other */

static bool same_panel(const struct plot_row *a, const struct plot_row *b)
{
	return a->panel_column == b->panel_column && a->panel_row == b->panel_row;
}

static void put_place(FILE *out, const struct plot_row *row)
{
	fprintf(out, "%lld\t%lld\t%lld\t", (long long)row->panel_column, (long long)row->panel_row,
		(long long)row->series_number);
}

int plot_put_latency(FILE *out, const struct plot_data *data, const struct history *history)
{
	static const struct {
		const char *metric;
		double percentile;
	} points[] = {{"lat_ns_p50", 50}, {"lat_ns_p90", 90},    {"lat_ns_p95", 95},
		      {"lat_ns_p99", 99}, {"lat_ns_p999", 99.9}, {"lat_ns_p9999", 99.99}};
	uint64_t largest = 0;
	(void)history;
	fputs("panel_column\tpanel_row\tseries_number\tcell\tnodes\tpercentile\tnines\tlat_ns\n",
	      out);
	for (size_t i = 0; i < data->count; i++) {
		const struct plot_row *row = &data->rows[i];
		if (row->panel_column == 0)
			continue;
		if (i == 0 || !same_panel(row, row - 1)) {
			largest = 0;
			for (size_t j = i; j < data->count && same_panel(row, &data->rows[j]); j++)
				largest = data->rows[j].summary->nodes_count > largest
						  ? data->rows[j].summary->nodes_count
						  : largest;
		}
		if (row->summary->nodes_count != largest)
			continue;
		fputc('\n', out); /* ends the line that joins the points before */
		for (size_t k = 0; k < sizeof points / sizeof *points; k++) {
			put_place(out, row);
			plot_put_field(out, row->summary->name);
			fprintf(out, "%llu\t%g\t%.6g\t", (unsigned long long)largest,
				points[k].percentile, -log10(1 - points[k].percentile / 100));
			plot_put_number(out, summary_metric(row->summary, points[k].metric), '\n');
		}
	}
	return 0;
}

/* ---- engine by layout ---- */

static json_int_t number_of(json_t *set, const char *label)
{
	const json_t *known = json_object_get(set, label);
	if (known != NULL)
		return json_integer_value(known);
	json_int_t number = (json_int_t)json_object_size(set) + 1;
	return json_object_set_new(set, label, json_integer(number)) != 0 ? 0 : number;
}

/* The largest size of each graph and cache state, as "column/cache" → nodes. */
static json_t *largest_sizes(const struct plot_data *data)
{
	json_t *sizes = json_object();
	for (size_t i = 0; sizes != NULL && i < data->count; i++) {
		const struct plot_row *row = &data->rows[i];
		char key[64];
		snprintf(key, sizeof key, "%lld/%s", (long long)row->panel_column,
			 row->summary->cache);
		json_int_t nodes = (json_int_t)row->summary->nodes_count;
		if (row->panel_column > 0 &&
		    nodes > json_integer_value(json_object_get(sizes, key)))
			json_object_set_new(sizes, key, json_integer(nodes));
	}
	return sizes;
}

int plot_put_heatmap(FILE *out, const struct plot_data *data, const struct history *history)
{
	json_t *caches = json_object(), *layouts = json_object(), *sizes = largest_sizes(data);
	(void)history;
	fputs("panel_column\tcache_number\tlayout_number\tseries_number\tcell\tnodes\tns_per_edge\t"
	      "text\n",
	      out);
	for (size_t i = 0; i < data->count; i++) {
		const struct plot_row *row = &data->rows[i];
		const struct cell_summary *summary = row->summary;
		char key[64], text[UNIT_TEXT_MAX];
		if (row->panel_column == 0)
			continue;
		snprintf(key, sizeof key, "%lld/%s", (long long)row->panel_column, summary->cache);
		json_int_t cache = number_of(caches, summary->cache);
		json_int_t layout = number_of(layouts, row->layout);
		if (json_integer_value(json_object_get(sizes, key)) !=
		    (json_int_t)summary->nodes_count)
			continue;
		double ns =
			summary->walked_edges_count > 0
				? summary->real_time_ns.median / (double)summary->walked_edges_count
				: time_per_node_ns(summary, summary->real_time_ns.median);
		format_time_ns(text, sizeof text, ns, true);
		fprintf(out, "%lld\t%lld\t%lld\t%lld\t", (long long)row->panel_column,
			(long long)cache, (long long)layout, (long long)row->series_number);
		plot_put_field(out, summary->name);
		fprintf(out, "%llu\t", (unsigned long long)summary->nodes_count);
		plot_put_number(out, ns, '\t');
		fprintf(out, "%s\n", text);
	}
	json_decref(caches);
	json_decref(layouts);
	json_decref(sizes);
	return 0;
}

/* ---- changes ---- */

static int order_changes(const void *a, const void *b)
{
	const struct cell_change *x = (*(const struct history_cell *const *)a)->change;
	const struct cell_change *y = (*(const struct history_cell *const *)b)->change;
	if (x->effect_percent != y->effect_percent)
		return x->effect_percent < y->effect_percent ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Cells with a change of time, the largest gain first. The caller frees the array. */
static const struct history_cell **sorted_changes(const struct history *history, size_t *count)
{
	const struct history_cell **cells = calloc(history->cells_count + 1, sizeof(void *));
	*count = 0;
	for (size_t i = 0; cells != NULL && i < history->cells_count; i++) {
		const struct cell_change *change = history->cells[i].change;
		if (change != NULL && change->has_times && isfinite(change->effect_percent))
			cells[(*count)++] = &history->cells[i];
	}
	if (cells != NULL)
		qsort(cells, *count, sizeof(void *), order_changes);
	return cells;
}

static double size_of(const struct history_cell *cell)
{
	return fabs(log1p(cell->change->effect_percent / 100));
}

/* Chooses the cells to show, those with the largest changes: all sorted cells before *first and all
 * from *end on. */
static void choose_shown(const struct history_cell *const *cells, size_t count, size_t *first,
			 size_t *end)
{
	*first = count <= CHANGES_SHOWN ? count : 0;
	*end = count;
	for (size_t i = 0; count > CHANGES_SHOWN && i < CHANGES_SHOWN; i++) {
		if (size_of(cells[*first]) >= size_of(cells[*end - 1]))
			++*first;
		else
			--*end;
	}
}

static double ratio_of(double percent)
{
	double ratio = 1 + percent / 100;
	return ratio > 0 ? ratio : (double)NAN;
}

int plot_put_changes(FILE *out, const struct plot_data *data, const struct history *history)
{
	size_t count = 0;
	fputs("place\tcell\tengine_number\teffect_percent\tlow_percent\thigh_percent\tratio\t"
	      "low_ratio\thigh_ratio\ta_ns\tb_ns\tfound\tverdict\n",
	      out);
	if (history == NULL)
		return 0;
	const struct history_cell **cells = sorted_changes(history, &count);
	size_t first = 0, end = 0, place = 0;
	if (cells != NULL)
		choose_shown(cells, count, &first, &end);
	for (size_t i = 0; cells != NULL && i < count; i++) {
		const struct cell_change *change = cells[i]->change;
		bool is_shown = i < first || i >= end;
		bool found = change->time_verdict == VERDICT_IMPROVEMENT ||
			     change->time_verdict == VERDICT_REGRESSION;
		const json_t *engine =
			json_object_get(data->engines, plot_engine(cells[i]->row->summary));
		place += is_shown;
		fprintf(out, "%zu\t", is_shown ? place : (size_t)0);
		plot_put_field(out, change->name);
		fprintf(out, "%lld\t", (long long)json_integer_value(engine));
		plot_put_number(out, change->effect_percent, '\t');
		plot_put_number(out, change->low_percent, '\t');
		plot_put_number(out, change->high_percent, '\t');
		plot_put_number(out, ratio_of(change->effect_percent), '\t');
		plot_put_number(out, ratio_of(change->low_percent), '\t');
		plot_put_number(out, ratio_of(change->high_percent), '\t');
		plot_put_number(out, change->a_ns, '\t');
		plot_put_number(out, change->b_ns, '\t');
		fprintf(out, "%d\t%s\n", found, verdict_text(change->verdict));
	}
	free(cells);
	return cells == NULL ? -ENOMEM : 0;
}

/* ---- trend ---- */

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
		put_place(out, rows);
		plot_put_field(out, history->phases[phase].name);
		fprintf(out, "%zu\t%zu\t", phase + 1, used);
		plot_put_number(out, exp(sum / (double)used), '\t');
		plot_put_number(out, exp(low), '\t');
		plot_put_number(out, exp(high), '\n');
	}
}

int plot_put_trend(FILE *out, const struct plot_data *data, const struct history *history)
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
		for (end = first + 1; end < data->count && same_panel(row, &data->rows[end]) &&
				      data->rows[end].series_number == row->series_number;
		     end++)
			;
		if (row->panel_column > 0)
			put_series_trend(out, data, row, end - first, history, cells);
	}
	free(cells);
	return cells == NULL ? -ENOMEM : 0;
}

/* ---- variables of run.gp for these figures ---- */

static void put_array(FILE *out, const char *name, json_t *labels)
{
	const char *label;
	json_t *number;
	size_t size = json_object_size(labels);
	fprintf(out, "array %s[%zu]\n", name, size == 0 ? (size_t)1 : size);
	json_object_foreach(labels, label, number)
	{
		fprintf(out, "%s[%lld] = ", name, (long long)json_integer_value(number));
		plot_put_quoted(out, label);
		fputc('\n', out);
	}
}

int plot_put_history(FILE *out, const struct plot_data *data, const struct history *history)
{
	json_t *caches = json_object(), *layouts = json_object();
	size_t phases_count = history == NULL ? 0 : history->phases_count, changes_count = 0;
	for (size_t i = 0; i < data->count; i++) {
		if (data->rows[i].panel_column == 0)
			continue;
		number_of(caches, data->rows[i].summary->cache);
		number_of(layouts, data->rows[i].layout);
	}
	put_array(out, "CACHES", caches);
	put_array(out, "LAYOUTS", layouts);
	fprintf(out, "array PHASES[%zu]\n", phases_count == 0 ? (size_t)1 : phases_count);
	for (size_t i = 0; i < phases_count; i++) {
		fprintf(out, "PHASES[%zu] = ", i + 1);
		plot_put_quoted(out, history->phases[i].name);
		fputc('\n', out);
	}
	if (history != NULL && history->has_changes)
		free(sorted_changes(history, &changes_count));
	fprintf(out, "CHANGES = %zu\nCHANGES_SHOWN = %zu\n", changes_count,
		changes_count < CHANGES_SHOWN ? changes_count : (size_t)CHANGES_SHOWN);
	json_decref(caches);
	json_decref(layouts);
	return 0;
}
