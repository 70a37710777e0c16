/*
 * The cells of a run as figures show them: panels, series and values.
 *
 * How it works: panels and series are numbered in the .tsv files, so gnuplot never compares names,
 * which may contain any character. The rows of one series are sorted by nodes, so a line can join
 * their points.
 *
 * Source: gnuplot 5.4, "Datafile", "Arrays", "Quote Marks"
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "../../references/reference.h"
#include "../record/machines.h"
#include "data.h"
#include "palette.h"

json_int_t plot_number_of(json_t *set, const char *label)
{
	const json_t *known = json_object_get(set, label);
	if (known != NULL)
		return json_integer_value(known);
	json_int_t number = (json_int_t)json_object_size(set) + 1;
	return json_object_set_new(set, label, json_integer(number)) != 0 ? 0 : number;
}

/* The workload of the figures: the one that only walks if there is one, else the first that was
 * measured. */
static const char *choose_workload(const struct plot_data *data)
{
	const char *first = NULL;
	for (size_t i = 0; i < data->count; i++) {
		const struct cell_summary *summary = &data->summaries[i];
		if (summary->real_time_ns.count == 0)
			continue;
		uint32_t does = summary_workload_capabilities(summary);
		if ((does & WORKLOAD_WALKS) && !(does & (WORKLOAD_BUILDS | WORKLOAD_BARE)))
			return summary->workload;
		if (first == NULL)
			first = summary->workload;
	}
	return first;
}

/* The label of a series. It has the options of the workload too, because a panel is one graph,
 * layout and cache state. */
static void label_series(struct plot_row *row)
{
	const struct cell_summary *summary = row->summary;
	char workload[LABEL_MAX];
	const char *profile = json_string_value(json_object_get(summary->cell, "profile"));
	row->panel_layout = profile == NULL ? row->layout : "profiles";
	if (profile != NULL) {
		snprintf(row->series, sizeof row->series, "%s", profile);
		return;
	}
	cell_label(summary, summary->engine, true, row->series, sizeof row->series);
	if (plot_engine(summary) == summary->layout)
		snprintf(row->series, sizeof row->series, "%s", row->layout);
	cell_label(summary, summary->workload, false, workload, sizeof workload);
	size_t len = strlen(row->series);
	snprintf(row->series + len, sizeof row->series - len, "%s",
		 workload + strlen(summary->workload));
}

static void place_series(struct plot_data *data, struct plot_row *row)
{
	size_t before = json_object_size(data->series);
	json_int_t variant = 0;
	row->series_number = plot_number_of(data->series, row->series);
	plot_number_of(data->engines, plot_engine(row->summary));
	if (json_object_size(data->series) == before)
		return;
	if (strcmp(row->series, plot_engine(row->summary)) != 0)
		variant = 1;
	for (size_t i = 0; variant > 0 && i < before; i++) {
		const json_t *other = json_array_get(data->series_engines, i);
		const char *engine = json_string_value(json_object_get(other, "engine"));
		json_int_t taken = json_integer_value(json_object_get(other, "variant"));
		if (engine != NULL && strcmp(engine, plot_engine(row->summary)) == 0 &&
		    taken >= variant)
			variant = taken + 1;
	}
	json_array_append_new(
		data->series_engines,
		json_pack("{s:s,s:I}", "engine", plot_engine(row->summary), "variant", variant));
}

static bool is_floor(const struct cell_summary *summary)
{
	return summary_engine_capabilities(summary) & ENGINE_NO_DATA;
}

/* Cells of the harness floor have no file. They get a panel only if there is nothing else. */
static bool is_left_out(const struct plot_data *data, const struct cell_summary *summary)
{
	if (summary->real_time_ns.count == 0 || strcmp(summary->workload, data->workload) != 0)
		return true;
	if (!is_floor(summary))
		return false;
	for (size_t i = 0; i < data->count; i++) {
		const struct cell_summary *other = &data->summaries[i];
		if (other->real_time_ns.count > 0 && strcmp(other->workload, data->workload) == 0 &&
		    !is_floor(other))
			return true;
	}
	return false;
}

