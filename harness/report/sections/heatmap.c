/* A figure after the times: time per edge by engine and layout. */
#include <stdio.h>
#include <stdlib.h>

#include "../../base/units.h"
#include "../../plot/data.h"
#include "../section.h"

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

static int put_table(FILE *out, const struct plot_data *data, const struct history *history)
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
		json_int_t cache = plot_number_of(caches, summary->cache);
		json_int_t layout = plot_number_of(layouts, row->layout);
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

static int put_variables(FILE *out, const struct plot_data *data, const struct history *history)
{
	json_t *caches = json_object(), *layouts = json_object();
	(void)history;
	for (size_t i = 0; i < data->count; i++) {
		if (data->rows[i].panel_column == 0)
			continue;
		plot_number_of(caches, data->rows[i].summary->cache);
		plot_number_of(layouts, data->rows[i].layout);
	}
	plot_put_array(out, "CACHES", caches);
	plot_put_array(out, "LAYOUTS", layouts);
	json_decref(caches);
	json_decref(layouts);
	return 0;
}

static const struct figure figures[] = {
	{.name = "heatmap",
	 .alt = "Time per edge as a grid of engines by layouts, written in each field.",
	 .caption = "Time per edge by engine and layout, at the largest size of each graph "
		    "and cache state.",
	 .data = put_table,
	 .variables = put_variables},
};

const struct report_section section_heatmap = {
	.order = 410,
	.figures = figures,
	.figures_count = sizeof figures / sizeof *figures,
};
