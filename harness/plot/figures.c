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

#include "../base/data_folder.h"
#include "../machine/environment.h"
#include "internal.h"
#include "../report/model.h"
#include "../export/formats.h"
#include "../base/files.h"

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
	       strcmp(entry->d_name, "common.gp") != 0 && strcmp(entry->d_name, "style.gp") != 0;
}

static const char *const formats[] = {"svg", "png"};
#define FORMATS_COUNT (sizeof formats / sizeof *formats)

static void picture_path(char *out, size_t size, const char *folder, const char *script,
			 const char *format)
{
	snprintf(out, size, "%s/%.*s.%s", folder, (int)strlen(script) - 3, script, format);
}

/* Where a column stands in the line of titles, or -1. */
static int column_of(const char *titles, const char *name)
{
	int column = 0;
	for (const char *field = titles; *field != '\0'; column++) {
		size_t len = strcspn(field, "\t\n");
		if (strlen(name) == len && strncmp(field, name, len) == 0)
			return column;
		field += len;
		if (*field != '\t')
			return -1;
		field++;
	}
	return -1;
}

static long number_in(const char *line, int column)
{
	for (; column > 0 && *line != '\0'; line++)
		column -= *line == '\t';
	return strtol(line, NULL, 10);
}

/* A block for each panel: gnuplot reads all of a block for each kind of mark in each panel. */
static void put_panels(FILE *out, FILE *in)
{
	char *titles = NULL, *line = NULL;
	size_t titles_size = 0, line_size = 0;
	long last_column = 0, last_row = 0;
	if (getline(&titles, &titles_size, in) > 0) {
		int column_at = column_of(titles, "panel_column");
		int row_at = column_of(titles, "panel_row");
		while (column_at >= 0 && row_at >= 0 && getline(&line, &line_size, in) > 0) {
			long column = number_in(line, column_at), row = number_in(line, row_at);
			bool blank = line[0] == '\n';
			if (!blank && column > 0 && (column != last_column || row != last_row)) {
				fputs(last_column > 0 ? "END_OF_PANEL\n" : "", out);
				fprintf(out, "$CELLS_%ld_%ld << END_OF_PANEL\n%s", column, row,
					titles);
				last_column = column;
				last_row = row;
			}
			if (last_column > 0 && (blank || column > 0))
				fputs(line, out);
		}
		fputs(last_column > 0 ? "END_OF_PANEL\n" : "", out);
	}
	free(titles);
	free(line);
}

/* The file's lines in the script itself: gnuplot would open it again for each mark of each panel. */
static void put_data(FILE *out, const char *path)
{
	char buffer[1 << 14];
	size_t got;
	FILE *in = fopen(path, "re");
	fputs("\n$CELLS << END_OF_CELLS\n", out);
	while (in != NULL && (got = fread(buffer, 1, sizeof buffer, in)) > 0)
		fwrite(buffer, 1, got, out);
	fputs("END_OF_CELLS\n", out);
	if (in != NULL) {
		rewind(in);
		put_panels(out, in);
		fclose(in);
	}
	fputs("DATA = '$CELLS'", out);
}

static void put_script(FILE *out, const char *folder, const char *scripts,
		       struct dirent *const *figures, int count)
{
	char path[PATH_MAX + 300];
	plot_put_text(out, "PLOTS", scripts);
	for (int i = 0; i < count * (int)FORMATS_COUNT; i++) {
		const char *name = figures[i / (int)FORMATS_COUNT]->d_name;
		const char *format = formats[i % (int)FORMATS_COUNT];
		fputs("reset\nload ", out);
		snprintf(path, sizeof path, "%s/run.gp", folder);
		plot_put_quoted(out, path);
		picture_path(path, sizeof path, folder, name, "tsv");
		put_data(out, path);
		fprintf(out, "\nFORMAT = '%s'\nOUTPUT = ", format);
		picture_path(path, sizeof path, folder, name, format);
		plot_put_quoted(out, path);
		fputs(".'.part'\nload ", out);
		snprintf(path, sizeof path, "%s/%s", scripts, name);
		plot_put_quoted(out, path);
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
		if (keep && drawn && strcmp(formats[i % (int)FORMATS_COUNT], "svg") == 0)
			err = svg_follow_reader(part);
		if (!keep || !drawn)
			unlink(part);
		if (keep && drawn && rename(part, path) != 0)
			err = -errno;
		if (keep && !drawn)
			unlink(path);
	}
	return err;
}

