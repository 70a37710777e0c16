/*
 * The pictures of a run: what is drawn, and where the drawing scripts are.
 *
 * How it works: <run>/plots/ gets cells.tsv (the figures, one row a cell) and run.gp (captions and
 * the lists of graphs, rows and series). Every script of the plots folder then draws from these, as
 * SVG and as PNG, in one gnuplot process, into *.part files that are renamed when all went well.
 * Panels and series are numbered in cells.tsv, so that no name, however odd, is compared in
 * gnuplot; rows of one series follow each other by nodes, so that their points can be joined by a
 * line.
 *
 * Source: gnuplot 5.4, "Datafile", "Arrays", "Quote Marks"
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data_folder.h"
#include "environment.h"
#include "plots_internal.h"
#include "report_model.h"
#include "report_out.h"

/* A cell and its place in the figures: numbers from 1, or 0 where it is in none. */
struct plot_row {
	const struct cell_summary *summary;
	char layout[LABEL_MAX], graph[LABEL_MAX], series[LABEL_MAX];
	json_int_t panel_column, panel_row, series_number;
};

struct plot_data {
	const struct run *run;
	struct cell_summary *summaries;
	size_t count;
	struct plot_row *rows;
	const char *workload;
	/* label → number from 1, in the order they came */
	json_t *graphs, *panels, *series, *engines;
	json_t *series_engines; /* array of {"engine":…, "variant":…} by series */
};

static json_int_t number_of(json_t *set, const char *label)
{
	const json_t *known = json_object_get(set, label);
	if (known != NULL)
		return json_integer_value(known);
	json_int_t number = (json_int_t)json_object_size(set) + 1;
	return json_object_set_new(set, label, json_integer(number)) != 0 ? 0 : number;
}

/* bfs where there is one; else the first that was measured. */
static const char *choose_workload(const struct plot_data *data)
{
	const char *first = NULL;
	for (size_t i = 0; i < data->count; i++) {
		const struct cell_summary *summary = &data->summaries[i];
		if (summary->real_time_ns.count == 0)
			continue;
		if (strcmp(summary->workload, "bfs") == 0)
			return summary->workload;
		if (first == NULL)
			first = summary->workload;
	}
	return first;
}

/* Options of the workload tell series apart, for the panels are taken by graph, layout, cache. */
static void label_series(struct plot_row *row)
{
	const struct cell_summary *summary = row->summary;
	char workload[LABEL_MAX];
	cell_label(summary, summary->engine, true, row->series, sizeof row->series);
	cell_label(summary, summary->workload, false, workload, sizeof workload);
	size_t len = strlen(row->series);
	snprintf(row->series + len, sizeof row->series - len, "%s",
		 workload + strlen(summary->workload));
}

static void place_series(struct plot_data *data, struct plot_row *row)
{
	size_t before = json_object_size(data->series);
	json_int_t variant = 0;
	row->series_number = number_of(data->series, row->series);
	number_of(data->engines, row->summary->engine);
	if (json_object_size(data->series) == before)
		return;
	if (strcmp(row->series, row->summary->engine) != 0)
		variant = 1;
	for (size_t i = 0; variant > 0 && i < before; i++) {
		const json_t *other = json_array_get(data->series_engines, i);
		const char *engine = json_string_value(json_object_get(other, "engine"));
		json_int_t taken = json_integer_value(json_object_get(other, "variant"));
		if (engine != NULL && strcmp(engine, row->summary->engine) == 0 && taken >= variant)
			variant = taken + 1;
	}
	json_array_append_new(
		data->series_engines,
		json_pack("{s:s,s:I}", "engine", row->summary->engine, "variant", variant));
}