static void place_row(struct plot_data *data, struct plot_row *row)
{
	const struct cell_summary *summary = row->summary;
	char panel[LABEL_MAX + 32];
	graph_label(summary, row->graph, sizeof row->graph);
	cell_label(summary, summary->layout, false, row->layout, sizeof row->layout);
	label_series(row);
	if (is_left_out(data, summary))
		return;
	snprintf(panel, sizeof panel, "%s, %s", row->panel_layout, summary->cache);
	row->panel_column = plot_number_of(data->graphs, row->graph);
	row->panel_row = plot_number_of(data->panels, panel);
	place_series(data, row);
}

static int order_rows(const void *a, const void *b)
{
	const struct plot_row *x = a, *y = b;
	const json_int_t x_key[] = {x->panel_column == 0, x->panel_column, x->panel_row,
				    x->series_number, (json_int_t)x->summary->nodes_count};
	const json_int_t y_key[] = {y->panel_column == 0, y->panel_column, y->panel_row,
				    y->series_number, (json_int_t)y->summary->nodes_count};
	for (size_t i = 0; i < sizeof x_key / sizeof *x_key; i++) {
		if (x_key[i] != y_key[i])
			return x_key[i] < y_key[i] ? -1 : 1;
	}
	return x->summary < y->summary ? -1 : x->summary > y->summary;
}

void plot_data_release(struct plot_data *data)
{
	summaries_free(data->summaries, data->count);
	free(data->rows);
	json_decref(data->graphs);
	json_decref(data->panels);
	json_decref(data->series);
	json_decref(data->engines);
	json_decref(data->series_engines);
}

/* A number for a name that is in no table, because another build wrote the record. It is the same
 * in every run. */
static unsigned name_number(const char *name)
{
	return (unsigned)(XXH3_64bits(name, strlen(name)) % 216);
}

int plot_data_init(struct plot_data *data, const struct run *run)
{
	*data = (struct plot_data){.run = run};
	int err = run_summarize(run, &data->summaries, &data->count);
	if (err != 0)
		return err;
	data->rows = calloc(data->count + 1, sizeof *data->rows);
	data->graphs = json_object();
	data->panels = json_object();
	data->series = json_object();
	data->engines = json_object();
	data->series_engines = json_array();
	if (data->rows == NULL || data->graphs == NULL || data->panels == NULL ||
	    data->series == NULL || data->engines == NULL || data->series_engines == NULL) {
		plot_data_release(data);
		return -ENOMEM;
	}
	data->workload = choose_workload(data);
	for (size_t i = 0; i < data->count; i++) {
		data->rows[i].summary = &data->summaries[i];
		place_row(data, &data->rows[i]);
	}
	qsort(data->rows, data->count, sizeof *data->rows, order_rows);
	return 0;
}

/* Writes a field of a .tsv without tabs, line ends and quotes, which gnuplot would interpret. */
void plot_put_field(FILE *out, const char *text)
{
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '\\')
			fputs("\\\\", out);
		else if (*c == '\t')
			fputs("\\t", out);
		else if ((unsigned char)*c < ' ' || *c == '"')
			fprintf(out, "\\x%02x", (unsigned)(unsigned char)*c);
		else
			fputc(*c, out);
	}
	fputc('\t', out);
}

void plot_put_number(FILE *out, double value, char end)
{
	if (isfinite(value))
		fprintf(out, "%.10g%c", value, end);
	else
		fprintf(out, "NaN%c", end);
}