/* A figure's script is made of gnuplot's own file and the numbers of one of these. */
static const struct {
	const char *script;
	int (*put)(FILE *out, const struct plot_data *data, const struct history *history);
} own_data[] = {{"latency.gp", plot_put_latency},
		{"heatmap.gp", plot_put_heatmap},
		{"changes.gp", plot_put_changes},
		{"trend.gp", plot_put_trend}};

static int put_cells(FILE *out, const struct plot_data *data, const struct history *history)
{
	(void)history;
	plot_put_cells(out, data, false);
	return 0;
}

static int put_variables(FILE *out, const struct plot_data *data, const struct history *history)
{
	int err = plot_put_variables(out, data);
	return err != 0 ? err : plot_put_history(out, data, history);
}

/* Neither cells.tsv nor run.gp names a folder, so that a run can be moved. */
static int write_data(const struct plot_data *data, const struct history *history, const char *path,
		      int (*put)(FILE *, const struct plot_data *, const struct history *),
		      struct why *why)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int err = out == NULL ? -errno : put(out, data, history);
	if (out != NULL && (ferror(out) || fclose(out) != 0))
		err = -ENOMEM;
	if (err == 0)
		err = write_text_file(path, text, len);
	free(text);
	return err == 0 ? 0 : why_set(why, err, "cannot write '%s': %s", path, strerror(-err));
}

/* Does the script ask for the column, or is it one by which rows are known? */
static bool is_wanted(const char *script, const char *name, size_t len)
{
	static const char *const always[] = {"graph", "layout",       "cache",     "series",
					     "nodes", "panel_column", "panel_row", "series_number"};
	char call[96];
	for (size_t i = 0; i < sizeof always / sizeof *always; i++) {
		if (strlen(always[i]) == len && strncmp(always[i], name, len) == 0)
			return true;
	}
	snprintf(call, sizeof call, "column(\"%.*s\")", (int)len, name);
	return strstr(script, call) != NULL;
}

/* The wanted columns of the cells' table: gnuplot's time goes with the fields it reads. */
static void put_columns(FILE *out, const char *table, const char *script)
{
	bool wanted[64] = {false};
	for (bool titles = true; *table != '\0'; titles = false) {
		size_t line = strcspn(table, "\n"), column = 0;
		bool begun = false;
		for (const char *field = table, *end = table + line; field < end; column++) {
			size_t len = strcspn(field, "\t\n");
			if (titles && column < 64)
				wanted[column] = is_wanted(script, field, len);
			if (column < 64 && wanted[column]) {
				fprintf(out, "%s%.*s", begun ? "\t" : "", (int)len, field);
				begun = true;
			}
			field += len + 1;
		}
		fputc('\n', out);
		table += line + (table[line] == '\n');
	}
}

/* What cells.tsv has for one figure. */
static int write_columns(const struct plot_data *data, const char *scripts, const char *name,
			 const char *path, struct why *why)
{
	char script_path[PATH_MAX + 300], *table = NULL, *text = NULL, *script = NULL;
	size_t table_len = 0, len = 0, script_len = 0;
	snprintf(script_path, sizeof script_path, "%s/%s", scripts, name);
	FILE *in = fopen(script_path, "re");
	FILE *cells = open_memstream(&table, &table_len), *out = open_memstream(&text, &len);
	int err = in == NULL ? -errno : cells == NULL || out == NULL ? -ENOMEM : 0;
	if (err == 0 && getdelim(&script, &script_len, '\0', in) < 0)
		err = -EIO;
	if (cells != NULL) {
		plot_put_cells(cells, data, true);
		fclose(cells);
	}
	if (err == 0)
		put_columns(out, table, script);
	if (out != NULL && fclose(out) != 0)
		err = -ENOMEM;
	if (in != NULL)
		fclose(in);
	if (err == 0)
		err = write_text_file(path, text, len);
	free(script);
	free(table);
	free(text);
	return err == 0 ? 0 : why_set(why, err, "cannot write '%s': %s", path, strerror(-err));
}