/* The floor has no file: it gets a panel only where there is nothing else. */
static bool is_left_out(const struct plot_data *data, const struct cell_summary *summary)
{
	if (summary->real_time_ns.count == 0 || strcmp(summary->workload, data->workload) != 0)
		return true;
	if (strcmp(summary->engine, "null") != 0)
		return false;
	for (size_t i = 0; i < data->count; i++) {
		const struct cell_summary *other = &data->summaries[i];
		if (other->real_time_ns.count > 0 && strcmp(other->workload, data->workload) == 0 &&
		    strcmp(other->engine, "null") != 0)
			return true;
	}
	return false;
}

static void place_row(struct plot_data *data, struct plot_row *row)
{
	const struct cell_summary *summary = row->summary;
	char panel[LABEL_MAX + 32];
	cell_label(summary, summary->graph, false, row->graph, sizeof row->graph);
	cell_label(summary, summary->layout, false, row->layout, sizeof row->layout);
	label_series(row);
	if (is_left_out(data, summary))
		return;
	snprintf(panel, sizeof panel, "%s, %s", row->layout, summary->cache);
	row->panel_column = number_of(data->graphs, row->graph);
	row->panel_row = number_of(data->panels, panel);
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

static void plot_data_release(struct plot_data *data)
{
	summaries_free(data->summaries, data->count);
	free(data->rows);
	json_decref(data->graphs);
	json_decref(data->panels);
	json_decref(data->series);
	json_decref(data->engines);
	json_decref(data->series_engines);
}

static int plot_data_init(struct plot_data *data, const struct run *run)
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

/* A field of cells.tsv: no tab, no line end, and no quote, which gnuplot would take for its own. */
static void put_field(FILE *out, const char *text)
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

static void put_number(FILE *out, double value, char end)
{
	if (isfinite(value))
		fprintf(out, "%.10g%c", value, end);
	else
		fprintf(out, "NaN%c", end);
}

static void put_row(FILE *out, const struct plot_row *row)
{
	static const char *const metrics[] = {"lat_ns_p50", "lat_ns_p90", "lat_ns_p99",
					      "lat_ns_p999", "roofline_percent"};
	const struct cell_summary *summary = row->summary;
	const struct spread *time_ns = &summary->real_time_ns;
	bool timed = time_ns->count > 0;
	double edges_count = (double)summary->walked_edges_count;
	put_field(out, summary->workload);
	put_field(out, row->graph);
	put_field(out, row->layout);
	put_field(out, summary->cache);
	put_field(out, summary->engine);
	put_field(out, row->series);
	fprintf(out, "%llu\t", (unsigned long long)summary->nodes_count);
	put_number(out, timed ? time_ns->median : (double)NAN, '\t');
	put_number(out, timed ? time_ns->low : (double)NAN, '\t');
	put_number(out, timed ? time_ns->high : (double)NAN, '\t');
	put_number(out, timed && edges_count > 0 ? time_ns->median / edges_count : (double)NAN,
		   '\t');
	put_number(out, metric_per_edge(summary, "syscalls"), '\t');
	put_number(out, metric_per_edge(summary, "faults_minor"), '\t');
	put_number(out, metric_per_edge(summary, "faults_major"), '\t');
	for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++)
		put_number(out, summary_metric(summary, metrics[i]), '\t');
	fprintf(out, "%lld\t%lld\t%lld\n", (long long)row->panel_column, (long long)row->panel_row,
		(long long)row->series_number);
}

static void put_cells(FILE *out, const struct plot_data *data)
{
	fputs("workload\tgraph\tlayout\tcache\tengine\tseries\tnodes\tmedian_ns\tlow_ns\thigh_ns\t"
	      "ns_per_edge\tsyscalls_per_edge\tfaults_minor_per_edge\tfaults_major_per_edge\t"
	      "lat_ns_p50\tlat_ns_p90\tlat_ns_p99\tlat_ns_p999\troofline_percent\t"
	      "panel_column\tpanel_row\tseries_number\n",
	      out);
	for (size_t i = 0; i < data->count; i++)
		put_row(out, &data->rows[i]);
}