static void put_row(FILE *out, const struct plot_row *row)
{
	static const char *const metrics[] = {"lat_ns_p50",  "lat_ns_p90",   "lat_ns_p99",
					      "lat_ns_p999", "lat_ns_p9999", "roofline_percent"};
	const struct cell_summary *summary = row->summary;
	const struct spread *time_ns = &summary->real_time_ns;
	const struct spread *processes = &summary->processes.medians;
	/* What another process would show; of one process only its own spread is known. */
	const struct spread *bars = processes->count > 1 ? processes : time_ns;
	bool timed = time_ns->count > 0;
	double edges_count = (double)summary->walked_edges_count;
	plot_put_field(out, summary->workload);
	plot_put_field(out, row->graph);
	plot_put_field(out, row->layout);
	plot_put_field(out, summary->cache);
	plot_put_field(out, summary->engine);
	plot_put_field(out, row->series);
	fprintf(out, "%llu\t", (unsigned long long)summary->nodes_count);
	plot_put_number(out, timed ? time_ns->median : (double)NAN, '\t');
	plot_put_number(out, timed ? bars->low : (double)NAN, '\t');
	plot_put_number(out, timed ? bars->high : (double)NAN, '\t');
	plot_put_number(out, timed && edges_count > 0 ? time_ns->median / edges_count : (double)NAN,
			'\t');
	plot_put_number(out, metric_per_edge(summary, "syscalls"), '\t');
	plot_put_number(out, metric_per_edge(summary, "faults_minor"), '\t');
	plot_put_number(out, metric_per_edge(summary, "faults_major"), '\t');
	for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++)
		plot_put_number(out, summary_metric(summary, metrics[i]), '\t');
	fprintf(out, "%zu\t%zu\t", processes->count, summary->processes.slow_count);
	fprintf(out, "%lld\t%lld\t%lld\n", (long long)row->panel_column, (long long)row->panel_row,
		(long long)row->series_number);
}

void plot_put_cells(FILE *out, const struct plot_data *data, bool in_lines)
{
	fputs("workload\tgraph\tlayout\tcache\tengine\tseries\tnodes\tmedian_ns\tlow_ns\thigh_ns\t"
	      "ns_per_edge\tsyscalls_per_edge\tfaults_minor_per_edge\tfaults_major_per_edge\t"
	      "lat_ns_p50\tlat_ns_p90\tlat_ns_p99\tlat_ns_p999\t"
	      "lat_ns_p9999\troofline_percent\tprocesses\tslow_processes\tpanel_"
	      "column\tpanel_row\t"
	      "series_number\n",
	      out);
	for (size_t i = 0; i < data->count; i++) {
		if (in_lines && i > 0 && !plot_same_line(&data->rows[i - 1], &data->rows[i]))
			fputc('\n', out); /* ends the line that joins the points of a series */
		put_row(out, &data->rows[i]);
	}
}

void plot_put_place(FILE *out, const struct plot_row *row)
{
	fprintf(out, "%lld\t%lld\t%lld\t", (long long)row->panel_column, (long long)row->panel_row,
		(long long)row->series_number);
}

/* In single quotes gnuplot interprets nothing. A quote itself is doubled. */
void plot_put_quoted(FILE *out, const char *text)
{
	fputc('\'', out);
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '\'')
			fputc('\'', out);
		fputc((unsigned char)*c < ' ' ? ' ' : *c, out);
	}
	fputc('\'', out);
}

void plot_put_text(FILE *out, const char *name, const char *text)
{
	fprintf(out, "%s = ", name);
	plot_put_quoted(out, text);
	fputc('\n', out);
}

void plot_put_array(FILE *out, const char *name, json_t *labels)
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

static void put_labels(FILE *out, const char *name, json_t *labels)
{
	const char *label;
	json_t *number;
	fprintf(out, "array %s[%zu]\n", name, json_object_size(labels));
	json_object_foreach(labels, label, number)
	{
		fprintf(out, "%s[%lld] = ", name, (long long)json_integer_value(number));
		plot_put_quoted(out, label);
		fputc('\n', out);
	}
}

static void put_series(FILE *out, const struct plot_data *data)
{
	size_t count = json_array_size(data->series_engines);
	put_labels(out, "SERIES", data->series);
	fprintf(out,
		"array SERIES_ENGINES[%zu]\narray SERIES_ENGINE_NUMBERS[%zu]\n"
		"array SERIES_VARIANTS[%zu]\n",
		count, count, count);
	for (size_t i = 0; i < count; i++) {
		const json_t *series = json_array_get(data->series_engines, i);
		const char *engine = json_string_value(json_object_get(series, "engine"));
		fprintf(out, "SERIES_ENGINES[%zu] = ", i + 1);
		plot_put_quoted(out, engine);
		fprintf(out, "\nSERIES_ENGINE_NUMBERS[%zu] = %lld\nSERIES_VARIANTS[%zu] = %lld\n",
			i + 1, (long long)name_number(engine) + 1, i + 1,
			(long long)json_integer_value(json_object_get(series, "variant")));
	}
}