/* The numbers of each figure beside it: its own, or of the cells what it shows. */
static int write_tables(const struct plot_data *data, const struct history *history,
			const char *folder, const char *scripts, struct dirent *const *figures,
			int count, struct why *why)
{
	char path[PATH_MAX + 300];
	int err = 0;
	for (int i = 0; err == 0 && i < count; i++) {
		int (*put)(FILE *, const struct plot_data *, const struct history *) = NULL;
		for (size_t j = 0; j < sizeof own_data / sizeof *own_data; j++) {
			if (strcmp(own_data[j].script, figures[i]->d_name) == 0)
				put = own_data[j].put;
		}
		picture_path(path, sizeof path, folder, figures[i]->d_name, "tsv");
		err = put == NULL ? write_columns(data, scripts, figures[i]->d_name, path, why)
				  : write_data(data, history, path, put, why);
	}
	return err;
}

static int draw_figures(const char *folder, const char *scripts, struct dirent *const *figures,
			int count, struct why *why)
{
	char *script = NULL;
	size_t len = 0;
	int err = -ENOMEM;
	FILE *out = open_memstream(&script, &len);
	if (out != NULL) {
		put_script(out, folder, scripts, figures, count);
		err = fclose(out) != 0 ? -ENOMEM : gnuplot_run(script, len, why);
	}
	int settled = settle_pictures(folder, figures, count, err == 0);
	if (err == 0 && settled != 0)
		err = why_set(why, settled, "cannot name the pictures: %s", strerror(-settled));
	free(script);
	return err;
}

static int draw(const struct plot_data *data, const struct history *history, const char *folder,
		struct why *why)
{
	char scripts[PATH_MAX], path[PATH_MAX + 16];
	struct dirent **figures = NULL;
	snprintf(path, sizeof path, "%s/cells.tsv", folder);
	int count = 0, err = write_data(data, history, path, put_cells, why);
	if (err == 0 && data->workload == NULL)
		return why_set(why, -ENODATA, "nothing to draw: no cell has times");
	snprintf(path, sizeof path, "%s/run.gp", folder);
	if (err == 0)
		err = write_data(data, history, path, put_variables, why);
	if (err == 0)
		err = find_scripts(scripts, why);
	if (err != 0)
		return err;
	count = scandir(scripts, &figures, is_figure, alphasort);
	if (count < 0)
		return why_set(why, -errno, "cannot read '%s': %s", scripts, strerror(errno));
	err = write_tables(data, history, folder, scripts, figures, count, why);
	if (err == 0)
		err = draw_figures(folder, scripts, figures, count, why);
	for (int i = 0; i < count; i++)
		free(figures[i]);
	free(figures);
	return err;
}

static int draw_into(const struct run *run, const struct history *history, const char *path,
		     struct why *why)
{
	char folder[PATH_MAX];
	struct plot_data data;
	int err = make_folders(path);
	if (err == 0 && realpath(path, folder) == NULL)
		err = -errno;
	if (err != 0)
		return why_set(why, err, "cannot make '%s': %s", path, strerror(-err));
	err = plot_data_init(&data, run);
	if (err != 0)
		return why_set(why, err, "cannot summarize the run: %s", strerror(-err));
	err = draw(&data, history, folder, why);
	plot_data_release(&data);
	return err;
}

int plots_draw(const struct run *run, struct why *why)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/plots", run->path);
	return draw_into(run, NULL, path, why);
}

int history_draw(const struct history *history, const char *path, struct why *why)
{
	return draw_into(&history_last(history)->run, history, path, why);
}