/* In single quotes gnuplot takes all as it is, but a quote, which is doubled. */
static void put_quoted(FILE *out, const char *text)
{
	fputc('\'', out);
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '\'')
			fputc('\'', out);
		fputc((unsigned char)*c < ' ' ? ' ' : *c, out);
	}
	fputc('\'', out);
}

static void put_text(FILE *out, const char *name, const char *text)
{
	fprintf(out, "%s = ", name);
	put_quoted(out, text);
	fputc('\n', out);
}

static void put_labels(FILE *out, const char *name, json_t *labels)
{
	const char *label;
	json_t *number;
	fprintf(out, "array %s[%zu]\n", name, json_object_size(labels));
	json_object_foreach(labels, label, number)
	{
		fprintf(out, "%s[%lld] = ", name, (long long)json_integer_value(number));
		put_quoted(out, label);
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
		put_quoted(out, engine);
		fprintf(out, "\nSERIES_ENGINE_NUMBERS[%zu] = %lld\nSERIES_VARIANTS[%zu] = %lld\n",
			i + 1,
			(long long)json_integer_value(json_object_get(data->engines, engine)),
			i + 1, (long long)json_integer_value(json_object_get(series, "variant")));
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
	for (size_t i = 0; i < distinct; i++) /* a real: gnuplot's integers divide as integers */
		fprintf(out, "NODES[%zu] = %llu.0\n", i + 1, (unsigned long long)nodes[i]);
	free(nodes);
	return 0;
}

static int put_variables(FILE *out, const struct plot_data *data)
{
	char heading[256], machine[256] = "", build[256] = "";
	report_heading(data->run, heading, sizeof heading);
	environment_caption(data->run->environment, machine, sizeof machine, build, sizeof build);
	fputs("# What the figures of this run have in common; see common.gp.\n", out);
	put_text(out, "RUN_TITLE", heading);
	put_text(out, "MACHINE", machine);
	put_text(out, "BUILD", build);
	put_text(out, "WORKLOAD", data->workload);
	put_labels(out, "GRAPHS", data->graphs);
	put_labels(out, "ROWS", data->panels);
	put_series(out, data);
	return put_nodes(out, data);
}

static int find_scripts(char *out, struct why *why)
{
	char path[PATH_MAX];
	int err = data_path("plots", path, sizeof path, why);
	if (err == 0 && realpath(path, out) == NULL)
		err = why_set(why, -errno, "cannot open '%s': %s", path, strerror(errno));
	return err;
}

static int is_figure(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);
	return len > 3 && entry->d_name[0] != '.' && strcmp(entry->d_name + len - 3, ".gp") == 0 &&
	       strcmp(entry->d_name, "common.gp") != 0;
}

static const char *const formats[] = {"svg", "png"};
#define FORMATS_COUNT (sizeof formats / sizeof *formats)

static void picture_path(char *out, size_t size, const char *folder, const char *script,
			 const char *format)
{
	snprintf(out, size, "%s/%.*s.%s", folder, (int)strlen(script) - 3, script, format);
}

static void put_script(FILE *out, const char *folder, const char *scripts,
		       struct dirent *const *figures, int count)
{
	char path[PATH_MAX + 300];
	snprintf(path, sizeof path, "%s/cells.tsv", folder);
	put_text(out, "DATA", path);
	put_text(out, "PLOTS", scripts);
	for (int i = 0; i < count * (int)FORMATS_COUNT; i++) {
		const char *name = figures[i / (int)FORMATS_COUNT]->d_name;
		const char *format = formats[i % (int)FORMATS_COUNT];
		fputs("reset\nload ", out);
		snprintf(path, sizeof path, "%s/run.gp", folder);
		put_quoted(out, path);
		fprintf(out, "\nFORMAT = '%s'\nOUTPUT = ", format);
		picture_path(path, sizeof path, folder, name, format);
		put_quoted(out, path);
		fputs(".'.part'\nload ", out);
		snprintf(path, sizeof path, "%s/%s", scripts, name);
		put_quoted(out, path);
		fputs("\nunset output\n", out);
	}
}