/* All engines and stores. style.gp gives those without a fixed colour different ones by their
 * position. */
static void put_table(FILE *out)
{
	palette_put_gnuplot(out);
	fputs("TABLE = '", out);
	for (size_t i = 0; i < engine_table_count; i++)
		fprintf(out, "%s%s", i == 0 ? "" : " ", engine_table[i]->name);
	for (size_t i = 0; i < reference_table_count; i++)
		fprintf(out, " %s", reference_table[i]->name);
	fputs("'\n", out);
}

void plot_put_engines(FILE *out, const char *prefix, json_t *engines)
{
	char name[64];
	const char *engine;
	json_t *number;
	snprintf(name, sizeof name, "%s_ENGINES", prefix);
	plot_put_array(out, name, engines);
	fprintf(out, "array %s_ENGINE_NUMBERS[%zu]\n", prefix, json_object_size(engines) + 1);
	json_object_foreach(engines, engine, number)
	{
		fprintf(out, "%s_ENGINE_NUMBERS[%lld] = %u\n", prefix,
			(long long)json_integer_value(number), name_number(engine) + 1);
	}
}

static void put_engines(FILE *out, const struct plot_data *data)
{
	const char *engine;
	json_t *number;
	put_table(out);
	put_labels(out, "ENGINE_NAMES", data->engines);
	fprintf(out, "array ENGINE_NUMBERS[%zu]\n", json_object_size(data->engines));
	json_object_foreach(data->engines, engine, number)
	{
		fprintf(out, "ENGINE_NUMBERS[%lld] = %u\n", (long long)json_integer_value(number),
			name_number(engine) + 1);
	}
}

static int order_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static int put_nodes(FILE *out, const struct plot_data *data)
{
	size_t used = 0, distinct = 0;
	uint64_t *nodes = calloc(data->count + 1, sizeof *nodes);
	if (nodes == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < data->count; i++) {
		if (data->rows[i].panel_column > 0 && data->rows[i].summary->nodes_count > 0)
			nodes[used++] = data->rows[i].summary->nodes_count;
	}
	qsort(nodes, used, sizeof *nodes, order_u64);
	for (size_t i = 0; i < used; i++) {
		if (i == 0 || nodes[i] != nodes[i - 1])
			nodes[distinct++] = nodes[i];
	}
	fprintf(out, "array NODES[%zu]\n", distinct == 0 ? (size_t)1 : distinct);
	if (distinct == 0)
		fputs("NODES[1] = 1\n", out);
	for (size_t i = 0; i < distinct;
	     i++) /* written as reals, because gnuplot divides integers as integers */
		fprintf(out, "NODES[%zu] = %llu.0\n", i + 1, (unsigned long long)nodes[i]);
	free(nodes);
	return 0;
}

static void put_phases(FILE *out, const struct history *history)
{
	size_t count = history == NULL ? 0 : history->phases_count;
	fprintf(out, "array PHASES[%zu]\n", count == 0 ? (size_t)1 : count);
	for (size_t i = 0; i < count; i++) {
		fprintf(out, "PHASES[%zu] = ", i + 1);
		plot_put_quoted(out, history->phases[i].name);
		fputc('\n', out);
	}
}

int plot_put_variables(FILE *out, const struct plot_data *data, const struct history *history)
{
	char heading[256], machine[MACHINES_TEXT_MAX] = "", build[256] = "";
	run_heading(data->run, heading, sizeof heading);
	machines_caption(data->run, machine, sizeof machine, build, sizeof build);
	fputs("# Variables that all figures of this run share; see style.gp.\n", out);
	plot_put_text(out, "RUN_TITLE", heading);
	plot_put_text(out, "MACHINE", machine);
	plot_put_text(out, "BUILD", build);
	plot_put_text(out, "WORKLOAD", data->workload);
	put_engines(out, data);
	put_labels(out, "GRAPHS", data->graphs);
	put_labels(out, "ROWS", data->panels);
	put_series(out, data);
	put_phases(out, history);
	return put_nodes(out, data);
}