/* Renames what was drawn, or removes it; a picture that was not drawn again is out of date. */
static int settle_pictures(const char *folder, struct dirent *const *figures, int count, bool keep)
{
	char path[PATH_MAX + 300], part[PATH_MAX + 310];
	int err = 0;
	for (int i = 0; i < count * (int)FORMATS_COUNT; i++) {
		struct stat info;
		picture_path(path, sizeof path, folder, figures[i / (int)FORMATS_COUNT]->d_name,
			     formats[i % (int)FORMATS_COUNT]);
		snprintf(part, sizeof part, "%s.part", path);
		bool drawn = stat(part, &info) == 0 && info.st_size > 0;
		if (!keep || !drawn)
			unlink(part);
		if (keep && drawn && rename(part, path) != 0)
			err = -errno;
		if (keep && !drawn)
			unlink(path);
	}
	return err;
}

static int draw_figures(const char *folder, const char *scripts, struct why *why)
{
	struct dirent **figures;
	char *script = NULL;
	size_t len = 0;
	int err = -ENOMEM, count = scandir(scripts, &figures, is_figure, alphasort);
	if (count < 0)
		return why_set(why, -errno, "cannot read '%s': %s", scripts, strerror(errno));
	FILE *out = open_memstream(&script, &len);
	if (out != NULL) {
		put_script(out, folder, scripts, figures, count);
		err = fclose(out) != 0 ? -ENOMEM : gnuplot_run(script, len, why);
	}
	int settled = settle_pictures(folder, figures, count, err == 0);
	if (err == 0 && settled != 0)
		err = why_set(why, settled, "cannot name the pictures: %s", strerror(-settled));
	for (int i = 0; i < count; i++)
		free(figures[i]);
	free(figures);
	free(script);
	return err;
}

/* Writes cells.tsv or run.gp: neither names a folder, so that a run can be moved. */
static int write_data(const struct plot_data *data, const char *folder, const char *name)
{
	char path[PATH_MAX + 16];
	char *text = NULL;
	size_t len = 0;
	int err = 0;
	FILE *out = open_memstream(&text, &len);
	if (out == NULL)
		return -errno;
	snprintf(path, sizeof path, "%s/%s", folder, name);
	if (strcmp(name, "cells.tsv") == 0)
		put_cells(out, data);
	else
		err = put_variables(out, data);
	if (ferror(out) || fclose(out) != 0)
		err = -ENOMEM;
	if (err == 0)
		err = write_text_file(path, text, len);
	free(text);
	return err;
}

int plots_draw_into(const struct run *run, const char *path, struct why *why)
{
	char folder[PATH_MAX], scripts[PATH_MAX];
	struct plot_data data;
	int err = make_folders(path);
	if (err == 0 && realpath(path, folder) == NULL)
		err = -errno;
	if (err != 0)
		return why_set(why, err, "cannot make '%s': %s", path, strerror(-err));
	err = plot_data_init(&data, run);
	if (err != 0)
		return why_set(why, err, "cannot summarize the run: %s", strerror(-err));
	err = write_data(&data, folder, "cells.tsv");
	if (err != 0)
		why_set(why, err, "cannot write '%s/cells.tsv': %s", folder, strerror(-err));
	else if (data.workload == NULL)
		err = why_set(why, -ENODATA, "nothing to draw: no cell has times");
	else if ((err = find_scripts(scripts, why)) == 0) {
		err = write_data(&data, folder, "run.gp");
		if (err != 0)
			why_set(why, err, "cannot write '%s/run.gp': %s", folder, strerror(-err));
		else
			err = draw_figures(folder, scripts, why);
	}
	plot_data_release(&data);
	return err;
}

int plots_draw(const struct run *run, struct why *why)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/plots", run->path);
	return plots_draw_into(run, path, why);
}
